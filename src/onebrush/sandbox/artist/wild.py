"""Birds and water animals in local units: 100 tall, standing on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.colour import INK, WHITE, darker, lighter
from onebrush.sandbox.artist.creatures import roundness
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet


def bird(sheet: Sheet, mood: Mood, look: Look) -> None:
    """A small bird on a branch."""
    feathers = mood.lit(look.colour or "#4f8fbf", 0.5)
    breast, wood = mood.lit("#f2b27a", 0.5), mood.lit(mood.trunk)
    sheet.stroke("M-70 6C-30 -2 20 2 72 -10", wood, 6)
    for x, y, turn in ((-52, 0, -30), (50, -8, 35), (-34, 6, 200), (34, 0, 150), (64, -12, 10)):
        with sheet.at(x, y, 1.5, turn=turn):
            sheet.shape("M0 0C5 -5 5 -11 0 -16C-5 -11 -5 -5 0 0Z", mood.lit(mood.leaf))
    sheet.shape("M22 -24C38 -16 50 -8 58 6L48 6C38 0 26 -6 14 -12Z", darker(feathers, 0.3))
    sheet.shape(
        "M-34 -60C-34 -78 -14 -86 0 -76C18 -64 34 -40 26 -20C18 -2 -12 0 -24 -16C-32 -28 -34 -44 -34 -60Z",
        roundness(sheet, feathers),
    )
    sheet.shape("M-33 -58C-24 -50 -8 -46 -4 -30C-2 -16 -8 -8 -14 -8C-28 -14 -34 -40 -33 -58Z", roundness(sheet, breast))
    sheet.shape(
        "M-2 -52C14 -52 28 -34 34 -10C18 -10 -2 -22 -6 -40Z",
        sheet.linear((0, lighter(feathers, 0.1)), (1, darker(feathers, 0.35))),
    )
    sheet.stroke("M4 -36C14 -30 22 -22 30 -13M2 -42C14 -38 24 -28 31 -18", lighter(feathers, 0.35), 1.1, 0.6)
    sheet.shape("M-33 -66L-47 -60L-32 -56Z", mood.lit("#e2a13c", 0.4))
    sheet.ellipse(-20, -65, 4.2, 4.4, INK)
    sheet.ellipse(-21.4, -66.6, 1.4, 1.4, WHITE)
    sheet.stroke("M-6 -2l-2 6M4 -3l0 6", mood.lit("#a06a3c"), 2)


def fish(sheet: Sheet, mood: Mood, look: Look) -> None:
    """A koi gliding, seen from the side."""
    scales = mood.lit(look.colour or "#ee7f43", 0.4)
    with sheet.at(0, -50):
        sheet.shape(
            "M40 0C58 -30 78 -30 84 -34C78 -14 78 14 84 34C78 30 58 30 40 0Z",
            sheet.linear((0, scales), (1, lighter(scales, 0.5), 0.7), x=1, y=0),
        )
        sheet.shape("M-10 -24C6 -46 30 -40 36 -22Z", lighter(scales, 0.3), 0.85)
        sheet.shape("M-70 2C-56 -30 10 -40 52 -4C56 0 56 4 52 6C10 36 -54 30 -70 2Z", roundness(sheet, scales))
        sheet.shape("M-70 2C-62 20 0 34 44 9C10 20 -40 18 -70 2Z", lighter(scales, 0.62), 0.9)
        sheet.shape("M-8 16C4 22 10 36 2 44C-10 40 -18 26 -18 18Z", lighter(scales, 0.4), 0.9)
        rows = "".join(f"M{x} {y}a6 6 0 0 1 0 9" for x in range(-30, 42, 10) for y in (-20 + abs(x) // 6, -9, 2))
        sheet.stroke(rows, darker(scales, 0.25), 0.9, 0.5)
        sheet.ellipse(-52, -5, 4.4, 4.4, INK)
        sheet.ellipse(-53.4, -6.4, 1.5, 1.5, WHITE)


def whale(sheet: Sheet, mood: Mood, look: Look) -> None:
    """A whale at the surface with its spout."""
    skin = mood.lit(look.colour or "#47799c", 0.5)
    sheet.stroke(
        "M-34 -58C-36 -78 -50 -84 -58 -78M-34 -58C-32 -80 -20 -88 -10 -80M-34 -60V-86", mood.far("#ffffff", 0.1), 3, 0.8
    )
    sheet.shape(
        "M50 -14C66 -22 70 -40 66 -56C76 -50 82 -46 84 -44C90 -50 96 -54 104 -56C100 -40 90 -20 64 -4Z",
        darker(skin, 0.14),
    )
    sheet.shape(
        "M-78 -16C-76 -48 -34 -62 -2 -54C30 -48 44 -18 70 -10C60 4 20 8 -20 8C-60 8 -80 2 -78 -16Z",
        roundness(sheet, skin),
    )
    sheet.shape("M-78 -14C-60 -2 -20 -2 10 4C-10 8 -20 8 -30 8C-60 8 -78 2 -78 -14Z", lighter(skin, 0.7))
    sheet.ellipse(-50, -18, 3.4, 3.6, INK)
    sheet.ellipse(-51, -19.2, 1.1, 1.1, WHITE)
