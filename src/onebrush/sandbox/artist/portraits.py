"""An old fisherman, a robot at its garden work, a toy balloon; in local units on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter, mix
from onebrush.sandbox.artist.figures import robot
from onebrush.sandbox.artist.interiors import plant
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, curve
from onebrush.sandbox.artist.things import tube


def fisherman(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A weathered face between a rain hat and a white beard."""
    skin = mood.lit(chance.pick(("#d99f78", "#c98a66", "#b5764f")), 0.5)
    oil = mood.lit(look.hat or look.colour or chance.pick(("#e8b53a", "#d99a2f", "#3f6f86")), 0.5)
    wool, beard = mood.lit("#33496b", 0.6), mood.lit("#f2eee6", 0.4)
    sheet.shape(
        "M-54 2C-52 -16 -40 -26 -20 -31H20C40 -26 52 -16 54 2Z",
        sheet.linear((0, lighter(oil, 0.12)), (1, darker(oil, 0.35))),
    )
    sheet.shape("M-17 -34H17L13 2H-13Z", sheet.linear((0, darker(wool, 0.1)), (1, darker(wool, 0.4))))
    sheet.stroke("M-11 -24V0M-5 -22V0M1 -22V0M7 -22V0", lighter(wool, 0.2), 1, 0.6)
    sheet.shape("M-21 -32L-12 -35L-9 2H-22ZM21 -32L12 -35L9 2H22Z", sheet.linear((0, oil), (1, darker(oil, 0.3))))
    sheet.stroke("M-17 -10h4M13 -10h4", "#f3e3bd", 2.4)
    for flip in (False, True):
        with sheet.at(0, 0, flip=flip):
            sheet.ellipse(21.6, -60, 4, 6.4, darker(skin, 0.14))
    sheet.shape(
        "M-21 -70C-23 -52 -18 -36 0 -33C18 -36 23 -52 21 -70C18 -82 -18 -82 -21 -70Z",
        sheet.linear((0, lighter(skin, 0.2)), (0.5, skin), (1, darker(skin, 0.22)), x=1, y=0.2),
    )
    _beard(sheet, beard, chance)
    _features(sheet, skin, beard)
    sheet.shape(
        "M-22 -74C-22 -100 22 -100 22 -74Z",
        sheet.linear((0, lighter(oil, 0.3)), (0.5, oil), (1, darker(oil, 0.3)), x=1, y=0.3),
    )
    sheet.stroke("M0 -93V-78M-12 -90C-14 -86 -15 -82 -15 -78M12 -90C14 -86 15 -82 15 -78", darker(oil, 0.35), 0.8, 0.7)
    sheet.shape(
        "M-36 -68C-30 -78 -16 -81 0 -81C16 -81 30 -78 36 -68C38 -64 34 -63 30 -66C18 -74 -18 -74 -30 -66C-34 -63 -38"
        " -64 -36 -68Z",
        sheet.linear((0, lighter(oil, 0.24)), (1, darker(oil, 0.3))),
    )


def _beard(sheet: Sheet, beard: str, chance: Chance) -> None:
    sheet.shape(
        "M-22 -62C-25 -44 -20 -24 -8 -17C-3 -13 3 -13 8 -17C20 -24 25 -44 22 -62C19 -54 15 -51 10 -51C5 -53 -5 -53"
        " -10 -51"
        "C-15 -51 -19 -54 -22 -62Z",
        sheet.linear((0, lighter(beard, 0.3)), (1, darker(beard, 0.22))),
    )
    hairs = ""
    for k in range(15):
        x = -18 + k * 2.6
        hairs += curve(
            [(x, -47 + abs(x) * 0.1), (x * 0.86 + chance.between(-1, 1), -36), (x * 0.5, -20 - abs(x) * 0.1)]
        )
    sheet.stroke(hairs, darker(beard, 0.3), 0.6, 0.6)


def _features(sheet: Sheet, skin: str, beard: str) -> None:
    crease, dark = darker(skin, 0.45), "#2b2430"
    for flip in (False, True):
        with sheet.at(0, 0, flip=flip):
            sheet.ellipse(9, -64, 4.2, 2.4, "#fbf6ec")
            sheet.ellipse(8.8, -63.8, 2, 2.2, "#4f7fa0")
            sheet.ellipse(8.8, -63.8, 1.1, 1.2, dark)
            sheet.ellipse(8.2, -64.6, 0.5, 0.5, WHITE)
            sheet.stroke("M4.4 -64.6C6.4 -67 11.6 -67 13.6 -64.4", crease, 1)
            sheet.stroke(
                "M5 -60.4C7.6 -59.2 11 -59.4 13 -60.8M15 -65l3.6 -1.4M15.4 -63.4l3.6 0.4M15 -61.8l3 2", crease, 0.6, 0.7
            )
            sheet.shape("M3.4 -69C7 -72.6 13 -72.4 16 -68.4C12 -69.8 8 -69.6 4 -67.4Z", darker(beard, 0.06))
            sheet.glow(12.6, -56.6, 5.6, "#d9604f", 0.5)
            sheet.shape("M0 -51.6C4 -55.4 12 -54 17 -46.6C11 -46 5 -46.4 0 -49Z", lighter(beard, 0.35))
    sheet.stroke("M-9 -74.6C-4 -76 4 -76 9 -74.6M-7 -72C-3 -73 3 -73 7 -72", crease, 0.6, 0.6)
    nose = sheet.radial(
        (0, lighter(skin, 0.3)), (0.6, mix(skin, "#d9705a", 0.25)), (1, darker(skin, 0.25)), x=0.4, y=0.3
    )
    sheet.shape("M-2.4 -66C-3 -60 -6 -57 -5.4 -54C-4.6 -51.4 4.6 -51.4 5.4 -54C6 -57 3 -60 2.4 -66Z", nose)
    sheet.shape("M-5 -46.4C-2 -45.4 2 -45.4 5 -46.4C3 -43.4 -3 -43.4 -5 -46.4Z", mix(skin, "#8a3a3a", 0.7))


def gardener(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A robot watering its plants."""
    for x, tall in ((48, 46), (66, 36), (80, 50)):
        plant(sheet, mood, chance, (float(x), 0.0), float(tall))
    with sheet.at(-20, 0, 0.92):
        robot(sheet, mood, look, chance)
    can = mood.lit("#d9694f", 0.5)
    sheet.stroke("M10 -37C18 -40 22 -44 24 -48", mood.lit("#8fa3ad", 0.6), 6)
    with sheet.at(30, -48, turn=16):
        sheet.stroke("M-10 -2C-22 -16 -2 -26 6 -13", darker(can, 0.2), 3)
        sheet.shape("M10 -4L30 -14L32 -11L11 6Z", darker(can, 0.1))
        sheet.shape("M28 -18L35 -10L31 -8L26 -14Z", lighter(can, 0.2))
        sheet.shape("M-12 -12H11L13 12H-14Z", tube(sheet, can))
    water = "".join(
        f"M{63 + k * 4.4:.1f} {-50 + k * 1.2:.1f}q{3 + k} {6 + k} {3.6 + k * 0.8:.1f} {14 + k * 2}" for k in range(4)
    )
    sheet.stroke(water, "#bfe6f7", 1.5, 0.9)


def toy(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A balloon on its string."""
    tint = mood.lit(look.colour or chance.pick(("#d9503f", "#3f78c2", "#f0c544", "#ee9fb8")), 0.3)
    sheet.stroke("M0 -42C6 -30 -6 -18 1 0", mood.lit("#6a6470", 0.4), 0.8)
    sheet.shape("M-4 -38L0 -44L4 -38Z", darker(tint, 0.15))
    sheet.shape(
        "M0 -42C-14 -48 -25 -62 -25 -76C-25 -91 -14 -101 0 -101C14 -101 25 -91 25 -76C25 -62 14 -48 0 -42Z",
        sheet.radial((0, lighter(tint, 0.55)), (0.4, tint), (1, darker(tint, 0.3)), x=0.34, y=0.28, r=0.78),
    )
    sheet.shape("M-15 -84C-14 -91 -9 -95 -4 -96C-8 -92 -11 -88 -12 -82Z", WHITE, 0.6)
