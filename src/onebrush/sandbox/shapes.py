"""Sizes: spelling, ratios and the arithmetic the vendors' tables share."""

import math
import re
from collections.abc import Iterable

Size = tuple[int, int]
ONE_MEGAPIXEL = 1024 * 1024


def parse(text: str, separator: str) -> Size | None:
    """Read `1024x768` (or with another separator); None when it is spelled otherwise."""
    found = re.fullmatch(rf"([1-9]\d{{0,5}}){re.escape(separator)}([1-9]\d{{0,5}})", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


def spell(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def nearest(ratio: float, ratios: Iterable[str]) -> str:
    """Name the ratio such as `16:9` that lies nearest by log distance."""
    return min(ratios, key=lambda name: abs(math.log(ratio / value(name))))


def value(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return int(width) / int(height)


def at_area(ratio: float, area: int = ONE_MEGAPIXEL, step: int = 16) -> Size:
    """Give a size of about `area` pixels at a ratio, both sides multiples of `step`."""
    height = math.sqrt(area / ratio)
    return snap(height * ratio, step), snap(height, step)


def snap(side: float, step: int) -> int:
    return max(step, round(side / step) * step)
