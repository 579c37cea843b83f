"""Starts the sandbox as a process of its own, starts it again when it dies, and stops it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from onebrush.kit.logs import get_logger

log = get_logger()

READY = re.compile(r"listening on http://[^\s:]+:([0-9]+)")
START_SECONDS = 30.0
PAUSE_SECONDS = 1.0


class SandboxDidNotStart(Exception):
    """The process ended, or said nothing, before it listened."""


class SandboxMinder:
    """One sandbox process; `url` is where it listens. Its standard input is our lifeline: it ends when we do."""

    def __init__(self, data: Path, arguments: Sequence[str] = ()) -> None:
        """`arguments` are further options of `onebrush sandbox`."""
        self._data = data
        self._arguments = tuple(arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Origin of the sandbox, without a trailing slash."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start and wait until it listens. Raises SandboxDidNotStart."""
        await self._launch()
        self._watch = asyncio.create_task(self._keep_alive())

    async def _launch(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onebrush", "sandbox"),
            *("--host", "127.0.0.1", "--port", str(self._port), "--data", str(self._data)),
            *("--stop-with-parent", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                self._port = await self._listening(self._process)
        except TimeoutError as error:
            raise SandboxDidNotStart(f"The sandbox did not listen within {START_SECONDS:g} s.") from error

    async def _listening(self, process: asyncio.subprocess.Process) -> int:
        assert process.stdout is not None
        async for line in process.stdout:
            if match := READY.search(line.decode("utf-8", "replace")):
                return int(match[1])
        raise SandboxDidNotStart(f"The sandbox ended with status {await process.wait()} before it listened.")

    async def _keep_alive(self) -> None:
        """A sandbox that dies comes back on the same port: links and base URLs stay true."""
        while True:
            assert self._process is not None
            status = await self._process.wait()
            log.error("sandbox ended; starting it again", status=status)
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self._launch()
            except (SandboxDidNotStart, OSError) as error:
                log.error("sandbox did not start", reason=str(error))

    async def stop(self) -> None:
        """End the process and wait for it."""
        if self._watch is not None:
            self._watch.cancel()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
