"""Strict requests: nothing is changed on the way to the vendor; what only the answer reveals stays a warning."""

from __future__ import annotations

import pytest

from onebrush.domain.errors import FaultKind, InvalidRequest, ModelNotFound, OneBrushError, UnknownParameter
from onebrush.domain.model import Capability, FieldRule
from onebrush.domain.size import Pixels, SizeAsk, SizeRule
from onebrush.domain.warning import RequestWarning
from onebrush.engine.generate import Refused
from onebrush.engine.strictness import refuse_changes
from tests.engine.benches import a_bench
from tests.engine.doubles import a_card, a_request, fault, model, painted, picture, user

pytestmark = pytest.mark.anyio

SQUARE = SizeRule(kind="list", allowed=(Pixels(width=1024, height=1024),))
WIDE = SizeAsk(pixels=Pixels(width=1600, height=900), size_text="1600x900")


def a_warning(code: str = "size_adjusted", **changes: object) -> RequestWarning:
    return RequestWarning(code=code, message="It was changed.", **{"param": "size", **changes})  # type: ignore[arg-type]


def test_a_change_is_refused_naming_field_value_and_what_is_allowed() -> None:
    with pytest.raises(InvalidRequest) as refused:
        refuse_changes([a_warning(asked="1600x900", allowed=("1024x1024", "1536x1024"))])

    assert (refused.value.code, refused.value.param) == ("invalid_value", "size")
    for word in ("size", "1600x900", "1024x1024, 1536x1024"):
        assert word in refused.value.message


@pytest.mark.parametrize("code", ["unknown_field", "field_ignored", "header_ignored"])
def test_what_would_come_to_nothing_is_an_unknown_parameter(code: str) -> None:
    with pytest.raises(UnknownParameter) as refused:
        refuse_changes([a_warning(code, param="qualty")])

    assert (refused.value.code, refused.value.param) == ("unknown_parameter", "qualty")


def test_what_only_the_answer_reveals_is_let_pass() -> None:
    refuse_changes([a_warning("converted", stage="result"), a_warning("effect_unverified", stage="result")])


async def test_nothing_is_bought_and_nothing_recorded(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(size=SQUARE),))

    with pytest.raises(InvalidRequest):
        await bench.generate(a_request(size=WIDE, strict=True))

    assert (bench.vendor.sent, bench.journal.records.generations) == ([], {})
    assert (await bench.generate(a_request(size=WIDE))).warnings[0].code == "size_adjusted"


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"quality": "high"}},
        {"mask": picture("mask"), "turns": (user(picture(), "a hat"),)},
        {"turns": (user("a cat"), model(picture()), user("a hat"))},
        {"n": 2, "fields": {"seed": 4}},
        {"warnings": (a_warning("prompt_replaced", param="prompt"),)},
    ],
)
async def test_every_kind_of_change_is_refused(changes: dict[str, object], picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(fields={"seed": FieldRule()}),))
    turns = changes.pop("turns", ())
    request = a_request(*turns, strict=True, **changes)  # type: ignore[misc]  # turns are a tuple of Turn

    with pytest.raises(OneBrushError) as refused:
        await bench.generate(request)

    assert refused.value.status == 400 and refused.value.param
    assert bench.vendor.sent == []


async def test_an_exact_size_is_made_here_and_changes_nothing_of_the_request(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(size=SQUARE),))
    asked = SizeAsk(pixels=Pixels(width=50, height=20), size_text="50x20")

    result = await bench.generate(a_request(size=asked, strict=True, exact_size=True))

    assert [(image.artifact.width, image.artifact.height) for image in result.images] == [(50, 20)]
    assert [(warning.code, warning.stage) for warning in result.warnings] == [("resized", "result")]


async def test_a_strict_request_is_never_served_by_another_model_than_it_named() -> None:
    gone = [fault(FaultKind.MODEL_GONE)]
    cards = (a_card("old", successor="new"), a_card("new"))
    bench = a_bench(gone, cards=cards)

    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(model="old", strict=True))

    assert isinstance(refused.value.error, ModelNotFound)
    assert [request.model for request in bench.vendor.asked] == ["old"]


async def test_the_vendors_own_picture_format_is_no_change_of_the_request(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(capability=Capability(max_references=1)),))

    assert (await bench.generate(a_request(strict=True))).warnings == ()
