"""Things that travel, in local units: about 100 tall, on the origin."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import INK, darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, disc
from onebrush.sandbox.artist.things import SHADE, tube


def boat(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A small sailing boat and its reflection."""
    hull, sail = mood.lit(look.colour or chance.pick(("#b5533f", "#3f6f8f", "#8a5a3c")), 0.8), mood.lit("#fdf6e8", 0.6)
    with sheet.at(0, 4, upside=True, opacity=0.22):
        sheet.shape("M-4 -18L-4 -70L-40 -18ZM4 -18L4 -80C30 -60 42 -36 44 -18Z", sail)
        sheet.shape("M-50 -16L50 -16C44 -4 38 0 30 0L-34 0C-44 0 -48 -8 -50 -16Z", hull)
    sheet.glow(0, 2, 64, darker(mood.sky[0], 0.3), 0.5, 0.1)
    sheet.stroke("M0 -10V-98", mood.lit("#6b4a32"), 2.2)
    sheet.shape(
        "M3 -95C30 -74 44 -44 46 -22C30 -26 14 -24 3 -22Z",
        sheet.linear((0, lighter(sail, 0.3)), (1, darker(sail, 0.16)), x=1),
    )
    sheet.shape(
        "M-3 -86C-12 -62 -28 -36 -42 -22C-28 -25 -14 -24 -3 -22Z", sheet.linear((0, sail), (1, darker(sail, 0.22)))
    )
    sheet.shape("M0 -98L16 -94L0 -90Z", mood.lit("#d9513f", 0.5))
    sheet.shape(
        "M-52 -17C-20 -12 20 -12 54 -18C48 -4 42 2 34 2L-36 2C-46 1 -50 -8 -52 -17Z",
        sheet.linear((0, lighter(hull, 0.2)), (1, darker(hull, 0.3))),
    )
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


def rocket(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    shell, fin = look.colour or "#eef0f4", "#d9513f"
    with sheet.at(0, -50, turn=24):
        sheet.glow(0, 56, 34, "#ffb04a", 0.9, 1.3)
        sheet.shape(
            "M-9 32C-8 52 -4 62 0 76C4 62 8 52 9 32Z",
            sheet.linear((0, "#fff2b8"), (0.5, "#ffb347"), (1, "#ff6a3c", 0.3)),
        )
        sheet.shape(
            "M-16 8C-28 16 -30 28 -28 40L-12 30ZM16 8C28 16 30 28 28 40L12 30Z",
            sheet.linear((0, fin), (1, darker(fin, 0.3))),
        )
        sheet.shape("M0 -54C16 -38 22 -8 14 32L-14 32C-22 -8 -16 -38 0 -54Z", tube(sheet, shell))
        sheet.shape("M0 -54C8 -46 13.4 -36 16 -25C6 -22 -6 -22 -16 -25C-13.4 -36 -8 -46 0 -54Z", tube(sheet, fin))
        sheet.ellipse(0, -8, 8.6, 8.6, "#8a94a6")
        sheet.ellipse(0, -8, 6.4, 6.4, sheet.linear((0, "#bfe6f7"), (1, "#3f7fa6")))


def planet(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    tint = look.colour or chance.pick(("#d98f5f", "#7f8fd0", "#5fae9f", "#c9738f"))
    with sheet.at(0, -50, turn=-16):
        sheet.glow(0, 0, 74, tint, 0.5)
        ring = sheet.linear(
            (0, lighter(tint, 0.5), 0.1),
            (0.3, lighter(tint, 0.4), 0.9),
            (0.7, tint, 0.8),
            (1, lighter(tint, 0.5), 0.1),
            x=1,
            y=0,
        )
        sheet.shape(disc(0, 0, 76, 17) + "M-56 0a56 11.5 0 0 0 112 0a56 11.5 0 0 0 -112 0Z", ring)
        sheet.ellipse(
            0,
            0,
            42,
            42,
            sheet.radial((0, lighter(tint, 0.45)), (0.5, tint), (1, darker(tint, 0.75)), x=0.32, y=0.28, r=0.8),
        )
        with sheet.clip(disc(0, 0, 42)):
            for y, h, fade in ((-26, 6, 0.3), (-12, 9, 0.22), (6, 5, 0.3), (20, 9, 0.2)):
                sheet.ellipse(0, y, 46, h, lighter(tint, 0.4), fade)
        with sheet.clip(box(-80, 0, 160, 40)):
            sheet.shape(disc(0, 0, 76, 17) + "M-56 0a56 11.5 0 0 0 112 0a56 11.5 0 0 0 -112 0Z", ring)


def balloon(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    tints = (
        (look.colour, "#fdf3df")
        if look.colour
        else chance.pick((("#d9553f", "#f6d58a"), ("#3f7f8f", "#f3e2bf"), ("#b5527a", "#f6c98a")))
    )
    first, second = mood.lit(tints[0] or "#d9553f", 0.6), mood.lit(tints[1] or "#fdf3df", 0.6)
    envelope = (
        "M0 -100C30 -100 42 -78 38 -58C34 -42 18 -30 9 -20L-9 -20C-18 -30 -34 -42 -38 -58C-42 -78 -30 -100 0 -100Z"
    )
    sheet.stroke("M-8 -20L-6 -9M8 -20L6 -9", mood.lit("#5a4436"), 0.9)
    sheet.rect(-7, -10, 14, 10, sheet.linear((0, mood.lit("#b58a5c")), (1, mood.lit("#7d5636"))), round_=2)
    sheet.shape(envelope, second)
    for half in (0.86, 0.3):
        sheet.shape(
            f"M0 -100C{30 * half:.1f} -100 {42 * half:.1f} -78 {38 * half:.1f} -58C{34 * half:.1f} -42"
            f" {18 * half:.1f} -30 {9 * half:.1f} -20L{-9 * half:.1f} -20C{-18 * half:.1f} -30 {-34 * half:.1f}"
            f" -42 {-38 * half:.1f} -58C{-42 * half:.1f} -78 {-30 * half:.1f} -100 0 -100Z",
            first if half > 0.8 else second,
        )
        if half > 0.8:
            sheet.shape(
                "M0 -100C17 -100 24 -78 22 -58C19 -42 10 -30 5 -20L-5 -20C-10 -30 -19 -42 -22 -58C-24 -78 -17 -100 0"
                " -100Z",
                mix(first, second, 0.55),
            )
    sheet.shape(
        envelope, sheet.radial((0, "#ffffff", 0.38), (0.5, "#ffffff", 0), (1, SHADE, 0.36), x=0.33, y=0.28, r=0.8)
    )


def car(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    paint = mood.lit(look.colour or chance.pick(("#4f93a8", "#d9694f", "#e0b04f")), 0.7)
    sheet.glow(0, 0, 92, SHADE, 0.6, 0.11)
    sheet.shape(
        "M-42 -34C-36 -62 -24 -66 4 -66C28 -66 38 -52 48 -36Z", sheet.linear((0, lighter(paint, 0.4)), (1, paint))
    )
    sheet.shape(
        "M-34 -37C-30 -56 -22 -59 -2 -59V-37ZM3 -59C22 -59 30 -50 38 -37H3Z",
        sheet.linear((0, lighter(mood.sky[2], 0.3)), (1, mix(mood.sky[0], INK, 0.4))),
    )
    sheet.shape(
        "M-78 -8C-82 -32 -64 -36 -42 -38L46 -38C70 -36 82 -30 80 -10C78 -4 -74 -4 -78 -8Z",
        sheet.linear((0, lighter(paint, 0.25)), (0.5, paint), (1, darker(paint, 0.35))),
    )
    sheet.stroke("M-76 -18H78", lighter(paint, 0.6), 1.2, 0.7)
    for x in (-46, 46):
        sheet.ellipse(x, -8, 16, 16, "#2b2a33")
        sheet.ellipse(x, -8, 8.4, 8.4, sheet.linear((0, "#f0f0f2"), (1, "#8d929b")))
    sheet.ellipse(75, -24, 4.4, 5.6, "#fff3c4")
