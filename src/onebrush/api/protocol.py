"""uvicorn's HTTP protocol with bounds on what is read for nothing: a request's head, and a body nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from onebrush.kit.pour import pour_json

# As much as common proxies take; a head is read before the key in it can be looked at.
MOST_HEAD = 64 * 1024
# For the peer to read its answer before the connection goes; and for a short body to end after its answer.
LINGER_SECONDS = 0.5
LATE_SECONDS = 5.0
MOST_UNREAD = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is given before there is anybody to ask; `headers` are whole lines."""

    status: int
    phrase: str
    message: str
    type: str = "invalid_request_error"
    code: str = "invalid_value"
    headers: str = ""


_TOO_LARGE = Refusal(
    status=431,
    phrase="Request Header Fields Too Large",
    message=f"The request's head is over {MOST_HEAD} bytes; send less.",
)
_UNREADABLE = Refusal(
    status=400, phrase="Bad Request", message="The request is no HTTP that can be read; use a common HTTP client."
)
_STOPPING = Refusal(
    status=503,
    phrase="Service Unavailable",
    message="The gateway is stopping and begins nothing new; nothing was bought. Ask again in a moment.",
    type="service_unavailable_error",
    code="provider_unavailable",
    headers="retry-after: 2\r\nx-should-retry: true\r\n",
)


class BoundedProtocol(HttpToolsProtocol):
    """Counts a head's bytes as they come, and answers what is no HTTP with the same JSON as every other error.

    Once an answer is out, uvicorn reads and drops what is left of its request without end; here it is MOST_UNREAD. Of a
    body that nobody asked for (its key was no good) it is as much in all.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head = 0
        self._in_head = True
        self._body = 0
        self._closing = False

    def data_received(self, data: bytes) -> None:
        """Bytes of one or more requests; a head that grows too large ends the connection."""
        if self._closing:
            self._count(len(data))
            return
        if self._in_head:
            self._head += len(data)
            if self._head > MOST_HEAD and not self._ends_soon(data):
                self._refuse(_TOO_LARGE)
                return
        super().data_received(data)

    def on_body(self, body: bytes) -> None:
        """A piece of a body, counted for when its answer is out before it has ended."""
        super().on_body(body)
        self._count(len(body))

    def on_response_complete(self) -> None:
        """The answer is out; the rest of its request has a moment to end."""
        super().on_response_complete()
        if self._answered_early():
            if len(self.cycle.body) < self._body:
                self._body = 0  # until now it was wanted: only a body that nobody ever asked for counts in all
            self._count(0)
            self.loop.call_later(LATE_SECONDS, self._close_unless_ended, self.cycle)

    def _answered_early(self) -> bool:
        """Whether the answer is out while its request still comes in."""
        return not self._in_head and self.cycle is not None and self.cycle.response_complete

    def _count(self, size: int) -> None:
        self._body += size
        if self._body > MOST_UNREAD and (self._closing or self._answered_early()):
            self.flow.pause_reading()
            self._close_soon()

    def _close_soon(self) -> None:
        # Closed while the peer still sends, the answer would be lost in a reset: it gets a moment to read it.
        if not self._closing:
            self._closing = True
            self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _close_unless_ended(self, cycle: RequestResponseCycle) -> None:
        if self.cycle is cycle and not self._in_head:
            self.transport.close()

    def _ends_soon(self, data: bytes) -> bool:
        """A body may follow its head in one packet: what counts is where the head ends."""
        end = data.find(b"\r\n\r\n")
        return end >= 0 and self._head - len(data) + end <= MOST_HEAD

    def on_headers_complete(self) -> None:
        """The head is whole: what follows is a body."""
        self._in_head, self._head, self._body = False, 0, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole: what follows is another head."""
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser refuses."""
        self._refuse(_UNREADABLE)

    def _refuse(self, refusal: Refusal) -> None:
        error = {"message": refusal.message, "type": refusal.type, "param": None, "code": refusal.code}
        body = b"".join(bytes(piece) for piece in pour_json({"error": error}))
        head = f"HTTP/1.1 {refusal.status} {refusal.phrase}\r\ncontent-type: application/json\r\n{refusal.headers}"
        self.transport.write(f"{head}connection: close\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        self._close_soon()

    @property
    def answering(self) -> bool:
        """Whether a request that came in whole has not had all of its answer."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def leave(self) -> None:
        """The server is about to end: no further request is awaited here, nor the rest of one that still comes in."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or self._closing:
            return
        cycle.keep_alive = False
        if cycle.more_body and not cycle.response_started:
            self._refuse(_STOPPING)
            # Whoever reads the body learns that no more of it comes.
            cycle.disconnected = True
            cycle.message_event.set()
