"""Edits: the references fitted, transformed by the words, the mask kept to the pixel."""

from __future__ import annotations

import math

import pyvips

from onebrush.sandbox.artist import creatures, lands, lexicon, plants, references, rooms, scene, skies, treat
from onebrush.sandbox.artist import palette as palettes
from onebrush.sandbox.artist.chance import Chance, of
from onebrush.sandbox.artist.colour import WHITE, darker, lighter
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.lexicon import Reading
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.raster import labels, over, raster
from onebrush.sandbox.artist.scene import MOTIFS, Scene


def edit(commission: Commission) -> pyvips.Image:
    """The references transformed, as RGB (or RGBA where a free subject was asked for)."""
    reading, size = lexicon.read(commission.prompt), (commission.width, commission.height)
    if commission.mask is not None:
        return _masked(commission, reading)
    base = _together(commission.references, *size)
    image = _transform(base, commission, reading)
    if commission.transparent or ("cutout" in reading.actions):
        image = _freed(image, base, commission)
    return over(image, labels(*size, commission.watermark))


def _together(pictures: tuple[bytes, ...], width: int, height: int) -> pyvips.Image:
    """One picture fills the sheet; several share it in order, with narrow gutters."""
    count = len(pictures)
    if count == 1:
        return references.picture(pictures[0], width, height)
    columns = min(count, max(1, round(math.sqrt(count * width / height))))
    rows = math.ceil(count / columns)
    gutter = max(2, min(width, height) // 120)
    sheet = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb") + [247, 243, 236]
    sheet = treat.settle(sheet)
    for index, data in enumerate(pictures):
        row, column = divmod(index, columns)
        in_row = count - row * columns if row == rows - 1 else columns
        left, right = column * width // in_row, (column + 1) * width // in_row
        top, bottom = row * height // rows, (row + 1) * height // rows
        left, top = left + (gutter if column else 0), top + (gutter if row else 0)
        sheet = sheet.insert(references.picture(data, max(1, right - left), max(1, bottom - top)), left, top)
    return sheet.copy_memory()


def _changes(reading: Reading) -> bool:
    """Whether the words name a change of the picture itself."""
    return bool(reading.style or reading.time or reading.season or reading.weather or reading.actions or reading.aerial
                or any(extra != "frame" for extra in reading.extras) or _tint(reading))


def _tint(reading: Reading) -> str | None:
    """The colour to turn the picture to: named alone, or of the picture's own subject."""
    bound = [tint for noun, tint in reading.colours.items() if noun not in ("scarf", "hat", "bow", "flowers")]
    return reading.colour or (bound[0] if bound else None)


def _transform(image: pyvips.Image, commission: Commission, reading: Reading) -> pyvips.Image:
    chance = of(commission.prompt, commission.seed).fork("edit")
    plan = scene.plan(reading, commission.prompt, commission.seed, commission.width, commission.height)
    if reading.aerial:
        image = treat.from_above(image)
    for word in dict.fromkeys((reading.weather, reading.season, reading.time)):
        if word in treat.GRADES and not (word == "snow" and reading.season == "winter"):
            image = treat.GRADES[word](image)
    tint = _tint(reading)
    if tint and not reading.extras:
        image = treat.recolour(image, tint)
    image = _own_light(image, chance)
    sheet = plan.sheet()
    _overlay(sheet, plan, reading, chance)
    image = over(image, raster(sheet, commission.width, commission.height))
    if not _changes(reading):
        image = _stamp(image, plan, commission, chance)
    return treat.STYLES[reading.style](image, chance.fork("style")) if reading.style in treat.STYLES else image


def _own_light(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """No two seeds develop a picture alike."""
    warm, light = chance.between(-0.05, 0.05), chance.between(-0.03, 0.04)
    return treat.grade(image, (1 + light + warm, 1 + light, 1 + light - warm), (2, 2, 2), chance.between(0.92, 1.0))


def _overlay(sheet: Sheet, plan: Scene, reading: Reading, chance: Chance) -> None:
    """What the words lay over the picture: light, weather, flowers, a scarf, a ledge."""
    view, mood = plan.frame, plan.mood
    if reading.aerial:
        _altitude(sheet, plan, chance)
    _light(sheet, plan, reading, chance)
    if "ledge" in reading.settings:
        rooms.ledge(sheet, view, mood, chance.fork("ledge"))
    if reading.season == "winter":
        _snow_ground(sheet, plan, chance)
    if reading.season in ("spring", "summer") or "flowers" in reading.extras:
        lands.planting(sheet, view, mood, chance.fork("planting"), view.height * 1.01, view.side * 0.2)
    if reading.season == "spring":
        for flip in (False, True):
            with sheet.at(view.width * 1.02 if flip else -view.width * 0.02, -view.side * 0.01, flip=flip):
                plants.branch(sheet, mood, chance.fork(f"branch{flip}"), view.side * chance.between(0.42, 0.6))
        skies.falling(sheet, view, "petals", chance, mood.blooms[:2])
    if reading.season == "autumn":
        skies.falling(sheet, view, "leaves", chance, (mood.leaf, mood.second, mood.blooms[0]))
    if reading.weather in ("snow", "rain"):
        skies.falling(sheet, view, reading.weather, chance)
    _dress(sheet, plan, reading)
    if "frame" in reading.extras:
        edge = view.side * 0.03
        sheet.stroke(f"M{edge / 2} {edge / 2}H{view.width - edge / 2:.1f}V{view.height - edge / 2:.1f}H{edge / 2}Z", "#c9a25c", edge)


def _light(sheet: Sheet, plan: Scene, reading: Reading, chance: Chance) -> None:
    view, mood = plan.frame, plan.mood
    x, y = view.width * chance.pick((0.18, 0.3, 0.7, 0.82)), view.side * chance.between(0.14, 0.2)
    if reading.time == "night":
        skies.stars(sheet, view, chance.fork("stars"), view.height * 0.5, 0.8)
        skies.sun(sheet, view, mood, x, y, 0.8)
        skies.vignette(sheet, view, mood)
    elif reading.time in ("sunset", "dawn"):
        top, glow = mood.sky[1], mood.sky[3]
        sheet.rect(0, 0, view.width, view.height, sheet.linear((0, top, 0.42), (0.45, mood.sky[2], 0.2), (1, glow, 0)))
        skies.sun(sheet, view, mood, x, view.height * chance.between(0.2, 0.34), 0.8)
    elif reading.time == "day":
        skies.rays(sheet, view, mood, (view.width * chance.pick((-0.05, 1.05)), -view.side * 0.1))


def _snow_ground(sheet: Sheet, plan: Scene, chance: Chance) -> None:
    view = plan.frame
    snow = plan.mood.lit("#f8fafe", 0.6)
    sheet.rect(0, view.height - view.side * 0.5, view.width, view.side * 0.5, sheet.linear((0, snow, 0), (0.6, snow, 0.45), (1, snow, 0.7)))
    for row, (rise, opacity) in enumerate(((0.13, 0.75), (0.06, 0.95))):
        line = lands.ridge(view, chance.fork(f"drift{row}"), view.height - view.side * rise, view.side * 0.07, view.side * 0.7, 0)
        path = lands.under(line, view.height, smooth=True)
        sheet.shape(path, sheet.linear((0, lighter(snow, 0.5)), (1, darker(snow, 0.08))), opacity)


def _altitude(sheet: Sheet, plan: Scene, chance: Chance) -> None:
    """Haze along the far edge, drifting clouds, and the tower where one is named."""
    view, mood = plan.frame, plan.mood
    far = view.height * 0.3
    sheet.rect(0, 0, view.width, far, sheet.linear((0, mood.sky[2], 0.95), (0.5, mood.haze, 0.6), (1, mood.haze, 0)))
    if plan.reading.subject == "tower":
        high = min(view.height * 0.66, view.side)
        with sheet.at(view.width * chance.pick((0.32, 0.5, 0.68)), view.height * 0.8, high / 106):
            MOTIFS["tower"].draw(sheet, mood, creatures.Look(), chance)
    for _ in range(int(5 * max(1, view.wide))):
        x, y = view.width * chance.between(0, 1), view.height * chance.between(0.04, 0.3)
        skies.cloud(sheet, mood, x, y, view.side * chance.between(0.12, 0.3), chance)


def _dress(sheet: Sheet, plan: Scene, reading: Reading) -> None:
    """A scarf, hat or bow where our own sitting animals wear theirs: near the middle of most portraits too."""
    wear = scene.look(reading, None)
    sitter = scene.frame(int(plan.frame.width), int(plan.frame.height), "garden")
    x, y, scale = scene.stand(Scene(reading=reading, place="garden", frame=sitter, mood=plan.mood, chance=plan.chance), MOTIFS["cat"])
    with sheet.at(x, y, scale * 1.06):
        if wear.scarf:
            sheet.glow(0, -40, 30, "#1a1020", 0.4, 0.5)
            creatures.scarf_end(sheet, wear.scarf)
            creatures.scarf(sheet, wear.scarf)
        if wear.bow:
            creatures.bow(sheet, wear.bow)
        if wear.hat:
            creatures.hat(sheet, wear.hat)


def _stamp(image: pyvips.Image, plan: Scene, commission: Commission, chance: Chance) -> pyvips.Image:
    """Words that name no change: their scene, as a round inset, and a fine frame."""
    w, h, s = commission.width, commission.height, min(commission.width, commission.height)
    across = max(24, round(s * chance.between(0.34, 0.42)))
    inner = scene.plan(plan.reading, commission.prompt, commission.seed, 600, 600)
    sheet = inner.sheet()
    with sheet.clip("M500 0a500 500 0 1 0 0.1 0Z"):
        inner.whole(sheet)
    sheet.stroke("M500 12a488 488 0 1 0 0.1 0Z", "#fffaf0", 26)
    left = round(w * 0.06) if chance.below(0.3) else w - across - round(s * 0.07)
    top = h - across - round(s * 0.09) if chance.below(0.7) else round(s * 0.07)
    border = Sheet(w, h)
    inset = s * 0.024
    border.stroke(f"M{inset:.1f} {inset:.1f}H{w - inset:.1f}V{h - inset:.1f}H{inset:.1f}Z", "#fffaf0", max(1.0, s * 0.004), 0.85)
    border.glow(left + across / 2, top + across * 0.54, across * 0.66, "#140f1e", 0.55)
    image = over(treat.grade(image, (1.03, 1.0, 0.97), (4, 2, 0), 0.86), raster(border, w, h))
    return over(image, raster(sheet, across, across).embed(left, top, w, h))


def _freed(image: pyvips.Image, base: pyvips.Image, commission: Commission) -> pyvips.Image:
    """The subject on nothing, or on plain paper where the format (or the caller) wants no alpha."""
    keep = treat.cut_free(base)
    if commission.transparent and commission.media_type != "image/jpeg":
        return image.bandjoin(keep).copy(interpretation="srgb")
    paper = Sheet(1000, 1000)
    paper.rect(0, 0, 1000, 1000, paper.radial((0, WHITE), (1, "#e6e2da"), r=0.75))
    plain = raster(paper, commission.width, commission.height).extract_band(0, n=3)
    return treat.settle(keep.ifthenelse(image, plain, blend=True))


def _masked(commission: Commission, reading: Reading) -> pyvips.Image:
    """Change what the mask opens and nothing else."""
    width, height = commission.width, commission.height
    base = references.picture(commission.references[0], width, height)
    change = references.mask(commission.mask or b"", width, height)
    left, top, wide, high = change.find_trim(threshold=12, background=0)
    if not wide or not high:
        return base
    image = _transform(base, commission, reading) if _changes(reading) and not _adds(reading) else _filled(base, commission, reading, (left, top, wide, high))
    badge = labels(wide, high, commission.watermark).embed(left, top, width, height)
    return treat.settle(change.ifthenelse(over(image, badge), base, blend=True))


def _adds(reading: Reading) -> bool:
    """Whether the words name a thing to paint into the hole rather than a change of light or style."""
    return reading.subject is not None and not (reading.style or reading.actions)


def _filled(base: pyvips.Image, commission: Commission, reading: Reading, hole: tuple[int, int, int, int]) -> pyvips.Image:
    """The prompt's scene, drawn to the hole."""
    left, top, wide, high = hole
    plan = scene.plan(reading, commission.prompt, commission.seed, wide, high)
    sheet = plan.sheet()
    plan.whole(sheet)
    patch = raster(sheet, wide, high).extract_band(0, n=3)
    patch = treat.STYLES[reading.style](patch, plan.chance) if reading.style in treat.STYLES else patch
    return treat.settle(base.insert(patch, left, top))
