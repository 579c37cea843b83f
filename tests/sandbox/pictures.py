"""Pictures the sandbox's tests send, and what they look for in those that come back."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

from PIL import Image, ImageChops, ImageStat

Box = tuple[int, int, int, int]
ORIENTATION = 0x0112


def saved(picture: Image.Image, file_format: str = "PNG", orientation: int | None = None) -> bytes:
    """Write a file, with an EXIF orientation where one is given."""
    held, exif = io.BytesIO(), Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
        picture.save(held, file_format, exif=exif)
    else:
        picture.save(held, file_format)
    return held.getvalue()


def opened(data: bytes) -> Image.Image:
    """Decode a picture whole."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def entry(answer: dict[str, list[dict[str, str]]], index: int = 0) -> bytes:
    """The bytes of one entry of an OpenAI or Ark answer."""
    return base64.b64decode(answer["data"][index]["b64_json"])


def photo(width: int, height: int) -> Image.Image:
    """A picture without symmetry: a light disc up left, dark ground, a bright bar at the right."""
    picture = Image.new("RGB", (width, height), (70, 110, 150))
    picture.paste((40, 60, 30), (0, height * 2 // 3, width, height))
    disc = Image.linear_gradient("L").resize((width // 4, height // 4)).point(lambda level: 160 + level // 3)
    picture.paste(disc.convert("RGB"), (width // 8, height // 8))
    picture.paste((220, 60, 40), (width * 7 // 8, 0, width, height // 2))
    return picture


def hole(size: tuple[int, int], box: Box) -> Image.Image:
    """A mask that opens one box: transparent there, opaque black elsewhere."""
    mask = Image.new("RGBA", size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), box)
    return mask


def paint(size: tuple[int, int], box: Box) -> Image.Image:
    """A markup: clear, with one painted box."""
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    sheet.paste((255, 0, 0, 255), box)
    return sheet


def changed_box(before: Image.Image, after: Image.Image) -> Box | None:
    """The smallest box around every pixel that is not the same."""
    return ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()


def likeness(first: Image.Image, second: Image.Image) -> float:
    """How alike two pictures' light and shade are, from -1 to 1."""
    a, b = (list(picture.convert("L").resize((32, 32)).tobytes()) for picture in (first, second))
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    return both / spread**0.5 if spread else 0.0


def alpha_levels(picture: Image.Image) -> tuple[int, int]:
    """The least and the greatest alpha of a picture that has some."""
    low, high = ImageStat.Stat(picture.getchannel("A")).extrema[0]
    return int(low), int(high)


DataUri = Callable[..., str]
