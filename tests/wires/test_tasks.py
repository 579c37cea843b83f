"""Tasks: only wires that have them, paths that no id can bend, and a reply read as what was asked."""

from typing import Any

import pytest

from onebrush.domain.event import Done, Fault, Pending, Picture
from tests.wires.exchanges import WIRES, events_of, request, written_call

UNTASKED = [name for name in WIRES if name != "dashscope"]
WIRE = WIRES["dashscope"]
TASK = "7d0c3bb2-1111-2222-3333-444455556666"
STRANGE = ["", ".", "..", "../models", "a/b", "a/../b", "a%2fb", "a?b", "a#b", "a b", "a\n", "é", "-a", "x" * 129]


@pytest.mark.parametrize("provider", UNTASKED)
def test_a_wire_without_tasks_neither_submits_nor_polls_nor_cancels_one(provider: str) -> None:
    with pytest.raises(TypeError, match="has no tasks; model 'm'"):
        WIRES[provider].submit_task(request({"model": "m", "prompt": "p", "task": "prompt"}))
    with pytest.raises(TypeError, match="has no tasks"):
        WIRES[provider].poll(TASK)
    assert WIRES[provider].cancel(TASK) is None


def test_a_model_without_a_task_form_is_not_submitted_as_one() -> None:
    with pytest.raises(TypeError, match="model 'm' has no task form"):
        WIRE.submit_task(request({"model": "m", "prompt": "p"}))


def test_the_legacy_body_has_no_place_for_pictures() -> None:
    with pytest.raises(TypeError, match="takes no pictures as a task"):
        WIRE.submit_task(request({"model": "m", "prompt": "p", "task": "prompt", "references": ["image/png"]}))


def test_a_task_is_asked_for_and_taken_back_by_its_id() -> None:
    assert written_call(WIRE.poll(TASK)) == {"method": "GET", "path": f"/tasks/{TASK}", "places": []}
    cancel = WIRE.cancel(TASK)
    assert cancel is not None
    assert written_call(cancel) == {"method": "POST", "path": f"/tasks/{TASK}/cancel", "places": []}


@pytest.mark.parametrize("task", STRANGE)
def test_no_id_changes_the_path(task: str) -> None:
    for asking in (WIRE.poll, WIRE.cancel):
        with pytest.raises(ValueError, match="is no task id"):
            asking(task)


@pytest.mark.anyio
@pytest.mark.parametrize("task", STRANGE)
async def test_a_strange_id_is_never_handed_on(task: str) -> None:
    reply = {"status": 200, "json": {"output": {"task_id": task, "task_status": "PENDING"}}}
    (event,) = await events_of("dashscope", reply)
    assert isinstance(event, Fault)
    assert (event.kind, len(event.message) < 200) == ("outcome_unknown", True)


@pytest.mark.anyio
async def test_a_state_yet_to_come_is_waited_for() -> None:
    reply = {"status": 200, "json": {"output": {"task_id": TASK, "task_status": "PAUSED"}}}
    assert await events_of("dashscope", reply) == [Pending(task=TASK)]


@pytest.mark.anyio
async def test_a_poll_that_names_no_task_speaks_of_the_one_that_was_asked_for() -> None:
    output: dict[str, Any] = {"task_status": "RUNNING"}
    reply = {"status": 200, "json": {"output": output}, "asked": {"poll": TASK}}
    assert await events_of("dashscope", reply) == [Pending(task=TASK)]
    output.update(task_status="SUCCEEDED", results=[{"url": "https://r.example/a.png"}])
    first, last = await events_of("dashscope", reply)
    assert (first, last) == (Picture(source="https://r.example/a.png"), Done())


@pytest.mark.anyio
async def test_only_a_cancelling_is_confirmed_by_nothing_but_an_id() -> None:
    reply: dict[str, Any] = {"status": 200, "json": {"request_id": "r1"}}
    assert await events_of("dashscope", {**reply, "asked": {"cancel": TASK}}) == [Done(request_id="r1")]
    for asked in ({}, {"poll": TASK}):
        (event,) = await events_of("dashscope", {**reply, "asked": asked})
        assert isinstance(event, Fault)
