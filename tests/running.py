"""Real processes for tests: the gateway and the sandbox, started on free ports and stopped again."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY = "sk-test-acceptance"
OTHER_KEY = "sk-test-somebody-else"
START_SECONDS = 60
PATIENCE = 120


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Something that listens, and the headers it is asked with."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, path: str, body: Any = None, *, method: str | None = None, **headers: str) -> Answer:
        """Send a request; a body that is no bytes goes as JSON. Underscores in header names become dashes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return Answer(status=reply.status, headers=_lowered(reply.headers), body=reply.read())
        except urllib.error.HTTPError as error:
            return Answer(status=error.code, headers=_lowered(error.headers), body=error.read())

    def generate(self, body: Mapping[str, Any], **headers: str) -> Answer:
        """`POST /v1/images/generations`."""
        return self.ask("/v1/images/generations", body, **headers)


@dataclass(frozen=True, kw_only=True)
class Server(Listening):
    """A process that listens."""

    process: subprocess.Popen[bytes]
    data: Path


def _lowered(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def gateway(data: Path, **settings: str) -> Iterator[Server]:
    """A gateway of its own; settings are ONEBRUSH_… variables without the prefix, in lower case."""
    named = {f"ONEBRUSH_{name.upper()}": value for name, value in settings.items()}
    environ = {**os.environ, "ONEBRUSH_KEYS": f"{KEY},{OTHER_KEY}", **named}
    with started(["serve", "--port", "0", "--data", str(data)], environ, data, "OneBrush listens on ") as server:
        yield Server(url=server.url, process=server.process, data=data, headers={"Authorization": f"Bearer {KEY}"})


@contextmanager
def sandbox(data: Path, *options: str) -> Iterator[Server]:
    """A sandbox of its own."""
    with started(
        ["sandbox", "--port", "0", "--data", str(data), *options], dict(os.environ), data, "sandbox listening on "
    ) as server:
        yield server


@contextmanager
def started(
    arguments: list[str],
    environ: dict[str, str],
    data: Path,
    says: str,
    *,
    module: str = "onebrush",
    within: Sequence[str] = (),
    log: Path | None = None,
) -> Iterator[Server]:
    """A process that is ready once its output holds `says`, stopped with the block.

    `module` is what Python runs, `within` a command that runs it in turn. Its output goes to `log`; unless told, to a
    file in the data folder.
    """
    data.mkdir(parents=True, exist_ok=True)
    log = log or data / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*within, sys.executable, "-u", "-m", module, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(url=_address(process, log, says), process=process, data=data)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path, says: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_text("utf-8", "replace").splitlines():
            if says in line:
                return line.partition(says)[2].strip()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"it did not start:\n{log.read_text('utf-8', 'replace')}")
