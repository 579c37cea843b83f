"""People, robots and great plants, in local units: about 100 tall, on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc
from onebrush.sandbox.artist.plants import foliage
from onebrush.sandbox.artist.things import SHADE, tube


def person(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bust in profile, the far hills within it."""
    body = (
        "M-44 0C-42 -18 -30 -25 -15 -29C-10 -31 -9 -36 -10 -42C-22 -48 -27 -60 -25 -73C-23 -90 -6 -98 9 -94C21"
        " -91 27 -81 26 -72C26 -69 28 -66 31 -61C32 -59 31 -58 28.6 -57.4C29 -55 29.4 -54 28 -52.6C29 -51 28.6 -49.6"
        " 27.4 -48.6C28 -44 26 -41 21 -41C17 -41 14 -41 12 -40C11 -34 13 -30 19 -27C31 -23 40 -16 43 0Z"
    )
    hair = (
        "M-10 -40C-24 -44 -32 -58 -29 -75C-26 -94 -6 -102 9 -98C21 -95 28 -87 27 -79C18 -85 12 -84 8 -82C8 -74 4"
        " -68 0 -66C-2 -70 -7 -70 -7 -65C-7 -60 -3 -58 -1 -58C-2 -50 -5 -44 -10 -40Z"
    )
    skin = mood.lit("#f0bf9b", 0.6)
    coat = mood.lit(look.colour or chance.pick(("#3f6f86", "#a8524a", "#5d6f9a", "#7a8f5a")), 0.6)
    dark = mood.lit(chance.pick(("#3b2a2a", "#2b2738", "#5a3826")), 0.5)
    sheet.shape("M-27 -76C-42 -62 -36 -40 -30 -22C-24 -18 -14 -22 -10 -30Z", darker(dark, 0.1))
    sheet.shape(body, sheet.linear((0, lighter(skin, 0.22)), (1, darker(skin, 0.2)), x=-1, y=0.6))
    sheet.shape(
        "M-48 2C-46 -20 -32 -26 -16 -30C-6 -18 8 -18 17 -28C32 -24 44 -18 47 2Z",
        sheet.linear((0, lighter(coat, 0.12)), (1, darker(coat, 0.3))),
    )
    sheet.shape("M-10 -40C-6 -36 4 -36 12 -40C11 -36 12 -33 14 -30C4 -26 -4 -28 -9 -33Z", darker(skin, 0.35), 0.5)
    sheet.shape(hair, sheet.linear((0, lighter(dark, 0.22)), (1, dark)))
    sheet.stroke("M-22 -80C-16 -92 2 -96 14 -91M-25 -70C-22 -62 -18 -54 -12 -47", lighter(dark, 0.4), 0.9, 0.5)
    sheet.stroke("M18 -70C20 -71 23 -71 24.4 -70", dark, 1.1)
    sheet.stroke("M18.4 -66C20 -64.6 22.4 -64.6 24 -65.6", dark, 1.1)
    sheet.stroke("M27.6 -52.6C25 -52.2 23.6 -52.4 22.6 -53", mix(skin, "#a8404a", 0.7), 1.2)
    sheet.glow(15, -57, 6, "#ee7f78", 0.5)
    if look.scarf:
        tint = mood.lit(look.scarf, 0.4)
        sheet.shape(
            "M-16 -36C-6 -28 8 -28 16 -36C22 -32 22 -24 18 -20C6 -14 -10 -14 -20 -22C-24 -28 -20 -34 -16 -36Z",
            sheet.linear((0, lighter(tint, 0.15)), (1, darker(tint, 0.2))),
        )


def robot(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    steel = mood.lit(look.colour or chance.pick(("#7fb0bd", "#d9b15f", "#c98f7f")), 0.6)
    dark = mood.lit("#2f3444", 0.5)
    sheet.glow(0, 0, 50, SHADE, 0.55, 0.18)
    sheet.stroke("M-32 -38C-44 -34 -46 -24 -42 -16M32 -38C44 -34 46 -24 42 -16", darker(steel, 0.25), 7)
    sheet.stroke("M-12 -12V-2M12 -12V-2", darker(steel, 0.3), 10)
    sheet.rect(-27, -50, 54, 42, tube(sheet, steel), round_=12)
    sheet.rect(-15, -40, 30, 18, dark, round_=5)
    sheet.shape(disc(-7, -31, 3), "#7fe0c0")
    sheet.shape(disc(3, -31, 3), "#f2c95c")
    sheet.stroke("M0 -92V-102", darker(steel, 0.2), 2)
    sheet.ellipse(0, -104, 4, 4, "#f08a6a")
    sheet.rect(-32, -93, 64, 42, sheet.linear((0, lighter(steel, 0.4)), (1, darker(steel, 0.15))), round_=18)
    sheet.rect(-25, -84, 50, 26, dark, round_=12)
    for x in (-11, 11):
        sheet.glow(x, -71, 11, "#8fefff", 0.8)
        sheet.ellipse(x, -71, 4.8, 5.6, "#c9fbff")


def great_flower(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A few big flowers on their stems."""
    for x, tall, turn in ((-30, 66, -12), (28, 72, 11), (-2, 92, 0)):
        stem, tint = mood.lit(mix(mood.leaf, "#5c9150", 0.6)), mood.lit(look.colour or chance.pick(mood.blooms), 0.5)
        with sheet.at(x * 0.3, 0, turn=turn):
            sheet.stroke(f"M0 0C-3 {-tall * 0.4:.1f} 3 {-tall * 0.6:.1f} 0 {-tall}", stem, 2.8)
            sheet.shape(
                "M0 -10C14 -14 24 -28 24 -40C10 -36 2 -26 0 -10ZM0 -18C-12 -22 -20 -34 -20 -44C-8 -40 -2 -32 0 -18Z",
                sheet.linear((0, lighter(stem, 0.2)), (1, darker(stem, 0.15))),
            )
            for ring, count in ((17.0, 9), (11.0, 7)):
                for petal in range(count):
                    with sheet.at(0, -tall, turn=petal * 360 / count + ring * 3):
                        sheet.shape(
                            f"M0 0C{-ring * 0.42:.1f} {-ring * 0.4:.1f} {-ring * 0.36:.1f} {-ring * 1.1:.1f} 0"
                            f" {-ring * 1.3:.1f}C{ring * 0.36:.1f} {-ring * 1.1:.1f} {ring * 0.42:.1f}"
                            f" {-ring * 0.4:.1f} 0 0Z",
                            sheet.linear((0, lighter(tint, 0.35 if ring < 15 else 0.12)), (1, darker(tint, 0.2))),
                        )
            sheet.ellipse(0, -tall, 6, 6, sheet.radial((0, "#f9d976"), (1, "#b9772f")))


def great_tree(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """One old tree, its crown full."""
    bark = mood.lit(mood.trunk)
    leaf = mood.lit(look.colour or ("#dfe8f2" if mood.snowy else chance.pick((mood.leaf, mood.second))))
    sheet.glow(4, 0, 62, darker(mood.lit(mood.grass), 0.7), 0.6, 0.14)
    sheet.shape(
        "M-13 2C-5 -6 -7 -26 -8 -44L8 -44C7 -26 6 -6 15 2C8 -1 -6 -1 -13 2Z",
        sheet.linear((0, lighter(bark, 0.18)), (1, darker(bark, 0.35)), x=1, y=0),
    )
    sheet.stroke("M-5 -34C-12 -44 -20 -48 -26 -52M5 -36C12 -46 20 -50 27 -54", darker(bark, 0.15), 4.4)
    for x, y, r in ((-30, -52, 20), (31, -54, 20), (-20, -76, 22), (22, -78, 22), (0, -60, 24), (0, -88, 20)):
        foliage(sheet, x, y, r, leaf, chance)
