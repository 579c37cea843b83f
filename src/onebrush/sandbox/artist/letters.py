"""A small alphabet of strokes (no font is needed) and ten brushed Chinese characters."""

from __future__ import annotations

import math
from itertools import pairwise

from onebrush.sandbox.artist.pen import Point, Sheet, curve, polygon

Stroke = tuple[Point, ...]

# Latin glyphs: advance, then strokes as "x,y x,y"; the baseline is y 0, the x height -5, the ascender -8.
# A stroke that starts with "~" is a smooth curve, any other is straight.
_LATIN: dict[str, tuple[float, str]] = {
    "a": (5.2, "~4,-3.9 3.2,-4.9 1.6,-4.8 0.4,-3.4 0.4,-1.6 1.6,-0.1 3.2,-0.3 4,-1.6|4,-5 4,0"),
    "b": (5.2, "0.4,-8 0.4,0|~0.4,-1.6 1.2,-0.3 2.8,-0.1 4,-1.6 4,-3.4 2.8,-4.8 1.2,-4.7 0.4,-3.5"),
    "c": (4.7, "~3.8,-4 2.9,-4.9 1.5,-4.7 0.4,-3.4 0.4,-1.6 1.5,-0.2 2.9,-0.1 3.8,-1"),
    "d": (5.2, "4,-8 4,0|~4,-1.6 3.2,-0.3 1.6,-0.1 0.4,-1.6 0.4,-3.4 1.6,-4.8 3.2,-4.7 4,-3.5"),
    "e": (5, "~0.5,-2.6 4,-2.6 3.8,-4 2.3,-5 0.9,-4.3 0.3,-2.6 0.8,-0.8 2.2,0 3.8,-0.9"),
    "f": (3.4, "~3.2,-7.6 2.2,-7.9 1.3,-7 1.3,-5 1.3,-2 1.3,0|0.2,-4.9 3,-4.9"),
    "g": (
        5.2,
        "~4,-3.9 3.2,-4.9 1.6,-4.8 0.4,-3.4 0.4,-1.6 1.6,-0.1 3.2,-0.3 4,-1.6|~4,-5 4,0.6 3.6,2 2.2,2.6 0.7,2.1",
    ),
    "h": (5, "0.4,-8 0.4,0|~0.4,-3 1.2,-4.6 2.6,-5 3.7,-4 3.8,-2 3.8,0"),
    "i": (2, "0.8,-5 0.8,0|0.8,-7 0.8,-6.9"),
    "j": (2.4, "~1.4,-5 1.4,0.8 1,2.1 -0.2,2.4|1.4,-7 1.4,-6.9"),
    "k": (4.6, "0.4,-8 0.4,0|3.6,-5 0.5,-2.2|1.5,-3.1 3.8,0"),
    "l": (2, "0.7,-8 0.7,0"),
    "m": (7.6, "0.4,-5 0.4,0|~0.4,-3 1.1,-4.6 2.2,-5 3.1,-4 3.2,-2 3.2,0|~3.2,-3 4,-4.6 5.1,-5 6.1,-4 6.2,-2 6.2,0"),
    "n": (5, "0.4,-5 0.4,0|~0.4,-3 1.2,-4.6 2.6,-5 3.7,-4 3.8,-2 3.8,0"),
    "o": (5.2, "~2.2,-5 0.8,-4.2 0.3,-2.5 0.8,-0.8 2.2,0 3.6,-0.8 4.1,-2.5 3.6,-4.2 2.2,-5"),
    "p": (5.2, "0.4,-5 0.4,2.5|~0.4,-1.6 1.2,-0.3 2.8,-0.1 4,-1.6 4,-3.4 2.8,-4.8 1.2,-4.7 0.4,-3.5"),
    "q": (5.2, "4,-5 4,2.5|~4,-1.6 3.2,-0.3 1.6,-0.1 0.4,-1.6 0.4,-3.4 1.6,-4.8 3.2,-4.7 4,-3.5"),
    "r": (3.6, "0.4,-5 0.4,0|~0.4,-2.8 1,-4.4 2.1,-5 3,-4.8"),
    "s": (4.3, "~3.4,-4.2 2.5,-5 1.1,-4.9 0.5,-3.9 1.2,-2.9 2.6,-2.3 3.4,-1.3 2.8,-0.2 1.4,0 0.3,-0.8"),
    "t": (3.5, "~1.3,-7 1.3,-3 1.4,-1 2,-0.1 3.1,-0.3|0.1,-4.9 3,-4.9"),
    "u": (5, "~0.4,-5 0.4,-2 0.6,-0.8 1.8,0 3.2,-0.5 3.8,-2|3.8,-5 3.8,0"),
    "v": (4.6, "0.2,-5 2.1,0 4,-5"),
    "w": (6.6, "0.2,-5 1.7,0 3.1,-4.4 4.5,0 6,-5"),
    "x": (4.5, "0.3,-5 3.8,0|3.8,-5 0.3,0"),
    "y": (4.6, "0.2,-5 2.2,-0.2|~4,-5 2.2,-0.2 1.2,2 0,2.4"),
    "z": (4.4, "0.4,-5 3.7,-5 0.3,0 3.8,0"),
    "A": (6.4, "0.2,0 2.8,-7.6 5.4,0|1.2,-2.7 4.4,-2.7"),
    "B": (5.8, "0.5,-7.6 0.5,0|~0.5,-7.6 3,-7.5 4.1,-6 3,-4.3 0.5,-4.1|~0.5,-4.1 3.4,-4 4.7,-2.1 3.4,-0.2 0.5,0"),
    "I": (2.2, "0.9,-7.6 0.9,0"),
    "K": (5.6, "0.5,-7.6 0.5,0|4.4,-7.6 0.6,-3.4|1.9,-4.7 4.8,0"),
    "O": (7, "~3.1,-7.7 1,-6.6 0.3,-3.8 1,-1 3.1,0.1 5.2,-1 5.9,-3.8 5.2,-6.6 3.1,-7.7"),
    "Q": (7, "~3.1,-7.7 1,-6.6 0.3,-3.8 1,-1 3.1,0.1 5.2,-1 5.9,-3.8 5.2,-6.6 3.1,-7.7|3.8,-2 6.2,0.6"),
    "S": (5.4, "~4.5,-6.4 3.4,-7.6 1.6,-7.5 0.6,-6 1.3,-4.5 3.4,-3.5 4.6,-2 3.8,-0.4 1.9,0.1 0.3,-1.2"),
    "-": (4, "0.6,-2.7 3.2,-2.7"),
    " ": (3, ""),
}

# Characters on a square of 100, stroke by stroke; the brush swells and tapers along each.
_BRUSHED: dict[str, str] = {
    "山": "50,12 50,80|16,40 16,80 84,80|84,38 84,82",
    "川": "24,16 23,55 12,88|50,20 50,78|78,12 78,90",
    "千": "72,10 52,18 30,22|12,44 88,42|50,20 50,92",
    "古": "14,30 86,28|50,8 50,52|28,54 28,90|28,54 72,53 72,90|28,86 72,86",
    "月": "32,12 31,60 16,90|32,13 74,13 74,84 62,80|33,36 72,35|32,58 72,57",
    "天": "22,22 78,20|14,48 86,46|50,20 46,58 16,90|51,50 66,74 88,88",
    "地": "8,40 38,37|23,16 23,74|6,78 40,66|40,46 84,34 82,66 74,62|60,12 60,68|46,24 47,78 56,86 88,84 89,70",
    "一": "10,54 36,50 90,50",
    "家": "50,6 52,14|14,24 12,36|14,25 88,23 82,34|28,40 74,38|54,40 34,56 14,62|40,50 56,66 54,90 44,86|50,60 32,72"
    " 14,78|54,70 36,84 16,92|78,46 58,60|58,58 70,76 90,86",
    "春": "24,18 76,16|28,32 72,30|10,48 90,45|48,6 42,46 10,74|52,46 68,62 92,70|36,62 36,92|36,62 66,61 66,92|37,76"
    " 65,75|37,90 65,89",
    "大": "12,36 88,33|50,8 46,50 14,90|51,40 66,70 90,88",
    "回": "16,14 16,88|16,14 84,13 84,88|37,38 37,64|37,38 63,37 63,64|38,63 62,62|17,86 84,85",
    "书": "20,22 72,20 70,42|10,46 84,43 82,72 72,68|46,6 46,92|72,8 84,18",
    "店": "50,6 53,14|16,22 88,20|20,22 18,60 6,90|56,28 56,58|57,42 80,40|36,60 36,90|36,60 78,59 78,90|37,87 77,86",
}


def knows(text: str) -> str:
    """The part of a text this alphabet can write; capitals it lacks become small."""
    return "".join(c if c in _LATIN else c.lower() for c in text if c in _LATIN or c.lower() in _LATIN)


def width(text: str) -> float:
    """How wide the text runs, in units of a tenth of its size."""
    return sum(_LATIN[c][0] + 0.9 for c in knows(text)) - 0.9


def _points(stroke: str) -> list[Point]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in stroke.lstrip("~").split())]


def write(
    sheet: Sheet, text: str, x: float, y: float, size: float, colour: str, weight: float = 0.9, opacity: float = 1
) -> None:
    """Write a line of small text from (x, y) on; `size` is ten glyph units."""
    with sheet.at(x, y, size / 10, opacity=opacity):
        at = 0.0
        path = ""
        for character in knows(text):
            advance, strokes = _LATIN[character]
            for stroke in filter(None, strokes.split("|")):
                moved = [(px + at, py) for px, py in _points(stroke)]
                path += curve(moved) if stroke.startswith("~") else polygon(moved, closed=False)
            at += advance + 0.9
        if path:
            sheet.stroke(path, colour, weight)


def _dense(points: list[Point]) -> list[Point]:
    dense: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = max(2, int(math.hypot(x1 - x0, y1 - y0) / 6))
        dense += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps)]
    return [*dense, points[-1]]


def _bend(points: list[Point]) -> list[Point]:
    """Corners stay corners, a gentle three-point sweep becomes a curve."""
    if len(points) != 3:
        return points
    (x0, y0), (x1, y1), (x2, y2) = points
    turn = math.atan2(y2 - y1, x2 - x1) - math.atan2(y1 - y0, x1 - x0)
    if abs(math.remainder(turn, math.tau)) > 1.2:
        return points
    cx, cy = 2 * x1 - (x0 + x2) / 2, 2 * y1 - (y0 + y2) / 2
    return [
        ((1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t * t * x2, (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t * t * y2)
        for t in (i / 10 for i in range(11))
    ]


def _brush(points: list[Point], weight: float) -> str:
    """The outline of one brush stroke: a firm start, a lighter middle, a pressed or tapering end."""
    line = _dense(_bend(points))
    falling = points[-1][0] < points[0][0] - 12
    left, right = [], []
    for index, (x, y) in enumerate(line):
        x0, y0 = line[max(0, index - 1)]
        x1, y1 = line[min(len(line) - 1, index + 1)]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        t = index / (len(line) - 1)
        press = 1.12 - 0.42 * math.sin(math.pi * min(1.0, t * 1.15)) if not falling else 1.15 - 0.95 * t
        half = weight * press / 2 * (0.72 if index in (0, len(line) - 1) else 1)
        left.append((x + nx * half, y + ny * half))
        right.append((x - nx * half, y - ny * half))
    return curve([*left, *reversed(right)], closed=True)


def brush(sheet: Sheet, text: str, x: float, y: float, size: float, colour: str, weight: float = 10) -> None:
    """Brush a run of characters, each on a square of `size`, from the top left (x, y) on to the right."""
    for character in text:
        if character in _BRUSHED:
            with sheet.at(x, y, size / 100):
                for stroke in _BRUSHED[character].split("|"):
                    sheet.shape(_brush(_points(stroke), weight), colour)
        x += size


def brush_latin(sheet: Sheet, text: str, x: float, y: float, size: float, colour: str, weight: float = 15) -> None:
    """The small alphabet written with the brush."""
    with sheet.at(x, y, size / 100):
        at = 0.0
        for character in knows(text):
            advance, strokes = _LATIN[character]
            for stroke in filter(None, strokes.split("|")):
                points = [((px + at) * 10, py * 10) for px, py in _points(stroke)]
                smooth = stroke.startswith("~")
                sheet.shape(_brush(_spline(points) if smooth else points, weight), colour)
            at += advance + 1.2


def _spline(points: list[Point]) -> list[Point]:
    """More points along a smooth stroke (Catmull-Rom)."""
    out: list[Point] = []
    last = len(points) - 1
    for index in range(last):
        a, b, c, d = points[max(0, index - 1)], points[index], points[index + 1], points[min(last, index + 2)]
        out += [(_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)) for t in (0.0, 0.34, 0.67)]
    return [*out, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
