"""A picture's bytes read in steps at offsets: many small steps through one piece of memory."""

import struct
from collections.abc import Iterator

from onebrush.kit.blobs import Blob

PIECE = 128 * 1024


class NotAPicture(ValueError):
    """Bytes that are no picture, not a whole one, or not one we take; says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMuchWork(NotAPicture):
    """What may well be a picture, but asks for more than it is given here: time, memory, pixels, a decoder."""


def truncated(media_type: str, missing: str) -> NotAPicture:
    """The refusal of a picture that ends too early."""
    return NotAPicture(f"truncated {media_type}: {missing}")


class Window:
    """Reads of a blob through a buffer; a read beyond the end is a NotAPicture."""

    def __init__(self, blob: Blob, media_type: str) -> None:
        self.size = blob.size
        self._blob = blob
        self._media_type = media_type
        self._start = 0
        self._held = b""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes, which should be few."""
        at = offset - self._start
        if at < 0 or at + length > len(self._held):
            self._held = self._blob.read_at(offset, max(length, PIECE))
            self._start, at = offset, 0
        found = self._held[at : at + length]
        if len(found) < length:
            raise truncated(self._media_type, f"it ends after {self.size} bytes")
        return found

    def unpack(self, form: str, offset: int) -> tuple[int, ...]:
        """The numbers of a struct format."""
        return struct.unpack(form, self.read(offset, struct.calcsize(form)))

    def pieces(self, offset: int, length: int) -> Iterator[bytes]:
        """`length` bytes in order, some at a time."""
        for start in range(offset, offset + length, PIECE):
            yield self.read(start, min(PIECE, offset + length - start))

    def only_padding(self, offset: int) -> bool:
        """Whether nothing but zeros and white space follows from there on."""
        rest = self.pieces(offset, max(self.size - offset, 0))
        return not any(piece.strip(b"\0\t\r\n ") for piece in rest)
