"""A prompt's words on a board, as strokes of known glyphs only; what has no glyph becomes a scribble."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.glyphs import BRUSHED, LATIN
from onebrush.sandbox.artist.letters import brush, brush_latin
from onebrush.sandbox.artist.pen import Sheet, curve

_ALIKE = str.maketrans("’\u2018“”–—。、", "''''--.,")  # full-width signs fold by themselves
_LINE = 11.6  # a line's height in glyph units
_LINES = 3


def plain(text: str) -> str:
    """The text in the characters nearest to our glyphs: full-width forms and accents go."""
    folded = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    return "".join(c for c in folded if not unicodedata.combining(c))


def known(text: str) -> bool:
    """Whether at least half of the characters have a glyph."""
    marks = [c for c in plain(text) if not c.isspace()]
    return bool(marks) and sum(c in LATIN or c in BRUSHED for c in marks) * 2 > len(marks)


def block(
    sheet: Sheet,
    text: str,
    corner: tuple[float, float],
    size: tuple[float, float],
    ink: str,
    chance: Chance,
    weight: float = 15,
) -> None:
    """The text as large as the box lets it be, in up to three centred lines."""
    (x, y), (w, h) = corner, size
    lines = _lines(plain(text), w / h) if known(text) else []
    if not lines:
        _scribbles(sheet, text, corner, size, ink, chance)
        return
    widest = max(map(_width, lines))
    unit = min(w / widest, h / (_LINE * len(lines) - 1.4), h / 9)
    top = y + (h - unit * (_LINE * len(lines) - 3.4)) / 2
    for index, line in enumerate(lines):
        left, base = x + (w - _width(line) * unit) / 2, top + unit * (8 + index * _LINE)
        _line(sheet, line, left, base, unit, ink, weight)


def _advance(character: str) -> float:
    return LATIN[character][0] + 1.2 if character in LATIN else 10.4 if character in BRUSHED else 5.4


def _width(line: str) -> float:
    return max(1.0, sum(map(_advance, line)) - 1.2)


def _lines(text: str, shape: float) -> list[str]:
    """The break into lines that can be written largest on a board of this shape."""
    given = [" ".join(part.split()) for part in text.split("\n")][:_LINES]
    tries = [given] if len(given) > 1 else list(_broken(given[0]))
    best = max(tries, key=lambda lines: min(shape / max(map(_width, lines)), 1 / (_LINE * len(lines) - 1.4)))
    return [line for line in best if line]


def _broken(text: str) -> Iterator[list[str]]:
    """Every break into up to three lines: at the spaces, or anywhere where a script has none."""
    joint = " " if " " in text or text.isascii() else ""
    pieces = text.split(" ") if joint else list(text)
    for count in range(min(_LINES, len(pieces))):
        for cuts in combinations(range(1, len(pieces)), count):
            yield [joint.join(pieces[a:b]) for a, b in pairwise((0, *cuts, len(pieces)))]


def _line(sheet: Sheet, line: str, x: float, base: float, unit: float, ink: str, weight: float) -> None:
    for character in line:
        if character in LATIN:
            brush_latin(sheet, character, x, base, unit * 10, ink, weight)
        elif character in BRUSHED:
            brush(sheet, character, x, base - unit * 8.6, unit * 9.6, ink, weight * 0.75)
        else:
            _scribble(sheet, x, base - unit * 2.5, unit * 4.4, unit * 4, ink, weight)
        x += _advance(character) * unit


def _scribble(sheet: Sheet, x: float, y: float, w: float, h: float, ink: str, weight: float) -> None:
    points = [(x + w * step / 6, y + h * 0.3 * (-1) ** step) for step in range(7)]
    sheet.stroke(curve(points), ink, weight * h / 40)


def _scribbles(
    sheet: Sheet, text: str, corner: tuple[float, float], size: tuple[float, float], ink: str, chance: Chance
) -> None:
    """Lines of brush marks that claim to be no word."""
    (x, y), (w, h) = corner, size
    rows = 1 if h * 3 < w or len(text) < 5 else 2
    tall = min(h / rows, w * 0.4)
    for row in range(rows):
        at, end = x + w * chance.between(0.04, 0.12), x + w * chance.between(0.86, 0.96)
        base = y + h / 2 + (row - (rows - 1) / 2) * tall
        while at < end - tall * 0.3:
            long = min(end - at, tall * chance.between(0.8, 1.6))
            count = max(4, round(long / tall * 7))
            marks = [
                (at + long * step / count, base + tall * chance.between(0.14, 0.28) * (-1) ** step)
                for step in range(count + 1)
            ]
            sheet.stroke(curve(marks), ink, tall * 0.07)
            at += long + tall * 0.28
