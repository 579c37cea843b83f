"""Answers of the main door, whole: plain as OpenAI shapes them, wrapped with every key, errors alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.images_response import ImagesResponse

from onebrush.domain.errors import InvalidRequest, NoImage, VendorSaid
from onebrush.domain.money import Cost, Money, UsageRecord
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.warning import RequestWarning
from onebrush.kit.blobs import Spool
from onebrush.kit.pour import Base64, pour_json
from onebrush.wires.openai.render import Link, render, render_error

BLOB = Spool(None).from_bytes(b"picture")
INLINE = Base64(BLOB)


def artifact(index: int = 0, **changes: Any) -> Artifact:
    settings: dict[str, Any] = {
        "id": f"img_{index}",
        "generation": "gen_1",
        "key": "key_1",
        "index": index,
        "media_type": "image/png",
        "width": 1024,
        "height": 768,
        "size": 7,
        "created": 1000,
        "location": "where",
        "test": True,
    }
    return Artifact(**{**settings, **changes})


def image(index: int = 0, *, stored: bool = True, revised_prompt: str | None = None, **changes: Any) -> ResultImage:
    return ResultImage(artifact=artifact(index, **changes), blob=BLOB, stored=stored, revised_prompt=revised_prompt)


def result(*images: ResultImage, **changes: Any) -> GenerationResult:
    settings: dict[str, Any] = {
        "id": "gen_1",
        "created": 1000,
        "model": "painter",
        "provider": "acme",
        "test": True,
        "answer_form": "url",
        "images": images or (image(),),
    }
    return GenerationResult(**{**settings, **changes})


def link(artifact: Artifact) -> Link:
    return Link(url=f"https://gate.example/{artifact.id}", expires_at=87_400)


def plain(*images: ResultImage, **changes: Any) -> dict[str, Any]:
    return render(result(*images, **changes), link, "plain")


def wrapped(*images: ResultImage, **changes: Any) -> dict[str, Any]:
    return render(result(*images, **changes), link, "wrapped")


def as_sent(answer: object) -> Any:
    """The JSON as a client reads it."""
    return json.loads(b"".join(pour_json(answer)))


OWN = {
    "id": "gen_1",
    "model": "painter",
    "provider": "acme",
    "test": True,
    "images": [
        {
            "index": 0,
            "id": "img_0",
            "media_type": "image/png",
            "width": 1024,
            "height": 768,
            "bytes": 7,
            "url": "https://gate.example/img_0",
            "expires_at": 87_400,
        }
    ],
    "failures": [],
    "warnings": [],
    "cost": {"basis": "unknown"},
    "timings": {},
}


# Rulings 1, 2, 14, 17


def test_the_plain_answer_by_link_is_exactly_this() -> None:
    assert plain() == {
        "created": 1000,
        "data": [{"url": "https://gate.example/img_0"}],
        "output_format": "png",
        "size": "1024x768",
        "onebrush": OWN,
    }


def test_the_wrapped_answer_by_link_is_exactly_this() -> None:
    assert wrapped() == {
        "code": 200,
        "msg": "Success",
        "data": {
            "data": [{"url": "https://gate.example/img_0", "b64_json": "", "revised_prompt": ""}],
            "created": 1000,
        },
        "onebrush": OWN,
    }


def test_inline_pictures_are_base64_in_both_shapes() -> None:
    assert plain(answer_form="b64_json")["data"] == [{"b64_json": INLINE}]
    assert wrapped(answer_form="b64_json")["data"]["data"] == [{"url": "", "b64_json": INLINE, "revised_prompt": ""}]
    assert as_sent(plain(answer_form="b64_json"))["data"] == [{"b64_json": "cGljdHVyZQ=="}]


def test_a_rewritten_prompt_is_passed_on_and_only_where_there_is_one() -> None:
    data = plain(image(0, revised_prompt="a fine cat"), image(1))["data"]

    assert [datum.get("revised_prompt") for datum in data] == ["a fine cat", None]
    assert "revised_prompt" not in data[1]
    assert wrapped(image(revised_prompt="a fine cat"))["data"]["data"][0]["revised_prompt"] == "a fine cat"


def test_nothing_absent_is_null_or_empty_in_the_plain_answer() -> None:
    answer = plain(answer_form="b64_json")

    assert {"background", "quality", "usage"}.isdisjoint(answer)
    assert all(value not in (None, "") for datum in answer["data"] for value in datum.values())


def test_type_and_size_are_those_measured() -> None:
    answer = plain(image(media_type="image/jpeg", width=3, height=2), facts={"size": "auto", "output_format": "png"})

    assert (answer["output_format"], answer["size"]) == ("jpeg", "3x2")


@pytest.mark.parametrize(
    ("media_type", "form"), [("image/svg+xml", "svg"), ("image/webp", "webp"), ("image/gif", "gif")]
)
def test_a_format_has_openais_name(media_type: str, form: str) -> None:
    assert plain(image(media_type=media_type))["output_format"] == form


def test_a_picture_that_was_not_stored_goes_inline_whatever_was_asked_and_says_so() -> None:
    answer = plain(image(0), image(1, stored=False))

    assert answer["data"] == [{"url": "https://gate.example/img_0"}, {"b64_json": INLINE}]
    stored, lost = answer["onebrush"]["images"]
    assert "stored" not in stored
    assert (lost["stored"], "url" in lost, "expires_at" in lost) == (False, False, False)


# What OpenAI's own client makes of it


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"answer_form": "b64_json"},
        {"facts": {"quality": "high", "background": "opaque"}},
        {"facts": {"quality": "standard", "background": "auto"}},
        {"images": (image(media_type="image/bmp"),)},
        {"images": (image(media_type="image/svg+xml"), image(1, stored=False))},
        {
            "usage": UsageRecord(
                input_tokens=110,
                text_input_tokens=10,
                image_input_tokens=100,
                output_tokens=1000,
                image_output_tokens=1000,
                total_tokens=1110,
            )
        },
        {"usage": UsageRecord(text_input_tokens=10, input_tokens=10, output_tokens=5, total_tokens=15)},
        {"usage": UsageRecord(output_tokens=4096, total_tokens=4096)},
        {"usage": UsageRecord(images=2)},
    ],
)
def test_openais_client_accepts_the_plain_answer(changes: dict[str, Any]) -> None:
    answer = as_sent(render(result(**changes), link, "plain"))

    read = ImagesResponse.model_validate(answer)

    assert read.created == 1000
    assert [bool(datum.url or datum.b64_json) for datum in read.data or []] == [True] * len(answer["data"])


def test_usage_is_told_only_where_the_vendor_counted_tokens() -> None:
    assert "usage" not in plain(usage=UsageRecord(images=1))
    told = plain(usage=UsageRecord(text_input_tokens=9, input_tokens=9, output_tokens=1000, total_tokens=1009))["usage"]
    assert told == {
        "input_tokens": 9,
        "output_tokens": 1000,
        "total_tokens": 1009,
        "input_tokens_details": {"text_tokens": 9, "image_tokens": 0},
    }


# The onebrush object


def test_cost_is_a_decimal_string_with_its_basis() -> None:
    cost = Cost(basis="reported", money=Money(nano=39_000_000, currency="USD"))

    assert plain(cost=cost)["onebrush"]["cost"] == {"amount": "0.039", "currency": "USD", "basis": "reported"}


def test_warnings_tell_what_was_asked_and_sent_and_when_it_showed() -> None:
    warning = RequestWarning(code="size_adjusted", message="why", param="size", asked="1x1", sent="2x2")
    late = RequestWarning(code="converted", message="why", stage="result")

    assert plain(warnings=(warning, late))["onebrush"]["warnings"] == [
        {"code": "size_adjusted", "message": "why", "param": "size", "asked": "1x1", "sent": "2x2", "stage": "request"},
        {"code": "converted", "message": "why", "stage": "result"},
    ]


def test_a_falsy_asked_value_is_told() -> None:
    warning = RequestWarning(code="effect_unverified", message="why", asked=0, sent=False)

    assert plain(warnings=(warning,))["onebrush"]["warnings"][0]["asked"] == 0


def test_failures_name_their_place_code_and_the_vendors_own_words() -> None:
    vendor = VendorSaid(provider="acme", status=200, code="SAFETY", request_id="req_9")
    failure = Failure(index=1, error=NoImage("no picture", vendor=vendor))

    assert plain(failures=(failure,))["onebrush"]["failures"] == [
        {
            "index": 1,
            "code": "no_image",
            "message": "no picture",
            "provider_error": {"provider": "acme", "status": 200, "code": "SAFETY", "request_id": "req_9"},
        }
    ]


# Errors


def test_a_plain_error_is_exactly_this() -> None:
    assert render_error(InvalidRequest("no such size", param="size"), "plain", "gen_1") == {
        "error": {"message": "no such size", "type": "invalid_request_error", "param": "size", "code": "invalid_value"},
        "onebrush": {"id": "gen_1"},
    }


def test_a_wrapped_error_has_its_status_and_null_data() -> None:
    assert render_error(InvalidRequest("no such size", param="size"), "wrapped", None) == {
        "code": 400,
        "msg": "no such size",
        "data": None,
        "onebrush": {},
    }


def test_an_error_that_ended_a_generation_carries_what_is_known_of_it() -> None:
    error = NoImage("no picture", vendor=VendorSaid(provider="acme", code="SAFETY"))
    ended = result(images=(), failures=(Failure(index=0, error=error),))

    own: Any = render_error(error, "plain", "gen_1", ended)["onebrush"]

    assert (own["id"], own["model"], own["test"], own["images"]) == ("gen_1", "painter", True, [])
    assert own["provider_error"] == {"provider": "acme", "code": "SAFETY"}
    assert [failure["index"] for failure in own["failures"]] == [0]
