"""Things in local units, about 100 tall, standing on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import INK, WHITE, darker, lighter, mix
from onebrush.sandbox.artist.flowers import flower
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc

SHADE = "#1c1730"


def tube(sheet: Sheet, colour: str) -> str:
    return sheet.linear(
        (0, darker(colour, 0.16)),
        (0.16, lighter(colour, 0.12)),
        (0.3, lighter(colour, 0.42)),
        (0.52, colour),
        (0.85, darker(colour, 0.26)),
        (1, darker(colour, 0.18)),
        x=1,
        y=0,
    )


def mug(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A glazed mug of something hot."""
    glaze = mood.lit(look.colour or chance.pick(("#d9795d", "#5d93a8", "#e0b25c", "#7fa584")), 0.7)
    clay = mood.lit("#efe3d0", 0.6)
    sheet.glow(14, 0, 62, SHADE, 0.65, 0.17)
    sheet.stroke("M30 -58C56 -62 60 -18 29 -18", darker(glaze, 0.18), 10)
    sheet.stroke("M31 -60C54 -62 56 -22 30 -20", lighter(glaze, 0.2), 3, 0.7)
    sheet.shape("M-36 -72C-36 -40 -35 -18 -30 -4C-26 4 26 4 30 -4C35 -18 36 -40 36 -72Z", tube(sheet, glaze))
    sheet.shape(
        "M-34.6 -28C-34 -18 -33 -10 -30 -4C-26 4 26 4 30 -4C33 -10 34 -18 34.6 -28C18 -20 -18 -20 -34.6 -28Z",
        tube(sheet, clay),
    )
    sheet.stroke("M-35.6 -55C-18 -47 18 -47 35.6 -55", lighter(glaze, 0.5), 1.2, 0.6)
    sheet.ellipse(0, -72, 36, 10, lighter(glaze, 0.3))
    sheet.ellipse(0, -71.4, 32.4, 8, darker(glaze, 0.4))
    sheet.ellipse(0, -69.6, 29.6, 6.2, sheet.linear((0, mood.lit("#5d3620")), (1, mood.lit("#9a6238"))))
    sheet.ellipse(-8, -70.6, 10, 1.8, mood.lit("#e8c79a"), 0.7)
    sheet.shape("M-29 -64C-30 -44 -29 -30 -27 -20C-24 -22 -25 -44 -24 -62Z", WHITE, 0.32)
    for x, sway, fade in ((-11, 7, 0.3), (2, -8, 0.36), (13, 6, 0.26)):
        sheet.stroke(
            f"M{x} -80C{x + sway} -90 {x - sway} -98 {x} -108C{x + sway} -116 {x - sway * 0.5:.1f} -122 {x + 2} -128",
            WHITE,
            3.6,
            fade,
        )


def vase(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A vase of flowers."""
    glaze = mood.lit(look.colour or chance.pick(("#6f9aa8", "#e9dfd0", "#b9705a", "#7f8fb5")), 0.7)
    sheet.glow(12, 0, 46, SHADE, 0.6, 0.17)
    for index in range(13):
        lean = (index - 6) / 6
        with sheet.at(lean * 6, -44, turn=lean * 44 + chance.between(-5, 5)):
            flower(sheet, 0, 0, chance.between(42, 64), mood, chance)
    for turn in (-62, -30, 34, 66):
        with sheet.at(0, -44, turn=turn):
            sheet.shape("M0 0C-9 -14 -7 -30 0 -42C7 -30 9 -14 0 0Z", mood.lit(mix(mood.leaf, "#5c9150", 0.5)))
    sheet.shape(
        "M-10 -48C-10 -40 -26 -34 -26 -18C-26 -4 -16 1 0 1C16 1 26 -4 26 -18C26 -34 10 -40 10 -48Z", tube(sheet, glaze)
    )
    sheet.ellipse(0, -48, 10.5, 2.6, lighter(glaze, 0.35))
    sheet.ellipse(0, -47.8, 8.6, 1.8, darker(glaze, 0.45))
    sheet.stroke("M-24.8 -14C-12 -8 12 -8 24.8 -14", lighter(glaze, 0.55), 1.4, 0.55)


def fruit(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bowl heaped with fruit."""
    bowl = mood.lit("#7fa1a8", 0.7)
    sheet.glow(10, 0, 74, SHADE, 0.6, 0.15)
    kinds = (look.colour,) * 5 if look.colour else ("#d9513f", "#e8923c", "#e3b53f", "#9fb850", "#c2475a")
    for (x, y, r), tint in zip(
        ((-27, -44, 19), (24, -45, 20), (-2, -50, 22), (-16, -66, 17), (14, -68, 18)), kinds, strict=True
    ):
        apple(sheet, x, y, r, mood.lit(tint or "#d9513f", 0.6))
    sheet.shape("M-54 -40C-50 -12 -28 0 0 0C28 0 50 -12 54 -40C34 -34 -34 -34 -54 -40Z", tube(sheet, bowl))
    sheet.stroke("M-54 -40C-34 -33 34 -33 54 -40", lighter(bowl, 0.5), 2)
    sheet.stroke("M-49 -25C-30 -17 30 -17 49 -25", lighter(bowl, 0.4), 1, 0.6)


def apple(sheet: Sheet, x: float, y: float, r: float, colour: str) -> None:
    with sheet.at(x, y, r / 20):
        sheet.shape(
            "M0 -16C6 -22 22 -20 21 -2C20 12 10 20 0 18C-10 20 -20 12 -21 -2C-22 -20 -6 -22 0 -16Z",
            sheet.radial((0, lighter(colour, 0.45)), (0.45, colour), (1, darker(colour, 0.34)), x=0.33, y=0.3, r=0.78),
        )
        sheet.stroke("M0 -15C0 -20 2 -23 4 -25", "#6b4a32", 1.8)
        sheet.shape("M2 -20C6 -27 14 -27 17 -24C13 -19 7 -17 2 -20Z", "#7fa04f")
        sheet.ellipse(-9, -8, 3.4, 2.4, WHITE, 0.5)


def book(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A stack of three books and an open one."""
    sheet.glow(8, 0, 66, SHADE, 0.6, 0.15)
    tints = (look.colour or "#7d5a86", "#4f7f86", "#c9734f")
    for index, tint in enumerate(tints):
        cover, y, half = mood.lit(tint, 0.7), -index * 15.0, 48 - index * 5
        sheet.rect(
            -half, y - 14, half * 2, 14, sheet.linear((0, lighter(cover, 0.18)), (1, darker(cover, 0.22))), round_=2
        )
        sheet.rect(-half + 5, y - 11.6, half * 2 - 4, 9.2, mood.lit("#f3ead6", 0.5))
        sheet.rect(-half, y - 14, 8, 14, darker(cover, 0.16), round_=2)
        sheet.stroke(
            f"M{-half + 9} {y - 8.6:.1f}h{half * 2 - 10:.1f}M{-half + 9} {y - 5.6:.1f}h{half * 2 - 10:.1f}",
            "#cbbfa6",
            0.5,
        )
    page = mood.lit("#fbf5e6", 0.5)
    for flip in (False, True):
        with sheet.at(0, -46, flip=flip):
            sheet.shape(
                "M0 -2C10 -12 28 -14 40 -10L46 -34C32 -38 14 -36 0 -26Z",
                sheet.linear((0, page), (1, darker(page, 0.1))),
            )
            sheet.stroke("M6 -12C16 -18 26 -19 38 -16M6 -18C18 -24 28 -25 40 -22", "#a99f8c", 0.8, 0.7)


def lantern(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A round paper lantern, hanging."""
    paper = mood.lit(look.colour or "#d8432f", 0.3)
    sheet.glow(0, -56, 78, "#ffb35c", 0.75)
    sheet.stroke("M0 -130V-88", INK, 1.2)
    sheet.shape(
        disc(0, -56, 36, 30), sheet.radial((0, "#ffe7a8"), (0.45, lighter(paper, 0.2)), (1, darker(paper, 0.2)))
    )
    for rx in (9, 20, 30):
        sheet.stroke(disc(0, -56, rx, 30), darker(paper, 0.3), 0.7, 0.6)
    for y in (-90, -30):
        sheet.rect(-14, y, 28, 6, mood.lit("#d9a93f", 0.3), round_=1.5)
    sheet.stroke("M0 -24V-4M-5 -24V-8M5 -24V-8M-2.5 -24V-5M2.5 -24V-5", mood.lit("#d9a93f", 0.3), 1.3)
