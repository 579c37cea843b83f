"""The sandbox as a process: its count, its links, its end."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import onebrush
from onebrush.sandbox import artist
from onebrush.sandbox.count import Call, Count
from onebrush.sandbox.settings import SandboxSettings
from tests.sandbox.conftest import Stand, listening

SMALL = {"model": "dall-e-2", "prompt": "a paper boat", "size": "256x256"}
SOURCE = str(Path(str(onebrush.__file__)).parent.parent)
StandWith = Callable[[SandboxSettings], Any]


def call(number: int) -> Call:
    return Call(id=f"c{number}", time=1.0, vendor="openai", model="m", images=1, digest="d", fault=None, paid=True)


def test_the_count_tells_equal_requests_from_different_ones(sandbox: Stand) -> None:
    for prompt in ("first", "first", "second"):
        sandbox.openai({**SMALL, "prompt": f"count {prompt}"})
    last = sandbox.count(model="dall-e-2")["calls"][-3:]
    assert last[0]["digest"] == last[1]["digest"] != last[2]["digest"]
    assert len({entry["id"] for entry in last}) == 3


def test_the_count_is_narrowed_by_vendor(sandbox: Stand) -> None:
    sandbox.openai(SMALL)
    assert {entry["vendor"] for entry in sandbox.count(vendor="openai")["calls"]} == {"openai"}
    assert sandbox.count(vendor="nobody") == {"paid": 0, "images": 0, "calls": []}


def test_a_refused_request_is_not_counted(sandbox: Stand) -> None:
    before = len(sandbox.count()["calls"])
    sandbox.openai({**SMALL, "size": "7x7"})
    sandbox.openai(SMALL, key="sk-test-example")
    assert len(sandbox.count()["calls"]) == before


def test_the_count_and_the_links_outlive_a_restart(tmp_path: Path) -> None:
    with listening(tmp_path) as first:
        link = first.openai(SMALL).json()["data"][0]["url"]
    with listening(tmp_path) as second:
        assert second.count()["paid"] == 1
        moved = httpx.URL(link).copy_with(port=httpx.URL(second.url).port)
        assert second.client.get(moved).status_code == 200


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    Count(path).add(call(1))
    with path.open("ab") as file:
        file.write(b'{"id": "c2", "ti')
    Count(path).add(call(3))
    assert [entry.id for entry in Count(path).calls()] == ["c1", "c3"]


def test_a_link_needs_no_key_but_its_signature(sandbox: Stand) -> None:
    link = sandbox.openai(SMALL).json()["data"][0]["url"]
    altered = sandbox.client.get(httpx.URL(link).copy_merge_params({"Expires": "9999999999"}))
    assert sandbox.client.get(link).status_code == 200
    assert (altered.status_code, "SignatureDoesNotMatch" in altered.text) == (403, True)


def test_a_link_expires(stand_with: StandWith) -> None:
    with stand_with(SandboxSettings(link_life_s=-5)) as stand:
        link = stand.openai(SMALL).json()["data"][0]["url"]
        late = stand.client.get(link)
    assert (late.status_code, late.headers["content-type"]) == (403, "application/xml")
    assert "<Code>AccessDenied</Code>" in late.text


def test_old_result_files_are_swept(tmp_path: Path) -> None:
    for life in (-10_000, 60):
        with listening(tmp_path, SandboxSettings(link_life_s=life)) as stand:
            stand.openai(SMALL)
        left = len(list((tmp_path / "files" / "openai").iterdir()))
        assert left == (0 if life < 0 else 1)


def test_retired_models_are_not_found_when_asked_to_be(stand_with: StandWith) -> None:
    with stand_with(SandboxSettings(refuse_retired=True)) as stand:
        retired = stand.openai(SMALL)
        gone = stand.gemini("gemini-3-pro-image-preview", {"contents": [{"parts": [{"text": "a boat"}]}]})
    assert (retired.status_code, gone.status_code) == (404, 404)


def test_another_key_can_be_the_right_one(stand_with: StandWith) -> None:
    with stand_with(SandboxSettings(api_key="sk-test-example")) as stand:
        assert stand.openai(SMALL).status_code == 401
        assert stand.openai(SMALL, key="sk-test-example").status_code == 200


def test_a_failure_of_the_sandbox_is_the_vendors_own_500_and_unpaid(
    sandbox: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(commission: object) -> bytes:
        raise RuntimeError("no paint")

    before = sandbox.count()["paid"]
    monkeypatch.setattr(artist, "draw", fail)
    answer = sandbox.openai(SMALL)
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert sandbox.count()["paid"] == before


@pytest.fixture
def process(tmp_path: Path) -> Any:
    code = "import sys, pathlib; from onebrush.sandbox.server import run; " \
           "run(data=pathlib.Path(sys.argv[1]), stop_with_parent=True)"  # fmt: skip
    return lambda: subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (SOURCE, os.environ.get("PYTHONPATH")))),
        },
        text=True,
    )


def test_the_process_prints_its_address_and_ends_with_its_parent(process: Any) -> None:
    with process() as running:
        line = running.stdout.readline()
        address = line.removeprefix("sandbox listening on ").strip()
        assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
        running.stdin.close()
        assert running.wait(timeout=30) == 0


def test_a_killed_process_has_counted_what_it_answered(process: Any) -> None:
    with process() as running:
        stand = Stand(url=running.stdout.readline().split()[-1])
        assert stand.openai(SMALL).status_code == 200
        running.kill()
    with process() as running:
        stand = Stand(url=running.stdout.readline().split()[-1])
        assert stand.count()["paid"] == 1
        running.stdin.close()
