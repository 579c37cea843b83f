"""The script of faults: steps taken one a call, each as it says, and a count that stays the truth."""

import base64
import binascii
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from onebrush.kit.clock import FixedClock
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.mishaps import ANSWERS, LINKS, PRIVATE
from onebrush.sandbox.script import KNOWN, BadScript, Script
from onebrush.sandbox.settings import SandboxSettings
from onebrush.sandbox.step import NONE, Step
from onebrush.sandbox.touches import TOUCHES
from tests.sandbox.conftest import BEARER, Stand, listening

VENDORS = ("openai", "gemini", "ark", "dashscope")
GEMINI = "gemini-2.5-flash-image"
ELSEWHERE = "http://elsewhere.example/x"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with listening(tmp_path_factory.mktemp("script"), SandboxSettings(draft=True)) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Iterator[Stand]:
    """A sandbox that has nothing left to go wrong when the test ends."""
    yield running
    assert running.client.get(f"{running.url}/script").json() == {"steps": [], "rate": None}


def ask(stand: Stand, vendor: str, **fields: Any) -> httpx.Response:
    """Ask for a small picture, in the form that the vendor gives unasked."""
    if vendor == "openai":
        return stand.openai({"model": "gpt-image-1-mini", "prompt": "a boat", "quality": "low", **fields})
    if vendor == "gemini":
        return stand.gemini(GEMINI, {"contents": [{"parts": [{"text": "a boat"}]}]})
    if vendor == "ark":
        return stand.ark({"model": "seedream-3-0-t2i-250415", "prompt": "a boat", "size": "512x512", **fields})
    content = [{"text": "a boat"}]
    given = {"size": "512*512", **fields}
    body = {"model": "qwen-image-2.0", "input": {"messages": [{"role": "user", "content": content}]}}
    return stand.dashscope({**body, "parameters": given})


def series(stand: Stand) -> httpx.Response:
    """Three pictures of Ark."""
    group = {"sequential_image_generation": "auto", "sequential_image_generation_options": {"max_images": 3}}
    return stand.ark({"model": "seedream-4-0-250828", "prompt": "a boat", "size": "1280x720", **group})


def paid(stand: Stand) -> int:
    count: int = stand.count()["paid"]
    return count


def link_of(answer: httpx.Response) -> str:
    body = answer.json()
    if "data" in body:
        return str(body["data"][0]["url"])
    return str(body["output"]["choices"][0]["message"]["content"][0]["image"])


# Taking steps


def test_each_call_takes_the_next_step_and_then_all_is_well(stand: Stand) -> None:
    stand.script({"fault": "503"}, {"fault": "none"}, {"fault": "500", "paid": True}, {"fault": "none", "paid": False})
    before = paid(stand)
    seen = []
    for _ in range(5):
        status = ask(stand, "openai").status_code
        seen.append((status, paid(stand) - before))
    assert seen == [(503, 0), (200, 1), (500, 2), (200, 2), (200, 3)]


def test_a_step_waits_for_its_vendor(stand: Stand) -> None:
    stand.script({"fault": "429", "vendor": "gemini"}, {"fault": "503"})
    assert [ask(stand, vendor).status_code for vendor in ("ark", "ark", "gemini", "gemini")] == [503, 200, 429, 200]


def test_a_call_that_is_wrong_takes_no_step(stand: Stand) -> None:
    stand.script({"fault": "503"})
    assert [ask(stand, "openai", n=99).status_code, ask(stand, "openai").status_code] == [400, 503]


def test_the_script_wins_over_the_prompt(stand: Stand) -> None:
    stand.script({"fault": "503"})
    assert ask(stand, "openai", prompt="[sandbox: 429]").status_code == 503
    assert ask(stand, "openai", prompt="[sandbox: 429]").status_code == 429


def test_a_rate_fails_its_share_and_always_the_same_calls() -> None:
    plan = json.dumps({"steps": [{"fault": "500"}], "rate": {"faults": 0.5, "kind": "503", "seed": 7}}).encode()
    runs = [[script.take("ark").fault for _ in range(200)] for script in (Script(plan), Script(plan))]
    assert runs[0] == runs[1]
    assert runs[0][0] == "500"
    assert set(runs[0][1:]) == {"none", "503"}
    assert 70 < runs[0].count("503") < 130


def test_a_rate_is_of_calls_of_its_vendor_and_never_of_polls() -> None:
    script = Script(b'{"rate": {"faults": 1, "kind": "429", "vendor": "ark", "retry_after": "3", "paid": true}}')
    assert script.take("openai") is NONE
    assert script.take("ark", "poll") is NONE
    assert script.take("ark") == Step(fault="429", vendor="ark", retry_after="3", paid=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON list of steps"),
        ("3", "no JSON list of steps"),
        ('[{"fault": "503", "fall": 1}]', "unknown field `fall`"),
        ('[{"vendor": "ark"}]', "required field `fault`"),
        ('[{"fault": "503"}, {"fault": "reset"}]', "step 1: there is no fault 'reset'"),
        ('{"rate": {"faults": 0.5, "kind": "x"}}', "the rate: there is no fault 'x'"),
        ('[{"fault": "429", "retry_after": "1\\r\\nx: y"}]', "cannot stand in a header"),
        ('[{"fault": "redirect"}]', "needs a url"),
        ('[{"fault": "503", "on": "delete"}]', "no JSON list of steps"),
    ],
)
def test_a_script_that_cannot_be_followed_is_refused_and_changes_nothing(text: str, why: str) -> None:
    script = Script(b'[{"fault": "503"}]')
    with pytest.raises(BadScript) as refused:
        script.put(text.encode())
    assert why in str(refused.value)
    assert [step.fault for step in script.left().steps] == ["503"]


def test_a_bad_script_is_answered_with_why(stand: Stand) -> None:
    answer = stand.client.put(f"{stand.url}/script", content=b"no")
    assert (answer.status_code, "no JSON list" in answer.json()["error"]) == (400, True)


def test_a_script_can_be_there_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text('[{"fault": "504"}]', "utf-8")
    settings = SandboxSettings(draft=True, script=tmp_path / "script.json")
    with listening(tmp_path / "data", settings) as stand:
        assert [ask(stand, "openai").status_code for _ in range(2)] == [504, 200]


def test_every_fault_has_one_meaning() -> None:
    groups: list[set[str]] = [set(FaultKind), set(TOUCHES), set(ANSWERS), set(LINKS), {"none", "redirect", "error_200"}]
    shared = {"cut", "garbage"}  # a prompt's words too
    assert sum(len(group) for group in groups) == len(KNOWN) + len(shared)


# Refusals


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", ["429", "500", "502", "503", "504"])
def test_every_vendor_refuses_in_its_own_shape(stand: Stand, vendor: str, fault: str) -> None:
    before = paid(stand)
    stand.script({"fault": fault})
    answer = ask(stand, vendor)
    error = answer.json() if vendor == "dashscope" else answer.json()["error"]
    assert answer.status_code == int(fault)
    assert error["message"]
    assert {"code", "status"} & error.keys()
    assert paid(stand) == before


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "text", ["0", "1000000000", "-1", "soon", "", "Sun, 22 Nov 2026 10:00:00 GMT", "1e3", "9" * 100]
)
def test_any_wait_can_be_told(stand: Stand, vendor: str, text: str) -> None:
    stand.script({"fault": "429", "retry_after": text})
    assert ask(stand, vendor).headers["retry-after"] == text


def test_no_wait_can_be_told_either(stand: Stand) -> None:
    stand.script({"fault": "429", "retry_after": None}, {"fault": "429"})
    assert ["retry-after" in ask(stand, "openai").headers for _ in range(2)] == [False, True]


def test_a_wait_in_a_body_is_told_there_too(stand: Stand) -> None:
    stand.script({"fault": "429", "retry_after": "9s"})
    assert ask(stand, "gemini").json()["error"]["details"][-1]["retryDelay"] == "9s"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_redirect_leads_to_where_it_is_told(stand: Stand, vendor: str) -> None:
    stand.script({"fault": "redirect", "url": ELSEWHERE})
    answer = ask(stand, vendor)
    assert (answer.status_code, answer.headers["location"]) == (307, ELSEWHERE)


# Bodies


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_error_can_come_with_a_200(stand: Stand, vendor: str) -> None:
    before = paid(stand)
    stand.script({"fault": "error_200"})
    answer = ask(stand, vendor)
    error = answer.json() if vendor == "dashscope" else answer.json()["error"]
    assert (answer.status_code, bool(error["message"])) == (200, True)
    assert paid(stand) == before + 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_bodies_can_make_no_sense(stand: Stand, vendor: str) -> None:
    before = paid(stand)
    stand.script({"fault": "html"}, {"fault": "truncated", "share": 0.25}, {"fault": "wrong_type"})
    page, half, wrong = (ask(stand, vendor) for _ in range(3))
    assert page.text.startswith("<!DOCTYPE html>")
    assert int(half.headers["content-length"]) == len(half.content)
    with pytest.raises(json.JSONDecodeError):
        half.json()
    assert not any(isinstance(value, list | dict) for value in wrong.json().values())
    assert {answer.status_code for answer in (page, half, wrong)} == {200}
    assert paid(stand) == before + 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_body_can_break_off_and_cost_nothing(stand: Stand, vendor: str) -> None:
    before = paid(stand)
    stand.script({"fault": "cut", "share": 0.9, "paid": False})
    with pytest.raises(httpx.RemoteProtocolError):
        ask(stand, vendor)
    assert paid(stand) == before


def test_there_can_be_fewer_pictures_or_more_than_were_asked(stand: Stand) -> None:
    stand.script({"fault": "fewer"}, {"fault": "more"}, {"fault": "fewer"})
    assert [len(series(stand).json()["data"]) for _ in range(2)] == [2, 4]
    assert ask(stand, "dashscope").json()["output"]["choices"][0]["message"]["content"] == []


def test_one_picture_of_an_answer_can_be_refused_and_is_free(stand: Stand) -> None:
    stand.script({"fault": "item_error"})
    before = stand.count()["images"]
    answer = series(stand).json()
    assert ["url" in entry for entry in answer["data"]] == [True, True, False]
    assert answer["data"][-1]["error"]["code"] == "OutputImageSensitiveContentDetected"
    assert answer["usage"]["generated_images"] == 2
    assert stand.count()["images"] == before + 2


# Pictures


def picture(stand: Stand, vendor: str, step: dict[str, Any]) -> bytes:
    """The bytes of the picture that a call gives under a step, inline or behind its link."""
    stand.script(step)
    answer = ask(stand, vendor)
    assert answer.status_code == 200
    if vendor == "openai":
        return base64.b64decode(answer.json()["data"][0]["b64_json"], validate=True)
    if vendor == "gemini":
        part = answer.json()["candidates"][0]["content"]["parts"][-1]
        return base64.b64decode(part["inlineData"]["data"], validate=True)
    downloaded = stand.client.get(link_of(answer))
    assert downloaded.headers["content-type"].startswith("image/")
    return downloaded.content


@pytest.mark.parametrize("vendor", VENDORS)
def test_pictures_can_be_none(stand: Stand, vendor: str) -> None:
    assert picture(stand, vendor, {"fault": "zero_bytes"}) == b""
    assert picture(stand, vendor, {"fault": "html_picture"}).startswith(b"<!DOCTYPE html>")
    assert picture(stand, vendor, {"fault": "svg_picture"}).startswith(b"<svg ")
    half = picture(stand, vendor, {"fault": "truncated_picture"})
    with Image.open(io.BytesIO(half)) as image, pytest.raises(OSError):
        image.load()


@pytest.mark.parametrize("vendor", ["ark", "dashscope"])
def test_garbage_behind_a_link_is_no_picture_either(stand: Stand, vendor: str) -> None:
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(picture(stand, vendor, {"fault": "garbage"})))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_picture_can_be_of_another_type_or_size(
    stand: Stand, vendor: str, measure: Callable[[bytes], tuple[str, int, int]]
) -> None:
    kind, width, height = measure(picture(stand, vendor, {"fault": "none"}))
    other = measure(picture(stand, vendor, {"fault": "other_type"}))
    assert (other[0] != kind, other[1:]) == (True, (width, height))
    assert measure(picture(stand, vendor, {"fault": "wrong_size"})) == (kind, width // 2, height // 3)


@pytest.mark.parametrize("fault", ["garbage", "data_uri"])
def test_base64_can_be_none(stand: Stand, fault: str) -> None:
    stand.script({"fault": fault})
    text = ask(stand, "openai").json()["data"][0]["b64_json"]
    assert text.startswith("data:image/png;base64,") == (fault == "data_uri")
    with pytest.raises(binascii.Error):
        base64.b64decode(text, validate=True)


# Links


def opened(stand: Stand, step: dict[str, Any], times: int = 1) -> list[httpx.Response]:
    stand.script(step)
    link = link_of(ask(stand, "ark"))
    return [stand.client.get(link) for _ in range(times)]


@pytest.mark.parametrize(("fault", "status"), [("link_gone", 404), ("link_expired", 403), ("link_503", 503)])
def test_a_link_can_refuse_always_or_at_first(stand: Stand, fault: str, status: int) -> None:
    assert [answer.status_code for answer in opened(stand, {"fault": fault}, 3)] == [status] * 3
    assert [answer.status_code for answer in opened(stand, {"fault": fault, "times": 2}, 3)] == [status, status, 200]


def test_a_link_can_take_its_time_and_then_opens(stand: Stand) -> None:
    (answer,) = opened(stand, {"fault": "link_slow", "seconds": 0.01})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_a_link_can_lead_to_something_too_big(stand: Stand) -> None:
    (answer,) = opened(stand, {"fault": "link_big", "size": 3_000_000})
    assert (len(answer.content), answer.headers["content-length"]) == (3_000_000, "3000000")


def test_a_link_can_lead_elsewhere(stand: Stand) -> None:
    (answer,) = opened(stand, {"fault": "link_redirect", "url": ELSEWHERE})
    assert (answer.status_code, answer.headers["location"]) == (302, ELSEWHERE)


@pytest.mark.parametrize("vendor", ["ark", "dashscope"])
def test_a_link_can_be_private(stand: Stand, vendor: str) -> None:
    stand.script({"fault": "link_private"}, {"fault": "link_private", "url": "http://[::1]:9/x.png"})
    assert [link_of(ask(stand, vendor)) for _ in range(2)] == [PRIVATE, "http://[::1]:9/x.png"]


def test_a_step_that_does_not_fit_is_an_error_nobody_pays(stand: Stand) -> None:
    before = paid(stand)
    stand.script({"fault": "link_gone"})
    assert ask(stand, "gemini").status_code == 500
    assert paid(stand) == before


# Tasks


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def tasking(tmp_path: Path, clock: FixedClock) -> Iterator[Stand]:
    with listening(tmp_path, SandboxSettings(queue_s=5, draft=True), clock) as stand:
        yield stand


def submitted(stand: Stand, **step: Any) -> str:
    """The id of a task that was taken under a step."""
    stand.script(step)
    answer = stand.task({"model": "qwen-image", "input": {"prompt": "a boat"}, "parameters": {}})
    return str(answer.json()["output"]["task_id"])


def test_polls_and_cancellings_have_steps_of_their_own(tasking: Stand) -> None:
    task = submitted(tasking, fault="none")
    at = f"{tasking.url}/dashscope/api/v1/tasks/{task}"
    tasking.script(
        {"fault": "429", "on": "poll", "retry_after": "1"},
        {"fault": "html", "on": "poll"},
        {"fault": "503", "on": "cancel"},
        {"fault": "lost", "on": "poll"},
        {"fault": "swapped", "on": "poll"},
    )
    polls = [tasking.client.get(at, headers=BEARER) for _ in range(2)]
    assert [(poll.status_code, poll.text[:5]) for poll in polls] == [(429, '{"cod'), (200, "<!DOC")]
    assert [tasking.cancel(task).status_code for _ in range(2)] == [503, 200]
    assert tasking.poll(task)["output"]["task_status"] == "UNKNOWN"
    assert tasking.poll(task)["output"]["task_id"] != task
    assert tasking.poll(task)["output"] == {**tasking.poll(task)["output"], "task_id": task, "task_status": "CANCELED"}


@pytest.mark.parametrize(("fault", "links"), [("fewer", 0), ("more", 2), ("none", 1)])
def test_a_result_can_have_another_count(tasking: Stand, clock: FixedClock, fault: str, links: int) -> None:
    task = submitted(tasking, fault=fault)
    clock.advance(5)
    assert len(tasking.poll(task)["output"]["results"]) == links
    assert tasking.count()["paid"] == 1


def test_a_picture_of_a_result_can_be_refused_and_is_free(tasking: Stand, clock: FixedClock) -> None:
    task = submitted(tasking, fault="item_error")
    clock.advance(5)
    told = tasking.poll(task)["output"]
    assert [entry["code"] for entry in told["results"]] == ["DataInspectionFailed"]
    assert told["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 1}
    assert tasking.count()["paid"] == 0


@pytest.mark.parametrize(("fault", "status"), [("link_gone", 404), ("garbage", 200)])
def test_a_result_can_lead_to_nothing(tasking: Stand, clock: FixedClock, fault: str, status: int) -> None:
    task = submitted(tasking, fault=fault)
    clock.advance(5)
    link = tasking.poll(task)["output"]["results"][0]["url"]
    answer = tasking.client.get(link)
    assert (answer.status_code, answer.content.startswith(b"\x89PNG")) == (status, False)


def test_a_results_link_can_be_private(tasking: Stand, clock: FixedClock) -> None:
    task = submitted(tasking, fault="link_private")
    clock.advance(5)
    assert tasking.poll(task)["output"]["results"][0]["url"] == PRIVATE


def test_a_task_can_be_stuck_by_the_script(tasking: Stand, clock: FixedClock) -> None:
    task = submitted(tasking, fault="stuck", paid=True)
    clock.advance(3600)
    assert tasking.poll(task)["output"]["task_status"] == "RUNNING"
    assert tasking.count()["paid"] == 1


def test_every_fault_and_every_member_of_a_step_is_in_the_manual() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    first_cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("|")]
    named = {word for cell in first_cells for word in re.findall("`([^`]+)`", cell)}
    assert named == {*KNOWN, *Step.__struct_fields__}
