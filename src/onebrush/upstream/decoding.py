"""Content encodings of replies, undone as they arrive and bounded: identity is asked for, not always given."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

MOST = 64 * 1024
# A picture hardly shrinks: a body that grows this much while being unpacked is an attack. Small ones may: a blank
# picture is little but zeros.
MOST_GROWTH = 256
SMALL = 4 * 1024 * 1024


async def decoded(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The plain bytes. Raises ValueError for an encoding that is not undone here."""
    if encoding.lower() in ("", "identity"):
        async for chunk in chunks:
            yield chunk
        return
    unpack = _unpacker(encoding)
    packed = plain = 0
    async for chunk in chunks:
        packed += len(chunk)
        for piece in _unpacked(unpack, chunk):
            plain += len(piece)
            if plain > max(SMALL, packed * MOST_GROWTH):
                raise UnknownEncoding("the packed body grows without bound")
            yield piece


def _unpacker(encoding: str) -> zlib._Decompress:
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15}
    if encoding.lower() not in windows:
        raise UnknownEncoding(f"content encoding {encoding[:40]!r} is not known")
    return zlib.decompressobj(windows[encoding.lower()])


class UnknownEncoding(ValueError):
    """A reply packed in a way that was not asked for, or that does not unpack."""


def _unpacked(unpack: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    """Piece by piece: what a chunk unpacks to may be a thousand times its size."""
    try:
        while chunk:
            yield unpack.decompress(chunk, MOST)
            chunk = unpack.unconsumed_tail
    except zlib.error as error:
        raise UnknownEncoding(f"the packed body is broken ({error})") from error
