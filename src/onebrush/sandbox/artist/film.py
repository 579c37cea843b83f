"""A short film: the scene panned slowly, its foreground swaying before the background."""

from __future__ import annotations

import math

import pyvips

from onebrush.sandbox.artist import compose, edit
from onebrush.sandbox.artist.backdrop import backdrop
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.raster import labels, over, raster
from onebrush.sandbox.artist.render import plan_of

_SPARE = 1.08  # how much larger than the frame a layer is, to pan over


def draw_gif(commission: Commission, frames: int, frame_ms: int) -> bytes:
    """A loop of so many frames, each shown so many milliseconds (in tens, as GIF counts); blocking."""
    count = max(1, frames)
    layers, keep = _layers(commission), edit.keeper(commission)
    badge = labels(commission.width, commission.height, commission.watermark)
    shown = [keep(over(_frame(layers, commission, math.tau * index / count), badge)) for index in range(count)]
    film = pyvips.Image.arrayjoin(shown, across=1).copy_memory()
    _time(film, commission.height, count, frame_ms)
    return bytes(film.gifsave_buffer(effort=3, dither=0.6))


def _layers(commission: Commission) -> tuple[pyvips.Image, pyvips.Image | None]:
    """A background a little too large, and what moves before it."""
    wide, high = round(commission.width * _SPARE), round(commission.height * _SPARE)
    if commission.references:
        return edit.changed(commission).resize(_SPARE).copy_memory(), None
    plan = plan_of(commission)
    back, front = plan.sheet(), plan.sheet()
    backdrop(back, plan)
    compose.figure(front, plan)
    compose.air(front, plan)
    return raster(back, wide, high).flatten().copy_memory(), raster(front, wide, high).copy_memory()


def _frame(layers: tuple[pyvips.Image, pyvips.Image | None], commission: Commission, turn: float) -> pyvips.Image:
    back, front = layers
    shown = _window(back, commission, math.sin(turn), math.cos(turn) * 0.4)
    if front is None:
        return shown
    return over(shown, _window(front, commission, -0.5 * math.sin(turn), 0.25 * math.cos(turn)))


def _window(image: pyvips.Image, commission: Commission, across: float, down: float) -> pyvips.Image:
    spare_x, spare_y = image.width - commission.width, image.height - commission.height
    left, top = round(spare_x * (0.5 + across * 0.49)), round(spare_y * (0.5 + down * 0.49))
    return image.crop(left, top, commission.width, commission.height)


def _time(film: pyvips.Image, height: int, count: int, frame_ms: int) -> None:
    film.set_type(pyvips.GValue.gint_type, "page-height", height)
    film.set_type(pyvips.GValue.gint_type, "loop", 0)
    film.set_type(pyvips.GValue.array_int_type, "delay", [max(20, round(frame_ms, -1))] * count)
