"""A steam train, the viaduct it crosses, and a bicycle."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, disc
from onebrush.sandbox.artist.skies import Frame


def train(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A locomotive under steam with its tender and three carriages."""
    paint = mood.lit(look.colour or chance.pick(("#2f4f46", "#8a3330", "#2f4763")), 0.6)
    coach, brass = mood.lit(chance.pick(("#a8453a", "#3f6f5a", "#c08a4a")), 0.6), mood.lit("#e0b45c", 0.4)
    iron = mood.lit("#26262e", 0.5)
    _smoke(sheet, mood, chance)
    for k in range(3):
        _coach(sheet, mood, coach, iron, -92 - k * 66)
    sheet.shape(box(-56, -30, 30, 22), sheet.linear((0, lighter(paint, 0.1)), (1, darker(paint, 0.4))))
    sheet.shape("M-54 -30C-48 -38 -34 -38 -28 -30Z", "#1c1a22")
    sheet.rect(-22, -12, 92, 6, iron)
    boiler = sheet.linear((0, lighter(paint, 0.1)), (0.25, lighter(paint, 0.4)), (0.6, paint), (1, darker(paint, 0.45)))
    sheet.rect(4, -36, 62, 24, boiler, round_=5)
    sheet.rect(58, -38, 10, 27, sheet.linear((0, lighter(iron, 0.35)), (1, iron)), round_=3)
    sheet.shape(box(14, -36, 2.4, 24) + box(30, -36, 2.4, 24) + box(46, -36, 2.4, 24), brass)
    sheet.shape("M56 -36L54.6 -50H52V-55H68V-50H65.4L64 -36Z", sheet.linear((0, lighter(iron, 0.3)), (1, iron)))
    sheet.shape("M34 -36C34 -44 44 -44 44 -36ZM18 -36C18 -42 26 -42 26 -36Z", brass)
    sheet.rect(-22, -48, 26, 38, sheet.linear((0, lighter(paint, 0.2)), (1, darker(paint, 0.3))), round_=2)
    sheet.rect(-16, -43, 14, 13, sheet.linear((0, "#ffe9b0"), (1, "#d99a4e")), round_=1.6)
    sheet.shape("M-26 -48C-16 -54 0 -54 8 -48L8 -46H-26Z", iron)
    sheet.shape("M68 -12H78L84 0H68Z", brass)
    sheet.ellipse(69, -30, 3.4, 3.6, "#fff1b8")
    sheet.glow(74, -30, 13, "#ffe9a0", 0.8)
    for x, r in ((-46, 6), (-34, 6), (-10, 10), (14, 10), (38, 10), (60, 6)):
        _wheel(sheet, x, r, iron, paint)
    sheet.stroke("M-10 -8H38L62 -12", brass, 2)


def _wheel(sheet: Sheet, x: float, r: float, iron: str, tint: str) -> None:
    sheet.ellipse(x, -r, r, r, iron)
    sheet.stroke(disc(x, -r, r * 0.72), mix(tint, "#c9503f", 0.5), r * 0.16)
    sheet.stroke(
        f"M{x - r * 0.7:.1f} {-r}h{r * 1.4:.1f}M{x} {-r * 1.7:.1f}v{r * 1.4:.1f}", mix(tint, "#c9503f", 0.5), 1
    )


def _coach(sheet: Sheet, mood: Mood, paint: str, iron: str, x: float) -> None:
    glass = "#ffd98a" if mood.dark or mood.time == "sunset" else mix(mood.sky[2], "#5a7f9a", 0.4)
    sheet.rect(x - 32, -10, 70, 3, iron)
    sheet.rect(x - 30, -38, 62, 28, sheet.linear((0, lighter(paint, 0.2)), (1, darker(paint, 0.3))), round_=2.4)
    sheet.rect(x - 32, -42, 66, 6, sheet.linear((0, lighter(iron, 0.4)), (1, iron)), round_=3)
    sheet.rect(x - 30, -22, 62, 2, mood.lit("#f0dfb5", 0.5))
    for k in range(5):
        sheet.rect(x - 25 + k * 11.4, -34, 8, 10, glass, round_=1.2)
    for at in (x - 20, x - 8, x + 10, x + 22):
        _wheel(sheet, at, 5.4, iron, paint)


def _smoke(sheet: Sheet, mood: Mood, chance: Chance) -> None:
    tone = mix(lighter(mood.sky[3], 0.6), mood.haze, 0.2)
    for k in range(17):
        x, y = 58 - k * 10.5 + chance.between(-4, 4), -61 - 30 * (k / 16) ** 0.55 - chance.between(0, 7)
        r = 6 + k * 1.05
        sheet.ellipse(x, y + r * 0.12, r * 1.2, r, darker(tone, 0.2), 0.5 - k * 0.02)
        sheet.ellipse(x - r * 0.1, y - r * 0.1, r * 1.05, r * 0.84, tone, 0.8 - k * 0.036)


def viaduct(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, deck: float) -> None:
    """A stone bridge on high arches, from edge to edge."""
    side = frame.side
    stone = mood.lit(chance.pick(("#b8a795", "#a99a94", "#c2b09a")))
    span, tall, floor = side * 0.27, side * 0.045, frame.height + 20
    count = int(frame.width / span) + 3
    start = frame.width / 2 - (count // 2 + 0.5) * span
    path = box(-20, deck, frame.width + 40, tall)
    for k in range(count + 1):
        path += _pier(start + k * span, deck + tall, span, floor)
    sheet.shape(path, sheet.linear((0, lighter(stone, 0.3)), (0.3, stone), (1, darker(stone, 0.45))))
    shade = "".join(
        box(start + k * span + span * 0.04, deck + tall + span * 0.3, span * 0.06, floor) for k in range(count + 1)
    )
    sheet.shape(shade, darker(stone, 0.6), 0.35)
    sheet.rect(-20, deck - side * 0.006, frame.width + 40, side * 0.016, lighter(stone, 0.4))
    sheet.rect(-20, deck + tall * 0.5, frame.width + 40, side * 0.006, darker(stone, 0.45), opacity=0.6)
    sheet.rect(-20, deck - side * 0.01, frame.width + 40, side * 0.006, "#34303a")
    joints = ""
    for row in range(30):
        y = deck + tall + span * 0.3 + row * side * 0.02
        joints += "".join(f"M{start + k * span - span * 0.1:.1f} {y:.1f}h{span * 0.2:.1f}" for k in range(count + 1))
    sheet.stroke(joints, darker(stone, 0.5), 1.2, 0.35)


def _pier(x: float, top: float, span: float, floor: float) -> str:
    """One pier, its shoulders rounding into the arches on either side."""
    half, reach = span * 0.1, span / 2
    rise = span * 0.42
    return (
        f"M{x - reach - 1:.1f} {top - 2:.1f}H{x + reach + 1:.1f}V{top + 4:.1f}"
        f"C{x + reach * 0.5:.1f} {top + 4:.1f} {x + half:.1f} {top + rise * 0.4:.1f} {x + half:.1f} {top + rise:.1f}"
        f"L{x + half * 1.25:.1f} {floor:.1f}H{x - half * 1.25:.1f}L{x - half:.1f} {top + rise:.1f}"
        f"C{x - half:.1f} {top + rise * 0.4:.1f} {x - reach * 0.5:.1f} {top + 4:.1f} {x - reach - 1:.1f} {top + 4:.1f}Z"
    )


def bicycle(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bicycle with a basket of flowers."""
    paint = mood.lit(look.colour or chance.pick(("#cf3b38", "#3f7f86", "#e0a63f", "#5b6fb0")), 0.4)
    tyre, steel = mood.lit("#2b2a33", 0.5), mood.lit("#c3c8cf", 0.5)
    sheet.glow(0, 0, 74, "#1c1730", 0.5, 0.08)
    for x in (-36, 36):
        sheet.stroke(
            "".join(
                f"M{x} -24l{dx} {dy}M{x} -24l{-dx} {-dy}"
                for dx, dy in ((0, 22), (11, 19), (19, 11), (22, 0), (19, -11), (11, -19))
            ),
            steel,
            0.5,
            0.9,
        )
        sheet.stroke(disc(x, -24, 23), tyre, 3.4)
        sheet.stroke(disc(x, -24, 20.8), steel, 1)
        sheet.ellipse(x, -24, 2.6, 2.6, steel)
    sheet.stroke("M-61 -30A26 26 0 0 1 -20 -45M12 -33A26 26 0 0 1 40 -50", paint, 2.6)
    sheet.stroke("M-36 -24H-4L-14 -58ZM-14 -56L24 -60L-4 -24M36 -24L22 -68", darker(paint, 0.25), 4.4)
    sheet.stroke("M-36 -24H-4L-14 -58ZM-14 -56L24 -60L-4 -24M36 -24L22 -68", paint, 3.2)
    sheet.stroke("M-14 -58L-16.4 -68", steel, 2.2)
    sheet.shape("M-28 -72C-22 -75 -12 -74 -4 -70C-10 -66 -22 -65 -27 -67Z", mood.lit("#6b4230", 0.5))
    sheet.stroke("M22 -68L20.6 -76C28 -80 34 -78 36 -72", steel, 2.4)
    sheet.stroke("M14 -78C18 -80 20 -79 21 -76", mood.lit("#6b4230", 0.5), 3)
    sheet.stroke("M-36 -26C-26 -28 -14 -31 -4 -30M-36 -21.6C-26 -20 -14 -18 -4 -18", tyre, 0.9)
    sheet.stroke(disc(-4, -24, 6), steel, 1.8)
    sheet.stroke("M-4 -24L4 -14M-4 -24L-12 -34", steel, 1.8)
    sheet.stroke("M1 -13h7M-15 -35h7", tyre, 2.6)
    basket = mood.lit("#c9935a", 0.5)
    for x, y, tint in ((32, -80, 0), (38, -84, 1), (45, -82, 2), (51, -79, 3), (41, -78, 0)):
        bloom = mood.lit(mood.blooms[tint % len(mood.blooms)], 0.4)
        sheet.shape("".join(disc(x + dx, y + dy, 2.5) for dx, dy in ((-2.4, 0), (2.4, 0), (0, -2.4), (0, 2.4))), bloom)
        sheet.ellipse(x, y, 1.5, 1.5, WHITE)
    sheet.shape("M28 -76H55L51 -58H32Z", sheet.linear((0, lighter(basket, 0.2)), (1, darker(basket, 0.25))))
    sheet.stroke(
        "M29 -71H54M30 -66H53M31 -61H52M35 -76L36 -58M41.6 -76V-58M48 -76L47 -58", darker(basket, 0.4), 0.6, 0.7
    )
