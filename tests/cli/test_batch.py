"""`onebrush batch` as it is run: every line's pictures once, whatever ends the process, and nothing bought twice."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from onebrush.cli.batch import Wish, batch
from onebrush.cli.batch_record import RESULTS, SENT
from onebrush.settings import read_settings
from tests.cli.conftest import COMMAND, PATIENCE, Ran, command, environment
from tests.running import KEY, Server, gateway, sandbox, started

FAMILIES = {
    "gpt-image-1": "1024x1024",
    "gemini-2.5-flash-image": "1:1",
    "seedream-4.0": "1024x1024",
    "qwen-image-plus": "1328x1328",
}
Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The vendors, who count."""
    with sandbox(tmp_path_factory.mktemp("vendors"), "--draft") as standing:
        yield standing


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shop: Server) -> Iterator[Server]:
    with gateway(tmp_path_factory.mktemp("house"), sandbox_url=shop.url) as standing:
        yield standing


@pytest.fixture
def told(house: Server) -> dict[str, str]:
    return {"ONEBRUSH_URL": house.url, "ONEBRUSH_KEY": KEY}


@pytest.fixture
def run(tmp_path: Path, told: dict[str, str]) -> Run:
    return lambda *words: command(tmp_path, "batch", *words, **told)


@contextmanager
def begun(tmp_path: Path, told: Mapping[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A batch that goes on while the block does something to it."""
    process = subprocess.Popen(
        [*COMMAND, "batch", *words],
        cwd=tmp_path,
        env=environment(tmp_path, **told),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines_of(*lines: Any) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def written(tmp_path: Path, *lines: Any) -> str:
    (tmp_path / "wishes.jsonl").write_text(lines_of(*lines), "utf-8")
    return "wishes.jsonl"


def wish(prompt: str, model: str = "seedream-4.0", **more: Any) -> dict[str, Any]:
    return {"model": model, "prompt": prompt, "size": FAMILIES[model], **more}


def many(number: int, words: str = "") -> list[dict[str, Any]]:
    """Wishes of which no two are alike, over the four families."""
    models = list(FAMILIES)
    return [wish(f"boat {turn} {words}", models[turn % len(models)]) for turn in range(number)]


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / RESULTS).read_text("utf-8").splitlines()]


def bought(shop: Server) -> list[dict[str, Any]]:
    return [call for call in shop.ask("/count").json()["calls"] if call["paid"]]


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in (RESULTS, SENT))


def assert_whole(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        with Image.open(folder / name) as picture:
            picture.load()


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def house_at(port: int, data: Path, shop: Server) -> AbstractContextManager[Server]:
    """A gateway that is found at the same address when it starts anew."""
    environ = {**os.environ, "ONEBRUSH_KEYS": KEY, "ONEBRUSH_SANDBOX_URL": shop.url}
    return started(["serve", "--port", str(port), "--data", str(data)], environ, data, "OneBrush listens on ")


def rows_there(folder: Path) -> int:
    results = folder / RESULTS
    return results.read_bytes().count(b"\n") if results.exists() else 0


def test_a_killed_batch_goes_on_and_buys_each_line_once(
    tmp_path: Path, shop: Server, told: dict[str, str], run: Run
) -> None:
    before = len(bought(shop))
    file, folder = written(tmp_path, *many(30, "[sandbox: slow 0.4]")), tmp_path / "wishes"
    for goal in (4, 12):
        with begun(tmp_path, told, file) as process:
            until(lambda goal=goal: rows_there(folder) >= goal)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
    assert 12 <= rows_there(folder) < 30

    ran = run(file)

    assert ran.status == 0, ran.said
    calls = bought(shop)[before:]
    assert (len(calls), len({call["digest"] for call in calls})) == (30, 30)
    final = rows(folder)
    assert sorted(row["line"] for row in final) == list(range(1, 31))
    assert {row["status"] for row in final} == {"succeeded"}
    assert sorted(name for row in final for name in row["files"]) == pictures(folder)
    assert len(pictures(folder)) == 30
    assert_whole(folder, pictures(folder))


def test_a_finished_batch_asks_for_nothing_more(tmp_path: Path, shop: Server, run: Run) -> None:
    file = written(tmp_path, *many(4))
    assert run(file).status == 0
    before, names = len(bought(shop)), pictures(tmp_path / "wishes")
    again = run(file)
    assert (again.status, len(bought(shop)), pictures(tmp_path / "wishes")) == (0, before, names)
    assert again.lines[0].startswith("4 of 4 done, 0 failed, ")


def test_a_row_tells_what_came(tmp_path: Path, run: Run) -> None:
    ran = run(written(tmp_path, wish("a fox, in the snow", custom_id="fox"), wish("two boats", n=2)), "--out", "here")
    assert ran.status == 0, ran.said
    fox, boats = sorted(rows(tmp_path / "here"), key=lambda row: row["line"])
    assert (fox["custom_id"], fox["line"], fox["status"], fox["error"]) == ("fox", 1, "succeeded", None)
    assert (fox["files"], boats["files"]) == (["fox.jpg"], ["0002-two-boats.jpg", "0002-two-boats-2.jpg"])
    assert fox["id"].startswith("gen_") and fox["test"] is True
    assert fox["cost"]["currency"] == "CNY" and boats["custom_id"] is None
    assert_whole(tmp_path / "here", [*fox["files"], *boats["files"]])
    assert ran.lines == [
        "2 of 2 done, 0 failed, 0.6 CNY (sandbox, nothing is charged): here/results.jsonl",
    ]


def test_every_field_of_a_row_is_in_the_manual_and_nothing_else(tmp_path: Path, run: Run) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "batch.md").read_text("utf-8")
    listed = {name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert run(written(tmp_path, wish("a boat"), wish("a boat", n=99))).status == 1
    assert {name for row in rows(tmp_path / "wishes") for name in row} == listed


def test_lines_in_the_form_of_openai_and_pictures_in_files(tmp_path: Path, run: Run, picture_bytes: bytes) -> None:
    (tmp_path / "cat.png").write_bytes(picture_bytes)
    edit = {"model": "gpt-image-1", "prompt": "at night", "image": ["@cat.png"], "response_format": "b64_json"}
    ran = run(
        written(
            tmp_path,
            {"custom_id": "a", "method": "POST", "url": "/v1/images/generations", "body": wish("a fox")},
            {"custom_id": "b", "method": "POST", "url": "/v1/images/edits", "body": edit},
            {**wish("later", custom_id="c"), "async": True},
        )
    )
    assert ran.status == 0, ran.said
    assert sorted(row["files"][0] for row in rows(tmp_path / "wishes")) == ["a.jpg", "b.png", "c.jpg"]
    assert_whole(tmp_path / "wishes", pictures(tmp_path / "wishes"))


def test_what_can_never_work_is_told_once_and_not_asked_again(tmp_path: Path, shop: Server, run: Run) -> None:
    file = written(tmp_path, wish("a boat"), {"model": "gpt-image-9", "prompt": "x"}, wish("a boat", n=99))
    first = run(file)
    assert (first.status, len(rows(tmp_path / "wishes"))) == (1, 3)
    assert "line 2: No model 'gpt-image-9'." in first.said and "line 3: " in first.said
    calls = len(shop.ask("/count").json()["calls"])
    again = run(file)
    assert (again.status, len(shop.ask("/count").json()["calls"])) == (1, calls)
    # A model may be there another day; a number beyond its bounds will not be within them.
    assert [row["line"] for row in rows(tmp_path / "wishes")[3:]] == [2]
    assert "line 3: " in again.said


@pytest.mark.parametrize("fault", ["cut", "500"])
def test_a_line_whose_outcome_nobody_knows_is_told_and_left_alone(
    tmp_path: Path, shop: Server, run: Run, fault: str
) -> None:
    calls = len(shop.ask("/count").json()["calls"])
    file = written(tmp_path, wish(f"a boat [sandbox: {fault}]"), wish("a fox"))
    for _ in range(2):
        ran = run(file)
        assert (ran.status, len(ran.lines)) == (1, 1)
        assert ran.lines[0].startswith("1 of 2 done, 0 failed, 1 unknown, ")
        assert "Nobody knows what came of it, and it is not asked again: it may have been bought." in ran.said
        assert "put it into a file of its own" in ran.said
    assert len(shop.ask("/count").json()["calls"]) == calls + 2
    lost, fox = sorted(rows(tmp_path / "wishes"), key=lambda row: row["line"])
    assert (lost["status"], lost["error"]["code"], fox["status"]) == ("unknown", "provider_error", "succeeded")
    assert f"GET /v1/images/generations/{lost['id']}" in ran.said


def test_what_was_sent_when_the_gateway_was_killed_is_unknown_and_not_bought_again(
    tmp_path: Path, shop: Server
) -> None:
    port = free_port()
    told = {"ONEBRUSH_URL": f"http://127.0.0.1:{port}", "ONEBRUSH_KEY": KEY}
    before = len(bought(shop))
    file = written(tmp_path, wish("a boat [sandbox: slow 30]"))
    with house_at(port, tmp_path / "house", shop) as first, begun(tmp_path, told, file) as process:
        until(lambda: len(bought(shop)) > before)
        first.process.kill()
        first.process.wait(PATIENCE)
        with house_at(port, tmp_path / "house", shop):
            out, said = process.communicate(timeout=PATIENCE)
            again = command(tmp_path, "batch", file, **told)
    assert "Waiting up to 2 minutes for it." in said
    assert out.splitlines() == again.lines
    assert again.lines[0].startswith("0 of 1 done, 0 failed, 1 unknown, ")
    assert [row["status"] for row in rows(tmp_path / "wishes")] == ["unknown"]
    assert len(bought(shop)) == before + 1


def test_where_nothing_listens_it_is_told_at_once_and_waited_for(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with begun(tmp_path, {}, written(tmp_path, *many(3)), "--url", url) as process:
        assert process.stderr is not None
        heard = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=PATIENCE)
    assert heard[1] == f"No answer from {url}: nothing listens there. Waiting up to 2 minutes for it.\n"
    assert "nothing listens there" not in rest
    assert out.splitlines()[-1] == "The same command goes on with the rest."


def test_two_lines_that_ask_for_the_same_get_a_picture_each(tmp_path: Path, shop: Server, run: Run) -> None:
    before = len(bought(shop))
    assert run(written(tmp_path, wish("a boat"), wish("a boat"))).status == 0
    assert len(bought(shop)) == before + 2
    assert pictures(tmp_path / "wishes") == ["0001-a-boat.jpg", "0002-a-boat.jpg"]


def test_a_line_that_asks_for_something_else_is_asked_for(tmp_path: Path, shop: Server, run: Run) -> None:
    assert run(written(tmp_path, *many(2))).status == 0
    before = len(bought(shop))
    assert run(written(tmp_path, many(1)[0], wish("another boat"))).status == 0
    assert len(bought(shop)) == before + 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{nope\n", "line 2: it is no JSON: "),
        (b"[1]\n", "line 2: it is no JSON object"),
        (b'{"seed": NaN}\n', "line 2: it is no JSON: NaN is no number"),
        (b'{"seed": 1e999}\n', "line 2: a number in it is beyond all bounds"),
        (b'{"prompt": "\xff"}\n', "line 2: it is no JSON: "),
        (b"[" * 100_000 + b"\n", "line 2: it is no JSON: "),
        (b'{"custom_id": 7, "prompt": "x"}\n', "line 2: custom_id must be text"),
        (b'{"custom_id": "a"}\n\n{"custom_id": "a"}\n', "line 4: custom_id 'a' is line 2's already"),
        (b'{"method": "GET", "body": {}}\n', "line 2: only POST /v1/images/generations and POST /v1/images/edits"),
        (b'{"url": "/v1/chat/completions", "body": {}}\n', "line 2: only POST"),
        (b'{"url": "/v1/images/edits"}\n', "line 2: body must be a JSON object"),
        (b'{"prompt": "x", "stream": true}\n', "line 2: stream has no place in a batch"),
        (b'{"prompt": "x", "dry_run": true}\n', "line 2: dry_run has no place in a batch; say --dry-run"),
        (b'{"prompt": "x", "image": "@gone.png"}\n', "line 2: the picture cannot be read: No such file"),
    ],
)
def test_a_bad_line_is_told_before_anything_is_sent(
    tmp_path: Path, shop: Server, run: Run, text: bytes, sentence: str
) -> None:
    before = len(bought(shop))
    (tmp_path / "bad.jsonl").write_bytes(lines_of(wish("a boat")).encode() + text)
    ran = run("bad.jsonl")
    assert (ran.status, len(bought(shop))) == (2, before)
    assert sentence in ran.said and "nothing was sent" in ran.said
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("gone.jsonl",), "The batch cannot be read: No such file or directory: gone.jsonl."),
        (("empty.jsonl",), "empty.jsonl holds no lines."),
        (("plain",), "plain would be file and folder at once; say --out."),
        (("plain", "--out", "x", "--concurrency", "0"), "--concurrency must be at least 1."),
    ],
)
def test_wrong_usage_is_status_two(tmp_path: Path, run: Run, words: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "empty.jsonl").write_text("\n \n")
    (tmp_path / "plain").write_text(lines_of(wish("a boat")))
    ran = run(*words)
    assert (ran.status, ran.said) == (2, f"onebrush: {sentence}\n")


def test_a_dry_run_adds_up_and_buys_nothing(tmp_path: Path, shop: Server, run: Run) -> None:
    before = len(bought(shop))
    file = written(tmp_path, wish("a boat", n=2), wish("a boat"), wish("x", "gpt-image-1", n=99))
    ran = run(file, "--dry-run")
    assert (ran.status, len(bought(shop))) == (1, before)
    assert ran.lines == [
        "2 of 3 lines can be asked for, 1 would be refused.",
        "At most 0.6 CNY (sandbox, nothing is charged).",
    ]
    assert "line 3: " in ran.said
    assert not (tmp_path / "wishes").exists()


def test_the_first_interrupt_finishes_what_is_under_way(
    tmp_path: Path, shop: Server, told: dict[str, str], run: Run
) -> None:
    before = len(bought(shop))
    file, folder = written(tmp_path, *many(12, "[sandbox: slow 1]")), tmp_path / "wishes"
    with begun(tmp_path, told, file, "--concurrency", "4") as process:
        until(lambda: len(bought(shop)) >= before + 4)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
    done = len(rows(folder))
    assert 4 <= done < 12
    assert len(bought(shop)) == before + done
    assert "under way; press Ctrl-C again to leave at once." in said
    assert out.splitlines()[-1] == "The same command goes on with the rest."
    assert run(file).status == 0
    assert len(bought(shop)) == before + 12


def test_the_second_interrupt_leaves_at_once_and_loses_nothing(
    tmp_path: Path, shop: Server, told: dict[str, str], run: Run
) -> None:
    before = len(bought(shop))
    file = written(tmp_path, *many(2, "[sandbox: slow 5]"))
    with begun(tmp_path, told, file) as process:
        until(lambda: len(bought(shop)) >= before + 2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "press Ctrl-C again" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    assert rows(tmp_path / "wishes") == []
    assert run(file).status == 0
    assert len(bought(shop)) == before + 2
    assert len(pictures(tmp_path / "wishes")) == 2


def test_one_folder_has_one_batch(tmp_path: Path, shop: Server, told: dict[str, str], run: Run) -> None:
    before = len(bought(shop))
    file = written(tmp_path, wish("a boat [sandbox: slow 5]"))
    with begun(tmp_path, told, file):
        until(lambda: len(bought(shop)) > before)
        ran = run(file)
    assert ran.status == 1
    assert "Another batch is at work in wishes" in ran.said


def test_a_wrong_key_ends_it_before_the_second_line(tmp_path: Path, told: dict[str, str]) -> None:
    file = written(tmp_path, *many(3))
    ran = command(tmp_path, "batch", file, "--key", "sk-test-other", "--concurrency", "1", **told)
    assert ran.status == 1
    assert "The API key is not known here" in ran.said.splitlines()[-1]
    assert rows(tmp_path / "wishes") == []


def test_where_no_gateway_runs_one_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("onebrush.cli.generate.USUAL_URL", "http://127.0.0.1:1")
    file = tmp_path / written(tmp_path, *many(4))
    assert batch(Wish(file=file), read_settings(None, data=tmp_path / "data")) == 0
    assert len(pictures(tmp_path / "wishes")) == 4
    assert capsys.readouterr().out.startswith("4 of 4 done, 0 failed, ")
