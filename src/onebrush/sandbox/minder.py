"""Starts the sandbox as a process of its own, starts it again when it dies, and stops it.

The listening socket is ours and is handed down: its address is known at once, calls wait in its queue while the
process starts or starts again, and links stay true. The process's standard input is its lifeline: it ends when we do.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from onebrush.kit.logs import get_logger

log = get_logger()

READY = b"sandbox listening on "
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class SandboxMinder:
    """One sandbox process, minded from `start` to `stop`."""

    def __init__(self, data: Path, arguments: Sequence[str] = ()) -> None:
        """`arguments` are further options of `onebrush sandbox`."""
        self._data = data
        self._arguments = tuple(arguments)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._process: asyncio.subprocess.Process | None = None
        self._minding: asyncio.Task[None] | None = None
        self._up = False

    @property
    def url(self) -> str:
        """Origin of the sandbox, without a trailing slash."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def up(self) -> bool:
        """Whether the process is there and serves."""
        return self._up

    async def start(self) -> None:
        """Begin to start it; calls to its address wait until it serves."""
        self._minding = asyncio.create_task(self._mind())

    async def _mind(self) -> None:
        pause = FIRST_PAUSE
        while True:
            served = await self._run_once()
            pause = FIRST_PAUSE if served else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _run_once(self) -> bool:
        """From start to end of one process; whether it ever served."""
        process = self._process = await self._launch()
        served = False
        assert process.stdout is not None
        async for line in process.stdout:
            served = self._up = served or READY in line
        status = await process.wait()
        self._up = False
        log.error("the sandbox ended; it is started again", status=status)
        return served

    async def _launch(self) -> asyncio.subprocess.Process:
        descriptor = self._listener.fileno()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onebrush", "sandbox", "--listener", str(descriptor)),
            *("--data", str(self._data), "--stop-with-parent", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(descriptor,),
            # Out of the terminal's reach: an interrupt is the gateway's, which drains with its sandbox still there.
            start_new_session=True,
        )

    async def stop(self) -> None:
        """End the process and wait for it."""
        if self._minding is not None:
            self._minding.cancel()
        self._listener.close()
        if self._process is not None and self._process.returncode is None:
            await _end(self._process)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
