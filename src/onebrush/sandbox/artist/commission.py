"""What is asked of the artist."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """One picture; with references it is an edit of them, with a mask only of what the mask opens.

    A markup is painted over the first reference: only the box around the paint changes, and the paint goes.
    `upright` honours the orientation the references' EXIF data name, else their pixels are taken as stored.
    """

    prompt: str
    width: int
    height: int
    seed: int
    references: tuple[bytes, ...] = ()
    mask: bytes | None = None
    markup: bytes | None = None
    upright: bool = False
    media_type: str = "image/png"
    quality: int | None = None
    watermark: str | None = None
    transparent: bool = False
