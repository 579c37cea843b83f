"""Content encodings of replies, undone as they arrive and bounded: identity is asked for, not always given."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

MOST = 64 * 1024
# A picture hardly shrinks: a body that grows this much while being unpacked is an attack.
MOST_GROWTH = 256


async def decoded(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The plain bytes. Raises ValueError for an encoding that is not undone here."""
    if encoding.lower() in ("", "identity"):
        async for chunk in chunks:
            yield chunk
        return
    unpack = _unpacker(encoding)
    async for chunk in chunks:
        for piece in _unpacked(unpack, chunk):
            yield piece


def _unpacker(encoding: str) -> zlib._Decompress:
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15}
    if encoding.lower() not in windows:
        raise UnknownEncoding(f"content encoding {encoding[:40]!r} is not known")
    return zlib.decompressobj(windows[encoding.lower()])


class UnknownEncoding(ValueError):
    """A reply packed in a way that was not asked for, or that does not unpack."""


def _unpacked(unpack: zlib._Decompress, chunk: bytes) -> list[bytes]:
    pieces = []
    rest = chunk
    try:
        while rest:
            pieces.append(unpack.decompress(rest, MOST))
            rest = unpack.unconsumed_tail
            if len(pieces) * MOST > max(len(chunk), 1024) * MOST_GROWTH:
                raise UnknownEncoding("the packed body grows without bound")
    except zlib.error as error:
        raise UnknownEncoding(f"the packed body is broken ({error})") from error
    return pieces
