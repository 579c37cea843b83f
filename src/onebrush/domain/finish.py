"""What the gateway itself does to a picture that came back, because the model could not be asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.domain.size import Pixels, Ratio
from onebrush.domain.turn import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """An emulated mask: outside of it the delivered picture is the original again."""

    original: Image
    mask: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The work on each delivered picture. Nothing to do: it is kept byte for byte.

    `media_type` is the format to deliver, `quality` 0 to 100 for formats that lose (None: ours). `size` is cut and
    scaled to exactly; `ratio` is cut to as exactly as whole pixels allow.
    """

    media_type: str | None = None
    quality: int | None = None
    size: Pixels | None = None
    ratio: Ratio | None = None
    patch: Patch | None = None
