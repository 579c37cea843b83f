"""The style words and what each does to pixels."""

from __future__ import annotations

import pyvips

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.oil import oil
from onebrush.sandbox.artist.treat import (
    Treatment,
    cutout,
    enlarged,
    flat,
    ink,
    mono,
    pixel,
    sketch,
    vintage,
    watercolour,
)

STYLES: dict[str, Treatment] = {
    "oil": oil,
    "watercolour": watercolour,
    "ink": ink,
    "sketch": sketch,
    "pixel": pixel,
    "cutout": cutout,
    "flat": flat,
    "mono": mono,
    "vintage": vintage,
}

_LARGEST_CANVAS = 2048  # larger pictures are painted at this size and enlarged: brush marks lose nothing by it


def apply(style: str | None, image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Repaint in a style; no style (or none of ours) leaves the picture alone."""
    treatment = STYLES.get(style or "")
    if treatment is None:
        return image
    width, height = image.width, image.height
    shrink = min(1.0, _LARGEST_CANVAS / max(width, height))
    canvas = (image.resize(shrink, kernel="linear") if shrink < 1 else image).copy_memory()
    return enlarged(treatment(canvas, chance), width, height)
