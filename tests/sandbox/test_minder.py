"""The sandbox as the gateway keeps it: there when called, back when it dies, gone when its parent is."""

import asyncio
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from onebrush.sandbox.minder import SandboxMinder

pytestmark = pytest.mark.anyio


async def _healthy(url: str) -> int:
    return await asyncio.to_thread(lambda: urllib.request.urlopen(f"{url}/healthz", timeout=60).status)


async def test_a_call_waits_while_the_sandbox_starts(tmp_path: Path) -> None:
    minder = SandboxMinder(tmp_path)
    await minder.start()
    try:
        assert not minder.up
        assert await _healthy(minder.url) == 200
    finally:
        await minder.stop()


async def test_a_killed_sandbox_comes_back_at_the_same_address(tmp_path: Path) -> None:
    minder = SandboxMinder(tmp_path)
    await minder.start()
    try:
        assert await _healthy(minder.url) == 200
        process = minder._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        assert await _healthy(minder.url) == 200
        assert minder._process is not process
    finally:
        await minder.stop()


async def test_nothing_listens_after_the_end(tmp_path: Path) -> None:
    minder = SandboxMinder(tmp_path)
    await minder.start()
    assert await _healthy(minder.url) == 200
    process = minder._process
    await minder.stop()
    assert process is not None and process.returncode is not None
    with pytest.raises(OSError):
        await _healthy(minder.url)
