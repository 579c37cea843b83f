"""Bodies of tasks, against those that the vendor's SDK sends for the same ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sdks import dashscope_task
from tests.wires.exchanges import call_for, fixtures, written_call

TASKS = [
    case
    for case in fixtures("call")
    if "task" in case.values[1]["request"] and "options" not in case.values[1]["request"]
]


@pytest.mark.parametrize(("provider", "fixture"), TASKS)
def test_the_sdk_asks_for_the_same_task_in_the_same_words(provider: str, fixture: dict[str, Any]) -> None:
    ours = written_call(call_for(provider, fixture["request"]))
    path, header, body = dashscope_task(ours["json"])
    assert ours["path"] == path
    assert ours["headers"] == {"X-DashScope-Async": header}
    assert ours["json"] == body


def test_both_forms_of_a_task_are_asked() -> None:
    assert {case.values[1]["request"]["task"] for case in TASKS} == {"messages", "prompt"}


def test_a_negative_prompt_in_the_wrong_place_is_noticed() -> None:
    body = {"model": "qwen-image", "input": {"prompt": "a boat", "negative_prompt": "fog"}, "parameters": {"n": 1}}
    misplaced = {**body, "input": {"prompt": "a boat"}, "parameters": {"n": 1, "negative_prompt": "fog"}}
    assert dashscope_task(body)[2] == body
    assert dashscope_task(misplaced)[2] != misplaced
