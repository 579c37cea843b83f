"""Things in local units, about 100 tall, standing on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import INK, WHITE, darker, lighter, mix
from onebrush.sandbox.artist.creatures import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, disc
from onebrush.sandbox.artist.plants import flower, foliage

SHADE = "#1c1730"


def _tube(sheet: Sheet, colour: str) -> str:
    return sheet.linear((0, darker(colour, 0.16)), (0.16, lighter(colour, 0.12)), (0.3, lighter(colour, 0.42)), (0.52, colour),
                        (0.85, darker(colour, 0.26)), (1, darker(colour, 0.18)), x=1, y=0)


def mug(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A glazed mug of something hot."""
    glaze = mood.lit(look.colour or chance.pick(("#d9795d", "#5d93a8", "#e0b25c", "#7fa584")), 0.7)
    clay = mood.lit("#efe3d0", 0.6)
    sheet.glow(14, 0, 62, SHADE, 0.65, 0.17)
    sheet.stroke("M30 -58C56 -62 60 -18 29 -18", darker(glaze, 0.18), 10)
    sheet.stroke("M31 -60C54 -62 56 -22 30 -20", lighter(glaze, 0.2), 3, 0.7)
    sheet.shape("M-36 -72C-36 -40 -35 -18 -30 -4C-26 4 26 4 30 -4C35 -18 36 -40 36 -72Z", _tube(sheet, glaze))
    sheet.shape("M-34.6 -28C-34 -18 -33 -10 -30 -4C-26 4 26 4 30 -4C33 -10 34 -18 34.6 -28C18 -20 -18 -20 -34.6 -28Z", _tube(sheet, clay))
    sheet.stroke("M-35.6 -55C-18 -47 18 -47 35.6 -55", lighter(glaze, 0.5), 1.2, 0.6)
    sheet.ellipse(0, -72, 36, 10, lighter(glaze, 0.3))
    sheet.ellipse(0, -71.4, 32.4, 8, darker(glaze, 0.4))
    sheet.ellipse(0, -69.6, 29.6, 6.2, sheet.linear((0, mood.lit("#5d3620")), (1, mood.lit("#9a6238"))))
    sheet.ellipse(-8, -70.6, 10, 1.8, mood.lit("#e8c79a"), 0.7)
    sheet.shape("M-29 -64C-30 -44 -29 -30 -27 -20C-24 -22 -25 -44 -24 -62Z", WHITE, 0.32)
    for x, sway, fade in ((-11, 7, 0.3), (2, -8, 0.36), (13, 6, 0.26)):
        sheet.stroke(f"M{x} -80C{x + sway} -90 {x - sway} -98 {x} -108C{x + sway} -116 {x - sway * 0.5:.1f} -122 {x + 2} -128",
                     WHITE, 3.6, fade)


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
    sheet.shape("M-10 -48C-10 -40 -26 -34 -26 -18C-26 -4 -16 1 0 1C16 1 26 -4 26 -18C26 -34 10 -40 10 -48Z", _tube(sheet, glaze))
    sheet.ellipse(0, -48, 10.5, 2.6, lighter(glaze, 0.35))
    sheet.ellipse(0, -47.8, 8.6, 1.8, darker(glaze, 0.45))
    sheet.stroke("M-24.8 -14C-12 -8 12 -8 24.8 -14", lighter(glaze, 0.55), 1.4, 0.55)


def fruit(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bowl heaped with fruit."""
    bowl = mood.lit("#7fa1a8", 0.7)
    sheet.glow(10, 0, 74, SHADE, 0.6, 0.15)
    kinds = (look.colour,) * 5 if look.colour else ("#d9513f", "#e8923c", "#e3b53f", "#9fb850", "#c2475a")
    for (x, y, r), tint in zip(((-27, -44, 19), (24, -45, 20), (-2, -50, 22), (-16, -66, 17), (14, -68, 18)), kinds, strict=True):
        apple(sheet, x, y, r, mood.lit(tint or "#d9513f", 0.6))
    sheet.shape("M-54 -40C-50 -12 -28 0 0 0C28 0 50 -12 54 -40C34 -34 -34 -34 -54 -40Z", _tube(sheet, bowl))
    sheet.stroke("M-54 -40C-34 -33 34 -33 54 -40", lighter(bowl, 0.5), 2)
    sheet.stroke("M-49 -25C-30 -17 30 -17 49 -25", lighter(bowl, 0.4), 1, 0.6)


def apple(sheet: Sheet, x: float, y: float, r: float, colour: str) -> None:
    with sheet.at(x, y, r / 20):
        sheet.shape("M0 -16C6 -22 22 -20 21 -2C20 12 10 20 0 18C-10 20 -20 12 -21 -2C-22 -20 -6 -22 0 -16Z",
                    sheet.radial((0, lighter(colour, 0.45)), (0.45, colour), (1, darker(colour, 0.34)), x=0.33, y=0.3, r=0.78))
        sheet.stroke("M0 -15C0 -20 2 -23 4 -25", "#6b4a32", 1.8)
        sheet.shape("M2 -20C6 -27 14 -27 17 -24C13 -19 7 -17 2 -20Z", "#7fa04f")
        sheet.ellipse(-9, -8, 3.4, 2.4, WHITE, 0.5)


def book(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A stack of three books and an open one."""
    sheet.glow(8, 0, 66, SHADE, 0.6, 0.15)
    tints = (look.colour or "#7d5a86", "#4f7f86", "#c9734f")
    for index, tint in enumerate(tints):
        cover, y, half = mood.lit(tint, 0.7), -index * 15.0, 48 - index * 5
        sheet.rect(-half, y - 14, half * 2, 14, sheet.linear((0, lighter(cover, 0.18)), (1, darker(cover, 0.22))), round_=2)
        sheet.rect(-half + 5, y - 11.6, half * 2 - 4, 9.2, mood.lit("#f3ead6", 0.5))
        sheet.rect(-half, y - 14, 8, 14, darker(cover, 0.16), round_=2)
        sheet.stroke(f"M{-half + 9} {y - 8.6:.1f}h{half * 2 - 10:.1f}M{-half + 9} {y - 5.6:.1f}h{half * 2 - 10:.1f}", "#cbbfa6", 0.5)
    page = mood.lit("#fbf5e6", 0.5)
    for flip in (False, True):
        with sheet.at(0, -46, flip=flip):
            sheet.shape("M0 -2C10 -12 28 -14 40 -10L46 -34C32 -38 14 -36 0 -26Z", sheet.linear((0, page), (1, darker(page, 0.1))))
            sheet.stroke("M6 -12C16 -18 26 -19 38 -16M6 -18C18 -24 28 -25 40 -22", "#a99f8c", 0.8, 0.7)


def lantern(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A round paper lantern, hanging."""
    paper = mood.lit(look.colour or "#d8432f", 0.3)
    sheet.glow(0, -56, 78, "#ffb35c", 0.75)
    sheet.stroke("M0 -130V-88", INK, 1.2)
    sheet.shape(disc(0, -56, 36, 30), sheet.radial((0, "#ffe7a8"), (0.45, lighter(paper, 0.2)), (1, darker(paper, 0.2))))
    for rx in (9, 20, 30):
        sheet.stroke(disc(0, -56, rx, 30), darker(paper, 0.3), 0.7, 0.6)
    for y in (-90, -30):
        sheet.rect(-14, y, 28, 6, mood.lit("#d9a93f", 0.3), round_=1.5)
    sheet.stroke("M0 -24V-4M-5 -24V-8M5 -24V-8M-2.5 -24V-5M2.5 -24V-5", mood.lit("#d9a93f", 0.3), 1.3)


def boat(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A small sailing boat and its reflection."""
    hull, sail = mood.lit(look.colour or chance.pick(("#b5533f", "#3f6f8f", "#8a5a3c")), 0.8), mood.lit("#fdf6e8", 0.6)
    with sheet.at(0, 4, upside=True, opacity=0.22):
        sheet.shape("M-4 -18L-4 -70L-40 -18ZM4 -18L4 -80C30 -60 42 -36 44 -18Z", sail)
        sheet.shape("M-50 -16L50 -16C44 -4 38 0 30 0L-34 0C-44 0 -48 -8 -50 -16Z", hull)
    sheet.glow(0, 2, 64, darker(mood.sky[0], 0.3), 0.5, 0.1)
    sheet.stroke("M0 -10V-98", mood.lit("#6b4a32"), 2.2)
    sheet.shape("M3 -95C30 -74 44 -44 46 -22C30 -26 14 -24 3 -22Z", sheet.linear((0, lighter(sail, 0.3)), (1, darker(sail, 0.16)), x=1))
    sheet.shape("M-3 -86C-12 -62 -28 -36 -42 -22C-28 -25 -14 -24 -3 -22Z", sheet.linear((0, sail), (1, darker(sail, 0.22))))
    sheet.shape("M0 -98L16 -94L0 -90Z", mood.lit("#d9513f", 0.5))
    sheet.shape("M-52 -17C-20 -12 20 -12 54 -18C48 -4 42 2 34 2L-36 2C-46 1 -50 -8 -52 -17Z", sheet.linear((0, lighter(hull, 0.2)), (1, darker(hull, 0.3))))
    sheet.stroke("M-51 -14C-20 -9 20 -9 52.6 -15", lighter(hull, 0.65), 1.6)


def paper_boat(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A folded paper boat afloat."""
    paper = mood.lit(look.colour or "#fdfaf2", 0.45)
    ink = darker(paper, 0.55)
    with sheet.at(0, 5, upside=True, opacity=0.13):
        sheet.shape("M-72 -42L-40 0L40 0L72 -42L22 -26L0 -74L-22 -26Z", paper)
    sheet.glow(0, 3, 72, ink, 0.4, 0.12)
    sheet.shape("M0 -84L-30 -18L0 -10Z", sheet.linear((0, paper), (1, darker(paper, 0.13)), x=1))
    sheet.shape("M0 -84L30 -18L0 -10Z", sheet.linear((0, darker(paper, 0.1)), (1, darker(paper, 0.27)), x=1))
    sheet.shape("M-76 -46L-42 3L0 3L0 -18Z", sheet.linear((0, lighter(paper, 0.6)), (1, darker(paper, 0.08)), x=1))
    sheet.shape("M76 -46L42 3L0 3L0 -18Z", sheet.linear((0, darker(paper, 0.07)), (1, darker(paper, 0.24))))
    sheet.shape("M-42 3L0 -18L42 3Z", sheet.linear((0, darker(paper, 0.03)), (1, darker(paper, 0.18))))
    sheet.stroke("M-42 3L0 -18L42 3M0 -84V-18", darker(paper, 0.32), 0.7, 0.6)
    ripple = lighter(mood.sky[2], 0.6)
    for rx, fade in ((58, 0.55), (80, 0.35), (104, 0.2)):
        sheet.stroke(disc(0, 5, rx, rx * 0.13), ripple, 1.1, fade)


def person(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bust in profile, the far hills within it."""
    body = "M-44 0C-42 -18 -30 -25 -15 -29C-10 -31 -9 -36 -10 -42C-22 -48 -27 -60 -25 -73C-23 -90 -6 -98 9 -94C21 -91 27 -81 26 -72C26 -69 28 -66 31 -61C32 -59 31 -58 28.6 -57.4C29 -55 29.4 -54 28 -52.6C29 -51 28.6 -49.6 27.4 -48.6C28 -44 26 -41 21 -41C17 -41 14 -41 12 -40C11 -34 13 -30 19 -27C31 -23 40 -16 43 0Z"
    hair = "M-10 -40C-24 -44 -32 -58 -29 -75C-26 -94 -6 -102 9 -98C21 -95 28 -87 27 -79C18 -85 12 -84 8 -82C8 -74 4 -68 0 -66C-2 -70 -7 -70 -7 -65C-7 -60 -3 -58 -1 -58C-2 -50 -5 -44 -10 -40Z"
    skin = mood.lit("#f0bf9b", 0.6)
    coat = mood.lit(look.colour or chance.pick(("#3f6f86", "#a8524a", "#5d6f9a", "#7a8f5a")), 0.6)
    dark = mood.lit(chance.pick(("#3b2a2a", "#2b2738", "#5a3826")), 0.5)
    sheet.shape("M-27 -76C-42 -62 -36 -40 -30 -22C-24 -18 -14 -22 -10 -30Z", darker(dark, 0.1))
    sheet.shape(body, sheet.linear((0, lighter(skin, 0.22)), (1, darker(skin, 0.2)), x=-1, y=0.6))
    sheet.shape("M-48 2C-46 -20 -32 -26 -16 -30C-6 -18 8 -18 17 -28C32 -24 44 -18 47 2Z", sheet.linear((0, lighter(coat, 0.12)), (1, darker(coat, 0.3))))
    sheet.shape("M-10 -40C-6 -36 4 -36 12 -40C11 -36 12 -33 14 -30C4 -26 -4 -28 -9 -33Z", darker(skin, 0.35), 0.5)
    sheet.shape(hair, sheet.linear((0, lighter(dark, 0.22)), (1, dark)))
    sheet.stroke("M-22 -80C-16 -92 2 -96 14 -91M-25 -70C-22 -62 -18 -54 -12 -47", lighter(dark, 0.4), 0.9, 0.5)
    sheet.stroke("M18 -70C20 -71 23 -71 24.4 -70", dark, 1.1)
    sheet.stroke("M18.4 -66C20 -64.6 22.4 -64.6 24 -65.6", dark, 1.1)
    sheet.stroke("M27.6 -52.6C25 -52.2 23.6 -52.4 22.6 -53", mix(skin, "#a8404a", 0.7), 1.2)
    sheet.glow(15, -57, 6, "#ee7f78", 0.5)
    if look.scarf:
        tint = mood.lit(look.scarf, 0.4)
        sheet.shape("M-16 -36C-6 -28 8 -28 16 -36C22 -32 22 -24 18 -20C6 -14 -10 -14 -20 -22C-24 -28 -20 -34 -16 -36Z", sheet.linear((0, lighter(tint, 0.15)), (1, darker(tint, 0.2))))


def rocket(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    shell, fin = look.colour or "#eef0f4", "#d9513f"
    with sheet.at(0, -50, turn=24):
        sheet.glow(0, 56, 34, "#ffb04a", 0.9, 1.3)
        sheet.shape("M-9 32C-8 52 -4 62 0 76C4 62 8 52 9 32Z", sheet.linear((0, "#fff2b8"), (0.5, "#ffb347"), (1, "#ff6a3c", 0.3)))
        sheet.shape("M-16 8C-28 16 -30 28 -28 40L-12 30ZM16 8C28 16 30 28 28 40L12 30Z", sheet.linear((0, fin), (1, darker(fin, 0.3))))
        sheet.shape("M0 -54C16 -38 22 -8 14 32L-14 32C-22 -8 -16 -38 0 -54Z", _tube(sheet, shell))
        sheet.shape("M0 -54C8 -46 13.4 -36 16 -25C6 -22 -6 -22 -16 -25C-13.4 -36 -8 -46 0 -54Z", _tube(sheet, fin))
        sheet.ellipse(0, -8, 8.6, 8.6, "#8a94a6")
        sheet.ellipse(0, -8, 6.4, 6.4, sheet.linear((0, "#bfe6f7"), (1, "#3f7fa6")))


def planet(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    tint = look.colour or chance.pick(("#d98f5f", "#7f8fd0", "#5fae9f", "#c9738f"))
    with sheet.at(0, -50, turn=-16):
        sheet.glow(0, 0, 74, tint, 0.5)
        ring = sheet.linear((0, lighter(tint, 0.5), 0.1), (0.3, lighter(tint, 0.4), 0.9), (0.7, tint, 0.8), (1, lighter(tint, 0.5), 0.1), x=1, y=0)
        sheet.shape(disc(0, 0, 76, 17) + "M-56 0a56 11.5 0 0 0 112 0a56 11.5 0 0 0 -112 0Z", ring)
        sheet.ellipse(0, 0, 42, 42, sheet.radial((0, lighter(tint, 0.45)), (0.5, tint), (1, darker(tint, 0.75)), x=0.32, y=0.28, r=0.8))
        with sheet.clip(disc(0, 0, 42)):
            for y, h, fade in ((-26, 6, 0.3), (-12, 9, 0.22), (6, 5, 0.3), (20, 9, 0.2)):
                sheet.ellipse(0, y, 46, h, lighter(tint, 0.4), fade)
        with sheet.clip(box(-80, 0, 160, 40)):
            sheet.shape(disc(0, 0, 76, 17) + "M-56 0a56 11.5 0 0 0 112 0a56 11.5 0 0 0 -112 0Z", ring)


def balloon(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    tints = (look.colour, "#fdf3df") if look.colour else chance.pick((("#d9553f", "#f6d58a"), ("#3f7f8f", "#f3e2bf"), ("#b5527a", "#f6c98a")))
    first, second = mood.lit(tints[0] or "#d9553f", 0.6), mood.lit(tints[1] or "#fdf3df", 0.6)
    envelope = "M0 -100C30 -100 42 -78 38 -58C34 -42 18 -30 9 -20L-9 -20C-18 -30 -34 -42 -38 -58C-42 -78 -30 -100 0 -100Z"
    sheet.stroke("M-8 -20L-6 -9M8 -20L6 -9", mood.lit("#5a4436"), 0.9)
    sheet.rect(-7, -10, 14, 10, sheet.linear((0, mood.lit("#b58a5c")), (1, mood.lit("#7d5636"))), round_=2)
    sheet.shape(envelope, second)
    for half in (0.86, 0.3):
        sheet.shape(f"M0 -100C{30 * half:.1f} -100 {42 * half:.1f} -78 {38 * half:.1f} -58C{34 * half:.1f} -42 {18 * half:.1f} -30 {9 * half:.1f} -20L{-9 * half:.1f} -20C{-18 * half:.1f} -30 {-34 * half:.1f} -42 {-38 * half:.1f} -58C{-42 * half:.1f} -78 {-30 * half:.1f} -100 0 -100Z",
                    first if half > 0.8 else second)
        if half > 0.8:
            sheet.shape("M0 -100C17 -100 24 -78 22 -58C19 -42 10 -30 5 -20L-5 -20C-10 -30 -19 -42 -22 -58C-24 -78 -17 -100 0 -100Z", mix(first, second, 0.55))
    sheet.shape(envelope, sheet.radial((0, "#ffffff", 0.38), (0.5, "#ffffff", 0), (1, SHADE, 0.36), x=0.33, y=0.28, r=0.8))


def car(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    paint = mood.lit(look.colour or chance.pick(("#4f93a8", "#d9694f", "#e0b04f")), 0.7)
    sheet.glow(0, 0, 92, SHADE, 0.6, 0.11)
    sheet.shape("M-42 -34C-36 -62 -24 -66 4 -66C28 -66 38 -52 48 -36Z", sheet.linear((0, lighter(paint, 0.4)), (1, paint)))
    sheet.shape("M-34 -37C-30 -56 -22 -59 -2 -59V-37ZM3 -59C22 -59 30 -50 38 -37H3Z", sheet.linear((0, lighter(mood.sky[2], 0.3)), (1, mix(mood.sky[0], INK, 0.4))))
    sheet.shape("M-78 -8C-82 -32 -64 -36 -42 -38L46 -38C70 -36 82 -30 80 -10C78 -4 -74 -4 -78 -8Z", sheet.linear((0, lighter(paint, 0.25)), (0.5, paint), (1, darker(paint, 0.35))))
    sheet.stroke("M-76 -18H78", lighter(paint, 0.6), 1.2, 0.7)
    for x in (-46, 46):
        sheet.ellipse(x, -8, 16, 16, "#2b2a33")
        sheet.ellipse(x, -8, 8.4, 8.4, sheet.linear((0, "#f0f0f2"), (1, "#8d929b")))
    sheet.ellipse(75, -24, 4.4, 5.6, "#fff3c4")


def robot(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    steel = mood.lit(look.colour or chance.pick(("#7fb0bd", "#d9b15f", "#c98f7f")), 0.6)
    dark = mood.lit("#2f3444", 0.5)
    sheet.glow(0, 0, 50, SHADE, 0.55, 0.18)
    sheet.stroke("M-32 -38C-44 -34 -46 -24 -42 -16M32 -38C44 -34 46 -24 42 -16", darker(steel, 0.25), 7)
    sheet.stroke("M-12 -12V-2M12 -12V-2", darker(steel, 0.3), 10)
    sheet.rect(-27, -50, 54, 42, _tube(sheet, steel), round_=12)
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
            sheet.shape("M0 -10C14 -14 24 -28 24 -40C10 -36 2 -26 0 -10ZM0 -18C-12 -22 -20 -34 -20 -44C-8 -40 -2 -32 0 -18Z", sheet.linear((0, lighter(stem, 0.2)), (1, darker(stem, 0.15))))
            for ring, count in ((17.0, 9), (11.0, 7)):
                for petal in range(count):
                    with sheet.at(0, -tall, turn=petal * 360 / count + ring * 3):
                        sheet.shape(f"M0 0C{-ring * 0.42:.1f} {-ring * 0.4:.1f} {-ring * 0.36:.1f} {-ring * 1.1:.1f} 0 {-ring * 1.3:.1f}C{ring * 0.36:.1f} {-ring * 1.1:.1f} {ring * 0.42:.1f} {-ring * 0.4:.1f} 0 0Z",
                                    sheet.linear((0, lighter(tint, 0.35 if ring < 15 else 0.12)), (1, darker(tint, 0.2))))
            sheet.ellipse(0, -tall, 6, 6, sheet.radial((0, "#f9d976"), (1, "#b9772f")))


def great_tree(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """One old tree, its crown full."""
    bark = mood.lit(mood.trunk)
    leaf = mood.lit(look.colour or ("#dfe8f2" if mood.snowy else chance.pick((mood.leaf, mood.second))))
    sheet.glow(4, 0, 62, darker(mood.lit(mood.grass), 0.7), 0.6, 0.14)
    sheet.shape("M-13 2C-5 -6 -7 -26 -8 -44L8 -44C7 -26 6 -6 15 2C8 -1 -6 -1 -13 2Z", sheet.linear((0, lighter(bark, 0.18)), (1, darker(bark, 0.35)), x=1, y=0))
    sheet.stroke("M-5 -34C-12 -44 -20 -48 -26 -52M5 -36C12 -46 20 -50 27 -54", darker(bark, 0.15), 4.4)
    for x, y, r in ((-30, -52, 20), (31, -54, 20), (-20, -76, 22), (22, -78, 22), (0, -60, 24), (0, -88, 20)):
        foliage(sheet, x, y, r, leaf, chance)

