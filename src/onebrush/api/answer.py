"""An answer, and pouring it: exact length, piece by piece, and not for ever to a client that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Send

from onebrush.kit.pour import pour_json

SEND_SECONDS = 60.0
LINE_END = b"\n"  # so that a terminal's next prompt stands on a line of its own

COMMON = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a caller is told: status, JSON in which kit.pour.Base64 stands for pictures, headers."""

    status: int
    value: object
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(self, send: Send) -> None:
        """The whole of it."""
        await send_json(send, self.status, self.value, self.headers)


async def send_json(send: Send, status: int, value: object, headers: Mapping[str, str]) -> None:
    """The whole JSON answer; kit.pour.Base64 inside is encoded while it is sent."""
    poured = pour_json(value)
    length = {"content-length": str(poured.length + len(LINE_END))}
    await send_head(send, status, {"content-type": poured.content_type, **length, **headers})
    held: bytes | memoryview | None = None
    for piece in poured:
        if held is not None:
            await send_piece(send, held, more=True)
        held = piece
    await send_piece(send, bytes(held or b"") + LINE_END, more=False)


async def send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """The head of an answer, whose body follows."""
    head = [(name.encode("latin-1"), _clean(value)) for name, value in {**headers, **COMMON}.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})


def _clean(value: str) -> bytes:
    """A header value that cannot end its line."""
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


async def send_piece(send: Send, piece: bytes | memoryview, *, more: bool) -> None:
    """One piece of a body. Raises TimeoutError when the client takes none."""
    # The server has no write timeout of its own: a reader that stops would hold the picture for ever.
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": piece, "more_body": more})
