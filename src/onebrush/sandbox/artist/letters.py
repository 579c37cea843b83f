"""Writing with the strokes of the known glyphs, by pen or by brush."""

from __future__ import annotations

import math
from itertools import pairwise

from onebrush.sandbox.artist.glyphs import BRUSHED, LATIN
from onebrush.sandbox.artist.pen import Point, Sheet, curve, polygon


def knows(text: str) -> str:
    """The part of a text this alphabet can write; capitals it lacks become small."""
    return "".join(c if c in LATIN else c.lower() for c in text if c in LATIN or c.lower() in LATIN)


def width(text: str) -> float:
    """How wide the text runs, in units of a tenth of its size."""
    return sum(LATIN[c][0] + 0.9 for c in knows(text)) - 0.9


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
            advance, strokes = LATIN[character]
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
        if character in BRUSHED:
            with sheet.at(x, y, size / 100):
                for stroke in BRUSHED[character].split("|"):
                    sheet.shape(_brush(_points(stroke), weight), colour)
        x += size


def brush_latin(sheet: Sheet, text: str, x: float, y: float, size: float, colour: str, weight: float = 15) -> None:
    """The small alphabet written with the brush."""
    with sheet.at(x, y, size / 100):
        at = 0.0
        for character in knows(text):
            advance, strokes = LATIN[character]
            for stroke in filter(None, strokes.split("|")):
                points = [((px + at) * 10, py * 10) for px, py in _points(stroke)]
                smooth = stroke.startswith("~")
                if math.dist(points[0], points[-1]) < 2 and len(points) == 2:  # a dot
                    sheet.ellipse(*points[0], weight * 0.62, weight * 0.62, colour)
                    continue
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
