"""Pouring an answer: exact length, piece by piece, and not for ever to a client that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Send

from onebrush.kit.pour import pour_json

SEND_SECONDS = 60.0
LINE_END = b"\n"  # so that a terminal's next prompt stands on a line of its own

COMMON = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


async def send_json(send: Send, status: int, value: object, headers: Mapping[str, str]) -> None:
    """The whole JSON answer; kit.pour.Base64 inside is encoded while it is sent."""
    poured = pour_json(value)
    head = _head(poured.content_type, poured.length + len(LINE_END), headers)
    await send({"type": "http.response.start", "status": status, "headers": head})
    held: bytes | memoryview | None = None
    for piece in poured:
        if held is not None:
            await _send_piece(send, held, more=True)
        held = piece
    await _send_piece(send, bytes(held or b"") + LINE_END, more=False)


def _head(content_type: str, length: int, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    own = {"content-type": content_type, "content-length": str(length)}
    return [(name.encode("latin-1"), _clean(value)) for name, value in {**own, **COMMON, **headers}.items()]


def _clean(value: str) -> bytes:
    """A header value that cannot end its line."""
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


async def _send_piece(send: Send, piece: bytes | memoryview, *, more: bool) -> None:
    # The server has no write timeout of its own: a reader that stops would hold the picture for ever.
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": piece, "more_body": more})
