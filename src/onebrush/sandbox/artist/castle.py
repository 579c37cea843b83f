"""A castle and the dragon above it, in local units: 100 tall, on the origin."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.buildings import WARM
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, curve, polygon


def castle(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """Towers under pointed roofs behind a wall with its gate."""
    stone = mood.lit(look.colour or chance.pick(("#cfc5b6", "#c3bfc6", "#d8cdb5")), 0.85)
    roof = mood.lit(chance.pick(("#4f6f9a", "#a8473f", "#5b5f86")), 0.8)
    sheet.glow(0, 2, 86, darker(mood.lit(mood.grass), 0.7), 0.5, 0.12)
    for x, half, tall in ((-16, 8, 62), (18, 7, 54), (2, 9, 74)):
        _tower(sheet, mood, darker(stone, 0.1), roof, (x, half, tall))
    _wall(sheet, stone, (-46, 92, 30))
    for x, half, tall in ((-48, 10, 44), (48, 10, 44)):
        _tower(sheet, mood, stone, roof, (x, half, tall))
    _wall(sheet, lighter(stone, 0.1), (-15, 30, 40))
    gate = mood.lit("#4a3428", 0.6)
    sheet.shape("M-8 1V-15C-8 -25 8 -25 8 -15V1Z", darker(stone, 0.5))
    sheet.shape("M-6.6 1V-15C-6.6 -23 6.6 -23 6.6 -15V1Z", gate)
    sheet.stroke("M-3.3 0V-20M0 0V-21M3.3 0V-20M-6 -6H6M-6 -12H6", lighter(gate, 0.25), 0.7)
    path = mood.lit("#d6c3a0")
    sheet.shape(
        "M-7 1H7C10 14 22 22 20 40C10 44 -26 44 -34 40C-26 24 -10 16 -7 1Z", sheet.linear((0, path), (1, path, 0))
    )


def _tower(sheet: Sheet, mood: Mood, stone: str, roof: str, shape: tuple[float, float, float]) -> None:
    x, half, tall = shape
    lit = sheet.linear((0, lighter(stone, 0.28)), (0.5, stone), (1, darker(stone, 0.35)), x=1, y=0)
    sheet.rect(x - half, -tall, half * 2, tall, lit)
    sheet.shape(box(x - half * 1.16, -tall - 2, half * 2.32, 5), lit)
    top = -tall - half * 2.7
    sheet.shape(
        polygon([(x - half * 1.28, -tall - 1.6), (x, top), (x + half * 1.28, -tall - 1.6)]),
        sheet.linear((0, lighter(roof, 0.3)), (0.5, roof), (1, darker(roof, 0.4)), x=1, y=0),
    )
    sheet.stroke(f"M{x} {top:.1f}v-6", darker(stone, 0.6), 0.6)
    sheet.shape(f"M{x} {top - 6:.1f}q4 -1 8 1.4q-4 1.6 -8 1.8Z", mood.lit("#d9503f", 0.4))
    glass = WARM if mood.dark or mood.time in ("sunset", "dawn") else darker(stone, 0.62)
    for share in (0.3, 0.62):
        if tall * share > 18 or half < 10:
            sheet.rect(x - 1.5, -tall * (1 - share) - 7, 3, 6.4, glass, round_=1.5)
    if mood.snowy:
        sheet.shape(
            polygon([(x - half * 0.7, -tall - half * 1.1), (x, top), (x + half * 0.4, -tall - half * 1.7)]), "#f4f7fb"
        )


def _wall(sheet: Sheet, stone: str, shape: tuple[float, float, float]) -> None:
    x, wide, tall = shape
    fill = sheet.linear((0, lighter(stone, 0.14)), (1, darker(stone, 0.22)))
    count = round(wide / 6)
    teeth = "".join(box(x + wide / count * k + 0.8, -tall - 4, wide / count - 2.2, 5) for k in range(count))
    sheet.shape(teeth + box(x, -tall, wide, tall), fill)
    rows = "".join(f"M{x} {-tall + 5 + k * 5}h{wide}" for k in range(int(tall / 5)))
    joints = "".join(
        f"M{x + 3 + (k * 7.3) % (wide - 6):.1f} {-5 - (k * 11) % int(tall - 8)}v-4" for k in range(int(wide / 3))
    )
    sheet.stroke(rows + joints, darker(stone, 0.45), 0.4, 0.35)


def taper(points: list[Point], widths: list[float]) -> str:
    """The outline of a limb: as wide at each point as told."""
    left, right = [], []
    for index, (x, y) in enumerate(points):
        x0, y0 = points[max(0, index - 1)]
        x1, y1 = points[min(len(points) - 1, index + 1)]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        dx, dy = -(y1 - y0) / length * widths[index], (x1 - x0) / length * widths[index]
        left.append((x + dx, y + dy))
        right.append((x - dx, y - dy))
    return curve([*left, *reversed(right)], closed=True)


_SPINE: list[Point] = [
    (-88, -22), (-76, -12), (-60, -14), (-44, -28), (-26, -42), (-4, -46), (16, -42), (30, -46), (40, -58), (52, -66),
]  # fmt: skip
_GIRTH = [0.4, 1.6, 2.8, 4.4, 7.4, 10.2, 9.4, 6.6, 5.2, 5.0]


def dragon(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A dragon on the wing, breathing fire."""
    scale = mood.lit(look.colour or chance.pick(("#b8403a", "#3f8a6a", "#6a4f9a")), 0.5)
    skin, belly = darker(mix(scale, "#d9803f", 0.25), 0.1), mix(lighter(scale, 0.4), "#f2d08a", 0.5)
    _wing(sheet, darker(skin, 0.35), darker(scale, 0.35), (16, -50, -14, 0.86))
    _legs(sheet, scale)
    spikes = "".join(
        polygon([(x - 3, y - w * 0.86), (x - 3.6, y - w - 5.6), (x + 3, y - w * 0.86)])
        for (x, y), w in zip(_SPINE[2:-1], _GIRTH[2:-1], strict=True)
    )
    sheet.shape(spikes, mood.lit("#f0c25c", 0.4))
    sheet.shape(taper(_SPINE, _GIRTH), sheet.linear((0, lighter(scale, 0.28)), (0.5, scale), (1, darker(scale, 0.4))))
    under = [(x, y + w * 0.62) for (x, y), w in zip(_SPINE[3:], _GIRTH[3:], strict=True)]
    sheet.shape(taper(under, [0.4, 1.8, 3, 3, 2.2, 1.8, 1.2]), belly, 0.85)
    sheet.shape(
        "M-88 -22C-98 -24 -100 -32 -98 -38C-92 -34 -86 -30 -84 -24C-90 -18 -98 -16 -102 -16C-98 -22 -94 -22 -88 -22Z",
        scale,
    )
    _head(sheet, scale, belly)
    _wing(sheet, skin, scale, (8, -50, 8, 1.0))


def _wing(sheet: Sheet, skin: str, bone: str, place: tuple[float, float, float, float]) -> None:
    x, y, turn, size = place
    with sheet.at(x, y, size, turn=turn):
        sheet.shape(
            "M0 0C-8 -22 -14 -36 -10 -52C-26 -50 -48 -44 -72 -30C-62 -30 -56 -26 -54 -18C-46 -22 -38 -18 -36 -8"
            "C-30 -14 -22 -10 -20 0C-14 -4 -6 -2 0 0Z",
            sheet.linear((0, lighter(skin, 0.3)), (1, darker(skin, 0.15))),
        )
        sheet.stroke(
            "M-10 -52C-26 -44 -44 -34 -54 -18M-10 -52C-22 -40 -32 -26 -36 -8M-10 -52C-16 -36 -20 -18 -20 0",
            darker(bone, 0.2),
            1.2,
        )
        sheet.stroke("M0 0C-8 -22 -14 -36 -10 -52M-10 -52C-26 -50 -48 -44 -72 -30", bone, 3.2)
        sheet.shape("M-11 -50L-6 -60L-5 -50Z", "#f4e3bd")


def _legs(sheet: Sheet, scale: str) -> None:
    for points in (
        [(-16, -38), (-22, -26), (-32, -24)],
        [(14, -36), (18, -26), (28, -26)],
        [(-6, -38), (-10, -24), (-20, -20)],
    ):
        sheet.shape(taper([(float(x), float(y)) for x, y in points], [5.4, 3.4, 1.6]), darker(scale, 0.22))
        (x, y) = points[-1]
        sheet.stroke(f"M{x} {y}l-4 3M{x} {y}l0 4.4M{x} {y}l4 3", "#f4e3bd", 1.2)


def _head(sheet: Sheet, scale: str, belly: str) -> None:
    sheet.glow(104, -60, 22, "#ffb04a", 0.8, 0.7)
    sheet.shape(
        "M76 -65C88 -74 100 -76 116 -72C110 -66 118 -62 124 -56C112 -58 112 -50 104 -48C98 -54 86 -58 76 -63Z",
        sheet.linear((0, "#fff2b8"), (0.4, "#ffc04f"), (1, "#f2552f", 0.85), x=1, y=0),
    )
    sheet.shape(
        "M50 -72C44 -80 38 -84 32 -85C40 -88 50 -84 57 -75ZM47 -68C40 -72 34 -72 29 -70C36 -76 44 -76 51 -71Z",
        "#f4e3bd",
    )
    sheet.shape(
        "M44 -64C46 -74 56 -78 64 -75L78 -70C82 -68 81 -65 78 -65L64 -63.6L76 -61C79 -60 78 -57 75 -57C64 -56 52 -54"
        " 46 -58Z",
        sheet.linear((0, lighter(scale, 0.3)), (1, darker(scale, 0.25))),
    )
    sheet.shape("M66 -64.4L69 -61.6L72 -65ZM73 -65L75.4 -62.6L77.6 -65Z", "#fffaf0")
    sheet.ellipse(59, -70, 3.1, 2.6, "#ffe27a")
    sheet.ellipse(59.8, -70, 1, 2.3, "#1d1520")
    sheet.ellipse(76.6, -68.4, 1, 0.8, darker(belly, 0.7))
