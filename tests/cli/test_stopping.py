"""How `onebrush serve` stops and reads again: nobody who asked before is left without an answer."""

from __future__ import annotations

import http.client
import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, environment
from tests.running import KEY, Answer, Server, gateway, sandbox

SLOW = "a boat [sandbox: slow 3]"
STUCK = "a boat [sandbox: slow 600]"
MODELS = ("gpt-image-1", "gemini-2.5-flash-image", "seedream-4.0", "qwen-image-plus")
SIZES = dict(zip(MODELS, ("1024x1024", "1:1", "1024x1024", "1328x1328"), strict=True))


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sandbox(tmp_path_factory.mktemp("vendors"), "--draft") as standing:
        yield standing


@pytest.fixture
def house(tmp_path: Path, vendors: Server) -> Iterator[Server]:
    with gateway(tmp_path / "data", sandbox_url=vendors.url) as standing:
        yield standing


def until(seen: Callable[[], bool]) -> None:
    """Wait for something that will be so."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def bought(vendors: Server) -> int:
    return int(vendors.ask("/count").json()["paid"])


def body(model: str = "seedream-4.0", prompt: str = SLOW) -> dict[str, str]:
    return {"model": model, "prompt": prompt, "size": SIZES[model], "response_format": "url"}


@contextmanager
def asked(house: Server, vendors: Server, number: int) -> Iterator[list[Future[Answer]]]:
    """So many callers wait, spread over the families, and every call has reached its vendor."""
    before = bought(vendors)
    with ThreadPoolExecutor(number) as pool:
        waiting = [pool.submit(house.generate, body(MODELS[turn % len(MODELS)])) for turn in range(number)]
        until(lambda: bought(vendors) == before + number)
        yield waiting


def not_ready(house: Server) -> bool:
    return house.ask("/readyz").status == 503


def output(house: Server) -> str:
    return (house.data / "output.log").read_text("utf-8")


def test_a_stop_under_load_finishes_every_call_and_refuses_new_ones(house: Server, vendors: Server) -> None:
    with asked(house, vendors, 20) as waiting:
        before = bought(vendors)
        house.process.terminate()
        until(lambda: not_ready(house))
        assert not any(one.done() for one in waiting)
        refused = house.generate(body())
        answers = [one.result() for one in waiting]
    assert house.process.wait(PATIENCE) == 0
    assert [answer.status for answer in answers] == [200] * 20
    assert (refused.status, refused.headers["connection"]) == (503, "close")
    assert int(refused.headers["retry-after"]) > 0
    assert bought(vendors) == before
    assert output(house).splitlines()[-1] == "Stopped."


def test_it_is_alive_while_it_stops_and_keeps_no_connection(house: Server, vendors: Server) -> None:
    with asked(house, vendors, 1) as waiting:
        house.process.terminate()
        until(lambda: not_ready(house))
        alive = house.ask("/healthz")
        assert (alive.status, alive.headers["connection"]) == (200, "close")
        assert waiting[0].result().headers["connection"] == "close"
    assert house.process.wait(PATIENCE) == 0


def test_idle_connections_and_unfinished_requests_hold_nobody_up(house: Server, vendors: Server) -> None:
    address = urlsplit(house.url)
    idle = http.client.HTTPConnection(address.netloc)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as slow:
        slow.sendall(
            f"POST /v1/images/generations HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {KEY}\r\n"
            "content-type: application/json\r\ncontent-length: 1000\r\n\r\n{".encode()
        )
        house.ask("/healthz")  # what came before it was read before it
        house.process.terminate()
        assert house.process.wait(PATIENCE) == 0
        answer = slow.makefile("rb").read()
    head, _, told = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ") and b"retry-after: " in head
    assert json.loads(told)["error"]["code"] == "provider_unavailable"
    idle.close()


def test_a_generation_whose_caller_went_is_finished_first(house: Server, vendors: Server) -> None:
    before = bought(vendors)
    leave_after_asking(house, SLOW)
    until(lambda: bought(vendors) == before + 1)
    house.process.terminate()
    assert house.process.wait(PATIENCE) == 0
    assert "Finishing what was begun for callers who have gone" in output(house)
    with sqlite3.connect(house.data / "onebrush.db") as database:
        assert database.execute("SELECT status FROM generations").fetchall() == [("succeeded",)]


def leave_after_asking(house: Server, prompt: str) -> None:
    address = urlsplit(house.url)
    caller = http.client.HTTPConnection(address.netloc)
    caller.request("POST", "/v1/images/generations", json.dumps(body(prompt=prompt)), dict(house.headers))
    time.sleep(0.5)  # for the request to be read whole; a caller who leaves before has asked for nothing
    caller.close()


def test_it_waits_for_the_gone_no_longer_than_told(tmp_path: Path, vendors: Server) -> None:
    with gateway(tmp_path / "data", sandbox_url=vendors.url, drain="0.5") as house:
        before = bought(vendors)
        leave_after_asking(house, STUCK)
        until(lambda: bought(vendors) == before + 1)
        house.process.terminate()
        assert house.process.wait(PATIENCE) == 0
    assert output(house).splitlines()[-1] == "Stopped."
    with gateway(tmp_path / "data", sandbox_url=vendors.url) as again:
        until(lambda: records(again) == ["unknown"])
    assert bought(vendors) == before + 1


def records(house: Server) -> list[str]:
    return [record["status"] for record in house.ask("/v1/images/generations").json()["data"]]


@pytest.mark.parametrize(("second", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_stops_at_once_and_breaks_nothing(
    tmp_path: Path, vendors: Server, second: signal.Signals, status: int
) -> None:
    data = tmp_path / "data"
    with gateway(data, sandbox_url=vendors.url) as house, ThreadPoolExecutor(1) as pool:
        before = bought(vendors)
        waiting = pool.submit(house.generate, body(prompt=STUCK))
        until(lambda: bought(vendors) == before + 1)
        house.process.terminate()
        until(lambda: not_ready(house))
        house.process.send_signal(second)
        assert house.process.wait(PATIENCE) == status
        assert isinstance(waiting.exception(), OSError)
    assert output(house).splitlines()[-1] == "Stopped at once."
    with sqlite3.connect(data / "onebrush.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with gateway(data, sandbox_url=vendors.url) as again:
        assert again.generate(body(prompt="a boat")).status == 200


# Reading again


def test_without_a_file_there_is_nothing_to_read_again(house: Server) -> None:
    house.process.send_signal(signal.SIGHUP)
    until(lambda: "nothing to read again" in output(house))
    assert house.ask("/readyz").status == 200


def test_reading_again_under_load_fails_nobody(tmp_path: Path, vendors: Server) -> None:
    config = tmp_path / "onebrush.toml"
    config.write_text(f'sandbox_url = "{vendors.url}"\nkeys = ["{KEY}"]\n')
    with serving(tmp_path, "--config", str(config)) as house, asked(house, vendors, 8) as waiting:
        for _ in range(5):
            house.process.send_signal(signal.SIGHUP)
            assert house.generate(body(prompt="a boat")).status == 200
        assert [one.result().status for one in waiting] == [200] * 8
        assert "nothing to read again" not in output(house)
        house.process.terminate()
        assert house.process.wait(PATIENCE) == 0


@contextmanager
def serving(tmp_path: Path, *words: str) -> Iterator[Server]:
    """A gateway that is told everything by its words."""
    log = tmp_path / "output.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--data", str(tmp_path / "data"), *words],
            env=environment(tmp_path),
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "OneBrush listens on " in log.read_text("utf-8") or process.poll() is not None)
        url = log.read_text("utf-8").partition("OneBrush listens on ")[2].split()[0]
        yield Server(url=url, process=process, data=tmp_path, headers={"Authorization": f"Bearer {KEY}"})
    finally:
        process.kill()
        process.wait()


# Before it serves, and without a terminal


def holds_signals(process: subprocess.Popen[Any]) -> bool:
    """Whether our code runs already: before it does, Python itself ends on a signal."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    return bool(blocked >> (signal.SIGTERM - 1) & 1)


@contextmanager
def starting(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway that has just begun to start; what it says goes to a file."""
    with (tmp_path / "output.log").open("wb") as written:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"], env=environment(tmp_path), stdout=written, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: holds_signals(process))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_the_start_ends_well(tmp_path: Path, pause: float, number: signal.Signals) -> None:
    with starting(tmp_path) as process:
        time.sleep(pause)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    assert (tmp_path / "output.log").read_text("utf-8").splitlines()[-1] == "Stopped."


def test_to_read_again_during_the_start_kills_nothing(tmp_path: Path) -> None:
    with starting(tmp_path) as process:
        process.send_signal(signal.SIGHUP)
        until(lambda: "nothing to read again" in (tmp_path / "output.log").read_text("utf-8"))
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_closed_terminal_stops_it(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=environment(tmp_path), preexec_fn=partial(os.login_tty, its)
    )
    os.close(its)
    heard = b""
    while b"Ctrl-C stops it." not in heard:
        heard += os.read(ours, 65_536)
    os.close(ours)
    try:
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
