"""Skies and the air: gradients, sun and moon, clouds, stars, falling snow and rain, mist."""

from __future__ import annotations

import math
from dataclasses import dataclass

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, lighter, mix
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, disc, polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The picture's size in scene units (the short side is 1000) and where its horizon lies."""

    width: float
    height: float
    horizon: float

    @property
    def side(self) -> float:
        return min(self.width, self.height)

    @property
    def wide(self) -> float:
        return self.width / self.height


def sky(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, *, low: float = 0.84) -> Point:
    """The sky down to the horizon, a rising or setting sun at `low` of it; tells where the sun (or moon) stands."""
    top, upper, lower, base = mood.sky
    sheet.rect(0, 0, frame.width, frame.height, base)
    sheet.rect(0, 0, frame.width, frame.horizon * 1.08, sheet.linear((0, top), (0.42, upper), (0.78, lower), (1, base)))
    x = frame.width * chance.pick((0.24, 0.3, 0.7, 0.76)) + chance.between(-0.04, 0.04) * frame.width
    lift = {"day": 0.26, "dawn": low - 0.04, "sunset": low, "night": 0.3}[mood.time]
    y = frame.horizon * (lift + chance.between(-0.06, 0.06))
    if mood.dark:
        stars(sheet, frame, chance.fork("stars"), frame.horizon)
    if mood.weather not in ("rain", "fog", "cloudy"):
        sun(sheet, frame, mood, x, y)
    clouds(sheet, frame, mood, chance.fork("clouds"))
    return x, y


def sun(sheet: Sheet, frame: Frame, mood: Mood, x: float, y: float, size: float = 1) -> None:
    radius = frame.side * 0.056 * size * (1.25 if mood.time in ("dawn", "sunset") else 1)
    sheet.glow(x, y, frame.side * 0.62 * size, mood.glow, 0.34 if mood.dark else 0.75)
    sheet.glow(x, y, radius * 2.6, mood.sun, 0.5 if mood.dark else 0.9)
    sheet.ellipse(x, y, radius, radius, mood.sun)
    if mood.dark:
        for dx, dy, share in ((-0.3, -0.2, 0.26), (0.25, 0.3, 0.19), (0.32, -0.36, 0.12), (-0.2, 0.45, 0.1)):
            sheet.ellipse(x + dx * radius, y + dy * radius, radius * share, radius * share, "#d5d3c2", 0.6)


def stars(sheet: Sheet, frame: Frame, chance: Chance, floor: float, density: float = 1) -> None:
    area = frame.width * floor / 1e6
    for size, count in ((0.9, 90), (1.5, 45), (2.4, 14)):
        path = "".join(
            disc(chance.between(0, frame.width), floor * chance.between(0, 1) ** 1.4, size * chance.between(0.7, 1.2))
            for _ in range(min(900, int(count * area * density) + 4))
        )
        sheet.shape(path, "#fdf6e3", 0.55 + size * 0.15)
    for _ in range(min(12, int(3 * area) + 1)):
        x, y = chance.between(0, frame.width), floor * chance.between(0.02, 0.55)
        sheet.glow(x, y, 14, "#dfe7ff", 0.8)


def clouds(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    heavy = mood.weather in ("rain", "snow", "cloudy", "fog")
    count = int((5 if heavy else 3) * max(1, frame.wide * 0.9)) + (1 if frame.wide < 0.7 else 0)
    for index in range(min(count, 26)):
        high = chance.between(0.08, 0.72)
        x = frame.width * (index + chance.between(0.1, 0.9)) / count
        size = frame.side * chance.between(0.13, 0.3) * (0.55 + high * 0.2)
        cloud(sheet, mood, x, frame.horizon * high, size, chance)


def cloud(sheet: Sheet, mood: Mood, x: float, y: float, size: float, chance: Chance) -> None:
    """A flat-bottomed heap of puffs, lit from above."""
    puffs = [disc(x, y - size * 0.1, size * 0.5, size * 0.1)]
    for step in range(6):
        along = -0.72 + step * 0.29 + chance.between(-0.05, 0.05)
        radius = size * (0.1 + 0.17 * (1 - abs(along)) * chance.between(0.7, 1.25))
        puffs.append(disc(x + along * size, y - radius * 0.75, radius * 1.2, radius))
    puffs.append(disc(x, y - size * 0.045, size * 0.92, size * 0.05))
    top = mix(lighter(mood.sky[2], 0.85), mood.glow, 0.3) if not mood.dark else lighter(mood.sky[2], 0.16)
    fill = sheet.linear((0, top, 0.95), (0.55, mix(top, mood.sky[2], 0.35), 0.75), (1, mood.sky[2], 0.05))
    sheet.shape("".join(puffs), fill, 0.9 if not mood.dark else 0.6)


def mist(sheet: Sheet, frame: Frame, mood: Mood, y: float, depth: float, opacity: float = 0.7) -> None:
    """A veil of haze centred on a height."""
    haze = mood.haze
    fill = sheet.linear((0, haze, 0), (0.5, haze, opacity), (1, haze, 0))
    sheet.rect(0, y - depth / 2, frame.width, depth, fill)


def birds(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    x, y = frame.width * chance.between(0.25, 0.7), frame.horizon * chance.between(0.3, 0.55)
    for _ in range(chance.whole(3, 6)):
        size = frame.side * chance.between(0.008, 0.016)
        bx, by = x + frame.side * chance.between(-0.14, 0.14), y + frame.side * chance.between(-0.06, 0.06)
        path = (
            f"M{bx - size * 1.6:.1f} {by - size * 0.5:.1f}Q{bx - size * 0.6:.1f} {by - size:.1f} {bx:.1f} {by:.1f}"
            f"Q{bx + size * 0.6:.1f} {by - size:.1f} {bx + size * 1.6:.1f} {by - size * 0.5:.1f}"
        )
        sheet.stroke(path, mix(mood.sky[0], "#20263a", 0.55), size * 0.22, 0.75)


def falling(sheet: Sheet, frame: Frame, kind: str, chance: Chance, tints: tuple[str, ...] = ()) -> None:
    """What the air carries: snow, rain, petals or leaves, near ones large and soft."""
    area = frame.width * frame.height / 1e6
    if kind == "rain":
        for width, length, opacity, count in ((1.0, 26, 0.28, 150), (1.8, 46, 0.32, 60)):
            path = ""
            for _ in range(int(count * min(area, 8))):
                x, y = chance.between(-20, frame.width), chance.between(-40, frame.height)
                path += f"M{x:.1f} {y:.1f}l{-length * 0.22:.1f} {length}"
            sheet.stroke(path, "#e4eef7", width, opacity)
    elif kind == "snow":
        for radius, opacity, count in ((2.0, 0.75, 130), (3.6, 0.8, 70), (6.5, 0.75, 24)):
            path = "".join(
                disc(
                    chance.between(0, frame.width), chance.between(0, frame.height), radius * chance.between(0.6, 1.25)
                )
                for _ in range(int(count * min(area, 8)))
            )
            sheet.shape(path, WHITE, opacity)
        for _ in range(int(7 * min(area, 8))):
            sheet.glow(
                chance.between(0, frame.width), chance.between(0, frame.height), chance.between(12, 26), WHITE, 0.55
            )
    else:
        for _ in range(int(26 * min(area, 8))):
            with sheet.at(
                chance.between(0, frame.width),
                chance.between(0, frame.height),
                chance.between(0.5, 1.5),
                turn=chance.between(0, 360),
            ):
                sheet.shape(
                    "M0 -8C7 -5 6 5 0 8C-4 4 -5 -4 0 -8Z",
                    chance.pick(tints or ("#f6c3d1",)),
                    chance.between(0.65, 0.95),
                )


def rays(sheet: Sheet, frame: Frame, mood: Mood, origin: Point) -> None:
    """Soft shafts of light from the sun."""
    x, y = origin
    reach = math.hypot(frame.width, frame.height)
    fill = sheet.linear((0, mood.glow, 0.2), (0.7, mood.glow, 0.04), (1, mood.glow, 0))
    for angle in (0.35, 0.75, 1.2, 1.75, 2.3, 2.75):
        tip = [(x + reach * math.cos(angle + d), y + reach * math.sin(angle + d)) for d in (-0.06, 0.06)]
        sheet.shape(polygon([(x, y), *tip]), fill, 0.55)


def vignette(sheet: Sheet, frame: Frame, mood: Mood) -> None:
    """Edges a little deeper than the middle."""
    shade = "#0a0d24" if mood.dark else mix(mood.sky[0], "#2a1c3c", 0.7)
    fill = sheet.radial((0.55, shade, 0), (1, shade, 0.3 if mood.dark else 0.22), r=0.72)
    sheet.shape(box(0, 0, frame.width, frame.height), fill)
