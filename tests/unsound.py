"""Pictures that are bombs, damaged, lying or none at all, and odd ones that are sound: made by hand, all small."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from random import Random

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
ZIP = b"PK\x03\x04" + bytes(26) + b"hidden.txtwords" + b"PK\x05\x06" + bytes(18)
LONG = 200_000_000


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, depth: int = 8, colour: int = 0, rows: int | None = None) -> bytes:
    """A black PNG of that size; `extra` chunks stand before its pixels, of which there are only `rows` rows."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    row = bytes(1 + (min(width, 100_000) * samples * depth + 7) // 8)
    pixels = zlib.compress(row * min(height if rows is None else rows, 2_000))
    return PNG + chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def made(form: str, width: int = 64, height: int = 48, mode: str = "RGB", **options: object) -> bytes:
    """Noise, always the same, written by Pillow."""
    out = io.BytesIO()
    noise = Image.frombytes("L", (width, height), Random(7).randbytes(width * height))
    noise.convert(mode).save(out, form, **options)
    return out.getvalue()


@cache
def packed(length: int) -> bytes:
    """That many zeros, compressed piece by piece."""
    packer = zlib.compressobj(1)
    piece = bytes(1_000_000)
    return b"".join(packer.compress(piece) for _ in range(length // len(piece))) + packer.flush()


def apng(frames: int) -> bytes:
    """An animation of 1x1 pixels; `frames` as stated and as there."""

    def control(number: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, 1, 1, 0, 0, 1, 100, 0, 0))

    pixel = zlib.compress(bytes(2))
    later = (control(2 * at - 1) + chunk(b"fdAT", struct.pack(">I", 2 * at) + pixel) for at in range(1, frames))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    stated = chunk(b"acTL", struct.pack(">II", frames, 0))
    return PNG + header + stated + control(0) + chunk(b"IDAT", pixel) + b"".join(later) + chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    """An animation of 1x1 pixels."""
    picture = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + picture * frames + b";"


def webp(frames: int) -> bytes:
    """An animation of 2x2 pixels."""
    still = made("WEBP", 2, 2, lossless=True)[12:]

    def part(kind: bytes, data: bytes) -> bytes:
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    one = part(b"ANMF", bytes(6) + b"\1\0\0\1\0\0" + b"\x64\0\0\0" + still)
    body = part(b"VP8X", b"\x02\0\0\0\1\0\0\1\0\0") + part(b"ANIM", bytes(6)) + one * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff(pages: int) -> bytes:
    """Many pages of one pixel, all the same strip."""
    tags = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    length = 2 + len(entries) + 4
    starts = [12 + length * at for at in range(pages)]
    after = [*starts[1:], 0]
    return (
        b"II*\0"
        + struct.pack("<I", 12)
        + b"\x80\0\0\0"
        + b"".join(struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) for following in after)
    )


def _damaged() -> bytes:
    data = bytearray(made("PNG"))
    data[len(data) // 2] ^= 1
    return bytes(data)


def _zero_gif() -> bytes:
    data = bytearray(gif(1))
    data[6:10] = bytes(4)
    return bytes(data)


def _giant_gif_frame() -> bytes:
    """One pixel of screen, and a frame that is 65,535 pixels each way."""
    return gif(1).replace(struct.pack("<HHHH", 0, 0, 1, 1), struct.pack("<HHHH", 0, 0, 65_535, 65_535))


def _scrambled_tiff() -> bytes:
    data = bytearray(made("TIFF", compression="tiff_deflate"))
    middle = len(data) // 2
    data[middle - 500 : middle + 500] = b"\xff" * 1_000
    return bytes(data)


def _cut(form: str, part: float) -> Callable[[], bytes]:
    return lambda: (data := made(form))[: int(len(data) * part)]


# What must be refused, by name. No caller's picture may have more than 1,000 frames or 50 megapixels.
UNSOUND: dict[str, Callable[[], bytes]] = {
    "one by a thousand million": lambda: png(1, 1_000_000_000, rows=1),
    "a thousand million by one": lambda: png(1_000_000_000, 1, rows=1),
    "50,000 by 50,000 of one colour": lambda: png(50_000, 50_000, depth=1),
    "just over the cap": lambda: png(8_000, 6_251),
    "no extent": lambda: png(0, 0),
    "no width": lambda: png(0, 5),
    "a GIF without extent": _zero_gif,
    "a size beyond the format": lambda: png(0x80000001, 1),
    "a depth that is none": lambda: png(5, 5, depth=3),
    "a colour type that is none": lambda: png(5, 5, colour=5),
    "10,000 frames of APNG": lambda: apng(10_000),
    "10,000 frames of GIF": lambda: gif(10_000),
    "10,000 frames of WebP": lambda: webp(10_000),
    "10,000 pages of TIFF": lambda: tiff(10_000),
    "frames stated but not there": lambda: png(5, 5, chunk(b"acTL", struct.pack(">II", 0xFFFFFFFF, 0))),
    "a text bomb": lambda: png(5, 5, chunk(b"zTXt", b"words\0\0" + packed(LONG))),
    "an international text bomb": lambda: png(5, 5, chunk(b"iTXt", b"words\0\1\0en\0word\0" + packed(LONG))),
    "a profile bomb": lambda: png(5, 5, chunk(b"iCCP", b"profile\0\0" + packed(LONG))),
    "many texts that are a bomb together": lambda: png(5, 5, *[chunk(b"zTXt", b"a\0\0" + packed(9_000_000))] * 20),
    "a checksum that does not match": _damaged,
    "pixels left out": lambda: PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 5, 8, 0, 0, 0, 0)) + chunk(b"IEND", b""),
    "a page behind a PNG": lambda: png(5, 5) + HTML,
    "an archive behind a PNG": lambda: png(5, 5) + ZIP,
    "a page behind a GIF": lambda: gif(1) + HTML,
    "a page behind a WebP": lambda: made("WEBP") + HTML,
    "a page behind a BMP": lambda: made("BMP") + HTML,
    "a GIF without a picture": lambda: gif(0),
    "a GIF of many tiny blocks": lambda: gif(1).replace(b"\x02\x02D\x01\x00", b"\x02" + b"\1\0" * 500_000 + b"\0"),
    "a picture in words": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    "a page": lambda: HTML,
    "XML": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF",
    "nothing": lambda: b"",
    "zeros": lambda: bytes(1_000),
    "a format nobody asked for": lambda: made("PPM"),
    "AVIF": lambda: made("AVIF"),
    **{f"a PNG cut at {part:.0%}": _cut("PNG", part) for part in (0.01, 0.3, 0.7, 0.99)},
    **{f"a JPEG cut at {part:.0%}": _cut("JPEG", part) for part in (0.01, 0.3, 0.7, 0.99)},
    **{f"a WebP cut at {part:.0%}": _cut("WEBP", part) for part in (0.01, 0.3, 0.7, 0.99)},
    **{f"a GIF cut at {part:.0%}": _cut("GIF", part) for part in (0.01, 0.3, 0.7, 0.99)},
    **{f"a BMP cut at {part:.0%}": _cut("BMP", part) for part in (0.01, 0.3, 0.7, 0.99)},
    **{f"a TIFF cut at {part:.0%}": _cut("TIFF", part) for part in (0.01, 0.3, 0.7, 0.95)},
}

# What only decoding shows to be unsound: refused where a picture is decoded.
UNDECODABLE: dict[str, Callable[[], bytes]] = {
    "a GIF whose frame is larger than its screen": _giant_gif_frame,
    "a BMP of a compression that is none": lambda: (data := made("BMP"))[:30] + b"\x09" + data[31:],
    "a TIFF of pixels that are none": _scrambled_tiff,
}

# What looks odd and is sound.
SOUND: dict[str, Callable[[], bytes]] = {
    "16 bits of grey": lambda: made("PNG", mode="I;16"),
    "16 bits of colour": lambda: png(20, 20, depth=16, colour=2),
    "CMYK": lambda: made("JPEG", mode="CMYK"),
    "one bit": lambda: made("PNG", mode="1"),
    "a palette": lambda: made("PNG", mode="P"),
    "grey and alpha": lambda: made("PNG", mode="LA"),
    "a JPEG with a film behind it": lambda: made("JPEG") + b"\0\0\0\x18ftypmp42" + bytes(300_000),
    "a PNG with padding": lambda: made("PNG") + bytes(500) + b"\r\n",
    "a few frames": lambda: gif(12),
    "a large text": lambda: png(20, 20, chunk(b"zTXt", b"words\0\0" + packed(1_000_000))),
}
