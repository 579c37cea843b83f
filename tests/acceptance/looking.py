"""Pictures of an answer, fetched and decoded whole, and masks as an independent eye sees them."""

import base64
import io
import re
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.running import Server

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}

# The part of a picture that masks of the table leave open: the middle of it.
WIDTH, HEIGHT = 640, 480
HOLE = (160, 120, 480, 360)
EDGE = 24  # pixels on both sides of the hole's edge that may be soft
SAME, OTHER = 3.0, 5.0  # mean difference of a channel, of 255: what saving and scaling may cost, what a drawing must


def pictures_of(answer: Any, server: Server) -> list[tuple[str, tuple[int, int]]]:
    """Media type and pixels of every picture, as an independent decoder sees them."""
    return [seen(data) for data in files_of(answer, server)]


def files_of(answer: Any, server: Server) -> list[bytes]:
    """The bytes of every picture."""
    data = answer["data"]["data"] if "code" in answer else answer["data"]
    return [_bytes(entry, server) for entry in data]


def _bytes(entry: dict[str, str], server: Server) -> bytes:
    if entry.get("b64_json"):
        return base64.b64decode(entry["b64_json"], validate=True)
    # A link must work without a key, as clients open it.
    reply = Server(url=server.url, process=server.process, data=server.data).ask(entry["url"])
    assert reply.status == 200, reply.body[:200]
    return reply.body


def seen(data: bytes) -> tuple[str, tuple[int, int]]:
    """Media type and pixels of one picture, decoded to its end."""
    if data.lstrip().startswith((b"<svg", b"<?xml")):
        return "image/svg+xml", _drawn(data.decode())
    image = Image.open(io.BytesIO(data))
    size = image.size
    # A JPEG is read to its end at an eighth of its scale, which takes a fraction of the time.
    image.draft(None, (size[0] // 8, size[1] // 8))
    image.load()
    assert image.format is not None
    return TYPES[image.format], size


def _drawn(text: str) -> tuple[int, int]:
    width, height = (re.search(rf'<svg[^>]*\s{edge}="(\d+)', text) for edge in ("width", "height"))
    assert width, text[:200]
    assert height, text[:200]
    return int(width[1]), int(height[1])


# Masks


def alpha_mask(scale: int = 1) -> bytes:
    """A PNG that is transparent where the picture may change."""
    image = Image.new("RGBA", (WIDTH // scale, HEIGHT // scale), (0, 0, 0, 255))
    ImageDraw.Draw(image).rectangle(_hole(scale), fill=(0, 0, 0, 0))
    return _png(image)


def black_and_white_mask() -> bytes:
    """A PNG without transparency that is white where the picture may change."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "black")
    ImageDraw.Draw(image).rectangle(_hole(1), fill="white")
    return _png(image)


def markup() -> bytes:
    """A transparent PNG with a red frame, to be laid over a picture."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle(_hole(1), outline=(255, 0, 0, 255), width=6)
    return _png(image)


def open_part(mask: bytes) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    """The size of a mask as vendors read it, and the box in which it is transparent."""
    image = Image.open(io.BytesIO(mask))
    assert image.format == "PNG"
    alpha = image.convert("RGBA").getchannel("A")
    return alpha.size, ImageChops.invert(alpha).point(lambda value: 255 * (value > 128)).getbbox()


def assert_only_the_hole_changed(delivered: bytes, original: bytes) -> None:
    """Outside of the hole the picture is the original, whatever its scale; inside it is another one."""
    before = Image.open(io.BytesIO(original)).convert("RGB")
    file = Image.open(io.BytesIO(delivered))
    file.draft("RGB", before.size)
    after = file.convert("RGB").resize(before.size, Image.Resampling.BOX)
    difference = ImageChops.difference(before, after)
    outside = Image.new("L", before.size, 255)
    ImageDraw.Draw(outside).rectangle(_hole(1, EDGE), fill=0)
    inside = Image.new("L", before.size, 0)
    ImageDraw.Draw(inside).rectangle(_hole(1, -EDGE), fill=255)
    kept, changed = (max(ImageStat.Stat(difference, part).mean) for part in (outside, inside))
    assert kept < SAME, f"outside of the mask the picture differs by {kept:.1f} of 255"
    assert changed > OTHER, f"inside of the mask the picture differs by {changed:.1f} of 255 only"


def _hole(scale: int, wider: int = 0) -> tuple[int, int, int, int]:
    left, top, right, bottom = (edge // scale for edge in HOLE)
    return left - wider, top - wider, right - 1 + wider, bottom - 1 + wider


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
