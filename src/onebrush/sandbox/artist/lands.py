"""Ground of every kind: ridges, meadows, gardens, forests, dunes."""

from __future__ import annotations

import math
from itertools import pairwise

from onebrush.sandbox.artist.chance import Chance, Noise
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.flowers import flower
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, curve, polygon
from onebrush.sandbox.artist.plants import bush, fir, firs, grass, tree
from onebrush.sandbox.artist.skies import Frame, mist


def ridge(frame: Frame, chance: Chance, base: float, tall: float, wave: float, rough: float) -> list[Point]:
    """A skyline of hills (rough 0) or peaks (rough 1)."""
    noise, offset = Noise(chance), chance.between(0, 200)
    step = max(frame.side * (0.012 if rough > 0.4 else 0.04), frame.width / 240)
    count = int(frame.width / step) + 3
    return [
        (
            (index - 1) * step,
            base
            - tall
            * (0.5 + 0.9 * noise.at(offset + (index - 1) * step / wave, 5 if rough > 0.4 else 2, 0.3 + rough * 0.2)),
        )
        for index in range(count)
    ]


def under(points: list[Point], floor: float, smooth: bool) -> str:
    """The ground below a skyline."""
    line = curve(points) if smooth else polygon(points, closed=False)
    return f"{line}L{points[-1][0]:.1f} {floor:.1f}L{points[0][0]:.1f} {floor:.1f}Z"


def mountains(
    sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, *, rows: int, top: float, foot: float, wild: float
) -> None:
    """Rows of ridges from the haze to the foot, mist between them."""
    for row in range(rows):
        near = (row + 1) / rows
        base = top + (foot - top) * (row + 0.7) / rows
        tall = frame.side * (0.36 * wild + 0.1) * (1.12 - near * 0.55)
        rough = wild * (1 - near * 0.55)
        points = ridge(frame, chance.fork(f"ridge{row}"), base, tall, frame.side * (0.34 + 0.3 * near), rough)
        rock = mix("#6d7d9c" if wild > 0.5 else mood.leaf, mood.leaf, near * 0.85)
        if mood.snowy:
            rock = mix(rock, "#dfe8f2", 0.62)
        colour = mood.far(rock, 0.86 - near * 0.72)
        fill = sheet.linear((0, colour), (0.6, mix(colour, mood.haze, 0.28)), (1, mix(colour, mood.haze, 0.62)))
        sheet.shape(under(points, base + frame.side * 0.28, rough < 0.4), fill)
        if wild > 0.6 and row < 2:
            _snowcaps(sheet, frame, mood, points, base - tall * 0.62, near)
        if 0.35 < near < 0.95 and not (wild < 0.3 and row % 2):
            _treeline(sheet, frame, chance.fork(f"line{row}"), points, darker(colour, 0.18), near)
        mist(sheet, frame, mood, base + frame.side * 0.06, frame.side * 0.2, 0.34 if mood.weather != "fog" else 0.7)


def _snowcaps(sheet: Sheet, frame: Frame, mood: Mood, points: list[Point], line: float, near: float) -> None:
    """Light on the slopes above the snow line."""
    cap = mood.far("#fdfdff", 0.35 - near * 0.2)
    path = ""
    melt = Noise(Chance(f"melt{line:.0f}"))
    for (x0, y0), (x1, y1) in pairwise(points):
        if min(y0, y1) > line:
            continue
        low0, low1 = (
            y + max(0.0, line - y) * (0.62 + 0.8 * abs(melt.at(x / frame.side * 16, 3)))
            for x, y in ((x0, y0), (x1, y1))
        )
        path += polygon([(x0, y0), (x1 + 0.6, y1), (x1 + 0.6, low1), (x0, low0)])
    if path:
        sheet.shape(path, cap, 0.8)


def _treeline(sheet: Sheet, frame: Frame, chance: Chance, points: list[Point], colour: str, near: float) -> None:
    spots, size = [], frame.side * (0.022 + 0.045 * near)
    for x, y in points[:: max(1, len(points) // 110)]:
        if chance.below(0.62):
            spots.append((x + size * chance.between(-0.3, 0.3), y + size * 0.3, size * chance.between(0.6, 1.2)))
    firs(sheet, spots, colour)


def meadow(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, top: float, *, colour: str | None = None) -> None:
    """A lawn rolling to the lower edge, light lying across it."""
    green = mood.lit(colour or mood.grass)
    for row, (drop, depth) in enumerate(((0.0, 0.3), (0.2, 0.12), (0.52, 0.0))):
        base = top + (frame.height - top) * drop
        points = ridge(frame, chance.fork(f"lawn{row}"), base, frame.side * 0.045, frame.side * 0.9, 0)
        tone = mix(green, mood.haze, depth)
        sheet.shape(
            under(points, frame.height, True),
            sheet.linear((0, lighter(tone, 0.16)), (0.5, tone), (1, darker(tone, 0.2))),
        )
    for _ in range(int(5 * max(1, frame.wide))):
        x, y = frame.width * chance.between(0, 1), top + (frame.height - top) * chance.between(0.25, 0.9)
        sheet.ellipse(
            x,
            y,
            frame.side * chance.between(0.1, 0.3),
            frame.side * 0.014,
            lighter(green, 0.3) if chance.below(0.6) else darker(green, 0.15),
            0.3,
        )


def planting(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, y: float, tall: float) -> None:
    """Flowers and grass along the lower edge, big and near."""
    blade = mood.lit(mix(mood.leaf, mood.grass, 0.3))
    span = int(max(10, min(90, frame.width / tall * 3)))
    if mood.snowy:
        drift = ridge(frame, chance.fork("drift"), y - tall * 0.3, tall * 0.5, frame.side * 0.7, 0)
        snow = mood.lit("#f7f9fd", 0.8)
        grass(sheet, 0, frame.width, y - tall * 0.2, tall * 0.4, mood.lit("#b59b7c"), chance, span // 2)
        sheet.shape(under(drift, frame.height, True), sheet.linear((0, lighter(snow, 0.3)), (1, darker(snow, 0.12))))
        return
    grass(sheet, 0, frame.width, y, tall * 0.8, darker(blade, 0.14), chance, span * 2)
    for _ in range(int(span * 0.55)):
        x = frame.width * chance.between(0, 1)
        edge = abs(x / frame.width - 0.5) * 2
        flower(sheet, x, y, tall * chance.between(0.5, 0.8) * (0.6 + 0.5 * edge), mood, chance)
    grass(sheet, 0, frame.width, y, tall * 0.5, lighter(blade, 0.1), chance, span * 2)


def garden(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """Lawn, hedge, trees and a picket fence."""
    top = frame.horizon
    mountains(sheet, frame, mood, chance, rows=2, top=top - frame.side * 0.1, foot=top, wild=0.08)
    leaf = {"winter": "#8aa5a5", "autumn": "#8f9a55"}.get(mood.season, mood.leaf)
    count = max(3, round(frame.width / frame.side * 5))
    for index in range(count + 1):
        bush(
            sheet,
            frame.width * (index + chance.between(-0.25, 0.25)) / count,
            top + frame.side * 0.035,
            frame.side * chance.between(0.09, 0.14),
            mood.far(mix(leaf, mood.second, chance.between(0, 0.35)), 0.32),
            chance,
        )
    for x in (0.08, 0.9) if frame.wide < 2.5 else (0.05, 0.24, 0.72, 0.93):
        tree(
            sheet,
            frame.width * x,
            top + frame.side * 0.05,
            frame.side * chance.between(0.5, 0.64),
            mood,
            chance,
            depth=0.14,
        )
    meadow(sheet, frame, mood, chance, top + frame.side * 0.03)
    _fence(sheet, frame, mood, top + frame.side * 0.075)
    for index in range(count * 2):
        x = frame.width * (index + chance.between(0, 1)) / (count * 2)
        if abs(x / frame.width - 0.5) > 0.14:
            bush(
                sheet,
                x,
                top + frame.side * chance.between(0.12, 0.17),
                frame.side * chance.between(0.035, 0.06),
                mood.lit(leaf),
                chance,
                () if mood.snowy else tuple(mood.lit(c, 0.5) for c in mood.blooms),
            )


def _fence(sheet: Sheet, frame: Frame, mood: Mood, y: float) -> None:
    gap, tall = frame.side * 0.045, frame.side * 0.1
    white = mood.far("#fbf7ee", 0.12)
    path = "".join(
        f"M{gap * i:.1f} {y:.1f}v{-tall * 0.86:.1f}l{gap * 0.25:.1f} {-tall * 0.14:.1f}l{gap * 0.25:.1f}"
        f" {tall * 0.14:.1f}v{tall * 0.86:.1f}Z"
        for i in range(int(frame.width / gap) + 1)
    )
    for share in (0.3, 0.68):
        sheet.rect(0, y - tall * share, frame.width, tall * 0.09, darker(white, 0.16))
    sheet.shape(path, sheet.linear((0, white), (1, darker(white, 0.12))))


def forest(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """Firs in rows, the near ones framing a clearing."""
    top, snow = frame.horizon, "#f4f7fb" if mood.snowy else None
    for row, depth in enumerate((0.62, 0.42, 0.22)):
        base, tall = top + frame.side * (0.02 + row * 0.05), frame.side * (0.3 + row * 0.13)
        count = max(4, round(frame.width / (tall * 0.3)))
        for index in range(count):
            x = frame.width * (index + chance.between(-0.2, 1.2)) / count
            green = mix(
                "#56705a" if mood.season == "autumn" else mood.leaf,
                "#b58a4a" if mood.season == "autumn" and chance.below(0.3) else "#2f6a5a",
                0.45,
            )
            fir(
                sheet,
                x,
                base + frame.side * chance.between(-0.01, 0.02),
                tall * chance.between(0.75, 1.25),
                mood.far(green, depth),
                mood.far(snow, depth) if snow else None,
            )
        mist(sheet, frame, mood, base, frame.side * 0.16, 0.42)


def dunes(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """Sand in long curves, one side of each in shade."""
    for row in range(5):
        near = (row + 1) / 5
        base = frame.horizon + (frame.height - frame.horizon) * (row / 5.2) ** 1.15
        points = ridge(
            frame, chance.fork(f"dune{row}"), base, frame.side * (0.1 + 0.1 * near), frame.side * (0.7 + 0.4 * near), 0
        )
        sand = mood.far(mix("#e8bd7c", "#d99a5b", near), 0.6 - near * 0.55)
        sheet.shape(
            under(points, frame.height, True),
            sheet.linear((0, lighter(sand, 0.2)), (0.6, sand), (1, darker(sand, 0.25))),
        )
        shade = [
            (x - frame.side * 0.04, y + frame.side * (0.09 + 0.06 * math.sin(x / frame.side * 5 + row)))
            for x, y in points
        ]
        shade.append((frame.width + frame.side * 0.2, shade[-1][1]))
        sheet.shape(under(shade, frame.height, True), sheet.linear((0, darker(sand, 0.25), 0.5), (1, sand, 0)))
