"""The processes of a run: started on free loopback ports, stopped by their id, whatever happens."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import SHAPES, Folder, top
from bench.upstream import find_nginx, floor_command, upstream_command

ROOT = Path(__file__).parent.parent
KEY = "sk-bench"
START_SECONDS = 30.0
# What a run must not inherit: somebody's keys and gateway settings.
_FOREIGN = ("ARK_", "DASHSCOPE_", "GEMINI_", "GOOGLE_", "OPENAI_", "VOLC", "ONEBRUSH_")
_KEYS = ("OPENAI_API_KEY", "GEMINI_API_KEY", "ARK_API_KEY", "DASHSCOPE_API_KEY")


class BenchError(Exception):
    """A run that cannot go on, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process that listens, and how long it took to."""

    pid: int
    port: int
    seconds: float

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """The upstream with its answers, the floor where nginx is, and gateways on demand."""

    root: Path
    folder: Folder
    nginx: str | None
    upstream: Running
    floor: Running | None

    @contextmanager
    def gateway(self, shape: str) -> Iterator[Running]:
        """A fresh gateway with an empty data folder whose vendor of that shape is the upstream."""
        port = free_port()
        data = self.root / f"data-{port}"
        command = [sys.executable, "-m", "onebrush", "serve", "--port", str(port), "--data", str(data)]
        with process(command, port, self.root / f"gateway-{port}.log", self._environ(shape), "/readyz") as running:
            yield running

    def _environ(self, shape: str) -> Mapping[str, str]:
        own = {
            "ONEBRUSH_KEYS": KEY,
            # Never called by a live key; naming one keeps a sandbox from being started beside.
            "ONEBRUSH_SANDBOX_URL": "http://127.0.0.1:9",
            "ONEBRUSH_FETCH_NETWORKS": "127.0.0.0/8",
            "ONEBRUSH_FETCH_PORTS": str(self.upstream.port),
            **dict.fromkeys(_KEYS, "bench"),
        }
        others = {each.provider: each for each in SHAPES.values()} | {SHAPES[shape].provider: SHAPES[shape]}
        for provider, each in others.items():
            own[f"ONEBRUSH_{provider.upper()}_BASE_URL"] = f"{self.upstream.url}/{each.path}"
        return clean_environ() | own


def clean_environ() -> dict[str, str]:
    """The environment without anybody's keys and settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


@contextmanager
def open_rig(root: Path) -> Iterator[Rig]:
    """Write the answers, start upstream and floor; everything ends with the block."""
    files, run = root / "files", root / "run"
    files.mkdir()
    run.mkdir()
    nginx, port = find_nginx(), free_port()
    folder = Folder(files)
    folder.write(f"http://127.0.0.1:{port}")
    command = upstream_command(nginx, run, files, port)
    with process(command, port, run / "upstream.out", clean_environ(), "/2-kB.png") as upstream:
        if nginx is None:
            yield Rig(root=root, folder=folder, nginx=None, upstream=upstream, floor=None)
            return
        front = free_port()
        command = floor_command(nginx, run, port, front)
        with process(command, front, run / "floor.out", clean_environ(), "/2-kB.png") as floor:
            yield Rig(root=root, folder=folder, nginx=nginx, upstream=upstream, floor=floor)


@contextmanager
def process(command: Sequence[str], port: int, log: Path, environ: Mapping[str, str], probe: str) -> Iterator[Running]:
    """Run it until the block ends; ready when `probe` answers 200."""
    with log.open("wb") as output:
        started = time.monotonic()
        child = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _await_ready(child, port, probe, log)
        yield Running(pid=child.pid, port=port, seconds=time.monotonic() - started)
    finally:
        _stop(child)


def _await_ready(child: subprocess.Popen[bytes], port: int, probe: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if _answers(port, probe):
            return
        time.sleep(0.01)
    raise BenchError(f"{child.args!r} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _answers(port: int, probe: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", probe)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def vendor_path(shape: str) -> str:
    """Where the floor is asked for that vendor's answer."""
    return f"/{top(SHAPES[shape])}/call"
