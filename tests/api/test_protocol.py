"""What is read for nothing is bounded: heads, and bodies whose answer is out; what is no HTTP is answered in JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from onebrush.api.protocol import MOST_HEAD, MOST_UNREAD, BoundedProtocol

pytestmark = pytest.mark.anyio


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body and tells how long it was."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def turned_away(scope: Any, receive: Any, send: Any) -> None:
    """Answers without reading."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


async def soon_had_enough(scope: Any, receive: Any, send: Any) -> None:
    """Answers when it has read a part of the body."""
    size = 0
    while size < 3 * MOST_UNREAD:
        size += len((await receive()).get("body", b""))
    await turned_away(scope, receive, send)


@asynccontextmanager
async def served(app: Any = app, protocol: type[BoundedProtocol] = BoundedProtocol) -> AsyncIterator[int]:
    config = uvicorn.Config(app, port=0, http=protocol, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
            await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def told(port: int, *pieces: bytes) -> tuple[int, bytes]:
    """Status and body of the first answer to raw bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return int(head.split()[1]), await reader.readexactly(length)
    finally:
        writer.close()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def test_a_large_body_is_no_large_head() -> None:
    body = b"x" * (3 * MOST_HEAD)
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
    async with served() as port:
        assert await told(port, head + body) == (200, str(len(body)).encode())
        assert await told(port, head, body) == (200, str(len(body)).encode())


async def test_heads_one_after_another_are_counted_apart() -> None:
    padded = HEAD + b"X-Pad: " + b"p" * (MOST_HEAD // 2) + b"\r\nContent-Length: 1\r\n\r\n1"
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(4):
            writer.write(padded)
            async with asyncio.timeout(20):
                assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(1)
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD, *[b"X-%d: %s\r\n" % (number, b"v" * 1000) for number in range(100)]],
        [HEAD + b"X-Long: " + b"v" * 100_000],
        [b"GET /" + b"a" * 50_000, b"a" * 50_000],
    ],
)
async def test_a_head_over_the_bound_is_refused_before_it_ends(pieces: list[bytes]) -> None:
    async with served() as port:
        status, body = await told(port, *pieces)
    assert (status, json.loads(body)["error"]["code"]) == (431, "invalid_value")


NOISE = (b"\x16\x03\x01\x02\x00\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.x\r\n\r\n")


@pytest.mark.parametrize("noise", NOISE)
async def test_what_is_no_http_is_answered_in_json(noise: bytes) -> None:
    async with served() as port:
        status, body = await told(port, noise)
    assert (status, json.loads(body)["error"]["type"]) == (400, "invalid_request_error")


# Bodies whose answer is out


async def answered(port: int, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a head was sent and its 401 has come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    async with asyncio.timeout(20):
        assert b" 401 " in await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"no"
    return reader, writer


async def sent_until_closed(writer: asyncio.StreamWriter) -> int:
    """How much the other side took before it ended the connection."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 200_000_000:
            writer.write(bytes(65_536))
            await writer.drain()
            sent += 65_536
    return sent


async def test_a_body_that_nobody_waits_for_is_not_taken_to_its_end() -> None:
    async with served(turned_away) as port:
        _, writer = await answered(port, HEAD + b"Content-Length: 500000000\r\n\r\n")
        async with asyncio.timeout(20):
            sent = await sent_until_closed(writer)
        writer.close()
    # What the kernel holds between the two counts as sent; what was read of it is far less.
    assert sent < 50_000_000


async def test_a_body_that_never_ends_closes_the_connection_after_its_answer() -> None:
    async with served(turned_away) as port:
        reader, writer = await answered(port, HEAD + b"Content-Length: 10\r\n\r\nabc")
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


async def test_a_short_body_after_its_answer_leaves_the_connection_open_for_the_next_request() -> None:
    async with served(turned_away) as port:
        reader, writer = await answered(port, HEAD + b"Content-Length: 30000\r\n\r\n")
        for _ in range(3):
            writer.write(bytes(30_000) + HEAD + b"Content-Length: 30000\r\n\r\n")
            async with asyncio.timeout(20):
                assert b" 401 " in await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
        writer.close()


async def test_what_was_read_before_its_answer_does_not_count_as_unwanted() -> None:
    body = 4 * MOST_UNREAD
    async with served(soon_had_enough) as port:
        reader, writer = await answered(port, HEAD + b"Content-Length: %d\r\n\r\n" % body + bytes(body - 30_000))
        for _ in range(2):
            writer.write(bytes(30_000) + HEAD + b"Content-Length: %d\r\n\r\n" % body + bytes(body - 30_000))
            async with asyncio.timeout(20):
                assert b" 401 " in await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
        writer.close()


async def test_no_more_of_an_unwanted_body_is_read_than_the_bound_and_one_piece() -> None:
    read: list[int] = []

    class Counting(BoundedProtocol):
        def data_received(self, data: bytes) -> None:
            read.append(len(data))
            super().data_received(data)

    async with served(turned_away, Counting) as port:
        _, writer = await answered(port, HEAD + b"Content-Length: 500000000\r\n\r\n")
        async with asyncio.timeout(20):
            await sent_until_closed(writer)
        writer.close()

    assert sum(read[1:-1]) <= MOST_UNREAD
