"""A Chinese hall with its couplet."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.letters import brush
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, disc, polygon
from onebrush.sandbox.artist.skies import Frame

GOLD = "#d9ae55"


def _lattice(sheet: Sheet, x: float, y: float, w: float, h: float, wood: str, light: str) -> None:
    sheet.rect(x, y, w, h, sheet.linear((0, lighter(light, 0.2)), (1, light)))
    step = w / 4
    path = "".join(f"M{x + i * step:.1f} {y:.1f}v{h:.1f}" for i in range(5))
    rows = max(2, round(h / step))
    path += "".join(f"M{x:.1f} {y + j * h / rows:.1f}h{w:.1f}" for j in range(rows + 1))
    path += "".join(
        polygon(
            [
                (x + (i + 0.5) * step, y + j * h / rows + h / rows * 0.16),
                (x + (i + 0.84) * step, y + (j + 0.5) * h / rows),
                (x + (i + 0.5) * step, y + (j + 0.84) * h / rows),
                (x + (i + 0.16) * step, y + (j + 0.5) * h / rows),
            ]
        )
        for i in range(4)
        for j in range(rows)
    )
    sheet.stroke(path, wood, w * 0.022)


def hall(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A Chinese hall: lattice doors, columns, an altar table, a plaque and the couplet on either side."""
    side, middle, tall = frame.side, frame.width / 2, frame.height
    floor = tall - side * 0.16
    wall = mood.lit("#7a3a2e", 0.7)
    sheet.rect(0, 0, frame.width, tall, sheet.linear((0, darker(wall, 0.45)), (0.4, wall), (1, darker(wall, 0.2))))
    span, light = side * 0.25, mood.lit("#f0d9a4" if not mood.dark else "#8f86a8", 0.6)
    count = int(frame.width / span) + 3
    for index in range(-count // 2, count // 2 + 1):
        _lattice(
            sheet,
            middle + (index - 0.5) * span + side * 0.008,
            side * 0.2,
            span - side * 0.016,
            floor - side * 0.34,
            darker(wall, 0.5),
            light,
        )
    sheet.glow(middle, tall * 0.45, side * 0.75, "#ffdf9a", 0.5)
    sheet.rect(0, floor, frame.width, tall - floor, sheet.linear((0, mood.lit("#9a6a4c")), (1, mood.lit("#4f3028"))))
    sheet.stroke(
        "".join(
            f"M{middle + k * side * 0.16:.1f} {floor:.1f}L{middle + k * side * 0.42:.1f} {tall:.1f}"
            for k in range(-24, 25)
        ),
        mood.lit("#3d241f"),
        side * 0.003,
        0.6,
    )
    _columns(sheet, frame, mood, floor)
    _altar(sheet, mood, middle, floor + side * 0.03, side)
    paper, wide = mood.lit("#c8352e", 0.35), side * 0.125
    long = min(floor - side * 0.24, side * 1.15)
    top = max(side * 0.2, floor - long - side * 0.06)
    for text, x in (("山川千古月", middle + side * 0.235), ("天地一家春", middle - side * 0.235 - wide)):
        _scroll(sheet, text, x, top, wide, long, paper)
    _plaque(sheet, mood, middle, max(side * 0.04, top - side * 0.17), side)


def _columns(sheet: Sheet, frame: Frame, mood: Mood, floor: float) -> None:
    side, middle, red = frame.side, frame.width / 2, mood.lit("#a5392c", 0.7)
    offsets = [0.445 + 0.62 * k for k in range(int(frame.wide / 0.62) + 1)]
    for offset in (sign * value for value in offsets for sign in (-1, 1)):
        x = middle + offset * side - side * 0.033
        sheet.rect(
            x,
            0,
            side * 0.066,
            floor + side * 0.03,
            sheet.linear((0, darker(red, 0.35)), (0.35, lighter(red, 0.22)), (1, darker(red, 0.5)), x=1, y=0),
        )
        sheet.rect(
            x - side * 0.014, floor + side * 0.01, side * 0.094, side * 0.03, mood.lit("#8f8a85"), round_=side * 0.01
        )
    sheet.rect(
        0, 0, frame.width, side * 0.055, sheet.linear((0, mood.lit("#27585a", 0.7)), (1, mood.lit("#173c40", 0.7)))
    )
    sheet.shape(
        "".join(
            disc(side * 0.04 + k * side * 0.08, side * 0.028, side * 0.013)
            for k in range(int(frame.width / (side * 0.08)) + 1)
        ),
        GOLD,
        0.85,
    )
    sheet.rect(0, side * 0.055, frame.width, side * 0.008, GOLD)


def _altar(sheet: Sheet, mood: Mood, x: float, y: float, side: float) -> None:
    wood = mood.lit("#5a3325", 0.8)
    with sheet.at(x, y, side / 1000):
        sheet.glow(0, 4, 230, "#180c0c", 0.7, 0.12)
        sheet.shape(
            "M-168 -128C-150 -112 -140 -60 -150 0H-132C-126 -50 -120 -90 -100 -104H100C120 -90 126 -50 132 0H150C140"
            " -60 150 -112 168 -128Z",
            darker(wood, 0.2),
        )
        sheet.rect(-190, -142, 380, 18, sheet.linear((0, lighter(wood, 0.3)), (1, wood)), round_=4)
        for flip in (False, True):
            with sheet.at(0, 0, flip=flip):
                sheet.shape("M-190 -142C-204 -146 -206 -162 -196 -166C-190 -158 -184 -150 -176 -142Z", wood)
                sheet.rect(-122, -196, 14, 54, "#e9dcc0", round_=3)
                sheet.glow(-115, -208, 42, "#ffc35c", 0.9)
                sheet.shape("M-115 -220C-108 -208 -110 -198 -115 -197C-120 -198 -122 -208 -115 -220Z", "#fff0b0")
        sheet.shape(
            "M-24 -142C-50 -160 -48 -196 -18 -206V-222H18V-206C48 -196 50 -160 24 -142Z",
            sheet.linear((0, "#2f5f86"), (0.3, "#e9f1f4"), (0.55, "#a9c6d6"), (1, "#2f5f86"), x=1, y=0),
        )
        sheet.stroke(
            "M2 -222C-6 -262 20 -282 6 -326M2 -240C24 -262 40 -276 50 -306M0 -244C-24 -262 -34 -276 -46 -300",
            "#4a3026",
            4,
        )
        for bx, by in (
            (6, -326),
            (-8, -292),
            (16, -276),
            (50, -306),
            (36, -280),
            (-46, -300),
            (-30, -276),
            (4, -258),
            (24, -318),
            (-24, -318),
        ):
            sheet.shape(
                "".join(disc(bx + math.cos(a) * 6, by + math.sin(a) * 6, 6) for a in (0.3, 1.56, 2.8, 4.1, 5.3)),
                "#f3a9b8",
            )
            sheet.ellipse(bx, by, 3, 3, "#c9405a")


def _scroll(sheet: Sheet, text: str, x: float, y: float, w: float, h: float, paper: str) -> None:
    sheet.rect(x + w * 0.07, y + w * 0.08, w, h, "#1c0a0a", opacity=0.35)
    sheet.rect(x, y, w, h, sheet.linear((0, lighter(paper, 0.1)), (0.5, paper), (1, darker(paper, 0.12)), x=1, y=0.2))
    sheet.stroke(box(x + w * 0.08, y + w * 0.1, w * 0.84, h - w * 0.2), GOLD, w * 0.022, 0.9)
    for edge in (y - w * 0.07, y + h - w * 0.05):
        sheet.rect(
            x - w * 0.09, edge, w * 1.18, w * 0.12, sheet.linear((0, "#8a5a35"), (1, "#4a2c1c")), round_=w * 0.05
        )
    size = min(w * 0.72, (h - w * 0.5) / len(text))
    step = (h - w * 0.4) / len(text)
    for index, character in enumerate(text):
        brush(
            sheet, character, x + (w - size) / 2, y + w * 0.2 + index * step + (step - size) / 2, size, "#1d1512", 10.5
        )


def _plaque(sheet: Sheet, mood: Mood, x: float, y: float, side: float) -> None:
    w, h = side * 0.42, side * 0.118
    sheet.rect(x - w / 2 + 5, y + 7, w, h, "#140808", round_=5, opacity=0.4)
    sheet.rect(x - w / 2, y, w, h, sheet.linear((0, lighter(GOLD, 0.25)), (1, darker(GOLD, 0.3))), round_=side * 0.008)
    sheet.rect(
        x - w / 2 + side * 0.012,
        y + side * 0.012,
        w - side * 0.024,
        h - side * 0.024,
        sheet.linear((0, "#1d2b33"), (1, "#121b24")),
        round_=side * 0.005,
    )
    size = h * 0.66
    for index, character in enumerate("大地回春"):
        brush(sheet, character, x - w / 2 + w * (0.065 + index * 0.2325), y + h * 0.17, size, "#efcf84", 10.5)
