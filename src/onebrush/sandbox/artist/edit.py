"""Edits: the references fitted, transformed by the words, a mask or a markup kept to the pixel."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyvips

from onebrush.sandbox.artist import compose, lexicon, references, scene, styles, treat
from onebrush.sandbox.artist.chance import Chance, of
from onebrush.sandbox.artist.colour import WHITE
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.lexicon import Reading
from onebrush.sandbox.artist.moonlight import brightest
from onebrush.sandbox.artist.overlay import overlay
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.raster import labels, over, raster
from onebrush.sandbox.artist.scene import Scene


def edit(commission: Commission) -> pyvips.Image:
    """The references transformed and labelled; a mask keeps even the label inside it."""
    image = changed(commission)
    if _opening(commission) is not None:
        return image
    return over(image, labels(commission.width, commission.height, commission.watermark))


def changed(commission: Commission) -> pyvips.Image:
    """The references transformed, as RGB (or RGBA where a free subject was asked for)."""
    reading = lexicon.read(commission.prompt)
    change = _opening(commission)
    if change is None:
        base = _together(commission)
        image = _transform(base, commission, reading)
    else:
        base = _first(commission)
        image = _masked(base, change, commission, reading)
    if commission.transparent or "cutout" in reading.actions:
        return _freed(image, base, commission, change)
    return image


def keeper(commission: Commission) -> Callable[[pyvips.Image], pyvips.Image]:
    """What lays the first reference back over everything that a mask or a markup keeps shut."""
    change = _opening(commission)
    if change is None:
        return lambda image: image
    base = _first(commission)
    return lambda image: _kept(image, base, change)


def _kept(image: pyvips.Image, base: pyvips.Image, change: pyvips.Image) -> pyvips.Image:
    under = base.bandjoin(255) if image.hasalpha() else base
    return treat.settle(change.ifthenelse(image, under, blend=True))


def _opening(commission: Commission) -> pyvips.Image | None:
    """How much each pixel may change; None where all of them may."""
    size = commission.width, commission.height
    if commission.mask is not None:
        return references.mask(commission.mask, *size, commission.upright)
    return None if commission.markup is None else references.painted(commission.markup, *size, commission.upright)


def _first(commission: Commission) -> pyvips.Image:
    return references.picture(commission.references[0], commission.width, commission.height, commission.upright)


def _together(commission: Commission) -> pyvips.Image:
    """One picture fills the sheet; several share it in order, with narrow gutters."""
    pictures, width, height = commission.references, commission.width, commission.height
    count = len(pictures)
    if count == 1:
        return _first(commission)
    columns = min(count, max(1, math.ceil(math.sqrt(count * width / height) - 0.25)))
    rows = math.ceil(count / columns)
    gutter = max(2, min(width, height) // 120)
    sheet = treat.settle(pyvips.Image.black(width, height, bands=3).linear(1, [247, 243, 236]))
    for index, data in enumerate(pictures):
        row, column = divmod(index, columns)
        in_row = count - row * columns if row == rows - 1 else columns
        left, right = column * width // in_row, (column + 1) * width // in_row
        top, bottom = row * height // rows, (row + 1) * height // rows
        left, top = left + (gutter if column else 0), top + (gutter if row else 0)
        cell = references.picture(data, max(1, right - left), max(1, bottom - top), commission.upright)
        sheet = sheet.insert(cell, left, top)
    return sheet.copy_memory()


def _changes(reading: Reading) -> bool:
    """Whether the words name a change of the picture itself."""
    return bool(
        reading.style
        or reading.time
        or reading.season
        or reading.weather
        or reading.actions
        or reading.aerial
        or reading.text
        or any(extra != "frame" for extra in reading.extras)
        or _tint(reading)
    )


def _tint(reading: Reading) -> str | None:
    """The colour to turn the picture to: named alone, or of the picture's own subject."""
    bound = [tint for noun, tint in reading.colours.items() if noun not in ("scarf", "hat", "bow", "flowers")]
    return reading.colour or (bound[0] if bound else None)


def _transform(image: pyvips.Image, commission: Commission, reading: Reading) -> pyvips.Image:
    chance = of(commission.prompt, commission.seed).fork("edit")
    plan = scene.plan(reading, commission.prompt, commission.seed, commission.width, commission.height)
    if reading.aerial:
        image = treat.from_above(image)
    light = brightest(image) if reading.time == "night" else None
    for word in _light_words(reading):
        image = treat.GRADES[word](image)
    tint = _tint(reading)
    if tint and not reading.extras:
        image = treat.recolour(image, tint)
    image = _own_light(image, chance)
    sheet = plan.sheet()
    overlay(sheet, plan, reading, chance, light)
    image = over(image, raster(sheet, commission.width, commission.height))
    if not _changes(reading) and len(commission.references) == 1:
        image = _stamp(image, plan, commission, chance)
    return styles.apply(reading.style, image, chance.fork("style"))


def _light_words(reading: Reading) -> list[str]:
    """The grades to pass through; a night outweighs the rest, or nothing could be seen."""
    if reading.time == "night":
        return ["night"]
    words = [word for word in (reading.weather, reading.season, reading.time) if word in treat.GRADES]
    return [word for word in words if not (word == "snow" and reading.season == "winter")]


def _own_light(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """No two seeds develop a picture alike."""
    warm, light = chance.between(-0.05, 0.05), chance.between(-0.03, 0.04)
    return treat.grade(image, (1 + light + warm, 1 + light, 1 + light - warm), (2, 2, 2), chance.between(0.92, 1.0))


def _stamp(image: pyvips.Image, plan: Scene, commission: Commission, chance: Chance) -> pyvips.Image:
    """Words that name no change: their scene, as a round inset, and a fine frame."""
    w, h, s = commission.width, commission.height, min(commission.width, commission.height)
    across = max(24, round(s * chance.between(0.34, 0.42)))
    inner = scene.plan(plan.reading, commission.prompt, commission.seed, 600, 600)
    sheet = inner.sheet()
    with sheet.clip("M500 0a500 500 0 1 0 0.1 0Z"):
        compose.whole(sheet, inner)
    sheet.stroke("M500 12a488 488 0 1 0 0.1 0Z", "#fffaf0", 26)
    left = round(w * 0.06) if chance.below(0.3) else w - across - round(s * 0.07)
    top = h - across - round(s * 0.09) if chance.below(0.7) else round(s * 0.07)
    border = Sheet(w, h)
    inset = s * 0.024
    border.stroke(
        f"M{inset:.1f} {inset:.1f}H{w - inset:.1f}V{h - inset:.1f}H{inset:.1f}Z", "#fffaf0", max(1.0, s * 0.004), 0.85
    )
    border.glow(left + across / 2, top + across * 0.54, across * 0.66, "#140f1e", 0.55)
    image = over(treat.grade(image, (1.03, 1.0, 0.97), (4, 2, 0), 0.86), raster(border, w, h))
    return over(image, raster(sheet, across, across).embed(left, top, w, h))


def _freed(
    image: pyvips.Image, base: pyvips.Image, commission: Commission, change: pyvips.Image | None
) -> pyvips.Image:
    """The subject on nothing, or on plain paper where the format (or the caller) wants no alpha."""
    keep = _shape(base, commission)
    if change is not None:
        keep = change.ifthenelse(keep, 255, blend=True).cast("uchar").copy(interpretation="b-w")
    if commission.transparent and commission.media_type != "image/jpeg":
        return image.bandjoin(keep).copy(interpretation="srgb")
    paper = Sheet(1000, 1000)
    paper.rect(0, 0, 1000, 1000, paper.radial((0, WHITE), (1, "#e6e2da"), r=0.75))
    plain = raster(paper, commission.width, commission.height).extract_band(0, n=3)
    return treat.settle(keep.ifthenelse(image, plain, blend=True))


def _shape(base: pyvips.Image, commission: Commission) -> pyvips.Image:
    """Where the subject is: what the one reference cut free already, else what differs from its border."""
    size = commission.width, commission.height
    if len(commission.references) == 1:
        own = references.opacity(commission.references[0], *size, commission.upright)
        if own is not None:
            return own
    return treat.cut_free(base)


def _masked(base: pyvips.Image, change: pyvips.Image, commission: Commission, reading: Reading) -> pyvips.Image:
    """Change what the mask opens and nothing else."""
    width, height = commission.width, commission.height
    left, top, wide, high = change.find_trim(threshold=12, background=0, line_art=True)
    if not wide or not high:
        return base
    image = (
        _transform(base, commission, reading)
        if _changes(reading) and not _adds(reading)
        else _filled(base, commission, reading, (left, top, wide, high))
    )
    badge = labels(wide, high, commission.watermark).embed(left, top, width, height)
    return _kept(over(image, badge), base, change)


def _adds(reading: Reading) -> bool:
    """Whether the words name a thing to paint into the hole rather than a change of light or style."""
    return reading.subject is not None and not (reading.style or reading.actions)


def _filled(
    base: pyvips.Image, commission: Commission, reading: Reading, hole: tuple[int, int, int, int]
) -> pyvips.Image:
    """The prompt's scene, drawn to the hole."""
    left, top, wide, high = hole
    plan = scene.plan(reading, commission.prompt, commission.seed, wide, high)
    sheet = plan.sheet()
    compose.whole(sheet, plan)
    patch = raster(sheet, wide, high).extract_band(0, n=3)
    patch = styles.apply(reading.style, patch, plan.chance.fork("style"))
    return treat.settle(base.insert(patch, left, top))
