"""A rehearsal to render: an edit of two pictures with a mask, as a form and as JSON."""

from __future__ import annotations

from onebrush.domain.exchange import Call, FormBody, JsonBody
from onebrush.domain.finish import Finish, Patch
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.money import Cost, Money
from onebrush.domain.rehearsal import PlannedCall, Rehearsal
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize, Pixels, Ratio, SizeRule
from onebrush.domain.turn import Image, Opaque, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.kit.blobs import Spool
from onebrush.kit.lift import Places
from onebrush.kit.pour import Base64, Field, FilePart

SPOOL = Spool(None)


def a_picture(param: str, data: bytes) -> Image:
    return Image(source=SPOOL.from_bytes(data), param=param, media_type="image/png", width=3, height=2)


ONE, TWO, MASK = a_picture("image[0]", b"one"), a_picture("image[1]", b"second"), a_picture("mask", b"mask!")
CARD = ModelCard(id="painter-1", provider="acme", title="Painter", capability=Capability(), size=SizeRule(kind="free"))

FITTED = FittedRequest(
    card=CARD,
    model="painter-1-upstream",
    turns=(
        Turn(role="user", parts=(Text(text="draw"), ONE)),
        Turn(role="model", parts=(TWO, Opaque(provider="acme", value="mark"))),
        Turn(role="user", parts=(Text(text="again"),)),
    ),
    prompt="again",
    references=(ONE, TWO),
    n=2,
    size=FittedSize(ratio=Ratio(width=3, height=2), tier="1K", expected=Pixels(width=1536, height=1024)),
    fields={"quality": "high", "seed": 0},
    answer_form="url",
    mask=MASK,
    options={"style": {"deep": True}},
    finish=Finish(media_type="image/jpeg", quality=40, patch=Patch(original=ONE, mask=MASK)),
)

FORM = FormBody(
    parts=(
        Field("prompt", "again"),
        FilePart("image[]", "image-1.png", "image/png", ONE.blob),
        FilePart("mask", "mask.png", "image/png", MASK.blob),
    )
)
JSON = JsonBody(value={"pictures": [Base64(TWO.blob, "data:image/png;base64,"), {"data": Base64(ONE.blob)}], "n": 1})


def planned(body: FormBody | JsonBody | None) -> PlannedCall:
    call = Call(path="/draw", body=body, places=Places("data"))
    return PlannedCall(method="POST", url="https://acme.example/draw", headers={"authorization": "…"}, call=call)


REHEARSAL = Rehearsal(
    id="gen_1",
    provider="acme",
    test=True,
    fitted=FITTED,
    calls=(planned(FORM), planned(JSON), planned(None)),
    bound=Cost(basis="computed", money=Money(nano=40_000_000, currency="USD")),
    estimate=Cost(basis="unknown"),
    warnings=(RequestWarning(code="size_adjusted", message="nearest", param="size", asked="5x5", sent="3:2"),),
)
