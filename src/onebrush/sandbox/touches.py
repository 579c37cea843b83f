"""What a fault does to the pictures of an answer: other bytes behind a link, other text inside a body."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image

from onebrush.sandbox import inputs

JUNK = b"These bytes are no picture. " * 64
PAGE = b"<!DOCTYPE html><html><body>No picture here.</body></html>" + b" " * 200
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">'
    b'<script>alert("x")</script><rect width="64" height="64"/></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """How a picture is stored behind a link, and how it is spelled inside a body."""

    linked: Callable[[bytes], bytes] = bytes
    inline: Callable[[bytes], str] = inputs.encode


def _bytes(spoil: Callable[[bytes], bytes]) -> Touch:
    return Touch(linked=spoil, inline=lambda data: inputs.encode(spoil(data)))


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _other_type(data: bytes) -> bytes:
    """The picture in a format that is not its own and that nobody said it has."""
    with Image.open(io.BytesIO(data)) as image:
        file = io.BytesIO()
        image.convert("RGB").save(file, "PNG" if image.format == "WEBP" else "WEBP")
    return file.getvalue()


def _other_size(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        file = io.BytesIO()
        image.resize((max(1, image.width // 2), max(1, image.height // 3))).save(file, image.format)
    return file.getvalue()


PLAIN = Touch()
TOUCHES: Mapping[str, Touch] = {
    "garbage": Touch(linked=lambda _: JUNK, inline=inputs.broken),
    "data_uri": Touch(inline=lambda data: f"data:image/png;base64,{inputs.encode(data)}"),
    "zero_bytes": _bytes(lambda _: b""),
    "html_picture": _bytes(lambda _: PAGE),
    "svg_picture": _bytes(lambda _: DRAWING),
    "truncated_picture": _bytes(_half),
    "other_type": _bytes(_other_type),
    "wrong_size": _bytes(_other_size),
}
