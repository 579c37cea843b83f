"""Trees, bushes and grass."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc, number, polygon


def _crown(chance: Chance, radius: float, puffs: int) -> list[tuple[float, float, float]]:
    ring = [(0.0, 0.0, radius * 0.72)]
    for index in range(puffs):
        angle = math.tau * index / puffs + chance.between(-0.2, 0.2)
        reach = radius * chance.between(0.5, 0.68)
        ring.append(
            (math.cos(angle) * reach * 1.12, math.sin(angle) * reach * 0.85, radius * chance.between(0.34, 0.48))
        )
    return ring


def foliage(sheet: Sheet, x: float, y: float, radius: float, colour: str, chance: Chance, puffs: int = 9) -> None:
    """A heap of leaves in three tones, lit from the upper left."""
    ring = _crown(chance, radius, puffs)
    sheet.shape("".join(disc(x + dx, y + dy, r) for dx, dy, r in ring), darker(colour, 0.2))
    shift = radius * 0.07
    sheet.shape("".join(disc(x + dx * 0.9 - shift, y + dy * 0.9 - shift * 1.6, r * 0.86) for dx, dy, r in ring), colour)
    lights = [(dx, dy, r) for dx, dy, r in ring if dy < radius * 0.25]
    sheet.shape(
        "".join(disc(x + dx * 0.8 - shift * 2.2, y + dy * 0.8 - shift * 3, r * 0.55) for dx, dy, r in lights),
        lighter(colour, 0.22),
        0.75,
    )
    path = ""
    for _ in range(18):
        angle, reach = chance.between(0, math.tau), radius * chance.between(0.2, 1.02)
        path += disc(
            x + math.cos(angle) * reach * 1.1, y + math.sin(angle) * reach * 0.9, radius * chance.between(0.03, 0.065)
        )
    sheet.shape(path, lighter(colour, 0.38), 0.55)


def tree(
    sheet: Sheet,
    x: float,
    y: float,
    height: float,
    mood: Mood,
    chance: Chance,
    *,
    depth: float = 0,
    colour: str | None = None,
) -> None:
    """A round tree in the dress of its season; in winter bare, with snow."""
    trunk = mood.far(mood.trunk, depth)
    crown = -height * 0.66
    with sheet.at(x, y):
        sheet.ellipse(0, 0, height * 0.26, height * 0.03, darker(mood.lit(mood.grass), 0.5), 0.35 * (1 - depth))
        _trunk(sheet, height, trunk)
        if mood.snowy and colour is None:
            _bare(sheet, height, trunk, mood, depth, chance)
            return
        leaf = mood.far(colour or (mood.second if chance.below(0.6) else mood.leaf), depth)
        for dx, dy, share in ((-0.16, 0.1, 0.2), (0.17, 0.07, 0.2), (0, -0.05, 0.27)):
            foliage(sheet, dx * height, crown + dy * height, share * height, leaf, chance)


def _trunk(sheet: Sheet, height: float, colour: str) -> None:
    w = height * 0.035
    sheet.shape(
        f"M{-w * 1.7:.1f} 0C{-w:.1f} {-height * 0.1:.1f} {-w * 0.8:.1f} {-height * 0.3:.1f} {-w * 0.5:.1f}"
        f" {-height * 0.6:.1f}L{w * 0.5:.1f} {-height * 0.6:.1f}C{w * 0.8:.1f} {-height * 0.3:.1f} {w:.1f}"
        f" {-height * 0.1:.1f} {w * 1.7:.1f} 0Z",
        sheet.linear((0, lighter(colour, 0.16)), (1, darker(colour, 0.3)), x=1, y=0),
    )
    for side in (-1, 1):
        sheet.stroke(
            f"M0 {-height * 0.36:.1f}Q{side * height * 0.06:.1f} {-height * 0.46:.1f} {side * height * 0.15:.1f}"
            f" {-height * 0.55:.1f}",
            darker(colour, 0.12),
            w * 0.7,
        )


def _bare(sheet: Sheet, height: float, trunk: str, mood: Mood, depth: float, chance: Chance) -> None:
    wood, snow = "", ""

    def grow(x: float, y: float, angle: float, length: float, level: int) -> None:
        nonlocal wood, snow
        x2, y2 = x + math.cos(angle) * length, y + math.sin(angle) * length
        wood += f"M{number(x)} {number(y)}L{number(x2)} {number(y2)}"
        snow += f"M{number(x)} {y - height * 0.012:.1f}L{number(x2)} {y2 - height * 0.012:.1f}" if level < 3 else ""
        if level:
            for bend in (-0.5, 0.42):
                grow(x2, y2, angle + bend * chance.between(0.7, 1.3), length * chance.between(0.66, 0.8), level - 1)

    grow(0, -height * 0.5, -math.pi / 2, height * 0.14, 4)
    for side in (-1, 1):
        grow(side * height * 0.13, -height * 0.53, -math.pi / 2 + side * 0.5, height * 0.1, 3)
    sheet.stroke(wood, trunk, height * 0.014)
    sheet.stroke(snow, mood.far("#f6f8fc", depth * 0.6), height * 0.009, 0.9)


def fir(sheet: Sheet, x: float, y: float, height: float, colour: str, snow: str | None = None) -> None:
    """A fir of stacked skirts; `snow` is the colour on its boughs."""
    left, right, caps = "", "", ""
    for tier in range(5):
        top, low = y - height * (1 - tier * 0.16), y - height * (0.66 - tier * 0.145)
        half = height * (0.1 + tier * 0.048)
        left += (
            f"M{number(x)} {number(top)}Q{x - half * 0.4:.1f} {low - height * 0.06:.1f} {number(x - half)}"
            f" {number(low)}"
            f"Q{x - half * 0.4:.1f} {low + height * 0.035:.1f} {number(x)} {number(low)}Z"
        )
        right += (
            f"M{number(x)} {number(top)}Q{x + half * 0.4:.1f} {low - height * 0.06:.1f} {number(x + half)}"
            f" {number(low)}"
            f"Q{x + half * 0.4:.1f} {low + height * 0.035:.1f} {number(x)} {number(low)}Z"
        )
        caps += (
            f"M{number(x)} {number(top)}Q{x - half * 0.4:.1f} {low - height * 0.06:.1f} {number(x - half)}"
            f" {number(low)}"
            f"Q{x - half * 0.35:.1f} {low - height * 0.05:.1f} {x + half * 0.25:.1f} {low - height * 0.09:.1f}Z"
        )
    sheet.rect(x - height * 0.022, y - height * 0.1, height * 0.044, height * 0.1, darker(colour, 0.45))
    sheet.shape(left, lighter(colour, 0.08))
    sheet.shape(right, darker(colour, 0.22))
    if snow:
        sheet.shape(caps, snow, 0.95)


def firs(sheet: Sheet, spots: list[tuple[float, float, float]], colour: str) -> None:
    """Many distant firs as one dark edge."""
    path = ""
    for x, y, height in spots:
        for tier in range(3):
            top, low, half = (
                y - height * (1 - tier * 0.25),
                y - height * (0.5 - tier * 0.25),
                height * (0.13 + tier * 0.06),
            )
            path += polygon([(x, top), (x - half, low), (x + half, low)])
    sheet.shape(path, colour)


def bush(
    sheet: Sheet, x: float, y: float, radius: float, colour: str, chance: Chance, blooms: tuple[str, ...] = ()
) -> None:
    foliage(sheet, x, y - radius * 0.5, radius, colour, chance, 8)
    for colour_ in blooms[:3]:
        path = "".join(
            disc(
                x + radius * chance.between(-0.95, 0.95),
                y - radius * chance.between(0.1, 1.15),
                radius * chance.between(0.05, 0.1),
            )
            for _ in range(7)
        )
        sheet.shape(path, colour_)


def grass(sheet: Sheet, x0: float, x1: float, y: float, height: float, colour: str, chance: Chance, count: int) -> None:
    """Blades along a line, as one shape."""
    path = ""
    for _ in range(count):
        x, lean, tall = chance.between(x0, x1), height * chance.between(-0.4, 0.4), height * chance.between(0.5, 1.1)
        half = height * 0.05
        path += (
            f"M{number(x - half)} {number(y)}Q{number(x)} {y - tall * 0.6:.1f} {x + lean:.1f} {y - tall:.1f}"
            f"Q{x + half * 2:.1f} {y - tall * 0.5:.1f} {number(x + half)} {number(y)}Z"
        )
    sheet.shape(path, colour)
