"""Load: wrk where answers are small, threads of ours where they are large."""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig import KEY, BenchError, Running

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
BUFFER = 1024 * 1024
PATIENCE = 120.0

# One line at the end: answers, those that were no 200, socket errors, then p50 and p99 in microseconds.
_SCRIPT = """
wrk.method = "POST"
wrk.body = {body}
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
done = function(summary, latency)
  local e = summary.errors
  local broken = e.connect + e.read + e.write + e.timeout
  io.write(string.format("bench %d %d %d %d %d\\n", summary.requests, e.status, broken,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load brought: whole answers, and how long they took."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request that is sent over and over."""

    server: Running
    path: str
    body: Mapping[str, str]


def find_wrk() -> str | None:
    """The wrk of this machine."""
    return shutil.which("wrk")


def by_wrk(wrk: str, ask: Ask, connections: int, seconds: int, folder: Path) -> Loaded:
    """As many as go in that time. It cuts what is under way at the end: for small answers only."""
    script = folder / "post.lua"
    script.write_text(_SCRIPT.format(body=json.dumps(json.dumps(ask.body)), key=KEY))
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script)]
    started = time.monotonic()
    run = subprocess.run([*command, ask.server.url + ask.path], capture_output=True, text=True, timeout=PATIENCE)
    lines = [line.split()[1:] for line in run.stdout.splitlines() if line.startswith("bench ")]
    if not lines:
        raise BenchError(f"wrk did not say what it found:\n{run.stdout}{run.stderr}")
    answers, refused, broken, p50, p99 = (int(number) for number in lines[0])
    if refused or broken or not answers:
        raise BenchError(f"{refused} of {answers} answers of {ask.server.url} were no 200, {broken} broke off.")
    return Loaded(answers=answers, seconds=time.monotonic() - started, p50_ms=p50 / 1000, p99_ms=p99 / 1000)


@dataclass(slots=True)
class _Share:
    """What the threads of a load have in common."""

    left: int
    took: list[float] = field(default_factory=list)
    failure: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0 and self.failure is None


def by_threads(ask: Ask, connections: int, answers: int) -> Loaded:
    """Exactly that many answers, each read to its end."""
    share = _Share(answers)
    workers = [threading.Thread(target=_work, args=(ask, share)) for _ in range(connections)]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if share.failure is not None:
        raise BenchError(share.failure)
    spread = statistics.quantiles(share.took, n=100) if len(share.took) > 1 else share.took * 99
    seconds = time.monotonic() - started
    return Loaded(answers=answers, seconds=seconds, p50_ms=spread[49] * 1000, p99_ms=spread[98] * 1000)


def _work(ask: Ask, share: _Share) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", ask.server.port, timeout=PATIENCE)
    body, buffer = json.dumps(ask.body), bytearray(BUFFER)
    try:
        while share.take():
            started = time.monotonic()
            connection.request("POST", ask.path, body, HEADERS)
            _read(connection.getresponse(), buffer, ask)
            share.took.append(time.monotonic() - started)
    except (OSError, http.client.HTTPException, BenchError) as error:
        share.failure = str(error) or repr(error)
    finally:
        connection.close()


def _read(reply: http.client.HTTPResponse, buffer: bytearray, ask: Ask) -> None:
    if reply.status != 200:
        raise BenchError(f"{ask.server.url}{ask.path} answered {reply.status}: {reply.read(2000)!r}")
    expected, got = int(reply.headers["Content-Length"]), 0
    while length := reply.readinto(buffer):
        got += length
    if got != expected:
        raise BenchError(f"{ask.server.url}{ask.path} ended after {got} of {expected} bytes")


def post(ask: Ask) -> bytes:
    """One answer, whole."""
    return _ask(ask, "POST", ask.path, json.dumps(ask.body))


def get(ask: Ask, path: str) -> bytes:
    """What a link of the same server leads to."""
    return _ask(ask, "GET", path, None)


def _ask(ask: Ask, method: str, path: str, body: str | None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", ask.server.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, HEADERS if method == "POST" else {})
        reply = connection.getresponse()
        whole = reply.read()
    finally:
        connection.close()
    if reply.status != 200:
        raise BenchError(f"{ask.server.url}{path.partition('?')[0]} answered {reply.status}: {whole[:2000]!r}")
    return whole
