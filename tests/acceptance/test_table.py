"""The hand-written expectations table against what is really sent and what really comes back."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.looking import pictures_of
from tests.acceptance.recorder import Recorder, Sent
from tests.expectations import Case, flatten, load, under
from tests.running import Server


@pytest.mark.parametrize("case", load(), ids=lambda case: case.name)
def test_the_table_holds(
    case: Case,
    server: Server,
    recorder: Recorder,
    pictures: list[str],
    example: Callable[[str], dict[str, object]],
) -> None:
    body = example(case.example) if case.example else case.body(pictures)
    answer = server.generate(body)
    if case.refused:
        _check_refusal(case, answer.status, answer.json(), recorder.calls)
        return
    assert answer.status == 200, answer.body[:500]
    _check_answer(case, answer.json(), server)
    _check_calls(case, recorder.calls)


def _check_refusal(case: Case, status: int, answer: Any, calls: list[Sent]) -> None:
    assert case.refused is not None
    error = answer["error"]
    said = (status, error["code"], error["param"])
    # A picture is named where it stood: `image` and `image[0]` are the same field.
    assert (status, error["code"], str(error["param"]).partition("[")[0]) == (
        case.refused.status,
        case.refused.code,
        case.refused.param,
    ), said
    assert calls == []


def _check_answer(case: Case, answer: Any, server: Server) -> None:
    seen = pictures_of(answer, server)
    assert len(seen) == case.count
    told = [(image["media_type"], (image["width"], image["height"])) for image in answer["onebrush"]["images"]]
    assert told == seen, "what the answer says of its pictures is not what they are"
    for media_type, pixels in seen:
        assert case.pixels in (None, pixels)
        assert case.media_type in (None, media_type)
        assert case.near is None or case.near.holds(*pixels), pixels
    assert {warning["code"] for warning in answer["onebrush"]["warnings"]} == set(case.warnings)
    if case.answer:
        assert all(case.answer in entry for entry in answer["data"])


def _check_calls(case: Case, calls: list[Sent]) -> None:
    assert case.calls in (None, len(calls))
    for call in calls:
        assert case.path is None or call.path.endswith(case.path)
        flat = flatten(call.body)
        assert {key: flat.get(key) for key in case.sent} == dict(case.sent)
        assert [key for key in flat for parent in case.absent if under(key, parent)] == []
        assert len(call.pictures) == case.pictures
        assert case.picture_keys is None or call.pictures == case.picture_keys
    for expected in case.each:
        assert any(expected.items() <= flatten(call.body).items() for call in calls), expected
