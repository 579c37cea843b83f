"""Open water, ponds and shores."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter, mix
from onebrush.sandbox.artist.lands import ridge, under
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, curve, disc
from onebrush.sandbox.artist.plants import fir, grass
from onebrush.sandbox.artist.skies import Frame


def water(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, top: float, light: Point, colour: str | None) -> None:
    """Open water from `top` down: the sky's colours, the sun's path, ripples nearer and wider."""
    deep = mix(mood.sky[0], "#1d5b73", 0.3) if not mood.dark else darker(mood.sky[0], 0.1)
    shallow = mix(mood.sky[2], mood.sky[3], 0.4)
    if colour:
        shallow, deep = mix(shallow, lighter(colour, 0.25), 0.75), mix(mood.lit(darker(colour, 0.22)), deep, 0.18)
    tall = frame.height - top
    sheet.rect(0, top, frame.width, tall, sheet.linear((0, shallow), (0.4, mix(shallow, deep, 0.55)), (1, deep)))
    if mood.weather not in ("rain", "fog", "cloudy"):
        sheet.glow(light[0], top + tall * 0.1, frame.side * 0.4, mood.glow, 0.55, 0.5)
        glint = ""
        for index in range(26):
            near = (index / 26) ** 1.3
            half = frame.side * (0.012 + 0.07 * near) * chance.between(0.3, 1.1)
            glint += disc(
                light[0] + frame.side * chance.between(-0.05, 0.05) * (0.6 + 2 * near),
                top + tall * (0.015 + 0.9 * near),
                half,
                1.2 + 4.2 * near,
            )
        sheet.shape(glint, mood.sun, 0.5)
    for tint, opacity in ((lighter(shallow, 0.45), 0.34), (darker(deep, 0.12), 0.24)):
        path = ""
        for _ in range(int(46 * max(1, min(8, frame.wide)))):
            near = chance.between(0, 1) ** 1.5
            half = frame.side * (0.012 + 0.08 * near) * chance.between(0.4, 1.3)
            path += disc(chance.between(0, frame.width), top + tall * (0.02 + 0.97 * near), half, 0.7 + 3.2 * near)
        sheet.shape(path, tint, opacity)


def pads(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, top: float) -> None:
    """Lily pads and reeds about a pond."""
    green = mood.lit(mix(mood.leaf, "#4f9a63", 0.5))
    for _ in range(int(9 * max(1, frame.wide))):
        near = chance.between(0.15, 1)
        x, y, r = chance.between(0, frame.width), top + (frame.height - top) * near, frame.side * (0.02 + 0.05 * near)
        if abs(x / frame.width - 0.5) < 0.27 and near < 0.75:
            continue
        sheet.ellipse(x, y + r * 0.1, r * 1.04, r * 0.36, darker(green, 0.4), 0.4)
        sheet.ellipse(x, y, r, r * 0.34, sheet.linear((0, lighter(green, 0.22)), (1, green)))
        sheet.stroke(f"M{x:.1f} {y:.1f}l{r * 0.8:.1f} {-r * 0.12:.1f}", darker(green, 0.25), r * 0.04)
        if chance.below(0.4):
            lotus(sheet, x, y - r * 0.1, r * 0.55, mood.lit(chance.pick(("#f7c6d6", "#fdeff3", "#ef9fb9")), 0.5))
    for side in (0.02, 0.97):
        grass(
            sheet,
            frame.width * side - frame.side * 0.08,
            frame.width * side + frame.side * 0.08,
            frame.height,
            frame.side * 0.34,
            darker(green, 0.2),
            chance,
            16,
        )


def lotus(sheet: Sheet, x: float, y: float, size: float, colour: str) -> None:
    for turn, shade in ((-62, 0.2), (62, 0.2), (-32, 0.1), (32, 0.1), (0, 0)):
        with sheet.at(x, y, size / 10, turn=turn):
            sheet.shape(
                "M0 0C-5 -4 -4 -10 0 -14C4 -10 5 -4 0 0Z",
                sheet.linear((0, darker(colour, shade + 0.08)), (1, lighter(colour, 0.3))),
            )


def shore(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A beach along the lower edge with a line of foam."""
    base = frame.height - frame.side * 0.13
    sand = mood.lit("#ecd3a4" if not mood.snowy else "#eef1f5")
    points = ridge(frame, chance, base, frame.side * 0.1, frame.side * 1.6, 0)
    sheet.stroke(curve([(x, y - 3) for x, y in points]), WHITE, frame.side * 0.022, 0.75)
    sheet.stroke(curve([(x, y - frame.side * 0.035) for x, y in points]), WHITE, frame.side * 0.007, 0.5)
    sheet.shape(
        under(points, frame.height, True), sheet.linear((0, darker(sand, 0.14)), (0.25, sand), (1, lighter(sand, 0.15)))
    )
    path = "".join(
        disc(chance.between(0, frame.width), frame.height - frame.side * chance.between(0, 0.06), 2.2)
        for _ in range(60)
    )
    sheet.shape(path, darker(sand, 0.22), 0.5)


def bank(sheet: Sheet, mood: Mood, chance: Chance, spot: tuple[float, float, float], flip: bool) -> None:
    """A green spit of land reaching into the water, firs at its back, its shade on the water before it."""
    x, y, side = spot
    turf, earth = mood.lit(mix(mood.grass, "#7fa860", 0.3) if not mood.snowy else mood.grass), mood.lit("#7a6452")
    edge = "C-300 66 -120 84 60 78C220 74 330 56 372 20C392 0 360 -18 300 -24C120 -38 -200 -36 -3200 -60Z"
    with sheet.at(x, y, side / 1000, flip=flip):
        for at, tall in ((-380, 190), (-290, 240), (-470, 260), (-560, 200), (250, 150), (-700, 240)):
            fir(
                sheet,
                at,
                -16,
                tall * chance.between(0.85, 1.1),
                mood.far("#3f6b5f", 0.16),
                "#f4f7fb" if mood.snowy else None,
            )
        with sheet.at(0, 24):
            sheet.shape(f"M-3200 260{edge}", darker(mix(turf, mood.sky[0], 0.4), 0.3), 0.35)
        with sheet.at(0, 9):
            sheet.shape(f"M-3200 190{edge}", earth)
        sheet.shape(
            f"M-3200 180{edge}",
            sheet.linear((0, darker(turf, 0.1)), (0.3, lighter(turf, 0.2)), (1, darker(turf, 0.15))),
        )
        grass(sheet, -900, 330, 60, 34, darker(turf, 0.22), chance, 70)
