"""The hand-written expectations table against what is really sent and what really comes back."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance import looking
from tests.acceptance.recorder import Recorder, Sent
from tests.expectations import RESULT_WARNINGS, Case, Material, flatten, load, under
from tests.expectations.case import Mask
from tests.running import Server


@pytest.fixture(scope="session")
def material(pictures: list[str]) -> Material:
    """What the asks are made with."""
    masks: dict[Mask, bytes] = {
        "alpha": looking.alpha_mask(),
        "black_white": looking.black_and_white_mask(),
        "small": looking.alpha_mask(scale=2),
    }
    return Material(
        pictures=tuple(pictures),
        masks={kind: _uri(data) for kind, data in masks.items()},
        markup=_uri(looking.markup()),
    )


def _uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize("case", load(), ids=lambda case: case.name)
def test_the_table_holds(
    case: Case,
    server: Server,
    recorder: Recorder,
    material: Material,
    example: Callable[[str], dict[str, object]],
) -> None:
    body = example(case.example) if case.example else case.body(material)
    answer = server.generate(body)
    if case.refused:
        _check_refusal(case, answer.status, answer.json(), recorder.calls)
        return
    assert answer.status == 200, answer.body[:500]
    delivered = looking.files_of(answer.json(), server)
    _check_answer(case, answer.json(), [looking.seen(data) for data in delivered])
    _check_calls(case, recorder.calls)
    if case.mask_part:
        _check_mask(case, recorder.calls)
    if case.patched:
        original = base64.b64decode(material.pictures[0].partition(",")[2])
        for data in delivered:
            looking.assert_only_the_hole_changed(data, original)


def _check_refusal(case: Case, status: int, answer: Any, calls: list[Sent]) -> None:
    assert case.refused is not None
    error = answer.get("error", answer)
    said = (status, error.get("code"), error.get("param"))
    assert status == case.refused.status, said
    assert error["code"] in case.refused.codes, said
    # A picture is named where it stood: `image` and `image[0]` are the same field.
    top = str(error["param"]).partition("[")[0]
    assert case.refused.param in (None, top, error["param"]), said
    if case.refused.by_vendor:
        _check_calls(case, calls)
    else:
        assert calls == []


def _check_answer(case: Case, answer: Any, seen: list[tuple[str, tuple[int, int]]]) -> None:
    assert len(seen) == case.count
    told = [(image["media_type"], (image["width"], image["height"])) for image in answer["onebrush"]["images"]]
    assert told == seen, "what the answer says of its pictures is not what they are"
    for media_type, pixels in seen:
        assert case.pixels in (None, pixels)
        assert case.media_type in (None, media_type)
        assert case.near is None or case.near.holds(*pixels), pixels
    warnings = {warning["code"]: warning["stage"] for warning in answer["onebrush"]["warnings"]}
    assert set(warnings) == set(case.warnings)
    assert {code for code, stage in warnings.items() if stage == "result"} == case.warnings & RESULT_WARNINGS
    if case.answer:
        assert all(case.answer in entry for entry in answer["data"])


def _check_calls(case: Case, calls: list[Sent]) -> None:
    assert case.calls in (None, len(calls))
    for call in calls:
        assert case.path is None or call.path.endswith(case.path)
        flat = flatten(call.body)
        assert {key: flat.get(key) for key in case.sent} == dict(case.sent)
        assert [key for key in flat for parent in case.absent if under(key, parent)] == []
        words = list(_words(call.body))
        assert [text for text in case.says if not any(text in word for word in words)] == [], words
        _check_pictures(case, call)
    for expected in case.each:
        assert any(expected.items() <= flatten(call.body).items() for call in calls), expected


def _check_pictures(case: Case, call: Sent) -> None:
    assert len(call.pictures) == case.pictures, call.pictures
    apart = tuple(part for part in call.pictures if part != case.mask_part)
    assert case.picture_keys is None or apart == case.picture_keys
    assert (case.mask_part is None) or case.mask_part in call.pictures


def _check_mask(case: Case, calls: list[Sent]) -> None:
    """The mask that was sent is a PNG of the picture's size, transparent where the caller's mask is open."""
    if case.mask and case.mask_part:
        size, hole = looking.open_part(calls[0].files[case.mask_part])
        assert size == (looking.WIDTH, looking.HEIGHT)
        assert hole is not None
        assert all(abs(seen - meant) <= 2 for seen, meant in zip(hole, looking.HOLE, strict=True)), hole


def _words(value: Any) -> Iterator[str]:
    """Every text of a body, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)
