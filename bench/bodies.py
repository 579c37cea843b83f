"""Fixed vendor answers of exact sizes, in each vendor's shape, written to files the upstream serves."""

from __future__ import annotations

import base64
import os
import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

# Characters of base64; all are multiples of four, so that no padding blurs the size.
SIZES = {"2 kB": 2_000, "200 kB": 200_000, "2.7 MB": 2_700_000, "13 MB": 13_000_000, "20 MB": 20_000_000}
SIDE = 1024
# Neither is base64, so that no picture holds them.
PICTURE, LINK = "<picture>", "<link>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A vendor's answer, and what a caller asks for to get it."""

    provider: str
    model: str
    path: str
    answer: str
    suffix: str = "json"


SHAPES = {
    "openai b64": Shape(
        provider="openai",
        model="gpt-image-2",
        path="openai/v1",
        answer='{"created":1790000000,"data":[{"b64_json":"<picture>"}],"output_format":"png","size":"1024x1024",'
        '"usage":{"input_tokens":12,"output_tokens":4160,"total_tokens":4172}}',
    ),
    "gemini b64": Shape(
        provider="gemini",
        model="gemini-3-pro-image",
        path="gemini/v1beta",
        answer='{"candidates":[{"content":{"role":"model","parts":[{"inlineData":{"mimeType":"image/png",'
        '"data":"<picture>"}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":12,'
        '"candidatesTokenCount":1290,"totalTokenCount":1302},"modelVersion":"gemini-3-pro-image"}',
    ),
    "ark b64": Shape(
        provider="ark",
        model="doubao-seedream-4-0-250828",
        path="ark/api/v3",
        answer='{"model":"doubao-seedream-4-0-250828","created":1790000000,"data":[{"b64_json":"<picture>",'
        '"size":"1024x1024"}],"usage":{"generated_images":1,"output_tokens":4096,"total_tokens":4096}}',
    ),
    "ark url": Shape(
        provider="ark",
        model="doubao-seedream-4-0-250828",
        path="ark-url/api/v3",
        answer='{"model":"doubao-seedream-4-0-250828","created":1790000000,"data":[{"url":"<link>",'
        '"size":"1024x1024"}],"usage":{"generated_images":1,"output_tokens":4096,"total_tokens":4096}}',
    ),
    "dashscope url": Shape(
        provider="dashscope",
        model="qwen-image-2.0",
        path="dashscope/api/v1",
        answer='{"output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":'
        '[{"image":"<link>"}]}}]},"usage":{"image_count":1,"width":1024,"height":1024},"request_id":"bench"}',
    ),
}


def picture(characters: int) -> bytes:
    """A legal PNG whose base64 has exactly that many characters: pixels, then random bytes in a chunk of our own."""
    side = SIDE if characters >= 100_000 else 64
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes(side * (side + 1)), 9))
    end = _chunk(b"IEND", b"")
    whole = characters // 4 * 3
    room = whole - len(b"\x89PNG\r\n\x1a\n" + head + pixels + end) - 12
    # Ancillary, private, safe to copy, as the letters' cases say; random, so that nothing shrinks it.
    padding = _chunk(b"obPd", random.Random(characters).randbytes(room))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + padding + end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of the upstream: every answer in every size, and per vendor a link to the one served now."""

    root: Path

    def write(self, origin: str) -> None:
        """Write everything; `origin` is where links point to."""
        for size, characters in SIZES.items():
            data = picture(characters)
            self._file(f"{_slug(size)}.png").write_bytes(data)
            text = base64.b64encode(data).decode()
            link = f"{origin}/{_slug(size)}.png"
            for name, shape in SHAPES.items():
                self._file(self._name(name, size)).write_text(shape.answer.replace(PICTURE, text).replace(LINK, link))

    def show(self, name: str, size: str) -> None:
        """From now on that vendor answers in that size."""
        now = self.root / f"{top(SHAPES[name])}.json"
        fresh = self.root / ".fresh"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._name(name, size))
        os.replace(fresh, now)

    def picture(self, size: str) -> bytes:
        """The picture itself."""
        return self._file(f"{_slug(size)}.png").read_bytes()

    def characters(self, size: str) -> int:
        """How many characters of base64 that is."""
        return SIZES[size]

    def _file(self, name: str) -> Path:
        return self.root / name

    def _name(self, name: str, size: str) -> str:
        return f"{_slug(name)}-{_slug(size)}.json"


def top(shape: Shape) -> str:
    """The first part of its path, which names its answer for the upstream."""
    return shape.path.partition("/")[0]


def _slug(name: str) -> str:
    return name.replace(" ", "-").replace(".", "_")
