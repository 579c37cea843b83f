"""The artist's hand: a commission in, a picture out."""

from __future__ import annotations

import math
from dataclasses import replace

import pyvips

from onebrush.sandbox.artist import compose, edit, lexicon, mosaic, scene, styles
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
    small = _picture(replace(commission, width=width, height=height, mask=None, markup=None))
    sides = commission.width / small.width, commission.height / small.height
    large = small.resize(sides[0], vscale=sides[1], kernel="nearest")
    return encode(edit.keeper(commission)(large), commission)


def draw_svg(commission: Commission) -> bytes:
    """The scene itself as SVG, styles left out; an edit as a mosaic of its pixels."""
    if commission.references:
        return mosaic.lay(commission)
    plan = plan_of(commission)
    return _sheet(plan, commission).svg(commission.width, commission.height).encode()


def plan_of(commission: Commission) -> Scene:
    """What the words, the seed and the size come to."""
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
    plan, size = plan_of(commission), (commission.width, commission.height)
    style = plan.reading.style
    if commission.transparent and commission.media_type != "image/jpeg":
        return raster(_sheet(plan, commission), *size)
    if style in (None, "flat") or commission.transparent:  # the artist's own hand is flat
        return raster(_sheet(plan, commission), *size).flatten(background=[255, 255, 255])
    sheet = plan.sheet()
    compose.whole(sheet, plan)
    painted = styles.apply(style, raster(sheet, *size).flatten(), plan.chance.fork("style"))
    return over(painted, labels(*size, commission.watermark))
