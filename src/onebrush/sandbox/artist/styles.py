"""The style words and what each does to pixels."""

from __future__ import annotations

from onebrush.sandbox.artist.oil import oil
from onebrush.sandbox.artist.treat import Treatment, cutout, flat, ink, mono, pixel, sketch, vintage, watercolour

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
