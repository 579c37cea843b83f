"""A poured body as the HTTP client sends it, which knows whether any of it has left."""

from __future__ import annotations

import aiohttp
from aiohttp.http import StreamWriter

from onebrush.kit.pour import Poured


class Payload(aiohttp.payload.Payload):
    """A poured body: exact length, piece by piece, never whole in memory.

    `begun` is whether a byte of the request may have left: the client sends the head together with the first piece.
    """

    _autoclose = True

    def __init__(self, poured: Poured) -> None:
        super().__init__(poured, content_type=poured.content_type)
        self._poured = poured
        self._size = poured.length
        self.begun = False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not for reading: a body may be many megabytes."""
        raise TypeError("a poured body is only written")

    async def write(self, writer: aiohttp.abc.AbstractStreamWriter) -> None:
        """Each piece waits until the peer has taken the one before."""
        for piece in self._poured:
            self.begun = self.begun or _takes(writer)
            await writer.write(piece)
        self.begun = True


def _takes(writer: aiohttp.abc.AbstractStreamWriter) -> bool:
    """Whether a first piece may leave: the client refuses to write to a connection that it knows is closing."""
    if not isinstance(writer, StreamWriter):
        return True
    return writer.transport is not None and not writer.transport.is_closing()
