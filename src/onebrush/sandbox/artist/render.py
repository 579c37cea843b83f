"""The artist's hand: a commission in, a picture out."""

from __future__ import annotations

import math
from dataclasses import replace

import pyvips

from onebrush.sandbox.artist import compose, edit, lexicon, scene, styles
from onebrush.sandbox.artist.backdrop import backdrop
from onebrush.sandbox.artist.badge import badge
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.motifs import MOTIFS
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.raster import encode, labels, over, raster
from onebrush.sandbox.artist.scene import Scene

_COARSE = 16  # a draft's pixels are this wide


def draw(commission: Commission) -> bytes:
    """The picture as a file of exactly the size asked; blocking, mostly outside the interpreter's lock."""
    return encode(_picture(commission), commission)


def draw_draft(commission: Commission) -> bytes:
    """A coarse picture of exactly the size asked, many times faster: for load and for long test runs."""
    width, height = (max(_COARSE, math.ceil(side / _COARSE)) for side in (commission.width, commission.height))
    small = _picture(replace(commission, width=width, height=height, mask=None))
    sides = commission.width / small.width, commission.height / small.height
    return encode(small.resize(sides[0], vscale=sides[1], kernel="nearest"), commission)


def draw_svg(commission: Commission) -> bytes:
    """The scene itself as SVG; references and styles need pixels and are left out."""
    plan = _plan(commission)
    return _sheet(plan, commission).svg(commission.width, commission.height).encode()


def draw_gif(commission: Commission, frames: int, duration_ms: int) -> bytes:
    """A short loop: a slow pan, the foreground swaying before the background."""
    count = max(1, frames)
    layers = _layers(commission)
    badge = labels(commission.width, commission.height, commission.watermark)
    shown = [over(_frame(layers, commission, math.tau * index / count), badge) for index in range(count)]
    film = pyvips.Image.arrayjoin(shown, across=1).copy_memory()
    _time(film, commission.height, count, duration_ms)
    return bytes(film.gifsave_buffer(effort=3, dither=0.6))


def _plan(commission: Commission) -> Scene:
    reading = lexicon.read(commission.prompt)
    return scene.plan(reading, commission.prompt, commission.seed, commission.width, commission.height)


def _sheet(plan: Scene, commission: Commission) -> Sheet:
    sheet = plan.sheet()
    if not commission.transparent:
        compose.whole(sheet, plan)
    elif plan.reading.subject in MOTIFS:
        compose.figure(sheet, plan)
    else:  # nothing to cut free: the scene as a medallion
        middle, round_ = plan.frame.width / 2, plan.frame.side * 0.47
        with sheet.clip(f"M{middle:.1f} {plan.frame.height / 2 - round_:.1f}a{round_:.1f} {round_:.1f} 0 1 0 0.1 0Z"):
            compose.whole(sheet, plan)
    badge(sheet, plan.frame.width, plan.frame.height, commission.watermark)
    return sheet


def _picture(commission: Commission) -> pyvips.Image:
    if commission.references:
        return edit.edit(commission)
    plan, size = _plan(commission), (commission.width, commission.height)
    style = plan.reading.style
    if commission.transparent and commission.media_type != "image/jpeg":
        return raster(_sheet(plan, commission), *size)
    if style in (None, "flat") or commission.transparent:  # the artist's own hand is flat
        return raster(_sheet(plan, commission), *size).flatten(background=[255, 255, 255])
    sheet = plan.sheet()
    compose.whole(sheet, plan)
    painted = styles.apply(style, raster(sheet, *size).flatten(), plan.chance.fork("style"))
    return over(painted, labels(*size, commission.watermark))


def _layers(commission: Commission) -> tuple[pyvips.Image, pyvips.Image | None]:
    """A background a little too large, and what moves before it."""
    wide, high = round(commission.width * 1.08), round(commission.height * 1.08)
    if commission.references:
        return edit.changed(commission).resize(1.08).copy_memory(), None
    plan = _plan(commission)
    back, front = plan.sheet(), plan.sheet()
    backdrop(back, plan)
    compose.figure(front, plan)
    compose.air(front, plan)
    return raster(back, wide, high).flatten().copy_memory(), raster(front, wide, high).copy_memory()


def _frame(layers: tuple[pyvips.Image, pyvips.Image | None], commission: Commission, turn: float) -> pyvips.Image:
    back, front = layers
    shown = _window(back, commission, math.sin(turn), math.cos(turn) * 0.4)
    return (
        shown
        if front is None
        else over(shown, _window(front, commission, -0.5 * math.sin(turn), 0.25 * math.cos(turn)))
    )


def _window(image: pyvips.Image, commission: Commission, across: float, down: float) -> pyvips.Image:
    spare_x, spare_y = image.width - commission.width, image.height - commission.height
    return image.crop(
        round(spare_x * (0.5 + across * 0.49)),
        round(spare_y * (0.5 + down * 0.49)),
        commission.width,
        commission.height,
    )


def _time(film: pyvips.Image, height: int, count: int, duration_ms: int) -> None:
    film.set_type(pyvips.GValue.gint_type, "page-height", height)
    film.set_type(pyvips.GValue.gint_type, "loop", 0)
    film.set_type(pyvips.GValue.array_int_type, "delay", [max(20, duration_ms // count)] * count)
