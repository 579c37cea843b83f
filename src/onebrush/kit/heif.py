"""The extent of a HEIF or AVIF picture as decoders deliver it: its turning is part of the format, unlike EXIF's.

The boxes are those of ISO/IEC 14496-12 and 23008-12; `irot` and `clap` belong to an item as `ispe` does.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from onebrush.kit.blobs import Blob
from onebrush.kit.reading import truncated

_MOST_BOXES = 2_000
_MOST_ITEMS = 10_000

Extent = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Box:
    """Kind, first byte inside and end."""

    kind: bytes
    start: int
    end: int


def extent(blob: Blob) -> Extent:
    """Width and height of the primary item; where none is named, the largest stated: tiles and previews state theirs.

    Raises NotAPicture and struct.error for what is cut off.
    """
    found = [(0, 0)]
    for box in _boxes(blob, 0, blob.size):
        if box.kind == b"meta":
            found.append(_of_meta(blob, box))
    return max(found, key=_area)


def _of_meta(blob: Blob, meta: _Box) -> Extent:
    inside = {box.kind: box for box in _boxes(blob, meta.start + 4, meta.end)}
    if b"iprp" not in inside:
        return 0, 0
    parts = list(_boxes(blob, inside[b"iprp"].start, inside[b"iprp"].end))
    properties = [box for part in parts if part.kind == b"ipco" for box in _boxes(blob, part.start, part.end)]
    primary = _primary(blob, inside.get(b"pitm"))
    mine: list[_Box] = []
    for part in parts:
        if part.kind == b"ipma" and primary is not None:
            mine += [properties[at - 1] for at in _associated(blob, part, primary) if 0 < at <= len(properties)]
    return _as_delivered(blob, mine) or max(_extents(blob, properties), key=_area, default=(0, 0))


def _primary(blob: Blob, pitm: _Box | None) -> int | None:
    if pitm is None:
        return None
    version = blob.read_at(pitm.start, 1)
    return _unpack(">H" if version == b"\0" else ">I", blob, pitm.start + 4)[0]


def _associated(blob: Blob, ipma: _Box, item: int) -> list[int]:
    """Numbers of the properties of an item, counted from 1."""
    version, flags, entries = _unpack(">B2xBI", blob, ipma.start)
    at = ipma.start + 8
    for _ in range(min(entries, _MOST_ITEMS)):
        number, count = _unpack(">HB" if version == 0 else ">IB", blob, at)
        at += 3 if version == 0 else 5
        form = f">{count}{'H' if flags & 1 else 'B'}"
        if number == item:
            return [found & (0x7FFF if flags & 1 else 0x7F) for found in _unpack(form, blob, at)]
        at += struct.calcsize(form)
    return []


def _as_delivered(blob: Blob, properties: list[_Box]) -> Extent | None:
    """The stated extent, cut and turned."""
    stated = list(_extents(blob, properties))
    if not stated:
        return None
    width, height = stated[0]
    for box in properties:
        if box.kind == b"clap":
            across, by, down, per = _unpack(">IIII", blob, box.start)
            width, height = across // max(by, 1), down // max(per, 1)
        elif box.kind == b"irot" and blob.read_at(box.start, 1)[0] & 1:
            width, height = height, width
    return width, height


def _extents(blob: Blob, properties: list[_Box]) -> Iterator[Extent]:
    for box in properties:
        if box.kind == b"ispe":
            width, height = _unpack(">II", blob, box.start + 4)
            yield width, height


def _area(size: Extent) -> int:
    return size[0] * size[1]


def _unpack(form: str, blob: Blob, offset: int) -> tuple[int, ...]:
    return struct.unpack(form, blob.read_at(offset, struct.calcsize(form)))


def _boxes(blob: Blob, start: int, end: int) -> Iterator[_Box]:
    for _ in range(_MOST_BOXES):
        if start >= end:
            return
        size, kind = struct.unpack(">I4s", blob.read_at(start, 8))
        inner = start + 8
        if size == 1:
            (size,) = _unpack(">Q", blob, inner)
            inner += 8
        stop = end if size == 0 else start + size
        if stop > end or stop < inner:
            raise truncated("HEIF", "a part of it reaches beyond its end")
        yield _Box(kind, inner, stop)
        start = stop
