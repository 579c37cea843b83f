"""Reference exchanges as the wires meet them: fixtures into requests and replies, calls and events back.

In a fixture `<picture N>` stands for a picture: its base64 in bodies, the picture itself in forms and events.
"""

import base64
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from PIL import Image as Drawing

from onebrush.domain.event import Event, Layer
from onebrush.domain.exchange import Call, FormBody, JsonBody, ReplyHead
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize, Pixels, Ratio, SizeRule
from onebrush.domain.turn import Image, Opaque, Part, Text, Turn
from onebrush.engine.ports import Wire
from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.frames import Frame, json_frames
from onebrush.kit.pour import Field, pour_json
from onebrush.wires.ark.outbound import ArkOutbound
from onebrush.wires.dashscope.outbound import DashScopeOutbound
from onebrush.wires.gemini.outbound import GeminiOutbound
from onebrush.wires.openai.outbound import OpenAIOutbound

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wires"


class OutboundWire(Wire, Protocol):
    """A wire that can be told what a reply answers."""

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call | None = None) -> AsyncIterator[Event]: ...


WIRES: dict[str, OutboundWire] = {
    "openai": OpenAIOutbound(),
    "gemini": GeminiOutbound(),
    "ark": ArkOutbound(),
    "dashscope": DashScopeOutbound(),
}
SPOOL = Spool(None)
CARD = ModelCard(id="card", provider="card", title="Card", capability=Capability(), size=SizeRule(kind="none"))
_PICTURE = re.compile(r"<picture (\d)>")


def _drawn(colour: str) -> bytes:
    file = io.BytesIO()
    Drawing.new("RGB", (2, 2), colour).save(file, "PNG")
    return file.getvalue()


PICTURES = [_drawn("red"), _drawn("green"), _drawn("blue")]


def fixtures(part: str) -> list[Any]:
    """Every fixture that has `part`, as test parameters (provider, fixture) named for their file."""
    found = []
    for path in sorted(FIXTURES.glob("*/*.json")):
        fixture = json.loads(path.read_text("utf-8"))
        if part in fixture:
            found.append(pytest.param(path.parent.name, fixture, id=f"{path.parent.name}/{path.stem}"))
    return found


def with_base64(value: Any) -> Any:
    """A body as it travels: each `<picture N>` written out."""
    encoded = json.dumps(value)
    return json.loads(_PICTURE.sub(lambda found: base64.b64encode(PICTURES[int(found[1])]).decode(), encoded))


def request(spec: dict[str, Any]) -> FittedRequest:
    """The fitted request a fixture describes; without turns it is one user turn, pictures first."""
    references = tuple(
        _image(f"<picture {index}>", media_type) for index, media_type in enumerate(spec.get("references", ()))
    )
    turn = Turn(role="user", parts=(*references, Text(text=spec["prompt"])))
    turns = tuple(_turn(given) for given in spec["turns"]) if "turns" in spec else (turn,)
    return FittedRequest(
        card=replace(CARD, capability=replace(CARD.capability, task=spec.get("task", ""))),
        model=spec["model"],
        turns=turns,
        prompt=spec["prompt"],
        references=references,
        n=spec.get("n", 1),
        send_n=spec.get("send_n", False),
        size=_size(**spec.get("size", {})),
        fields=spec.get("fields", {}),
        answer_form=spec.get("answer_form", "b64_json"),
        mask=_image(spec["mask"], "image/png") if "mask" in spec else None,
        markup=_image(spec["markup"], "image/png") if "markup" in spec else None,
        options=spec.get("options", {}),
    )


def _image(placeholder: str, media_type: str) -> Image:
    found = _PICTURE.fullmatch(placeholder)
    assert found
    blob = SPOOL.from_bytes(PICTURES[int(found[1])])
    return Image(source=blob, param="image", media_type=media_type, width=2, height=2)


def _turn(given: dict[str, Any]) -> Turn:
    return Turn(role=given["role"], parts=tuple(_part(part) for part in given["parts"]))


def _part(given: dict[str, str]) -> Part:
    if "opaque" in given:
        return Opaque(provider=given["provider"], value=given["opaque"])
    return _image(given["image"], given["type"]) if "image" in given else Text(text=given["text"])


def _size(pixels: str = "", ratio: str = "", tier: str = "", keyword: str = "") -> FittedSize:
    return FittedSize(
        pixels=Pixels(width=int(pixels.split("x")[0]), height=int(pixels.split("x")[1])) if pixels else None,
        ratio=Ratio(width=int(ratio.split(":")[0]), height=int(ratio.split(":")[1])) if ratio else None,
        tier=tier or None,
        keyword=keyword or None,
    )


def call_for(provider: str, spec: dict[str, Any]) -> Call:
    """The call for the request a fixture describes: as a task where it names the task's body."""
    wire, asked = WIRES[provider], request(spec)
    return wire.submit_task(asked) if "task" in spec else wire.submit(asked)


def written_call(call: Call) -> dict[str, Any]:
    """A call as a fixture writes it, its JSON body poured to the bytes that would be sent."""
    written: dict[str, Any] = {
        "method": call.method,
        "path": call.path,
        "places": list(call.places.patterns),
    }
    if call.headers:
        written["headers"] = dict(call.headers)
    if isinstance(call.body, JsonBody):
        written["json"] = json.loads(b"".join(pour_json(call.body.value)))
    elif isinstance(call.body, FormBody):
        written["form"] = [
            [part.name, part.value]
            if isinstance(part, Field)
            else [part.name, part.filename, part.media_type, named(part.blob)]
            for part in call.body.parts
        ]
    return written


def named(blob: Blob) -> str:
    """The placeholder of the picture whose bytes a blob holds."""
    return f"<picture {PICTURES.index(blob.read())}>"


def body_of(reply: dict[str, Any]) -> bytes:
    """A reply's body as bytes."""
    return json.dumps(with_base64(reply["json"])).encode() if "json" in reply else reply["text"].encode()


async def events_of(provider: str, reply: dict[str, Any], piece: int = 1 << 20) -> list[Event]:
    """What the wire makes of a reply that arrives in pieces of `piece` bytes.

    `asked` of a reply is what it answers, where that is a task's `poll` or `cancel`.
    """
    head = ReplyHead(status=reply["status"], headers=reply.get("headers", {}))
    wire = WIRES[provider]
    asked = _asked(wire, **reply.get("asked", {}))
    frames = json_frames(_chunks(body_of(reply), piece), asked.places, SPOOL)
    return [event async for event in wire.read(head, frames, asked)]


def _asked(wire: OutboundWire, poll: str = "", cancel: str = "") -> Call:
    call = wire.poll(poll) if poll else wire.cancel(cancel) if cancel else None
    return call or wire.submit(request({"model": "m", "prompt": "p"}))


async def _chunks(body: bytes, piece: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), piece):
        yield body[start : start + piece]


def written_event(event: Event) -> dict[str, Any]:
    """An event as a fixture writes it: what it holds, under its name in lower case; defaults left out."""
    held = event.record if hasattr(event, "record") else event
    values = {field.name: getattr(held, field.name) for field in fields(held)}
    written = {name: _written(value) for name, value in values.items() if value is not None and value != {}}
    if written.get("sent") is True:
        del written["sent"]  # as of every fault that is read in a reply
    return {type(event).__name__.lower(): written}


def _written(value: object) -> object:
    if isinstance(value, Blob):
        return named(value)
    if isinstance(value, Layer):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _written(inner) for name, inner in held.items() if inner is not None}
    return list(value) if isinstance(value, tuple) else value
