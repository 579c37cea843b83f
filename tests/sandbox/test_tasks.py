"""The emulated tasks of DashScope: every state, by a clock that is moved; what is paid; the vendor's own clients."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dashscope
import httpx
import pytest
from dashscope.aigc.image_generation import ImageGeneration

from onebrush.kit.clock import FixedClock
from onebrush.sandbox.settings import SandboxSettings
from onebrush.sandbox.tasks import LIFE_S
from tests.sandbox.conftest import BEARER, Stand, listening

# Its stubs know only a part of it.
SYNTHESIS: Any = dashscope.ImageSynthesis
PLUS, THREE, TWO = "qwen-image-plus", "qwen-image-3.0", "qwen-image-2.0"
SETTINGS = SandboxSettings(queue_s=5, latency_s=10, draft=True)
Measure = Callable[[bytes], tuple[str, int, int]]


def legacy(text: str = "a paper boat", model: str = PLUS, **parameters: Any) -> dict[str, Any]:
    return {"model": model, "input": {"prompt": text}, "parameters": {"size": "1328*1328", **parameters}}


def message(text: str = "a paper boat", *images: str, model: str = THREE, **parameters: Any) -> dict[str, Any]:
    content = [*({"image": image} for image in images), {"text": text}]
    given = {"size": "512*512", **parameters}
    return {"model": model, "input": {"messages": [{"role": "user", "content": content}]}, "parameters": given}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def stand(tmp_path: Path, clock: FixedClock) -> Iterator[Stand]:
    """A sandbox whose tasks are PENDING for 5 seconds and RUNNING for 10."""
    with listening(tmp_path, SETTINGS, clock) as running:
        yield running


def accepted(stand: Stand, body: dict[str, Any]) -> str:
    answer = stand.task(body)
    assert answer.status_code == 200, answer.text
    output = answer.json()["output"]
    assert output.keys() == {"task_id", "task_status"}
    assert output["task_status"] == "PENDING"
    return str(output["task_id"])


def status(stand: Stand, task: str) -> str:
    output = stand.poll(task)["output"]
    assert output["task_id"] == task
    return str(output["task_status"])


def test_a_legacy_task_waits_works_and_gives_results(stand: Stand, clock: FixedClock, measure: Measure) -> None:
    task = accepted(stand, legacy())
    assert stand.poll(task)["output"].keys() == {"task_id", "task_status", "submit_time"}
    clock.advance(5)
    assert (stand.poll(task)["output"])["task_status"] == "RUNNING"
    clock.advance(10)
    told = stand.poll(task)
    output = told["output"]
    (result,) = output["results"]
    assert (output["task_status"], result["orig_prompt"]) == ("SUCCEEDED", "a paper boat")
    assert (output["submit_time"], output["end_time"]) == ("2027-01-15 08:00:00.000", "2027-01-15 08:00:15.000")
    assert output["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 1, "FAILED": 0}
    assert told["usage"] == {"image_count": 1}
    assert measure(stand.client.get(result["url"]).content) == ("PNG", 1328, 1328)
    assert stand.poll(task)["output"] == output


def test_a_task_of_a_message_gives_choices(
    stand: Stand, clock: FixedClock, measure: Measure, picture_bytes: bytes, data_uri: Callable[..., str]
) -> None:
    task = accepted(stand, message("a hat", data_uri(picture_bytes), n=2))
    clock.advance(15)
    told = stand.poll(task)
    parts = told["output"]["choices"][0]["message"]["content"]
    assert [part["type"] for part in parts] == ["image", "image"]
    assert [measure(stand.client.get(part["image"]).content) for part in parts] == [("PNG", 512, 512)] * 2
    assert (told["usage"]["output_image_count"], told["usage"]["input_image_count"]) == (2, 1)
    assert told["output"]["rewrite_status"] == "success"


def test_a_task_is_paid_once_however_often_it_is_asked_for(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, message(n=3))
    for _ in range(4):
        stand.poll(task)
        clock.advance(5)
    counted = stand.count()
    assert (counted["paid"], counted["images"], len(counted["calls"])) == (1, 3, 1)


def test_a_pending_task_can_be_canceled_and_is_not_paid(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, legacy())
    answer = stand.cancel(task)
    assert (answer.status_code, answer.json().keys()) == (200, {"request_id"})
    clock.advance(60)
    assert status(stand, task) == "CANCELED"
    assert stand.count()["paid"] == 0
    assert [call["fault"] for call in stand.count()["calls"]] == ["canceled"]


@pytest.mark.parametrize("seconds", [5, 15])
def test_a_task_that_has_begun_cannot_be_canceled(stand: Stand, clock: FixedClock, seconds: float) -> None:
    task = accepted(stand, legacy())
    clock.advance(seconds)
    answer = stand.cancel(task)
    assert (answer.status_code, answer.json()["code"]) == (400, "UnsupportedOperation")
    assert (stand.count()["paid"], status(stand, task) == "CANCELED") == (1, False)


def test_a_task_is_canceled_once(stand: Stand) -> None:
    task = accepted(stand, legacy())
    assert [stand.cancel(task).status_code for _ in range(2)] == [200, 400]


def test_a_task_nobody_knows_is_unknown_with_http_200(stand: Stand) -> None:
    told = stand.poll("7d0c3bb2-0000-0000-0000-000000000000")
    assert told["output"] == {"task_id": "7d0c3bb2-0000-0000-0000-000000000000", "task_status": "UNKNOWN"}
    assert stand.cancel("7d0c3bb2").status_code == 400


def test_a_task_is_forgotten_after_a_day(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, legacy())
    clock.advance(LIFE_S)
    assert status(stand, task) == "SUCCEEDED"
    clock.advance(1)
    assert status(stand, task) == "UNKNOWN"


def test_tasks_outlive_a_restart(tmp_path: Path, clock: FixedClock) -> None:
    with listening(tmp_path, SETTINGS, clock) as first:
        working, canceled = (accepted(first, legacy()) for _ in range(2))
        first.cancel(canceled)
    with (tmp_path / "tasks.jsonl").open("ab") as file:
        file.write(b'{"id": "torn')
    clock.advance(15)
    with listening(tmp_path, SETTINGS, clock) as second:
        link = second.poll(working)["output"]["results"][0]["url"]
        assert second.client.get(link).status_code == 200
        assert status(second, canceled) == "CANCELED"
        assert second.count()["paid"] == 1
        later = accepted(second, legacy())
    with listening(tmp_path, SETTINGS, clock) as third:
        assert status(third, later) == "PENDING"


# What goes wrong


def test_content_that_is_not_allowed_fails_inside_the_output(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, legacy("a boat [sandbox: moderation]"))
    clock.advance(15)
    told = stand.poll(task)
    assert (told["output"]["task_status"], told["output"]["code"]) == ("FAILED", "DataInspectionFailed")
    assert told["output"]["message"] == "Output data may contain inappropriate content."
    assert "code" not in told
    assert stand.count()["paid"] == 0


def test_a_stuck_task_never_ends_and_is_never_paid(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, legacy("[sandbox: stuck]"))
    clock.advance(LIFE_S - 1)
    assert (status(stand, task), stand.count()["paid"]) == ("RUNNING", 0)


def test_a_lost_task_is_unknown_at_once_and_stays_paid(stand: Stand) -> None:
    task = accepted(stand, legacy("[sandbox: lost]"))
    assert (status(stand, task), stand.count()["paid"]) == ("UNKNOWN", 1)


def test_a_task_can_go_backwards(stand: Stand, clock: FixedClock) -> None:
    task = accepted(stand, legacy("[sandbox: backwards]"))
    clock.advance(15)
    assert [status(stand, task) for _ in range(4)] == ["RUNNING", "PENDING", "RUNNING", "SUCCEEDED"]


def test_a_poll_can_be_answered_for_another_task(stand: Stand) -> None:
    task = accepted(stand, legacy("[sandbox: swapped]"))
    told = stand.poll(task)["output"]
    assert (told["task_id"] == task, told["task_status"]) == (False, "PENDING")


@pytest.mark.parametrize(("word", "pending", "ended"), [("slow 7", 5, 22), ("queued 30", 30, 40)])
def test_a_task_can_take_its_time(stand: Stand, clock: FixedClock, word: str, pending: int, ended: int) -> None:
    task = accepted(stand, legacy(f"[sandbox: {word}]"))
    seen = []
    for seconds in (pending - 1, 1, ended - pending - 1, 1):
        clock.advance(seconds)
        seen.append(status(stand, task))
    assert seen == ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]


def test_a_task_can_end_without_a_picture(stand: Stand, clock: FixedClock) -> None:
    tasks = [accepted(stand, body) for body in (legacy("[sandbox: empty]"), message("[sandbox: empty]"))]
    clock.advance(15)
    old, new = (stand.poll(task)["output"] for task in tasks)
    assert (old["task_status"], old["results"]) == ("SUCCEEDED", [])
    assert [part["type"] for part in new["choices"][0]["message"]["content"]] == ["text"]
    assert stand.count()["paid"] == 0


def test_a_task_whose_answer_is_cut_is_paid_and_its_id_unheard(stand: Stand) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        stand.task(legacy("[sandbox: cut]"))
    assert stand.count()["paid"] == 1


@pytest.mark.parametrize(("word", "code"), [("429", 429), ("500", 500), ("502", 502), ("503", 503), ("504", 504)])
def test_a_refused_task_is_none(stand: Stand, word: str, code: int) -> None:
    answer = stand.task(legacy(f"[sandbox: {word}]"))
    assert (answer.status_code, "output" in answer.json()) == (code, False)
    assert (stand.count()["paid"], listed(stand)["total"]) == (0, 0)


# The routes


def test_a_task_needs_its_header_and_a_model_that_has_one(stand: Stand) -> None:
    refusals = [
        stand.task(legacy(), **{"X-DashScope-Async": ""}),
        stand.task(message(), **{"X-DashScope-Async": ""}),
        stand.task(message(model=TWO)),
        stand.task(legacy(model="qwen-image-max")),
        stand.task(legacy(model="qwen-image-plus-2026-01-09")),
    ]
    sync, without = "does not support synchronous calls.", "does not support asynchronous calls."
    said = [answer.json()["message"].removeprefix("current user api ") for answer in refusals]
    assert said == [sync, sync, without, without, without]
    assert {answer.status_code for answer in refusals} == {403}
    assert {answer.json()["code"] for answer in refusals} == {"AccessDenied"}


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (legacy(model=THREE), "InvalidParameter", "url error"),
        (message(model=PLUS), "InvalidParameter", "url error"),
        (legacy(" "), "InvalidParameter", "input.prompt"),
        (legacy(negative_prompt="fog"), "InvalidParameter", "parameters.negative_prompt"),
        (legacy(n=2), "InvalidParameter", "parameters.n"),
        (legacy(size="1024*1024"), "InvalidParameter", "parameters.size"),
        (message(size="100*100"), "InvalidParameter", "parameters.size"),
        (legacy(model="qwen-image-9"), "ModelNotFound", "Model not found"),
    ],
)
def test_a_wrong_task_is_refused_before_it_is_one(stand: Stand, body: dict[str, Any], code: str, named: str) -> None:
    answer = stand.task(body).json()
    assert (answer["code"], answer["message"].startswith(named)) == (code, True)
    assert stand.count()["calls"] == []


def test_a_negative_prompt_stands_in_the_input_of_the_legacy_body(stand: Stand) -> None:
    body = legacy()
    body["input"]["negative_prompt"] = "fog"
    assert accepted(stand, body)
    body["input"]["negative_prompt"] = 3
    assert stand.task(body).status_code == 400


def test_tasks_are_asked_about_with_the_key(stand: Stand) -> None:
    base = f"{stand.url}/dashscope/api/v1/tasks"
    task = accepted(stand, legacy())
    assert {
        stand.client.get(base).status_code,
        stand.client.get(f"{base}/{task}").status_code,
        stand.client.post(f"{base}/{task}/cancel").status_code,
    } == {401}


def listed(stand: Stand, **asked: Any) -> dict[str, Any]:
    answer = stand.client.get(f"{stand.url}/dashscope/api/v1/tasks/", params=asked, headers=BEARER)
    page: dict[str, Any] = answer.json()
    return page


def test_tasks_are_listed_by_page_and_by_what_they_are(stand: Stand, clock: FixedClock) -> None:
    first = accepted(stand, legacy())
    clock.advance(15)
    second, third = accepted(stand, message()), accepted(stand, legacy())
    stand.cancel(third)
    page = listed(stand, page_size=2)
    assert (page["total"], page["total_page"], len(page["data"])) == (3, 2, 2)
    assert [row["task_id"] for row in listed(stand, page_size=2, page_no=2)["data"]] == [first]
    assert [row["task_id"] for row in listed(stand, model_name=THREE)["data"]] == [second]
    assert [row["task_id"] for row in listed(stand, status="CANCELED")["data"]] == [third]
    (row,) = listed(stand, task_id=first)["data"]
    assert (row["status"], row["gmt_create"]) == ("SUCCEEDED", 1_800_000_000_000)
    assert row["user_api_unique_key"] == f"apikey:v1:aigc:text2image:image-synthesis:{PLUS}"
    assert listed(stand, page_no=0)["code"] == "InvalidParameter"


# The vendor's own clients, by the real clock


@pytest.fixture
def addressed(sandbox: Stand, monkeypatch: pytest.MonkeyPatch) -> Stand:
    monkeypatch.setattr(dashscope, "base_http_api_url", f"{sandbox.url}/dashscope/api/v1")
    return sandbox


def test_the_dashscope_client_waits_for_a_legacy_task(addressed: Stand, measure: Measure) -> None:
    task = SYNTHESIS.async_call(
        model="qwen-image", prompt="a paper boat", negative_prompt="fog", size="928*1664", n=1, api_key="sandbox"
    )
    assert (task.status_code, task.output.task_status) == (200, "PENDING")
    done = SYNTHESIS.wait(task, api_key="sandbox")
    assert (done.output.task_status, done.usage.image_count) == ("SUCCEEDED", 1)
    assert measure(addressed.client.get(done.output.results[0].url).content) == ("PNG", 928, 1664)


def test_the_dashscope_client_cancels_a_task_and_waits_no_more(addressed: Stand) -> None:
    task = SYNTHESIS.async_call(model=PLUS, prompt="a boat [sandbox: queued 60]", api_key="sandbox")
    assert SYNTHESIS.cancel(task, api_key="sandbox").status_code == 200
    assert SYNTHESIS.wait(task, api_key="sandbox").output.task_status == "CANCELED"
    refused = SYNTHESIS.cancel(task, api_key="sandbox")
    assert (refused.status_code, refused.code) == (400, "UnsupportedOperation")


def test_the_dashscope_client_waits_for_a_task_of_a_message(addressed: Stand, measure: Measure) -> None:
    messages = message()["input"]["messages"]
    task = ImageGeneration.async_call(model=THREE, messages=messages, n=2, size="512*512", api_key="sandbox")
    done = ImageGeneration.wait(task, api_key="sandbox")
    links = [part["image"] for part in done.output.choices[0].message.content]
    assert [measure(addressed.client.get(link).content) for link in links] == [("PNG", 512, 512)] * 2


def test_the_newer_dashscope_client_waits_for_a_task(sandbox: Stand, measure: Measure) -> None:
    client = dashscope.Client(api_key="sandbox", base_url=f"{sandbox.url}/dashscope/api/v1", max_retries=0)
    job = client.images.jobs.create(model=PLUS, prompt="a paper boat", size="1328*1328")
    done = client.images.jobs.wait(job, poll_interval=0.1)
    assert done.succeeded
    assert measure(sandbox.client.get(done.result_url).content) == ("PNG", 1328, 1328)
