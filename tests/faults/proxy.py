"""A fault proxy between gateway and vendor: each connection carries one call and is broken as its script says.

Scripts are async functions of a `Meeting`; `tests.faults.scripts` holds them. The vendor is asked with
`Connection: close`, so that the gateway opens a connection for each call and a script never meets two.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

PIECE = 64 * 1024
PATIENCE = 30.0
CUT = (ConnectionError, asyncio.IncompleteReadError, TimeoutError, OSError)


@dataclass(slots=True)
class Exchange:
    """What one connection carried.

    `received` is the bytes of the request that were read here, `sent` those of the answer that were written,
    `answer` is what the vendor said where it was asked, `gone` whether the gateway let go of the connection.
    """

    number: int
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    received: int = 0
    sent: int = 0
    answer: bytes | None = None
    gone: bool = False
    over: bool = False

    @property
    def kind(self) -> str:
        """`call`, `poll`, `cancel` or `link`."""
        if "/files/" in self.path:
            return "link"
        if "/tasks/" in self.path:
            return "cancel" if self.path.endswith("/cancel") else "poll"
        return "call"

    def asked(self) -> Any:
        """The request's body as JSON; None where it is none."""
        return _json(self.body)

    def said(self) -> Any:
        """The vendor's answer as JSON; None where there was none."""
        return _json(self.answer.partition(b"\r\n\r\n")[2]) if self.answer else None


Script = Callable[["Meeting"], Awaitable[None]]


async def passing(meeting: Meeting) -> None:
    """The call as it is."""
    await meeting.give(await meeting.bought())


class Proxy:
    """A proxy on a port of its own, in a thread of its own.

    `script` takes the calls for which none is queued by `then`.
    """

    def __init__(self, vendor: str, *, script: Script = passing, host: str = "127.0.0.1") -> None:
        """`vendor` is the origin that is asked."""
        self.vendor = vendor.removeprefix("http://")
        self.script = script
        self.exchanges: list[Exchange] = []
        self._queued: dict[str, deque[Script]] = {}
        self._listener = socket.create_server((host, 0), backlog=1024)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{self._listener.getsockname()[0]}:{self.port}"

    def then(self, *scripts: Script, kind: str = "call") -> None:
        """The next calls of this kind go by these scripts."""
        self._queued.setdefault(kind, deque()).extend(scripts)

    def of(self, kind: str = "call") -> list[Exchange]:
        """What was carried of this kind."""
        return [exchange for exchange in self.exchanges if exchange.kind == kind and exchange.method]

    def until(self, met: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait until it is so. Raises AssertionError when it never is."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, f"it never came: {[vars_of(one) for one in self.exchanges[-5:]]}"
            time.sleep(0.01)

    def close(self) -> None:
        """Break everything off."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._listener.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._meet, sock=self._listener, limit=PIECE * 4))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = Exchange(number=len(self.exchanges))
        self.exchanges.append(exchange)
        meeting = Meeting(exchange, reader, writer, self.vendor)
        try:
            await meeting.read_head()
            await self._script_for(exchange)(meeting)
        except CUT:
            exchange.gone = True
        finally:
            exchange.over = True
            with suppress(*CUT):
                writer.close()

    def _script_for(self, exchange: Exchange) -> Script:
        queued = self._queued.get(exchange.kind)
        if queued:
            return queued.popleft()
        return self.script if exchange.kind == "call" else passing


class Meeting:
    """One connection of the gateway, as its script meets it."""

    def __init__(
        self, exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, vendor: str
    ) -> None:
        self.exchange, self.reader, self.writer, self.vendor = exchange, reader, writer, vendor
        self._head = b""

    async def read_head(self) -> None:
        """The request's head; its body is the script's to read."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        self.exchange.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.exchange.path = first.split(" ")[1]
        self.exchange.received += len(head)
        self.exchange.method = first.split(" ")[0]
        self._head = head

    async def read_body(self, most: int | None = None) -> bytes:
        """The body, or its first `most` bytes."""
        length = int(self.exchange.headers.get("content-length", 0))
        body = await self.reader.readexactly(length if most is None else min(most, length))
        self.exchange.body += body
        self.exchange.received += len(body)
        return body

    async def bought(self) -> bytes:
        """Ask the vendor; its whole answer, head and all."""
        body = await self.read_body()
        host, _, port = self.vendor.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(self._head[:-2] + b"Connection: close\r\n\r\n" + body)
        answer = await reader.read(-1)
        writer.close()
        self.exchange.answer = answer
        return answer

    async def give(self, data: bytes) -> None:
        """Send it on."""
        self.exchange.sent += len(data)
        self.writer.write(data)
        await self.writer.drain()

    async def wait_gone(self) -> None:
        """Until the gateway lets go of the connection."""
        while await self.reader.read(PIECE):
            pass
        self.exchange.gone = True

    def reset(self) -> None:
        """End with a TCP reset instead of a goodbye."""
        plug = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def vars_of(exchange: Exchange) -> dict[str, Any]:
    """An exchange, short."""
    names = ("number", "method", "path", "received", "sent", "gone", "over")
    return {name: getattr(exchange, name) for name in names}
