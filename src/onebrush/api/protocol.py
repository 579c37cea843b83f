"""uvicorn's HTTP protocol with a bound on what a stranger may send before anybody knows him: the request head."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from onebrush.kit.pour import pour_json

# As much as common proxies take; a head is read before the key in it can be looked at.
MOST_HEAD = 64 * 1024
LINGER_SECONDS = 1.0
MOST_DISCARDED = 1024 * 1024

_TOO_LARGE = (431, "Request Header Fields Too Large", f"The request's head is over {MOST_HEAD} bytes; send less.")
_UNREADABLE = (400, "Bad Request", "The request is no HTTP that can be read; use a common HTTP client.")


class BoundedProtocol(HttpToolsProtocol):
    """Counts a head's bytes as they come, and answers what is no HTTP with the same JSON as every other error."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head = 0
        self._in_head = True
        self._refused: int | None = None

    def data_received(self, data: bytes) -> None:
        """Bytes of one or more requests; a head that grows too large ends the connection."""
        if self._refused is not None:
            self._discard(len(data))
            return
        if self._in_head:
            self._head += len(data)
            if self._head > MOST_HEAD and not self._ends_soon(data):
                self._refuse(*_TOO_LARGE)
                return
        super().data_received(data)

    def _discard(self, count: int) -> None:
        self._refused = (self._refused or 0) + count
        if self._refused > MOST_DISCARDED:
            self.transport.abort()

    def _ends_soon(self, data: bytes) -> bool:
        """A body may follow its head in one packet: what counts is where the head ends."""
        end = data.find(b"\r\n\r\n")
        return end >= 0 and self._head - len(data) + end <= MOST_HEAD

    def on_headers_complete(self) -> None:
        """The head is whole: what follows is a body."""
        self._in_head, self._head = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole: what follows is another head."""
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser refuses."""
        self._refuse(*_UNREADABLE)

    def _refuse(self, status: int, phrase: str, message: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": "invalid_value"}
        body = b"".join(bytes(piece) for piece in pour_json({"error": error}))
        head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        # Closed while the peer still sends, the answer would be lost in a reset: it gets a moment to read it.
        self._refused = 0
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
