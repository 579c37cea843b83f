"""The city: its skyline, and its blocks seen from the air."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.buildings import WARM
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, disc, polygon
from onebrush.sandbox.artist.skies import Frame, mist


def skyline(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, foot: float) -> None:
    """Rows of buildings from the haze forward, lit at night."""
    for row, depth in enumerate((0.72, 0.5, 0.24)):
        luck, x = chance.fork(f"row{row}"), -frame.side * 0.03
        while x < frame.width:
            wide = frame.side * luck.between(0.055, 0.12) * (0.75 + row * 0.16)
            tall = frame.side * luck.between(0.12, 0.44) * (1.05 - row * 0.2) * (1.3 if luck.below(0.12) else 1)
            building(sheet, frame, mood, luck, (x, foot), wide, tall, depth)
            x += wide * luck.between(0.92, 1.3)
        mist(sheet, frame, mood, foot - frame.side * 0.02, frame.side * 0.3, 0.35)


def building(
    sheet: Sheet, frame: Frame, mood: Mood, luck: Chance, foot: Point, wide: float, tall: float, depth: float
) -> None:
    x, y = foot
    tint = mood.far(luck.pick(("#7f93ad", "#a9b3bf", "#c9a68f", "#8da7a8", "#b7a7b5", "#dcc9b4")), depth)
    sheet.rect(x, y - tall, wide, tall, sheet.linear((0, tint), (1, mix(tint, mood.haze, 0.35))))
    sheet.rect(x + wide * 0.7, y - tall, wide * 0.3, tall, darker(tint, 0.25), opacity=0.4)
    roof = luck.whole(0, 3)
    if roof == 0:
        sheet.stroke(f"M{x + wide / 2:.1f} {y - tall:.1f}v{-tall * 0.14:.1f}", tint, max(1.5, wide * 0.03))
    elif roof == 1:
        sheet.rect(x + wide * 0.2, y - tall - wide * 0.16, wide * 0.6, wide * 0.17, tint)
    elif roof == 2:
        sheet.shape(polygon([(x, y - tall + 1), (x + wide, y - tall - wide * 0.32), (x + wide, y - tall + 1)]), tint)
    _panes(sheet, mood, luck, (x, y), wide, tall, tint, depth)


def _panes(
    sheet: Sheet, mood: Mood, luck: Chance, foot: Point, wide: float, tall: float, tint: str, depth: float
) -> None:
    x, y = foot
    columns, gap = max(3, int(wide / 15)), wide * 0.12
    pitch = (wide - gap) / columns
    lit, plain = "", ""
    for line in range(int(tall / (pitch * 1.35))):
        for column in range(columns):
            pane = box(x + gap + column * pitch, y - tall + gap + line * pitch * 1.35, pitch * 0.56, pitch * 0.72)
            if luck.below(0.45 if mood.dark else 0.1):
                lit += pane
            elif not mood.dark:
                plain += pane
    if plain:
        sheet.shape(plain, mix(darker(tint, 0.22), mood.sky[1], 0.3), 0.55 * (1 - depth * 0.6))
    if lit:
        glow = mix(luck.pick((WARM, "#ffe6b0", "#ffc46b")), mood.haze, depth * 0.5)
        sheet.shape(lit, glow if mood.dark or mood.time == "sunset" else lighter(tint, 0.5), 0.9)


def city_from_above(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """Blocks in perspective on both banks of a river, seen from the air."""
    top, floor = frame.horizon, frame.height
    ground = mood.far("#a9b7a4", 0.25)
    sheet.rect(
        0,
        top,
        frame.width,
        floor - top,
        sheet.linear((0, mix(ground, mood.haze, 0.8)), (0.5, ground), (1, darker(ground, 0.12))),
    )
    _river(sheet, frame, mood)
    rows = 15
    for row in range(rows):
        near = (row + 0.4) / rows
        y = top + (floor - top) * near**1.6 * 1.12
        size = frame.side * (0.022 + 0.085 * near)
        luck = chance.fork(f"block{row}")
        count = int(frame.width / (size * 1.45)) + 2
        for index in range(count):
            x = (index + (0.5 if row % 2 else 0) - 0.5) * size * 1.45
            centre = _river_x(frame, near**1.6 * 1.12)
            if abs(x + size / 2 - centre) < frame.side * (0.05 + 0.17 * near):
                continue
            if luck.below(0.16):
                _grove(sheet, mood, luck, x, y, size, near)
            else:
                _block(sheet, mood, luck, x, y, size, near)
        if row < 7:
            mist(sheet, frame, mood, y, frame.side * 0.07, 0.28 * (1 - near))


def _river_x(frame: Frame, down: float) -> float:
    return frame.width * (0.5 + 0.13 * math.sin(0.4 + down * 4.4)) + frame.side * 0.1 * (down - 0.4)


def _river(sheet: Sheet, frame: Frame, mood: Mood) -> None:
    left, right = [], []
    for step in range(25):
        down = step / 24 * 1.15
        half = frame.side * (0.012 + 0.14 * down)
        y = frame.horizon + (frame.height - frame.horizon) * down
        left.append((_river_x(frame, down) - half, y))
        right.append((_river_x(frame, down) + half, y))
    blue = mix(mood.sky[1], "#3a7f9d", 0.35) if not mood.dark else mix(mood.sky[1], "#3a5f9d", 0.4)
    sheet.shape(
        polygon([*left, *reversed(right)]),
        sheet.linear((0, lighter(mood.sky[3], 0.2)), (0.4, lighter(blue, 0.2)), (1, blue)),
    )


def _block(sheet: Sheet, mood: Mood, luck: Chance, x: float, y: float, size: float, near: float) -> None:
    tall = size * luck.between(0.5, 2.0) * (1.5 if luck.below(0.13) else 1)
    wide, deep = size * luck.between(0.66, 0.98), size * 0.3
    depth = 0.62 * (1 - near)
    tint = mood.far(luck.pick(("#d9cdbd", "#b9c4cf", "#cfa98f", "#e6ddd0", "#9fb2bd", "#c4b7c0")), depth)
    sheet.shape(
        polygon(
            [(x + wide * 0.3, y + size * 0.12), (x + wide * 1.5, y - size * 0.1), (x + wide, y - size * 0.3), (x, y)]
        ),
        darker(tint, 0.7),
        0.18,
    )
    sheet.rect(x, y - tall, wide, tall, sheet.linear((0, tint), (1, darker(tint, 0.2))))
    sheet.shape(
        polygon(
            [
                (x + wide, y - tall),
                (x + wide + deep, y - tall - deep * 0.7),
                (x + wide + deep, y - deep * 0.7),
                (x + wide, y),
            ]
        ),
        darker(tint, 0.3),
    )
    sheet.shape(
        polygon(
            [
                (x, y - tall),
                (x + deep, y - tall - deep * 0.7),
                (x + wide + deep, y - tall - deep * 0.7),
                (x + wide, y - tall),
            ]
        ),
        lighter(tint, 0.35),
    )
    if near > 0.16:
        columns, lines = 4, max(2, int(tall / size * 5))
        panes = "".join(
            box(
                x + wide * (0.1 + c * 0.22),
                y - tall + tall * (0.06 + r * 0.94 / lines),
                wide * 0.13,
                tall * 0.5 / lines,
            )
            for r in range(lines)
            for c in range(columns)
            if luck.below(0.5 if mood.dark else 0.9)
        )
        if panes:
            sheet.shape(panes, WARM if mood.dark else darker(tint, 0.3), 0.85 if mood.dark else 0.45)


def _grove(sheet: Sheet, mood: Mood, luck: Chance, x: float, y: float, size: float, near: float) -> None:
    leaf = mood.far(mix(mood.leaf, "#4f8f5c", 0.4), 0.5 * (1 - near))
    spots = [
        (x + size * luck.between(0, 1), y - size * luck.between(0, 0.4), size * luck.between(0.16, 0.26))
        for _ in range(5)
    ]
    sheet.shape("".join(disc(a, b, r) for a, b, r in spots), darker(leaf, 0.2))
    sheet.shape("".join(disc(a - r * 0.15, b - r * 0.25, r * 0.75) for a, b, r in spots), lighter(leaf, 0.12))
