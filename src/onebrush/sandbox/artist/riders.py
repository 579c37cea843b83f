"""An astronaut, a horse, and the two together, in local units: 100 tall, on the origin; the moon they stand on."""

from __future__ import annotations

from onebrush.sandbox.artist import beyond
from onebrush.sandbox.artist.castle import taper
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, disc
from onebrush.sandbox.artist.skies import Frame
from onebrush.sandbox.artist.things import SHADE

_BODY = (
    "M-42 -60C-43 -71 -30 -75 -17 -71C-4 -68 8 -68 15 -73C22 -80 27 -90 33 -98L33.6 -107L39 -101C46 -99 52 -91 58 -82"
    "C61 -78 62 -73 58.6 -71C54 -69.6 50 -72.6 46 -76C42 -78 39 -76.6 37 -72C35 -63 34 -56 30 -50C26 -44 21 -41.6 16"
    " -41"
    "C4 -38 -10 -38 -20 -41C-31 -43 -41 -48 -42 -60Z"
)


def horse(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A horse at a walk, seen from the side."""
    coat = mood.lit(look.colour or chance.pick(("#a8683f", "#8a5a3c", "#e9e2d6", "#5c4a44")), 0.6)
    mane = mood.lit("#f2e3c4" if chance.below(0.3) else "#3a2a26", 0.6) if not look.colour else darker(coat, 0.5)
    sheet.glow(0, 0, 62, SHADE, 0.6, 0.1)
    far: tuple[list[Point], ...] = ([(22, -50), (33, -34), (25, -20)], [(-26, -52), (-22, -28), (-31, -3)])
    near: tuple[list[Point], ...] = ([(18, -48), (21, -26), (19, -3)], [(-32, -54), (-40, -29), (-36, -3)])
    for legs, tone in ((far, darker(coat, 0.32)), (near, darker(coat, 0.06))):
        for points in legs:
            sheet.shape(taper(points, [9.4 if points[0][0] < 0 else 7, 3.7, 2.5]), tone)
            x, y = points[-1]
            sheet.shape(f"M{x - 3.2} {y - 2}h6.2l1.8 5h-8.8Z", darker(mane, 0.3))
    sheet.shape(taper([(-40, -63), (-52, -60), (-57, -44), (-53, -26)], [3, 5, 5.4, 0.6]), mane)
    sheet.shape(_BODY, sheet.linear((0, lighter(coat, 0.28)), (0.5, coat), (1, darker(coat, 0.34))))
    sheet.shape("M33 -105C24 -102 15 -90 8 -72C14 -73 18 -76 22 -80C27 -87 32 -94 37 -99Z", mane)
    sheet.shape("M34 -104C39 -102 43 -97 44 -91C40 -94 36 -97 33 -99Z", mane)
    sheet.ellipse(45.4, -88.4, 1.9, 2, "#1a1520")
    sheet.ellipse(44.9, -89, 0.6, 0.6, "#ffffff")
    sheet.ellipse(57.4, -75.4, 1.1, 0.9, darker(coat, 0.6))
    sheet.stroke("M58 -71.6C55 -72.6 53 -73.6 51 -75", darker(coat, 0.55), 0.8)


def rider(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """An astronaut on horseback."""
    with sheet.at(0, 0, 0.8):
        horse(sheet, mood, look, chance)
        sheet.stroke("M50 -80L44 -91M52 -77C36 -78 22 -82 14 -84", "#7a3b34", 1.6)
        sheet.shape("M-17 -70C-10 -76 4 -75 10 -70L8 -60H-14Z", "#9a4a3a")
    suit = mood.lit("#f4f2ee", 0.3)
    grey = darker(suit, 0.24)
    sheet.shape(taper([(-4, -58), (9, -47), (5, -30)], [6.4, 5.4, 4]), sheet.linear((0, suit), (1, grey)))
    sheet.shape("M1 -32H12C13 -28 12 -26 8 -26H1Z", darker(suit, 0.45))
    _torso(sheet, suit, grey, -6, -56)
    sheet.shape(taper([(-2, -78), (6, -69), (14, -67)], [4.4, 4, 3.2]), sheet.linear((0, suit), (1, grey)))
    sheet.ellipse(15, -67, 3.6, 3.4, darker(suit, 0.4))
    _helmet(sheet, suit, -4, -92)


def astronaut(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """An astronaut, waving."""
    suit = mood.lit(look.colour or "#f4f2ee", 0.3)
    grey = darker(suit, 0.24)
    sheet.glow(4, 0, 40, SHADE, 0.6, 0.16)
    for side in (-1, 1):
        sheet.shape(
            taper([(side * 8, -34), (side * 10, -18), (side * 11, -3)], [8, 7, 6.4]), sheet.linear((0, suit), (1, grey))
        )
        sheet.shape(disc(side * 12, -2, 9.4, 5), darker(suit, 0.5))
    _torso(sheet, suit, grey, 0, -32)
    sheet.shape(taper([(-15, -60), (-26, -48), (-27, -34)], [6.4, 6, 4.6]), sheet.linear((0, suit), (1, grey)))
    sheet.ellipse(-27, -32, 5, 5, darker(suit, 0.4))
    sheet.shape(taper([(15, -60), (30, -62), (35, -78)], [6.4, 6, 4.6]), sheet.linear((0, suit), (1, grey)))
    sheet.ellipse(36, -81, 5, 5.4, darker(suit, 0.4))
    with sheet.at(0, 0, 1.18):
        _helmet(sheet, suit, 0, -70)


def _torso(sheet: Sheet, suit: str, grey: str, x: float, y: float) -> None:
    with sheet.at(x, y):
        sheet.rect(-18, -32, 13, 28, darker(suit, 0.45), round_=5)
        sheet.rect(-14, -34, 30, 38, sheet.linear((0, suit), (0.6, suit), (1, grey), x=1), round_=11)
        sheet.rect(-3, -22, 15, 12, darker(suit, 0.34), round_=2.4)
        sheet.shape(disc(1.6, -18, 1.7), "#e2574a")
        sheet.shape(disc(6.8, -18, 1.7), "#5ac3a0")
        sheet.rect(0, -14.4, 9, 2, "#7fc8ff", round_=1)
        sheet.stroke("M-13 0H15", "#e08a34", 2)


def _helmet(sheet: Sheet, suit: str, x: float, y: float) -> None:
    with sheet.at(x, y):
        sheet.ellipse(
            0, 0, 15, 14.6, sheet.radial((0, "#ffffff"), (0.6, suit), (1, darker(suit, 0.35)), x=0.35, y=0.3, r=0.8)
        )
        sheet.shape("M-8 1C-8 -8 -2 -10 5 -9.4C12 -9 14.4 -4 14 2C13.6 8 10 10.4 4 10.4C-4 10.4 -8 8 -8 1Z", "#2a2c3c")
        sheet.shape(
            "M-6.4 1C-6.4 -6.6 -1 -8.6 5 -8C11 -7.6 13 -3.6 12.6 1.8C12.2 7 9 9 4 9C-3 9 -6.4 7 -6.4 1Z",
            sheet.linear((0, "#f7c873"), (0.4, "#c97b45"), (1, "#3a3560")),
        )
        sheet.shape("M-4 -2C-3 -6 1 -7 5 -6.6C1 -5 -2 -3 -3.4 1Z", "#ffffff", 0.75)


def moon(sheet: Sheet, frame: Frame, chance: Chance) -> None:
    """The grey plain of the moon, the earth above it."""
    side, top = frame.side, frame.horizon
    beyond.space(sheet, frame, chance)
    x, y, r = frame.width * chance.pick((0.2, 0.8)), top * chance.between(0.26, 0.36), side * 0.11
    sheet.glow(x, y, r * 1.9, "#7fb8ff", 0.6)
    with sheet.clip(disc(x, y, r)):
        sheet.ellipse(x, y, r, r, "#3f86c9")
        for dx, dy, wide, tall in (
            (-0.4, -0.3, 0.5, 0.35),
            (0.3, 0.2, 0.4, 0.5),
            (-0.3, 0.6, 0.35, 0.25),
            (0.5, -0.5, 0.3, 0.2),
        ):
            sheet.ellipse(x + dx * r, y + dy * r, wide * r, tall * r, "#6fae6a")
            sheet.ellipse(x + dy * r, y - dx * r * 0.9, wide * r * 0.9, r * 0.07, "#ffffff", 0.8)
        shade = sheet.radial((0.5, "#060818", 0), (1, "#060818", 0.85), x=0.32, y=0.3, r=0.85)
        sheet.ellipse(x, y, r, r, shade)
    dust = "#b9b6b3"
    rise = [side * part for part in (-0.05, 0.03, -0.02)]
    line = f"M0 {top:.1f}C{frame.width * 0.3:.1f} {top + rise[0]:.1f} {frame.width * 0.6:.1f} {top + rise[1]:.1f}"
    line += f" {frame.width:.1f} {top + rise[2]:.1f}"
    ground = f"{line}V{frame.height:.1f}H0Z"
    sheet.shape(ground, sheet.linear((0, lighter(dust, 0.35)), (0.4, dust), (1, darker(dust, 0.45))))
    with sheet.clip(ground):
        for _ in range(int(16 * max(1, frame.wide))):
            near = chance.between(0, 1)
            cx, cy = chance.between(0, frame.width), top + (frame.height - top) * (0.06 + 0.92 * near)
            wide = side * (0.012 + 0.085 * near) * chance.between(0.5, 1.1)
            sheet.ellipse(cx, cy, wide, wide * 0.3, darker(dust, 0.4), 0.75)
            sheet.ellipse(cx + wide * 0.08, cy + wide * 0.07, wide * 0.86, wide * 0.22, lighter(dust, 0.2), 0.8)
            sheet.stroke(
                f"M{cx - wide:.1f} {cy:.1f}a{wide:.1f} {wide * 0.3:.1f} 0 0 0 {wide * 2:.1f} 0",
                lighter(dust, 0.7),
                2,
                0.8,
            )
