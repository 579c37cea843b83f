"""What is kept comes back as it was: asks, terms, answers, outcomes; and what another version wrote can be read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.domain import errors
from onebrush.domain.errors import FaultKind, NotBuiltYet, OneBrushError, ProviderError, VendorSaid
from onebrush.domain.event import Done, Layer
from onebrush.domain.money import Cost, Money, UsageRecord
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.size import Pixels, Ratio, SizeAsk
from onebrush.domain.turn import Image, Opaque, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.domain.webhook import Webhook
from onebrush.engine import inputs, keeping
from onebrush.engine.keeping import KeptReply, Landed
from onebrush.engine.terms import Terms
from onebrush.kit.blobs import Blob
from tests.engine.doubles import SPOOL, a_request, fault, picture, user

WARNING = RequestWarning(
    code="size_adjusted",
    message="It was changed.",
    param="size",
    asked="1600x900",
    sent="1536x1024",
    stage="result",
    allowed=("1024x1024", "1536x1024"),
)
SIZES = [
    SizeAsk(),
    SizeAsk(pixels=Pixels(width=1600, height=900), size_text="1600x900"),
    SizeAsk(ratio=Ratio(width=16, height=9), tier="2K", size_text="16:9", tier_text="2k", tier_param="resolution"),
    SizeAsk(keyword="adaptive", size_text="adaptive"),
]


def an_image(param: str, data: bytes) -> Image:
    return Image(source=SPOOL.from_bytes(data), param=param, media_type="image/webp", width=640, height=480, turned=6)


def whole_ask() -> GenerationRequest:
    """An ask of which every field was said."""
    first = Turn(role="user", parts=(Text(text="Ein Löwe 🦁\u0000"), an_image("image[0]", b"one")))
    second = Turn(role="model", parts=(an_image("turns[1]", b"two"), Opaque(provider="acme", value="mark")))
    return GenerationRequest(
        model="painter",
        turns=(first, second, user("a hat")),
        n=3,
        size=SIZES[2],
        answer_form="url",
        fields={"quality": "high", "seed": 7, "guidance_scale": 2.0, "watermark": False, "box": [[1, 2, 3, 4]]},
        spelled={"quality": "qualität"},
        link_ttl=60,
        store=False,
        mask=an_image("mask", b"three"),
        markup=an_image("markup", b"four"),
        strict=True,
        dry_run=True,
        exact_size=True,
        emulate=frozenset({"mask", "output_format"}),
        provider_options={"acme": {"deep": {"list": [1, None, True, "x"]}}, "other": {}},
        asynchronous=True,
        webhook=Webhook(url="https://hooks.example/", secret="main"),
        metadata={"order": "17", "note": "für 🦁"},
        warnings=(WARNING, RequestWarning(code="bare", message="", asked={"a": [1]})),
    )


def comparable(request: GenerationRequest, bytes_of: dict[str, bytes] | None = None) -> GenerationRequest:
    """Pictures' bytes in place of their handles, which are equal to nothing but themselves."""

    def plain(image: Image) -> Image:
        source = image.source
        return replace(image, source=source.read().hex() if isinstance(source, Blob) else source)

    return inputs.exchanged(request, {id(image): plain(image) for image in inputs.given(request)})


def kept(request: GenerationRequest) -> tuple[str, dict[str, Blob]]:
    """Its text, with the pictures kept by location."""
    blobs = {f"gen_1/{at}": image.blob for at, image in enumerate(inputs.given(request))}
    where = {id(image): f"gen_1/{at}" for at, image in enumerate(inputs.given(request))}
    return keeping.ask_text(request, where), blobs


# Asks


def test_the_example_says_every_field() -> None:
    bare = a_request(model="other")
    same = [
        field.name
        for field in dataclasses.fields(GenerationRequest)
        if getattr(whole_ask(), field.name) == getattr(bare, field.name)
    ]
    assert same == []


def test_an_ask_comes_back_as_it_was_with_the_bytes_of_its_pictures() -> None:
    ask = whole_ask()
    text, blobs = kept(ask)

    found = keeping.ask_of(text, blobs.__getitem__)

    assert comparable(found) == comparable(ask)
    assert keeping.is_whole(found)


@pytest.mark.parametrize("size", SIZES)
def test_every_way_to_ask_for_a_size_comes_back(size: SizeAsk) -> None:
    assert keeping.ask_of(keeping.ask_text(a_request(size=size), {}), None) == a_request(size=size)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=3), st.integers(1, 10))
def test_whatever_a_caller_says_comes_back(words: str, members: dict[str, object], count: int) -> None:
    ask = a_request(user(words), n=count, fields=members, provider_options={"acme": members})

    assert keeping.ask_of(keeping.ask_text(ask, {}), None) == ask


def test_pictures_that_are_not_kept_come_back_with_their_size_and_measures() -> None:
    ask = a_request(user(an_image("image", b"12345"), "a hat"))

    found = keeping.ask_of(keeping.ask_text(ask, {}), None)

    (image,) = found.images
    assert (image.blob.size, image.blob.is_absent, image.width, image.turned) == (5, True, 640, 6)
    assert not keeping.is_whole(found)


def test_kept_pictures_that_nobody_wants_the_bytes_of_are_not_opened() -> None:
    text, _ = kept(whole_ask())

    assert not keeping.is_whole(keeping.ask_of(text, None))


def test_kept_pictures_that_are_gone_are_told() -> None:
    def gone(location: str) -> Blob:
        raise FileNotFoundError(location)

    with pytest.raises(OSError, match="gen_1/0"):
        keeping.ask_of(kept(whole_ask())[0], gone)


def test_words_that_look_like_a_place_are_words() -> None:
    ask = a_request(user("kept:gen_1/0"), provider_options={"acme": {"source": "given:5"}})

    assert keeping.ask_of(keeping.ask_text(ask, {}), None) == ask


def test_what_a_later_version_wrote_is_passed_over_and_what_an_earlier_one_did_not_takes_its_default() -> None:
    value = json.loads(keeping.ask_text(a_request(n=2, size=SIZES[1]), {}))
    value["from_the_future"] = {"deep": [1]}
    value["size"]["from_the_future"] = 3
    value["turns"][0]["from_the_future"] = True
    del value["n"]

    assert keeping.ask_of(json.dumps(value), None) == a_request(size=SIZES[1])


@given(JSON.map(json.dumps) | st.text())
def test_what_is_no_ask_is_refused_as_such(text: str) -> None:
    with pytest.raises(ValueError):
        keeping.ask_of(text, None)


@given(st.data())
def test_a_spoiled_ask_is_refused_as_such_or_read(data: st.DataObject) -> None:
    value = json.loads(kept(whole_ask())[0])
    name = data.draw(st.sampled_from(sorted(value)))
    value[name] = data.draw(JSON)
    try:
        found = keeping.ask_of(json.dumps(value), lambda location: SPOOL.from_bytes(b""))
    except ValueError:
        return
    assert isinstance(found, GenerationRequest)


# Terms and answers


def test_terms_come_back() -> None:
    terms = Terms(
        first=2,
        n=3,
        most=5,
        varies=True,
        card="painter",
        references=4,
        unpriced=True,
        media_type="image/webp",
        quality=80,
        size=Pixels(width=640, height=480),
        ratio=Ratio(width=4, height=3),
        patched=True,
    )

    assert keeping.read_terms(keeping.terms_text(terms)) == terms


def test_answers_come_back_with_links_spool_names_bytes_layers_and_faults() -> None:
    layer = Layer(order=2, box=(1, 2, 30, 40), name="sky", description="the blue")
    reply = KeptReply(
        pictures=(
            Landed(id="img_1", index=0, link="https://pictures.example/1.png?sig=%2F&x=1", revised_prompt="a cat"),
            Landed(id="img_2", index=1, spool="12.spool_abc.spool", opaque="mark", layer=layer),
            Landed(id="img_3", index=2, layer=Layer(order=0)),
            Landed(id="img_4", index=3, bytes="AAEC"),
        ),
        faults=(fault(FaultKind.CONTENT_BLOCKED, "no", status=400, code="x", retry_after=3.0, index=3, sent=False),),
        usage=UsageRecord(output_tokens=5, images=2),
        done=Done(request_id="req-1", facts={"size": "1024x1024"}),
    )

    assert keeping.read_reply(keeping.reply_text(reply)) == reply


@pytest.mark.parametrize("read", [keeping.read_terms, keeping.read_reply, keeping.read_outcome])
@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", "7", '{"pictures": 3, "first": [], "images": 1}'])
def test_what_is_none_of_ours_is_refused_as_such(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(ValueError):
        read(text)


# Outcomes


def a_result(**changes: object) -> GenerationResult:
    given_: dict[str, object] = {
        "id": "gen_1",
        "created": 1_800_000_000,
        "model": "painter",
        "provider": "acme",
        "test": True,
        "answer_form": "url",
        "images": (),
        **changes,
    }
    return GenerationResult(**given_)  # type: ignore[arg-type]  # by name


def an_artifact(name: str, index: int = 0) -> Artifact:
    return Artifact(
        id=name, generation="gen_1", key="key_live", index=index, media_type="image/png", width=8, height=8, size=4,
        created=1_800_000_000, location=f"ab/{name}.png", test=True,
    )  # fmt: skip


def kinds(kind: type[OneBrushError]) -> list[type[OneBrushError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in kinds(child))]


@pytest.mark.parametrize("kind", [kind for kind in kinds(errors.OneBrushError) if kind is not NotBuiltYet])
def test_errors_come_back_in_their_class_with_all_they_said(kind: type[OneBrushError]) -> None:
    vendor = VendorSaid(provider="acme", status=503, code="x", message="no", request_id="req-1")
    error = kind("It failed.", param="size", retry=False, retry_after=3.5, vendor=vendor)
    failures = (Failure(index=1, error=error),)

    outcome = keeping.read_outcome(keeping.outcome_text(a_result(failures=failures), error))
    found = keeping.result_of(outcome, {})

    assert outcome.error is not None and found is not None
    for again in (keeping.error_of(outcome.error), found.failures[0].error):
        assert (type(again), again.status, again.code, again.type) == (kind, kind.status, kind.code, kind.type)
        assert (again.message, again.param, again.retry, again.retry_after) == ("It failed.", "size", False, 3.5)
        assert again.vendor == vendor
    assert found.failures[0].index == 1


def test_a_code_of_another_version_comes_back_as_an_error_all_the_same() -> None:
    text = keeping.error_text(ProviderError("It failed.")).replace("provider_error", "code_of_tomorrow")

    outcome = keeping.read_outcome(text)

    assert outcome.result is None and outcome.error is not None
    assert keeping.error_of(outcome.error).message == "It failed."


def test_a_result_comes_back_with_the_pictures_that_are_still_there() -> None:
    blob = SPOOL.from_bytes(b"data")
    layer = Layer(order=1, box=(0, 0, 8, 8))
    images = tuple(
        ResultImage(artifact=an_artifact(f"img_{at}", at), blob=blob, revised_prompt=f"cat {at}", layer=layer)
        for at in range(3)
    )
    unstored = ResultImage(artifact=an_artifact("img_3", 3), blob=blob, stored=False)
    result = a_result(
        images=(*images, unstored),
        warnings=(WARNING,),
        usage=UsageRecord(total_tokens=9),
        cost=Cost(basis="reported", money=Money(nano=39_000_000, currency="USD")),
        facts={"quality": "high"},
        timings={"total": 1.25, "provider": 1.0},
        link_ttl=60,
        store=False,
    )

    outcome = keeping.read_outcome(keeping.outcome_text(result))
    there = {f"img_{at}": (an_artifact(f"img_{at}", at), blob) for at in (0, 2, 3)}

    assert keeping.result_of(outcome, there) == replace(result, images=(images[0], images[2]))
    assert outcome.error is None


def test_a_picture_of_nobody_is_no_part_of_a_result() -> None:
    blob = SPOOL.from_bytes(b"data")
    outcome = keeping.read_outcome(keeping.outcome_text(a_result()))

    assert keeping.result_of(outcome, {"img_9": (an_artifact("img_9"), blob)}) == a_result()


def test_a_mask_given_twice_over_is_kept_in_both_its_places() -> None:
    image = picture("mask", SPOOL.from_bytes(b"both"))
    ask = a_request(user(image, "a hat"), mask=image)
    text, blobs = kept(ask)

    assert comparable(keeping.ask_of(text, blobs.__getitem__)) == comparable(ask)
