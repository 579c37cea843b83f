"""Vendors that trickle, flood, redirect or hang up: every call ends in time, in bounded memory, and is sent once."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.http import StreamWriter

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.domain.exchange import Call, JsonBody
from onebrush.engine.ports import TransportFault, Wire
from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.lift import LiftError, LiftLimits, Places
from onebrush.kit.pour import Base64
from onebrush.upstream import payload, transport
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from onebrush.wires.ark.outbound import ArkOutbound
from onebrush.wires.dashscope.outbound import DashScopeOutbound
from onebrush.wires.gemini.outbound import GeminiOutbound
from onebrush.wires.openai.outbound import OpenAIOutbound
from tests.upstream.servers import Came, Handler, Server, answering, serving

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
SPOOL = Spool(None)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
LIMITS = LiftLimits(skeleton=MIB, blob=MIB, total=2 * MIB)
# What the sockets of a loopback connection and the client's own buffers swallow beyond what is taken.
SOCKETS = 16 * MIB


def a_deployment(vendor: Server, **changes: Any) -> Deployment:
    settings: dict[str, Any] = {"id": "acme", "provider": "acme", "wire": "any", "credential": "sk-test-example"}
    return Deployment(**{"base_url": vendor.url, **settings, **changes})


def a_call(path: str = "/draw", **value: object) -> Call:
    return Call(path=path, body=JsonBody(value={"prompt": "a cat", **value}), places=Places("data[].b64_json"))


@asynccontextmanager
async def a_transport() -> AsyncIterator[HttpTransport]:
    made = HttpTransport(GuardedDoor(), limits=LIMITS)
    try:
        yield made
    finally:
        await made.close()


async def status_of(client: HttpTransport, vendor: Server, call: Call | None = None, **settings: Any) -> int:
    """The status of one call whose answer is read to its end."""
    async with client.send(call or a_call(), a_deployment(vendor, **settings), Scope(SPOOL)) as reply:
        assert [frame async for frame in reply.frames]
        return reply.head.status


async def failing(vendor: Server, call: Call | None = None, **settings: Any) -> Fault:
    async with a_transport() as client:
        with pytest.raises(TransportFault) as failed:
            await status_of(client, vendor, call, **settings)
    return failed.value.fault


def pouring(opening: bytes, piece: bytes | Iterator[bytes], taken: list[int]) -> Handler:
    """A handler that never ends; `taken` is how much the client took."""

    async def pour(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(opening)
        for part in itertools.repeat(piece) if isinstance(piece, bytes) else piece:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)  # draining a socket that takes all lets nobody else run
            taken.append(len(part))

    return pour


# Time


def trickling(opening: bytes, piece: bytes) -> Handler:
    async def trickle(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(opening)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)

    return trickle


@pytest.mark.parametrize(
    "handler",
    [
        trickling(b"HTTP/1.1 200 OK\r\n", b"x"),
        trickling(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
        trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        trickling(HEAD + b"content-length: 100000\r\n\r\n", b" "),
        trickling(CHUNKED, b"1\r\n \r\n"),
        trickling(CHUNKED + b"5;", b"x"),
        trickling(CHUNKED + b"2\r\n{}\r\n0\r\n", b"a: b\r\n"),
        pouring(CHUNKED, b"1\r\n \r\n", []),
    ],
    ids=["a header", "headers", "continue", "a body", "chunks", "a chunk's extension", "trailers", "chunks at once"],
)
async def test_an_answer_that_trickles_ends_at_the_deadline_of_the_whole_call(handler: Handler) -> None:
    async with serving(handler) as vendor:
        fault = await failing(vendor, timeout=0.5)

    assert (fault.kind, fault.sent) == (FaultKind.TIMED_OUT, True)
    assert len(vendor.requests) == 1


async def test_a_body_that_the_vendor_never_reads_ends_at_the_deadline() -> None:
    done = asyncio.Event()

    async def deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.transport.abort()

    listener = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    async with listener:
        vendor = Server(port=listener.sockets[0].getsockname()[1])
        fault = await failing(vendor, a_call(image=Base64(SPOOL.from_bytes(bytes(32 * MIB)))), timeout=0.5)
        done.set()

    assert (fault.kind, fault.sent) == (FaultKind.TIMED_OUT, True)


@pytest.mark.parametrize(("connect", "whole"), [(0.2, 600.0), (10.0, 0.2)])
async def test_a_name_server_that_stalls_means_nothing_was_sent(
    connect: float, whole: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stalled(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(transport, "CONNECT_SECONDS", connect)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", stalled)
    deployment = a_deployment(Server(), base_url="http://vendor.example", timeout=whole)
    async with a_transport() as client:
        with pytest.raises(TransportFault) as failed:
            async with client.send(a_call(), deployment, Scope(SPOOL)):
                pass

    assert (failed.value.fault.kind, failed.value.fault.sent) == (FaultKind.UNAVAILABLE, False)


# Size


def many_headers() -> Iterator[bytes]:
    return (b"x-%d: %b\r\n" % (number, b"y" * 1000) for number in itertools.count())


def short_headers() -> Iterator[bytes]:
    for start in itertools.count(0, 1000):
        yield b"".join(b"%d:\r\n" % number for number in range(start, start + 1000))


def a_bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(10_000):
        packed = packer.compress(b" " * MIB)
        yield b"%x\r\n%b\r\n" % (len(packed), packed) if packed else b""


LARGE = b"10000\r\n%b\r\n"
FLOODS: dict[str, tuple[bytes, bytes | Iterator[bytes]]] = {
    "headers": (HEAD, many_headers()),
    "a million headers": (HEAD, short_headers()),
    "one header": (HEAD + b"x-long: ", b"y" * 65_536),
    "a status line": (b"HTTP/1.1 200 ", b"y" * 65_536),
    "a body": (CHUNKED, LARGE % (b"x" * 65_536)),
    "a string": (CHUNKED + b'1\r\n"\r\n', LARGE % (b"x" * 65_536)),
    "a list": (CHUNKED + b"1\r\n[\r\n", LARGE % (b"[],1" * 16_384)),
    "white space": (CHUNKED, LARGE % (b" " * 65_536)),
    "a picture": (CHUNKED + b'1A\r\n{"data": [{"b64_json": "AA\r\n', LARGE % (b"A" * 65_536)),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", many_headers()),
    "a bomb": (HEAD + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n", a_bomb()),
}
# What goes on without filling any buffer: only the deadline ends it.
LASTING: dict[str, tuple[bytes, bytes | Iterator[bytes]]] = {
    "a chunk's extension": (CHUNKED + b"5;", b"x" * 65_536),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "continue with headers": (b"", b"HTTP/1.1 103 Early Hints\r\n" + b"link: </a>\r\n" * 100 + b"\r\n"),
}


async def flooded(opening: bytes, piece: bytes | Iterator[bytes], seconds: float) -> tuple[Exception, int, int]:
    """What one call met, how many bytes were taken of the vendor, and the most memory it held at once."""
    taken: list[int] = []
    async with serving(pouring(opening, piece, taken)) as vendor, a_transport() as client:
        tracemalloc.start()
        try:
            with pytest.raises((TransportFault, LiftError)) as cut:
                await status_of(client, vendor, timeout=seconds)
            return cut.value, sum(taken), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_is_cut_at_its_cap_in_flat_memory(kind: str) -> None:
    met, taken, held = await flooded(*FLOODS[kind], seconds=60.0)

    assert not isinstance(met, TransportFault) or met.fault.kind is not FaultKind.TIMED_OUT
    assert taken <= LIMITS.total + SOCKETS
    assert held <= 8 * MIB


@pytest.mark.parametrize("kind", LASTING)
async def test_a_flood_that_fills_nothing_ends_at_the_deadline_in_flat_memory(kind: str) -> None:
    met, _, held = await flooded(*LASTING[kind], seconds=0.5)

    assert isinstance(met, TransportFault) and met.fault.kind is FaultKind.TIMED_OUT
    assert held <= 16 * MIB


# Elsewhere

WIRES: Mapping[str, Wire] = {
    "openai": OpenAIOutbound(),
    "gemini": GeminiOutbound(),
    "ark": ArkOutbound(),
    "dashscope": DashScopeOutbound(),
}


@pytest.mark.parametrize("body", [b"", b"<html>moved</html>", b"{}", b'{"data": []}'])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("wire", WIRES)
async def test_a_redirect_is_never_followed_and_is_a_bad_response(wire: str, status: str, body: bytes) -> None:
    async with (
        serving(answering(b"{}")) as elsewhere,
        serving(answering(body, status, location=f"{elsewhere.url}/draw")) as vendor,
        a_transport() as client,
        client.send(a_call(), a_deployment(vendor), Scope(SPOOL)) as reply,
    ):
        events = [event async for event in WIRES[wire].read(reply.head, reply.frames, a_call())]

    assert [event.kind for event in events if isinstance(event, Fault)] == [FaultKind.BAD_RESPONSE]
    assert (len(vendor.requests), elsewhere.connections) == (1, 0)


# Kept connections


async def _second_is_cut(came: Came, writer: asyncio.StreamWriter) -> None:
    if came.line.startswith("POST /cut"):
        writer.close()
    else:
        await answering(b"{}")(came, writer)


async def test_a_call_on_a_kept_connection_that_is_closed_after_reading_it_is_not_sent_again() -> None:
    async with serving(_second_is_cut, keep=True) as vendor, a_transport() as client:
        assert await status_of(client, vendor) == 200
        with pytest.raises(TransportFault) as failed:
            await status_of(client, vendor, a_call("/cut"))

    fault = failed.value.fault
    assert (fault.kind, fault.sent) == (FaultKind.OUTCOME_UNKNOWN, True)
    assert [came.line for came in vendor.requests] == ["POST /draw HTTP/1.1", "POST /cut HTTP/1.1"]
    assert vendor.connections == 1


async def test_a_connection_that_was_closed_while_idle_is_not_used_again() -> None:
    async def answer_and_leave(came: Came, writer: asyncio.StreamWriter) -> None:
        await answering(b"{}")(came, writer)
        writer.close()

    async with serving(answer_and_leave) as vendor, a_transport() as client:
        for _ in range(3):
            assert await status_of(client, vendor) == 200
            await asyncio.sleep(0.05)

    assert (vendor.connections, len(vendor.requests)) == (3, 3)


Write = Callable[[payload.Payload, StreamWriter], Awaitable[None]]


async def _closing(body: payload.Payload, writer: StreamWriter) -> None:
    """The vendor's close is noticed just before the first byte is written."""
    assert writer.transport is not None
    writer.transport.close()
    await ORIGINAL(body, writer)


async def _lost(_body: payload.Payload, writer: StreamWriter) -> None:
    """The vendor's reset is noticed before the body's writer had its turn."""
    assert writer.transport is not None
    writer.transport.abort()
    await asyncio.sleep(60)


ORIGINAL = payload.Payload.write


@pytest.mark.parametrize("write", [_closing, _lost])
async def test_a_kept_connection_that_closes_before_the_first_byte_means_nothing_was_sent(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering(b"{}"), keep=True) as vendor, a_transport() as client:
        assert await status_of(client, vendor) == 200
        monkeypatch.setattr(payload.Payload, "write", write)
        with pytest.raises(TransportFault) as failed:
            await status_of(client, vendor)

    assert (failed.value.fault.kind, failed.value.fault.sent) == (FaultKind.UNAVAILABLE, False)
    assert (vendor.connections, len(vendor.requests)) == (1, 1)


async def test_nothing_of_a_call_leaves_before_the_first_piece_of_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    writing = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.close()

    async def hesitate(body: payload.Payload, _writer: StreamWriter) -> None:
        assert not body.begun
        writing.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(payload.Payload, "write", hesitate)
    listener = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with listener:
        vendor = Server(port=listener.sockets[0].getsockname()[1])
        fault = await failing(vendor, timeout=0.5)
        await asyncio.sleep(0.1)

    assert writing.is_set()
    assert b"".join(heard) == b""
    assert (fault.kind, fault.sent) == (FaultKind.UNAVAILABLE, False)
