"""The faults, as scripts for the proxy: what becomes of one call between gateway and vendor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from tests.faults.proxy import Meeting, Script

BLOCK = b"x" * 65_536


def canned(
    status: int,
    body: bytes | Mapping[str, Any] = b"",
    *,
    paid: bool = False,
    kind: str = "application/json",
    **headers: str,
) -> Script:
    """An answer of ours instead of the vendor's; `paid`: the vendor was asked all the same, and works."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def script(meeting: Meeting) -> None:
        await (meeting.bought() if paid else meeting.read_body())
        await meeting.give(_head(status, kind, headers, len(data)) + data)

    return script


def changed(change: Callable[[Any], Any]) -> Script:
    """The vendor's answer with its JSON changed."""

    async def script(meeting: Meeting) -> None:
        await meeting.bought()
        data = json.dumps(change(meeting.exchange.said())).encode()
        await meeting.give(_head(200, "application/json", {}, len(data)) + data)

    return script


def delayed(seconds: float) -> Script:
    """The vendor's answer, late."""

    async def script(meeting: Meeting) -> None:
        answer = await meeting.bought()
        await asyncio.sleep(seconds)
        await meeting.give(answer)

    return script


async def hold(meeting: Meeting) -> None:
    """Takes the call and is silent for ever; the vendor never hears of it."""
    await meeting.read_body()
    await meeting.wait_gone()


async def hold_bought(meeting: Meeting) -> None:
    """Has it made, and is silent for ever."""
    await meeting.bought()
    await meeting.wait_gone()


async def hold_in_answer(meeting: Meeting) -> None:
    """Half of the answer's body, then silence."""
    await meeting.give(_half(await meeting.bought()))
    await meeting.wait_gone()


def stall_upload(after: int) -> Script:
    """Reads that many bytes of the body, and no more; what the buffers hold besides is no answer either."""

    async def script(meeting: Meeting) -> None:
        await meeting.read_body(after)
        await asyncio.Event().wait()

    return script


def cut_upload(after: int) -> Script:
    """Breaks off in the middle of the upload."""

    async def script(meeting: Meeting) -> None:
        await meeting.read_body(after)
        meeting.reset()

    return script


async def half_body(meeting: Meeting) -> None:
    """Half of the answer's body, then a goodbye."""
    await meeting.give(_half(await meeting.bought()))


async def reset_before_head(meeting: Meeting) -> None:
    """The vendor works, then the connection is reset."""
    await meeting.bought()
    meeting.reset()


async def reset_after_head(meeting: Meeting) -> None:
    """The answer's head, then a reset."""
    head, blank, _ = (await meeting.bought()).partition(b"\r\n\r\n")
    await meeting.give(head + blank)
    await asyncio.sleep(0.05)  # a reset takes with it what was not read yet
    meeting.reset()


def wrong_length(more: int) -> Script:
    """A Content-Length that is off by `more` bytes."""

    async def script(meeting: Meeting) -> None:
        _, _, body = (await meeting.bought()).partition(b"\r\n\r\n")
        await meeting.give(_head(200, "application/json", {}, len(body) + more) + body)

    return script


async def bad_chunk(meeting: Meeting) -> None:
    """A chunked answer whose second chunk has no size."""
    _, _, body = (await meeting.bought()).partition(b"\r\n\r\n")
    half = len(body) // 2
    head = _head(200, "application/json", {"Transfer-Encoding": "chunked"}, None)
    await meeting.give(head + b"%x\r\n" % half + body[:half] + b"\r\nzz\r\n" + body[half:] + b"\r\n0\r\n\r\n")


def trickle(every: float, *, head: bool = False) -> Script:
    """The answer a byte at a time, or (`head`) one header line at a time for ever."""

    async def script(meeting: Meeting) -> None:
        answer = await meeting.bought()
        if head:
            await meeting.give(b"HTTP/1.1 200 OK\r\n")
        async with asyncio.timeout(60):
            for number in range(len(answer)):
                await meeting.give(b"X-Slow-%d: 1\r\n" % number if head else answer[number : number + 1])
                await asyncio.sleep(every)

    return script


async def endless_headers(meeting: Meeting) -> None:
    """A million header lines."""
    await meeting.read_body()
    await meeting.give(b"HTTP/1.1 200 OK\r\n")
    for thousand in range(1_000):
        await meeting.give(b"".join(b"X-Many-%d: 1\r\n" % (thousand * 1_000 + one) for one in range(1_000)))
    await meeting.give(b"Content-Length: 0\r\n\r\n")


def endless(start: bytes, *, size: int = 1_000_000_000, kind: str = "application/json") -> Script:
    """A body that goes on and on after `start`."""

    async def script(meeting: Meeting) -> None:
        await meeting.read_body()
        await meeting.give(_head(200, kind, {}, None) + start)
        while meeting.exchange.sent < size:
            await meeting.give(BLOCK)

    return script


def packed(data: bytes) -> Script:
    """A body that says it is gzip, though nobody asked for it."""

    async def script(meeting: Meeting) -> None:
        await meeting.read_body()
        await meeting.give(_head(200, "application/json", {"Content-Encoding": "gzip"}, len(data)) + data)

    return script


def _head(status: int, kind: str, headers: Mapping[str, str], length: int | None) -> bytes:
    now = formatdate(usegmt=True)
    named = {
        "Date": now,
        "Content-Type": kind,
        "Connection": "close",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    if length is not None:
        named["Content-Length"] = str(length)
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode("latin-1")


def _half(answer: bytes) -> bytes:
    head, blank, body = answer.partition(b"\r\n\r\n")
    return head + blank + body[: len(body) // 2]
