"""A picture's type, size and completeness, read from its bytes without decoding a pixel."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from onebrush.kit import heif
from onebrush.kit.blobs import Blob
from onebrush.kit.reading import NotAPicture
from onebrush.kit.reading import truncated as _truncated
from onebrush.kit.soundness import traits

__all__ = ["HEAD", "Measured", "NotAPicture", "measure", "sniff"]

HEAD = 4096
_TAIL = 4096
_MOST_HOPS = 2_000

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_DIB_SIZES = {12, 40, 52, 56, 64, 108, 124}
_FTYP = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*)?<svg[\s>]", re.DOTALL)
_SVG_TAG = re.compile(rb"<svg\b[^>]*>", re.DOTALL)
_SVG_LENGTH = rb"""\s%s\s*=\s*["']\s*([0-9]+(?:\.[0-9]+)?)\s*(?:px)?\s*["']"""
_SVG_BOX = re.compile(rb"""\sviewBox\s*=\s*["']\s*[-+\d.e]+[\s,]+[-+\d.e]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*["']""")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a picture is, by its own bytes.

    `turned` is the EXIF orientation, 1 to 8; `width` and `height` are as stored, so 5 to 8 swap them. `frames` is
    counted to 10,001. Both are 1 unless the measuring was thorough.
    """

    media_type: str
    width: int
    height: int
    turned: int = 1
    frames: int = 1


def sniff(head: bytes) -> str | None:
    """The media type by its first bytes; None for what is none of the pictures we know."""
    if head.startswith(_PNG):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "image/tiff"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _DIB_SIZES:
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    return "image/svg+xml" if _SVG.match(head.removeprefix(b"\xef\xbb\xbf")) else None


def measure(blob: Blob, *, thorough: bool = False) -> Measured:
    """Type, width and height; NotAPicture for anything unknown, cut off or without an extent.

    A thorough look, for pictures of strangers, also checks checksums and what follows the picture (see
    kit.soundness), and tells orientation and frames. It may read the whole blob: 50 MB take a tenth of a second.
    """
    media_type = sniff(blob.read_at(0, HEAD))
    if media_type is None:
        raise NotAPicture("The bytes are no PNG, JPEG, WEBP, GIF, BMP, TIFF or HEIC picture")
    try:
        width, height = _READERS[media_type](blob)
    except struct.error:
        raise NotAPicture(f"truncated {media_type}: its header is cut off") from None
    if width <= 0 or height <= 0:
        raise NotAPicture(f"The {media_type} has no extent: {width}x{height}")
    return Measured(media_type, width, height, *(traits(blob, media_type) if thorough else ()))


def _sniff_brands(head: bytes) -> str | None:
    size = int.from_bytes(head[:4], "big")
    others = [head[at : at + 4] for at in range(16, min(size, len(head)) - 3, 4)]
    major = _FTYP.get(head[8:12])
    if major != "image/heif" and major is not None:
        return major
    # mif1 says only "an image"; the other brands say how it is coded.
    coded = [found for brand in others if (found := _FTYP.get(brand)) not in (None, "image/heif")]
    return coded[0] if coded and major else major


def _unpack(form: str, blob: Blob, offset: int) -> tuple[int, ...]:
    return struct.unpack(form, blob.read_at(offset, struct.calcsize(form)))


def _png(blob: Blob) -> tuple[int, int]:
    kind, width, height = struct.unpack(">4sII", blob.read_at(12, 12))
    if kind != b"IHDR":
        raise NotAPicture("The PNG does not begin with its header")
    if _PNG_END not in blob.read_at(max(blob.size - _TAIL, 0), _TAIL):
        raise _truncated("image/png", "its end is missing")
    return width, height


def _jpeg(blob: Blob) -> tuple[int, int]:
    """Hop over the segments to the frame header; profiles and previews before it may be large."""
    offset = 2
    for _ in range(_MOST_HOPS):
        marker, kind, length = struct.unpack(">BBH", blob.read_at(offset, 4))
        if marker != 0xFF:
            raise NotAPicture("The JPEG's segments are broken")
        if kind == 0xFF:  # a fill byte
            offset += 1
        elif 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = _unpack(">HH", blob, offset + 5)
            _check_jpeg_end(blob, offset + 2 + length)
            return width, height
        elif kind in (0xD9, 0xDA):
            break
        else:
            offset += 2 + length
    raise NotAPicture("The JPEG has no frame header")


def _check_jpeg_end(blob: Blob, start: int) -> None:
    tail = max(start, blob.size - _TAIL)
    if b"\xff\xd9" in blob.read_at(tail, _TAIL):
        return
    # Phones append whole films after the picture: then the end lies further to the front.
    last = b""
    for offset in range(start, blob.size, 1 << 20):
        piece = last + blob.read_at(offset, 1 << 20)
        if b"\xff\xd9" in piece:
            return
        last = piece[-1:]
    raise _truncated("image/jpeg", "its end is missing")


def _webp(blob: Blob) -> tuple[int, int]:
    (length,) = _unpack("<I", blob, 4)
    if length + 8 > blob.size:
        raise _truncated("image/webp", f"{blob.size} of {length + 8} bytes")
    head = blob.read_at(0, 30)
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(head) == 30:
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    raise NotAPicture("The WebP holds no picture")


def _gif(blob: Blob) -> tuple[int, int]:
    width, height = _unpack("<HH", blob, 6)
    # An empty block and the end: a semicolon alone is any pixel.
    if not blob.read_at(max(blob.size - 64, 13), 64).rstrip(b"\0\r\n").endswith(b"\0;"):
        raise _truncated("image/gif", "its end is missing")
    return width, height


def _bmp(blob: Blob) -> tuple[int, int]:
    declared, _, pixels, dib = _unpack("<IIII", blob, 2)
    if max(declared, pixels) > blob.size:
        raise _truncated("image/bmp", f"{blob.size} of {max(declared, pixels)} bytes")
    width, height = _unpack("<HH" if dib == 12 else "<ii", blob, 18)
    return width, abs(height)  # a negative height means rows from the top


def _tiff(blob: Blob) -> tuple[int, int]:
    order = "<" if blob.read_at(0, 2) == b"II" else ">"
    (start,) = _unpack(f"{order}I", blob, 4)
    (count,) = _unpack(f"{order}H", blob, start)
    tags = dict(_tiff_tag(blob, order, start + 2 + 12 * at) for at in range(min(count, _MOST_HOPS)))
    # 273 and 279: where strips start and how long they are; 324 and 325: the same for tiles.
    for offsets, lengths in ((273, 279), (324, 325)):
        spans = zip(tags.get(offsets, ()), tags.get(lengths, ()), strict=False)
        if any(at + length > blob.size for at, length in spans):
            raise _truncated("image/tiff", "its pixels end too early")
    width, height = tags.get(256, ()), tags.get(257, ())
    return (width[0], height[0]) if width and height else (0, 0)


def _tiff_tag(blob: Blob, order: str, at: int) -> tuple[int, tuple[int, ...]]:
    tag, kind, count = _unpack(f"{order}HHI", blob, at)
    letter = {3: "H", 4: "I"}.get(kind)
    if letter is None or count > 1_000_000 or tag not in (256, 257, 273, 279, 324, 325):
        return tag, ()
    form = f"{order}{count}{letter}"
    place = at + 8 if struct.calcsize(form) <= 4 else _unpack(f"{order}I", blob, at + 8)[0]
    return tag, _unpack(form, blob, place)


def _svg(blob: Blob) -> tuple[int, int]:
    tag = _SVG_TAG.search(blob.read_at(0, 16 * HEAD))
    if not tag:
        raise _truncated("image/svg+xml", "its first tag is cut off")
    if not tag[0].endswith(b"/>") and b"</svg>" not in blob.read_at(max(blob.size - _TAIL, 0), _TAIL):
        raise _truncated("image/svg+xml", "its end is missing")
    sides = [re.search(_SVG_LENGTH % side, tag[0]) for side in (b"width", b"height")]
    if sides[0] and sides[1]:
        return round(float(sides[0][1])), round(float(sides[1][1]))
    box = _SVG_BOX.search(tag[0])
    return (round(float(box[1])), round(float(box[2]))) if box else (0, 0)


_READERS: dict[str, Callable[[Blob], tuple[int, int]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/tiff": _tiff,
    "image/heic": heif.extent,
    "image/heif": heif.extent,
    "image/avif": heif.extent,
    "image/svg+xml": _svg,
}
