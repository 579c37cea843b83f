"""Sizes: what a caller asked, what a model allows, what is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def area(self) -> int:
        """Pixels in all."""
        return self.width * self.height

    @property
    def log_ratio(self) -> float:
        """Logarithm of width / height, so that 2:1 and 1:2 are equally far from a square."""
        return math.log(self.width / self.height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """An aspect ratio such as 16:9."""

    width: int
    height: int

    @property
    def log_ratio(self) -> float:
        """Logarithm of width / height."""
        return math.log(self.width / self.height)

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


Keyword = Literal["auto", "adaptive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAsk:
    """What the caller said of the size; any of the four forms, ratio and tier also together.

    `size_text` and `tier_text` are the caller's own words, for warnings.
    """

    pixels: Pixels | None = None
    ratio: Ratio | None = None
    tier: str | None = None
    keyword: Keyword | None = None
    size_text: str | None = None
    tier_text: str | None = None
    tier_param: str = "size"


SizeKind = Literal["list", "free", "ratio", "adaptive", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """What sizes a model takes.

    kind: `list` (only the pixels of `allowed`), `free` (any pixels within the bounds), `ratio` (a ratio and a
    tier; the pixels of `tables` are what comes back), `adaptive` (only that word), `none` (no field at all).
    `tables` is tier -> ratio text -> pixels: for `ratio` what the vendor gives, for `free` the recommended
    picks. `tier_areas` is tier -> pixels in all, for free models without a table. `keywords` are words sent as
    they are. Areas in pixels, edges in pixels, `max_ratio` long : short.
    """

    kind: SizeKind
    allowed: tuple[Pixels, ...] = ()
    min_area: int = 1
    max_area: int | None = None
    min_edge: int = 1
    max_edge: int | None = None
    multiple: int = 1
    snap: int = 16
    max_ratio: float | None = None
    tables: Mapping[str, Mapping[str, Pixels]] = field(default_factory=dict)
    tier_areas: Mapping[str, int] = field(default_factory=dict)
    default_tier: str | None = None
    keywords: tuple[str, ...] = ()
    picks: tuple[Pixels, ...] = ()
    default: Pixels | None = None
    sends_tier: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedSize:
    """What is sent to the vendor (at most one of pixels and keyword, or ratio and tier); all None: nothing.

    `expected` is what the vendor should give, where known before the call.
    """

    pixels: Pixels | None = None
    ratio: Ratio | None = None
    tier: str | None = None
    keyword: str | None = None
    expected: Pixels | None = None
