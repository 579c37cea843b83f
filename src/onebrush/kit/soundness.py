"""What only a longer look at a picture tells: checksums, bytes after its end, EXIF orientation, how many frames.

Nothing is decoded, and the work is bounded: a picture of more steps than any honest one has is refused.

Bytes after the end of a PNG, GIF, WebP or BMP are refused unless they are padding: no encoder writes them, and they
are how a page or an archive hides in a picture. A JPEG may have them: phones append a film or a second picture. In
TIFF and HEIF there is no such place: parts lie anywhere.
"""

import zlib
from collections.abc import Callable

from onebrush.kit.blobs import Blob
from onebrush.kit.exif import orientation, orientation_there
from onebrush.kit.reading import NotAPicture, Window, truncated

MOST_FRAMES = 10_001  # counted no further
MOST_PACKED = 16 * 1024 * 1024  # what the compressed texts and profiles of a PNG may unpack to, in all
_MOST_CHUNKS = 100_000  # 50 MB in the smallest pieces any encoder writes are 13,000
_MOST_GIF_BLOCKS = 400_000  # 50 MB are 197,000 full ones
_MOST_HOPS = 2_000
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}  # PNG: colour type -> bits

Traits = tuple[int, int]  # EXIF orientation 1 to 8, frames 1 to MOST_FRAMES


def traits(blob: Blob, media_type: str) -> Traits:
    """Orientation and frames of a picture that was measured. Raises NotAPicture for one that is unsound."""
    look = _LOOKS.get(media_type)
    if look is None:
        return 1, 1
    turned, frames = look(Window(blob, media_type))
    return turned, max(1, min(frames, MOST_FRAMES))


def _check_end(window: Window, end: int, media_type: str) -> None:
    if not window.only_padding(end):
        raise NotAPicture(f"The {media_type} is followed by {window.size - end} bytes that are no part of it")


def _png(window: Window) -> Traits:
    turned, frames, controls, pixels = 1, 1, 0, False
    room = MOST_PACKED
    offset = 8
    for _ in range(_MOST_CHUNKS):
        length, kind = _png_chunk(window, offset)
        body = offset + 8
        offset = body + length + 4
        if kind == b"IHDR":
            _check_png_header(window, body, length)
        elif kind == b"IDAT":
            pixels = True
        elif kind == b"fcTL":
            controls += 1
        elif kind == b"acTL" and length == 8:
            frames = window.unpack(">I", body)[0]
        elif kind == b"eXIf":
            turned = orientation(window.read(body, min(length, 65_536)))
        elif kind in (b"zTXt", b"iTXt", b"iCCP"):
            room -= _unpacked(window, body, length, kind, room)
        elif kind == b"IEND":
            if not pixels:
                raise NotAPicture("The PNG holds no pixels")
            _check_end(window, offset, "image/png")
            return turned, max(frames, controls)
    raise NotAPicture(f"The PNG has more than {_MOST_CHUNKS} chunks")


def _png_chunk(window: Window, offset: int) -> tuple[int, bytes]:
    """Length and kind of the chunk there, its checksum checked."""
    head = window.read(offset, 8)
    length, kind = int.from_bytes(head[:4], "big"), head[4:]
    if offset + 12 + length > window.size:
        raise truncated("image/png", "a chunk reaches beyond its end")
    found = zlib.crc32(kind)
    for piece in window.pieces(offset + 8, length):
        found = zlib.crc32(piece, found)
    if found != window.unpack(">I", offset + 8 + length)[0]:
        raise NotAPicture("The PNG is damaged: a checksum does not match")
    return length, kind


def _check_png_header(window: Window, body: int, length: int) -> None:
    width, height, depth, colour, packing, filters, interlace = window.unpack(">IIBBBBB", body)
    known = depth in _DEPTHS.get(colour, ()) and packing == filters == 0 and interlace in (0, 1)
    if length != 13 or not known:
        raise NotAPicture("The PNG's header makes no sense")
    if max(width, height) > 0x7FFFFFFF:
        raise NotAPicture(f"The PNG's size makes no sense: {width}x{height}")


def _unpacked(window: Window, body: int, length: int, kind: bytes, room: int) -> int:
    """How much a compressed text or profile comes to; more than `room` is refused, and never held."""
    start = _packed_from(window.read(body, min(length, 4096)), kind)
    if start is None:
        return 0
    total = 0
    inflater = zlib.decompressobj()
    try:
        for piece in window.pieces(body + start, length - start):
            while piece and not inflater.eof:
                total += len(inflater.decompress(piece, 65_536))
                piece = inflater.unconsumed_tail
                if total > room:
                    raise NotAPicture(f"The PNG's texts and profiles unpack to more than {MOST_PACKED} bytes")
    except zlib.error:
        pass  # decoders leave such a text out
    return total


def _packed_from(head: bytes, kind: bytes) -> int | None:
    """Where the compressed part begins; None where nothing is compressed."""
    name = head.find(b"\0")
    if name < 0:
        return None
    if kind != b"iTXt":
        return name + 2  # a byte for the method
    if head[name + 1 : name + 2] != b"\1":
        return None
    language = head.find(b"\0", name + 3)
    translated = head.find(b"\0", language + 1) if language >= 0 else -1
    return translated + 1 if translated >= 0 else None


def _jpeg(window: Window) -> Traits:
    offset = 2
    for _ in range(_MOST_HOPS):
        marker, kind, length = window.unpack(">BBH", offset)
        if marker != 0xFF or kind in (0xD9, 0xDA):
            break
        if kind == 0xFF:
            offset += 1
            continue
        if kind == 0xE1 and length > 8 and window.read(offset + 4, 6) == b"Exif\0\0":
            return orientation(window.read(offset + 10, length - 8)), 1
        offset += 2 + length
    return 1, 1


def _webp(window: Window) -> Traits:
    turned, frames = 1, 0
    end = 8 + window.unpack("<I", 4)[0]
    offset = 12
    for _ in range(_MOST_CHUNKS):
        if offset + 8 > end or frames >= MOST_FRAMES:
            break
        head = window.read(offset, 8)
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        if offset + 8 + length > end:
            raise truncated("image/webp", "a chunk reaches beyond its end")
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            turned = orientation(window.read(offset + 8, min(length, 65_536)).removeprefix(b"Exif\0\0"))
        offset += 8 + length + length % 2
    else:
        raise NotAPicture(f"The WebP has more than {_MOST_CHUNKS} chunks")
    _check_end(window, end, "image/webp")
    return turned, frames


def _gif(window: Window) -> Traits:
    frames, left = 0, _MOST_GIF_BLOCKS
    offset = 13 + _gif_colours(window.read(10, 1)[0])
    while frames < MOST_FRAMES:
        kind = window.read(offset, 1)
        if kind == b";":
            _check_end(window, offset + 1, "image/gif")
            if not frames:
                raise NotAPicture("The GIF holds no picture")
            break
        if kind == b"!":
            offset += 2
        elif kind == b",":
            frames += 1
            offset += 11 + _gif_colours(window.read(offset + 9, 1)[0])
        else:
            raise NotAPicture("The GIF's blocks are broken")
        offset, left = _past_blocks(window, offset, left)
    return 1, frames


def _gif_colours(flags: int) -> int:
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _past_blocks(window: Window, offset: int, left: int) -> tuple[int, int]:
    """Behind the empty block that ends a run of them, and how many more may follow."""
    for gone in range(1, left):
        length = window.read(offset, 1)[0]
        offset += 1 + length
        if not length:
            return offset, left - gone
    raise NotAPicture(f"The GIF has more than {_MOST_GIF_BLOCKS} blocks")


def _bmp(window: Window) -> Traits:
    declared, _, start, dib = window.unpack("<IIII", 2)
    if dib >= 40:
        width, height, _, bits, packing = window.unpack("<iiHHI", 18)
        end = start + (abs(width) * bits + 31) // 32 * 4 * abs(height)
        if packing == 0 and end > window.size:
            raise truncated("image/bmp", f"{window.size} of {end} bytes")
        declared = max(declared, end) if packing == 0 and declared else declared
    if declared > start:  # some writers leave it empty
        _check_end(window, declared, "image/bmp")
    return 1, 1


def _tiff(window: Window) -> Traits:
    order = "<" if window.read(0, 2) == b"II" else ">"
    (start,) = window.unpack(f"{order}I", 4)
    turned, frames, at = 1, 0, start
    while at and frames < MOST_FRAMES:
        (count,) = window.unpack(f"{order}H", at)
        if not frames:
            turned = orientation_there(window.read(at + 2, 12 * count), order)
        frames += 1
        (at,) = window.unpack(f"{order}I", at + 2 + 12 * count)
    return turned, frames


_LOOKS: dict[str, Callable[[Window], Traits]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/tiff": _tiff,
}
