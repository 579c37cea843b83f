"""What an edit's words lay over the picture: light, weather, flowers, a scarf, a ledge."""

from __future__ import annotations

from dataclasses import replace

from onebrush.sandbox.artist import flowers, lands, rooms, scene, signs, skies, wear
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.lexicon import Reading
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.motifs import MOTIFS
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.scene import Scene


def overlay(
    sheet: Sheet, plan: Scene, reading: Reading, chance: Chance, light: tuple[float, float] | None = None
) -> None:
    """Everything the words lay over the picture, in order; a moon hides the sun that stood at `light`."""
    view, mood = plan.frame, plan.mood
    if reading.aerial:
        _altitude(sheet, plan, chance)
    _light(sheet, plan, reading, chance, light)
    if "ledge" in reading.settings:
        rooms.ledge(sheet, replace(view, horizon=view.height * 0.76), mood, chance.fork("ledge"))
    if reading.season == "winter":
        _snow_ground(sheet, plan, chance)
    if reading.season in ("spring", "summer") or "flowers" in reading.extras:
        lands.planting(sheet, view, mood, chance.fork("planting"), view.height * 1.01, view.side * 0.2)
    if reading.season == "spring":
        for flip in (False, True):
            with sheet.at(view.width * 1.02 if flip else -view.width * 0.02, -view.side * 0.01, flip=flip):
                flowers.branch(sheet, mood, chance.fork(f"branch{flip}"), view.side * chance.between(0.42, 0.6))
        skies.falling(sheet, view, "petals", chance, mood.blooms[:2])
    if reading.season == "autumn":
        skies.falling(sheet, view, "leaves", chance, (mood.leaf, mood.second, mood.blooms[0]))
    if reading.weather in ("snow", "rain"):
        skies.falling(sheet, view, reading.weather, chance)
    _dress(sheet, plan, reading)
    if reading.text:
        signs.title(sheet, view, chance.fork("title"), reading.text)
    if "frame" in reading.extras:
        edge = view.side * 0.03
        sheet.stroke(
            f"M{edge / 2} {edge / 2}H{view.width - edge / 2:.1f}V{view.height - edge / 2:.1f}H{edge / 2}Z",
            "#c9a25c",
            edge,
        )


def _light(sheet: Sheet, plan: Scene, reading: Reading, chance: Chance, light: tuple[float, float] | None) -> None:
    view, mood = plan.frame, plan.mood
    x, y = view.width * chance.pick((0.18, 0.3, 0.7, 0.82)), view.side * chance.between(0.14, 0.2)
    if reading.time == "night":
        skies.stars(sheet, view, chance.fork("stars"), view.height * 0.5, 0.8)
        size = 0.8
        if light is not None:
            x, y, size = view.width * light[0], view.height * light[1], 1.15
        skies.sun(sheet, view, mood, x, y, size)
        skies.vignette(sheet, view, mood)
    elif reading.time in ("sunset", "dawn"):
        top, glow = mood.sky[1], mood.sky[3]
        sheet.rect(0, 0, view.width, view.height, sheet.linear((0, top, 0.42), (0.45, mood.sky[2], 0.2), (1, glow, 0)))
        skies.sun(sheet, view, mood, x, view.height * chance.between(0.2, 0.34), 0.8)
    elif reading.time == "day":
        skies.rays(sheet, view, mood, (view.width * chance.pick((-0.05, 1.05)), -view.side * 0.1))


def _snow_ground(sheet: Sheet, plan: Scene, chance: Chance) -> None:
    """Fallen snow: a veil over the ground and drifts along the lower edge; by night blue and thin."""
    view, side = plan.frame, plan.frame.side
    snow = plan.mood.lit("#f8fafe", 1.15 if plan.mood.dark else 0.6)
    cover = 0.2 if plan.mood.dark else 0.7
    veil = sheet.linear((0, snow, 0), (0.6, snow, cover * 0.6), (1, snow, cover))
    sheet.rect(0, view.height - side * 0.45, view.width, side * 0.45, veil)
    for row, (rise, opacity) in enumerate(((0.1, 0.75), (0.045, 0.95))):
        base = view.height - side * rise
        line = lands.ridge(view, chance.fork(f"drift{row}"), base, side * 0.06, side * 0.7, 0)
        white = sheet.linear((0, lighter(snow, 0.3)), (1, darker(snow, 0.08)))
        sheet.shape(lands.under(line, view.height, smooth=True), white, opacity)


def _altitude(sheet: Sheet, plan: Scene, chance: Chance) -> None:
    """Haze along the far edge, drifting clouds, and the tower where one is named."""
    view, mood = plan.frame, plan.mood
    far = view.height * 0.3
    sheet.rect(0, 0, view.width, far, sheet.linear((0, mood.sky[2], 0.95), (0.5, mood.haze, 0.6), (1, mood.haze, 0)))
    if plan.reading.subject == "tower":
        high = min(view.height * 0.66, view.side)
        with sheet.at(view.width * chance.pick((0.32, 0.5, 0.68)), view.height * 0.8, high / 106):
            MOTIFS["tower"].draw(sheet, mood, Look(), chance)
    for _ in range(int(5 * max(1, view.wide))):
        x, y = view.width * chance.between(0, 1), view.height * chance.between(0.04, 0.3)
        skies.cloud(sheet, mood, x, y, view.side * chance.between(0.12, 0.3), chance)


def _dress(sheet: Sheet, plan: Scene, reading: Reading) -> None:
    """A scarf, hat or bow where our own sitting animals wear theirs: near the middle of most portraits too."""
    worn = scene.look(reading, None)
    sitter = scene.frame(int(plan.frame.width), int(plan.frame.height), "garden")
    x, y, scale = scene.stand(
        Scene(reading=reading, place="garden", frame=sitter, mood=plan.mood, chance=plan.chance), MOTIFS["cat"]
    )
    with sheet.at(x, y, scale * 1.06):
        if worn.scarf:
            sheet.glow(0, -40, 30, "#1a1020", 0.4, 0.5)
            wear.scarf_end(sheet, worn.scarf)
            wear.scarf(sheet, worn.scarf)
        if worn.bow:
            wear.bow(sheet, worn.bow)
        if worn.hat:
            wear.hat(sheet, worn.hat)
