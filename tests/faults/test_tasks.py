"""F-13: vendors' tasks that are lost, stuck, another's, or go backwards; each ends, and none is paid twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.proxy import Meeting, Script
from tests.faults.world import BOUGHT, RELEASED, UNRESOLVED

TASKS = {"dashscope": {"mode": "task", "poll_every": 0.05}}
SHORT = 1.5  # seconds that a task may take
MODELS = ("qwen-image-plus", "qwen-image-3.0")


def told(status: str, **more: Any) -> Script:
    """A poll's answer."""

    async def script(meeting: Meeting) -> None:
        name = meeting.exchange.path.rpartition("/")[2]
        output = {"task_id": name, "task_status": status, **more}
        await scripts.canned(200, {"request_id": "r", "output": output})(meeting)

    return script


@pytest.mark.parametrize("model", MODELS)
def test_a_task_that_goes_backwards_still_ends_in_its_picture(inner: InnerWorld, model: str) -> None:
    inner.proxy.then(told("RUNNING"), told("PENDING"), told("SUSPENDED"), told("RUNNING"), kind="poll")
    with inner.serving(providers=TASKS) as server:
        came = inner.outcome(server, "dashscope", model=model)
    assert (came.answer.status, came.calls, came.money) == (200, 1, BOUGHT)
    assert len(inner.proxy.of("poll")) == 5
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("model", MODELS)
def test_polls_that_fail_say_nothing_of_the_task(inner: InnerWorld, model: str) -> None:
    unwell = {"code": "InternalError", "message": "Oops.", "request_id": "r"}
    failing = [scripts.canned(500, unwell), scripts.half_body, scripts.reset_before_head, scripts.canned(429, unwell)]
    inner.proxy.then(*failing, kind="poll")
    with inner.serving(providers=TASKS) as server:
        came = inner.outcome(server, "dashscope", model=model)
    assert (came.answer.status, came.calls, came.money) == (200, 1, BOUGHT)
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("how", ["unknown", "gone", "stuck", "another's"])
def test_a_task_without_an_end_ends_with_its_deadline_as_unresolved(inner: InnerWorld, how: str) -> None:
    script = {
        "unknown": told("UNKNOWN"),
        "gone": scripts.canned(404, {"code": "InvalidParameter", "message": "No such task.", "request_id": "r"}),
        "stuck": told("RUNNING"),
        "another's": told("SUCCEEDED", task_id="00000000-0000-4000-8000-000000000000", results=[]),
    }[how]
    inner.proxy.then(*[script] * 200, kind="poll")
    with inner.serving(providers=TASKS, task_deadline=SHORT) as server:
        came = inner.outcome(server, "dashscope")
    assert (came.calls, came.money, came.status) == (1, UNRESOLVED, "unknown")
    assert came.answer.status in (502, 504)
    assert came.answer.headers["x-should-retry"] == "false"
    # Every 0.05 s would be thirty; the pauses grow to a sixth of a second.
    assert len(inner.proxy.of("poll")) < 18
    [kept] = inner.rows("SELECT task FROM attempts")
    assert kept["task"]  # what there is to ask the vendor about
    assert inner.verdict().wrong == {}


def test_a_task_that_failed_is_released(inner: InnerWorld) -> None:
    refused = {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."}
    inner.proxy.then(told("FAILED", **refused), kind="poll")
    inner.proxy.script = scripts.canned(
        200, {"request_id": "r", "output": {"task_id": "11111111-aaaa", "task_status": "PENDING"}}
    )
    with inner.serving(providers=TASKS) as server:
        came = inner.outcome(server, "dashscope")
    assert (came.answer.status, came.code, came.calls, came.money) == (400, "moderation_blocked", 1, RELEASED)
    assert inner.verdict().wrong == {}


def test_an_id_given_twice_ends_twice_and_loses_nothing(inner: InnerWorld) -> None:
    first: list[str] = []

    def the_same_id(said: Any) -> Any:
        first.append(said["output"]["task_id"])
        said["output"]["task_id"] = first[0]
        return said

    inner.proxy.script = scripts.changed(the_same_id)
    with inner.serving(providers=TASKS, task_deadline=SHORT) as server:
        came = [inner.outcome(server, "dashscope") for _ in range(2)]
    assert [one.calls for one in came] == [1, 1]
    assert all(one.money in (BOUGHT, UNRESOLVED) for one in came)
    assert inner.verdict().wrong == {}


def test_a_submission_whose_answer_is_lost_is_not_submitted_again(inner: InnerWorld) -> None:
    inner.proxy.then(scripts.reset_before_head)
    with inner.serving(providers=TASKS) as server:
        came = inner.outcome(server, "dashscope")
    assert (came.answer.status, came.calls, came.money, came.status) == (502, 1, UNRESOLVED, "unknown")
    assert inner.verdict().wrong == {}


def test_a_task_that_is_canceled_while_it_waits_is_not_paid(inner: InnerWorld) -> None:
    """The vendor confirms: what it took back is released, and nothing is bought."""
    inner.proxy.then(*[told("PENDING")] * 300, kind="poll")
    canceled = {"request_id": "r"}
    inner.proxy.then(scripts.canned(200, canceled), kind="cancel")
    inner.proxy.script = scripts.canned(
        200, {"request_id": "r", "output": {"task_id": "22222222-bbbb", "task_status": "PENDING"}}
    )
    with inner.serving(providers=TASKS) as server:
        answer = inner.ask(server, "dashscope", headers={"Prefer": "respond-async"})
        name = answer.json()["id"]
        inner.notes[name] = next(iter(inner.notes.values()))
        inner.proxy.until(lambda: inner.proxy.of("poll"))
        server.ask(f"/v1/images/generations/{name}", method="DELETE")
        inner.wait_terminal()
        record = inner.record(server, name)
    assert (record["status"], inner.money(name)) == ("canceled", RELEASED)
    assert len(inner.proxy.of("cancel")) == 1
    assert inner.verdict().wrong == {}
