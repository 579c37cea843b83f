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


def within(ratio: float, area: float, low: int, high: int) -> Size:
    """Give the size nearest to `area` at a ratio whose pixels lie between `low` and `high`."""
    step = 16
    height = math.sqrt(min(max(area, low), high) / ratio)
    width = math.floor(height * ratio / step) * step
    size = (max(step, width), max(step, math.floor(height / step) * step))
    while size[0] * size[1] < low:
        size = (size[0] + step, size[1] + step)
    return size


def snap(side: float, step: int) -> int:
    return max(step, round(side / step) * step)
