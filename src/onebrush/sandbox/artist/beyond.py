"""Places beyond the world: space, and the abstract."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import INK, darker, lighter, mix
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, curve, disc
from onebrush.sandbox.artist.skies import Frame, stars


def space(sheet: Sheet, frame: Frame, chance: Chance) -> None:
    """Stars, nebulae and a far sun."""
    deep, tints = chance.pick(
        (
            ("#070a1f", ("#5b3fa0", "#2f6fb5", "#c9508f")),
            ("#0a0b1c", ("#2f8f9a", "#4f4fb0", "#d98a4f")),
            ("#0d0718", ("#a03f7f", "#4f3fa0", "#e0995f")),
        )
    )
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, deep), (1, mix(deep, tints[0], 0.3)), x=0.4))
    angle = chance.between(-0.5, 0.5)
    for index in range(int(16 * max(1, frame.wide, 1 / frame.wide))):
        t = chance.between(-0.1, 1.1)
        long = max(frame.width, frame.height)
        x = frame.width * (t if frame.wide >= 1 else 0.5 + angle * (t - 0.5)) + frame.side * chance.between(-0.14, 0.14)
        y = frame.height * ((0.5 + angle * (t - 0.5)) if frame.wide >= 1 else t) + frame.side * chance.between(
            -0.14, 0.14
        )
        sheet.glow(
            x,
            y,
            min(long, frame.side * chance.between(0.2, 0.5)),
            tints[index % 3],
            chance.between(0.2, 0.42),
            chance.between(0.6, 1),
        )
    stars(sheet, frame, chance.fork("stars"), frame.height, 2.2)


def abstract(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, tint: str | None) -> None:
    """Discs and flowing ribbons in one harmony."""
    sets = (
        ("#f3e7d3", "#e2725b", "#f2b35e", "#2f6f73", "#1f3347"),
        ("#f6efe6", "#d95f76", "#f3b7a0", "#5b6fb0", "#2b2f5a"),
        ("#eef1e6", "#7fa65a", "#e8c15a", "#d9784f", "#2f4f4f"),
        ("#e9eef3", "#4f8fb5", "#9fd0cf", "#f0a46a", "#2a3f66"),
        ("#1d2238", "#e0795b", "#efc06b", "#4f9a9a", "#8f5f9f"),
    )
    paper, *tones = chance.pick(sets)
    if tint:
        tones = [tint, lighter(tint, 0.45), mix(tint, tones[2], 0.6), darker(tint, 0.5)]
    paper, tones = mood.lit(paper, 0.8), [mood.lit(tone, 0.8) for tone in tones]
    sheet.rect(
        0, 0, frame.width, frame.height, sheet.linear((0, lighter(paper, 0.2)), (1, mix(paper, tones[1], 0.35)), x=0.5)
    )
    along = frame.wide >= 1
    radius = frame.side * chance.between(0.2, 0.28)
    x, y = frame.width * chance.pick((0.32, 0.66)), frame.height * (0.36 if along else 0.26)
    sheet.glow(x, y, radius * 2.4, tones[1], 0.55)
    sheet.ellipse(x, y, radius, radius, sheet.linear((0, lighter(tones[0], 0.35)), (1, tones[0]), x=0.4))
    for index in range(6):
        tone = tones[(index + 1) % len(tones)]
        base, sway = frame.height * (0.46 + index * 0.1), frame.side * chance.between(0.05, 0.13)
        step, turn = frame.side * chance.between(0.22, 0.36), chance.between(0, math.tau)
        top = [(k * step, base + sway * math.sin(turn + k * 1.1)) for k in range(-1, int(frame.width / step) + 3)]
        path = curve(top) + f"L{frame.width + step:.1f} {frame.height + 9:.1f}L{-step:.1f} {frame.height + 9:.1f}Z"
        sheet.shape(path, sheet.linear((0, lighter(tone, 0.3), 0.92), (0.5, tone, 0.9), (1, darker(tone, 0.12), 0.95)))
        sheet.stroke(curve(top), lighter(tone, 0.6), frame.side * 0.0028, 0.8)
    ring = frame.side * 0.11
    sheet.stroke(
        disc(frame.width - x, y * 0.8, ring) + disc(frame.width - x, y * 0.8, ring * 0.72),
        mix(tones[3], INK, 0.2),
        frame.side * 0.004,
        0.7,
    )
    sheet.shape(
        "".join(
            disc(
                frame.width * chance.between(0.04, 0.96),
                frame.height * chance.between(0.04, 0.4),
                frame.side * chance.between(0.003, 0.009),
            )
            for _ in range(14)
        ),
        tones[2],
        0.8,
    )
