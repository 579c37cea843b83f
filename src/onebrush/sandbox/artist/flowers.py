"""Flowers, and the branch that bears them."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc, number


def blossom(
    sheet: Sheet, x: float, y: float, size: float, colour: str, heart: str = "#f6cf62", turn: float = 0
) -> None:
    """One open flower of five petals."""
    petals = ""
    for index in range(5):
        angle = math.radians(turn) + math.tau * index / 5
        petals += disc(x + math.cos(angle) * size * 0.55, y + math.sin(angle) * size * 0.55, size * 0.46)
    sheet.shape(petals, colour)
    sheet.ellipse(x, y, size * 0.42, size * 0.42, darker(colour, 0.12), 0.55)
    sheet.ellipse(x, y, size * 0.27, size * 0.27, heart)


def flower(
    sheet: Sheet, x: float, y: float, height: float, mood: Mood, chance: Chance, colour: str | None = None
) -> None:
    """A stem with leaves and a bloom of one of three kinds."""
    bend, stem = height * chance.between(-0.16, 0.16), mood.lit(mix(mood.leaf, "#5c9150", 0.6))
    bloom = mood.lit(colour or chance.pick(mood.blooms), 0.6)
    sheet.stroke(
        f"M{number(x)} {number(y)}Q{number(x)} {y - height * 0.5:.1f} {x + bend:.1f} {y - height:.1f}",
        stem,
        height * 0.045,
    )
    for side in (-1, 1):
        sheet.shape(
            f"M{number(x)} {y - height * 0.2:.1f}q{side * height * 0.2:.1f} {-height * 0.06:.1f}"
            f" {side * height * 0.24:.1f}"
            f" {-height * 0.28:.1f}q{-side * height * 0.22:.1f} {height * 0.06:.1f} {-side * height * 0.24:.1f}"
            f" {height * 0.28:.1f}Z",
            stem,
        )
    top_x, top_y, size = x + bend, y - height, height * chance.between(0.13, 0.2)
    kind = chance.whole(0, 2)
    if kind == 0:
        blossom(sheet, top_x, top_y, size, bloom, turn=chance.between(0, 72))
    elif kind == 1:
        sheet.shape(
            f"M{top_x - size:.1f} {top_y - size:.1f}q{size * 0.4:.1f} {size * 0.5:.1f} {size * 0.5:.1f}"
            f" {size * 0.3:.1f}"
            f"l{size * 0.5:.1f} {-size * 0.7:.1f}l{size * 0.5:.1f} {size * 0.7:.1f}q{size * 0.1:.1f}"
            f" {size * 0.2:.1f} {size * 0.5:.1f} {-size * 0.3:.1f}"
            f"c{size * 0.1:.1f} {size * 2:.1f} {-size * 2.1:.1f} {size * 2:.1f} {-size * 2:.1f} 0Z",
            sheet.linear((0, lighter(bloom, 0.25)), (1, darker(bloom, 0.12))),
        )
    else:
        for ring, shade in ((1.0, darker(bloom, 0.1)), (0.7, bloom), (0.4, lighter(bloom, 0.3))):
            sheet.ellipse(top_x, top_y, size * ring * 1.05, size * ring * 0.95, shade)


def branch(sheet: Sheet, mood: Mood, chance: Chance, length: float) -> None:
    """A flowering (or leafy) branch reaching right and down from the origin."""
    wood = mood.lit(darker(mood.trunk, 0.15))
    points = [(length * t, length * (0.08 + 0.28 * t * t)) for t in (0, 0.25, 0.5, 0.75, 1)]
    for (x0, y0), (x1, y1), width in zip(points, points[1:], (0.03, 0.024, 0.017, 0.01), strict=False):
        sheet.stroke(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}", wood, length * width)
    for index in range(34):
        t = chance.between(0.05, 1.05)
        x, y = (
            length * t + length * chance.between(-0.05, 0.05),
            length * (0.08 + 0.28 * t * t) + length * chance.between(-0.1, 0.1),
        )
        if mood.season == "spring" or mood.season == "winter":
            tint = mood.lit(chance.pick(mood.blooms[:2] if mood.season == "spring" else ("#ffffff", "#e5eef7")), 0.5)
            blossom(sheet, x, y, length * chance.between(0.018, 0.036), tint, "#f0b95c", chance.between(0, 72))
        else:
            leaf = mood.lit(mood.leaf if index % 2 else mood.second)
            with sheet.at(x, y, length / 160, turn=chance.between(0, 360)):
                sheet.shape("M0 -8C6 -5 6 4 0 8C-6 4 -6 -5 0 -8Z", leaf)
