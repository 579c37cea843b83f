"""Places within walls and beyond the world: a table by a window, a hall, a shop front, space, the abstract."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import INK, WHITE, darker, lighter, mix
from onebrush.sandbox.artist.letters import brush, brush_latin, width
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, curve, disc, polygon
from onebrush.sandbox.artist.skies import Frame, stars

GOLD = "#d9ae55"


def table(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A wall with a window's light on it and a wooden table top."""
    edge, side = frame.horizon, frame.side
    wall = mood.lit(chance.pick(("#d8c6ae", "#b9c4bb", "#cdb9b4", "#a9b8c4", "#c9b48f")), 1.1)
    sheet.rect(0, 0, frame.width, edge + 2, sheet.linear((0, darker(wall, 0.3)), (0.35, wall), (1, lighter(wall, 0.16)), x=0.7))
    lamp = mix(lighter(wall, 0.75), mood.glow, 0.45) if not mood.dark else "#8fa4dc"
    start = frame.width * chance.pick((0.1, 0.46)) if frame.wide > 0.8 else -side * 0.05
    for row in range(2):
        for column in range(2):
            x, y = start + column * side * 0.24, edge - side * (0.56 - row * 0.25)
            pane = [(x, y), (x + side * 0.21, y + side * 0.05), (x + side * 0.25, y + side * 0.27), (x + side * 0.04, y + side * 0.22)]
            sheet.shape(polygon(pane), sheet.linear((0, lamp, 0.5), (1, lamp, 0.22)))
    _leafy_shade(sheet, chance, start + side * 0.3, edge - side * 0.45, side, darker(wall, 0.4))
    wood = mood.lit(chance.pick(("#a9764a", "#8f6242", "#c0925f")))
    sheet.rect(0, edge, frame.width, frame.height - edge, sheet.linear((0, lighter(wood, 0.22)), (0.5, wood), (1, darker(wood, 0.35))))
    grain = ""
    for _ in range(int(26 * max(1, frame.wide))):
        y = edge + (frame.height - edge) * chance.between(0.02, 1) ** 1.2
        x, run = chance.between(-0.1, 0.95) * frame.width, side * chance.between(0.15, 0.6)
        grain += f"M{x:.1f} {y:.1f}q{run / 2:.1f} {chance.between(-6, 6):.1f} {run:.1f} {chance.between(-2, 2):.1f}"
    sheet.stroke(grain, darker(wood, 0.4), 1.3, 0.28)
    sheet.rect(0, edge, frame.width, side * 0.008, lighter(wood, 0.5), opacity=0.7)
    sheet.glow(start + side * 0.3, edge + side * 0.1, side * 0.5, lamp, 0.4, 0.3)


def _leafy_shade(sheet: Sheet, chance: Chance, x: float, y: float, side: float, shade: str) -> None:
    """The shadow of a twig across the light."""
    with sheet.at(x - side * 0.06, y + side * 0.36, side / 1000, turn=chance.between(4, 16), opacity=0.17):
        sheet.stroke("M0 40C-10 -120 20 -240 60 -380", shade, 9)
        for index in range(8):
            side_, up = (1 if index % 2 else -1), 20 - index * 52
            with sheet.at(index * 6 - 6, up, 1 - index * 0.05, turn=side_ * (52 - index * 3)):
                sheet.shape("M0 0C34 -34 34 -86 0 -124C-34 -86 -34 -34 0 0Z", shade)


def ledge(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A stone ledge across the lower part."""
    top, side = frame.height - (frame.height - frame.horizon) * 0.62, frame.side
    stone = mood.lit("#b9aea2", 1.1)
    sheet.rect(0, top, frame.width, side * 0.1, sheet.linear((0, lighter(stone, 0.45)), (1, lighter(stone, 0.05))))
    sheet.rect(0, top + side * 0.1, frame.width, frame.height, sheet.linear((0, darker(stone, 0.3)), (0.4, darker(stone, 0.45)), (1, darker(stone, 0.7))))
    gap, cracks = side * 0.3, ""
    for row in range(int((frame.height - top) / (side * 0.13)) + 1):
        y = top + side * (0.1 + row * 0.13)
        cracks += f"M0 {y:.1f}H{frame.width:.1f}"
        for index in range(int(frame.width / gap) + 2):
            cracks += f"M{(index + (row % 2) / 2) * gap:.1f} {y:.1f}v{side * 0.13:.1f}"
    sheet.stroke(cracks, darker(stone, 0.7), side * 0.005, 0.6)
    for tint, fade in ((darker(stone, 0.25), 0.4), (lighter(stone, 0.6), 0.5)):
        sheet.shape("".join(disc(chance.between(0, frame.width), top + side * chance.between(0.005, 0.095), chance.between(2, 8), chance.between(1, 3))
                            for _ in range(int(30 * max(1, frame.wide)))), tint, fade)


def _lattice(sheet: Sheet, x: float, y: float, w: float, h: float, wood: str, light: str) -> None:
    sheet.rect(x, y, w, h, sheet.linear((0, lighter(light, 0.2)), (1, light)))
    step = w / 4
    path = "".join(f"M{x + i * step:.1f} {y:.1f}v{h:.1f}" for i in range(5))
    rows = max(2, round(h / step))
    path += "".join(f"M{x:.1f} {y + j * h / rows:.1f}h{w:.1f}" for j in range(rows + 1))
    path += "".join(polygon([(x + (i + 0.5) * step, y + j * h / rows + h / rows * 0.16), (x + (i + 0.84) * step, y + (j + 0.5) * h / rows),
                             (x + (i + 0.5) * step, y + (j + 0.84) * h / rows), (x + (i + 0.16) * step, y + (j + 0.5) * h / rows)])
                    for i in range(4) for j in range(rows))
    sheet.stroke(path, wood, w * 0.022)


def hall(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A Chinese hall: lattice doors, columns, an altar table, a plaque and the couplet on either side."""
    side, middle, tall = frame.side, frame.width / 2, frame.height
    floor = tall - side * 0.16
    wall = mood.lit("#7a3a2e", 0.7)
    sheet.rect(0, 0, frame.width, tall, sheet.linear((0, darker(wall, 0.45)), (0.4, wall), (1, darker(wall, 0.2))))
    span, light = side * 0.25, mood.lit("#f0d9a4" if not mood.dark else "#8f86a8", 0.6)
    count = int(frame.width / span) + 3
    for index in range(-count // 2, count // 2 + 1):
        _lattice(sheet, middle + (index - 0.5) * span + side * 0.008, side * 0.2, span - side * 0.016, floor - side * 0.34, darker(wall, 0.5), light)
    sheet.glow(middle, tall * 0.45, side * 0.75, "#ffdf9a", 0.5)
    sheet.rect(0, floor, frame.width, tall - floor, sheet.linear((0, mood.lit("#9a6a4c")), (1, mood.lit("#4f3028"))))
    sheet.stroke("".join(f"M{middle + k * side * 0.16:.1f} {floor:.1f}L{middle + k * side * 0.42:.1f} {tall:.1f}" for k in range(-24, 25)),
                 mood.lit("#3d241f"), side * 0.003, 0.6)
    _columns(sheet, frame, mood, floor)
    _altar(sheet, mood, middle, floor + side * 0.03, side)
    paper, wide = mood.lit("#c8352e", 0.35), side * 0.125
    long = min(floor - side * 0.24, side * 0.78)
    top = (side * 0.2 + floor - long) / 2 if tall > side * 1.3 else side * 0.2
    for text, x in (("山川千古月", middle + side * 0.235), ("天地一家春", middle - side * 0.235 - wide)):
        _scroll(sheet, text, x, top, wide, long, paper)
    _plaque(sheet, mood, middle, max(side * 0.04, top - side * 0.17), side)


def _columns(sheet: Sheet, frame: Frame, mood: Mood, floor: float) -> None:
    side, middle, red = frame.side, frame.width / 2, mood.lit("#a5392c", 0.7)
    offsets = [0.445 + 0.62 * k for k in range(int(frame.wide / 0.62) + 1)]
    for offset in (sign * value for value in offsets for sign in (-1, 1)):
        x = middle + offset * side - side * 0.033
        sheet.rect(x, 0, side * 0.066, floor + side * 0.03, sheet.linear((0, darker(red, 0.35)), (0.35, lighter(red, 0.22)), (1, darker(red, 0.5)), x=1, y=0))
        sheet.rect(x - side * 0.014, floor + side * 0.01, side * 0.094, side * 0.03, mood.lit("#8f8a85"), round_=side * 0.01)
    sheet.rect(0, 0, frame.width, side * 0.055, sheet.linear((0, mood.lit("#27585a", 0.7)), (1, mood.lit("#173c40", 0.7))))
    sheet.shape("".join(disc(side * 0.04 + k * side * 0.08, side * 0.028, side * 0.013) for k in range(int(frame.width / (side * 0.08)) + 1)), GOLD, 0.85)
    sheet.rect(0, side * 0.055, frame.width, side * 0.008, GOLD)


def _altar(sheet: Sheet, mood: Mood, x: float, y: float, side: float) -> None:
    wood = mood.lit("#5a3325", 0.8)
    with sheet.at(x, y, side / 1000):
        sheet.glow(0, 4, 230, "#180c0c", 0.7, 0.12)
        sheet.shape("M-168 -128C-150 -112 -140 -60 -150 0H-132C-126 -50 -120 -90 -100 -104H100C120 -90 126 -50 132 0H150C140 -60 150 -112 168 -128Z", darker(wood, 0.2))
        sheet.rect(-190, -142, 380, 18, sheet.linear((0, lighter(wood, 0.3)), (1, wood)), round_=4)
        for flip in (False, True):
            with sheet.at(0, 0, flip=flip):
                sheet.shape("M-190 -142C-204 -146 -206 -162 -196 -166C-190 -158 -184 -150 -176 -142Z", wood)
                sheet.rect(-122, -196, 14, 54, "#e9dcc0", round_=3)
                sheet.glow(-115, -208, 42, "#ffc35c", 0.9)
                sheet.shape("M-115 -220C-108 -208 -110 -198 -115 -197C-120 -198 -122 -208 -115 -220Z", "#fff0b0")
        sheet.shape("M-24 -142C-50 -160 -48 -196 -18 -206V-222H18V-206C48 -196 50 -160 24 -142Z",
                    sheet.linear((0, "#2f5f86"), (0.3, "#e9f1f4"), (0.55, "#a9c6d6"), (1, "#2f5f86"), x=1, y=0))
        sheet.stroke("M2 -222C-6 -262 20 -282 6 -326M2 -240C24 -262 40 -276 50 -306M0 -244C-24 -262 -34 -276 -46 -300", "#4a3026", 4)
        for bx, by in ((6, -326), (-8, -292), (16, -276), (50, -306), (36, -280), (-46, -300), (-30, -276), (4, -258), (24, -318), (-24, -318)):
            sheet.shape("".join(disc(bx + math.cos(a) * 6, by + math.sin(a) * 6, 6) for a in (0.3, 1.56, 2.8, 4.1, 5.3)), "#f3a9b8")
            sheet.ellipse(bx, by, 3, 3, "#c9405a")


def _scroll(sheet: Sheet, text: str, x: float, y: float, w: float, h: float, paper: str) -> None:
    sheet.rect(x + w * 0.07, y + w * 0.08, w, h, "#1c0a0a", opacity=0.35)
    sheet.rect(x, y, w, h, sheet.linear((0, lighter(paper, 0.1)), (0.5, paper), (1, darker(paper, 0.12)), x=1, y=0.2))
    sheet.stroke(box(x + w * 0.08, y + w * 0.1, w * 0.84, h - w * 0.2), GOLD, w * 0.022, 0.9)
    for edge in (y - w * 0.07, y + h - w * 0.05):
        sheet.rect(x - w * 0.09, edge, w * 1.18, w * 0.12, sheet.linear((0, "#8a5a35"), (1, "#4a2c1c")), round_=w * 0.05)
    size = min(w * 0.72, (h - w * 0.5) / len(text))
    step = (h - w * 0.4) / len(text)
    for index, character in enumerate(text):
        brush(sheet, character, x + (w - size) / 2, y + w * 0.2 + index * step + (step - size) / 2, size, "#1d1512", 10.5)


def _plaque(sheet: Sheet, mood: Mood, x: float, y: float, side: float) -> None:
    w, h = side * 0.42, side * 0.118
    sheet.rect(x - w / 2 + 5, y + 7, w, h, "#140808", round_=5, opacity=0.4)
    sheet.rect(x - w / 2, y, w, h, sheet.linear((0, lighter(GOLD, 0.25)), (1, darker(GOLD, 0.3))), round_=side * 0.008)
    sheet.rect(x - w / 2 + side * 0.012, y + side * 0.012, w - side * 0.024, h - side * 0.024, sheet.linear((0, "#1d2b33"), (1, "#121b24")), round_=side * 0.005)
    size = h * 0.66
    for index, character in enumerate("大地回春"):
        brush(sheet, character, x - w / 2 + w * (0.065 + index * 0.2325), y + h * 0.17, size, "#efcf84", 10.5)


def shop(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, *, chinese: bool, tint: str | None) -> None:
    """A shop front: signboard in brush lettering above a window full of books."""
    side, middle = frame.side, frame.width / 2
    paint = mood.lit(tint or chance.pick(("#2f5a50", "#2f4763", "#7a3b34", "#4a4a63")), 0.7)
    brick = mood.lit("#b98a72", 0.9)
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, darker(brick, 0.1)), (1, darker(brick, 0.3))))
    _bricks(sheet, frame, brick, chance)
    top = max(side * 0.13, frame.height * 0.5 - side * 0.42)
    half = min(frame.width * 0.46, side * (0.44 if frame.wide < 1.3 else 0.62))
    floor = min(frame.height, top + side * 0.86)
    sheet.rect(middle - half, top - side * 0.03, half * 2, floor - top + side * 0.1, sheet.linear((0, lighter(paint, 0.1)), (1, darker(paint, 0.3))))
    _shelves(sheet, mood, chance, (middle - half * 0.9, top + side * 0.36), half * 1.8, floor - top - side * 0.36, side, paint)
    _awning(sheet, middle, top + side * 0.275, half, side, mood, paint)
    _board(sheet, mood, middle, top, half, side, paint, chinese)
    if floor < frame.height:
        ground = mood.lit("#9a948e")
        sheet.rect(0, floor, frame.width, frame.height - floor, sheet.linear((0, lighter(ground, 0.1)), (1, darker(ground, 0.4))))


def _bricks(sheet: Sheet, frame: Frame, brick: str, chance: Chance) -> None:
    tall, wide = frame.side * 0.034, frame.side * 0.085
    for tint, share in ((darker(brick, 0.3), 0.2), (lighter(brick, 0.14), 0.2)):
        path = "".join(box((k + (row % 2) / 2 - 0.5) * wide, row * tall, wide - 3, tall - 3)
                       for row in range(int(frame.height / tall) + 1) for k in range(int(frame.width / wide) + 2) if chance.below(share))
        sheet.shape(path, tint, 0.4)
    sheet.stroke("".join(f"M0 {row * tall - 1.5:.1f}H{frame.width:.0f}" for row in range(1, int(frame.height / tall) + 1)), darker(brick, 0.4), 2.2, 0.4)


def _board(sheet: Sheet, mood: Mood, x: float, y: float, half: float, side: float, paint: str, chinese: bool) -> None:
    w, h = half * 1.86, side * 0.235
    sheet.rect(x - w / 2 + 6, y + 9, w, h, "#120d12", round_=8, opacity=0.4)
    sheet.rect(x - w / 2, y, w, h, sheet.linear((0, lighter(GOLD, 0.3)), (1, darker(GOLD, 0.3))), round_=8)
    cream = mood.lit("#f7ecd4", 0.4)
    sheet.rect(x - w / 2 + side * 0.012, y + side * 0.012, w - side * 0.024, h - side * 0.024, sheet.linear((0, lighter(cream, 0.3)), (1, darker(cream, 0.07))), round_=5)
    sheet.stroke(box(x - w / 2 + side * 0.024, y + side * 0.024, w - side * 0.048, h - side * 0.048), darker(paint, 0.1), 2)
    ink = darker(paint, 0.55)
    if chinese:
        size = h * 0.62
        brush(sheet, "书", x - size * 1.3, y + h * 0.19, size, ink, 10)
        brush(sheet, "店", x + size * 0.3, y + h * 0.19, size, ink, 10)
    else:
        text = "Bookshop"
        size = min(h * 0.62, w * 0.8 / (width(text) + 2.1) * 10)
        brush_latin(sheet, text, x - size * (width(text) + 2.1) / 20, y + h * 0.5 + size * 0.36, size, ink, 14)
    sheet.stroke(f"M{x - w * 0.2:.1f} {y + h * 0.84:.1f}q{w * 0.1:.1f} {-h * 0.06:.1f} {w * 0.2:.1f} 0t{w * 0.2:.1f} 0", mood.lit("#c0503f", 0.4), h * 0.02)
    for k in (-0.62, 0.0, 0.62):
        lx = x + k * half
        sheet.stroke(f"M{lx:.1f} {y - side * 0.03:.1f}q0 {-side * 0.06:.1f} {side * 0.035:.1f} {-side * 0.06:.1f}t{side * 0.03:.1f} {side * 0.035:.1f}", "#26242c", side * 0.007)
        sheet.shape(polygon([(lx + side * 0.05, y - side * 0.04), (lx + side * 0.08, y - side * 0.04), (lx + side * 0.1, y - side * 0.008), (lx + side * 0.03, y - side * 0.008)]), "#26242c")
        sheet.glow(lx + side * 0.065, y + side * 0.05, side * 0.17, "#ffe0a0", 0.75 if mood.dark else 0.45)


def _awning(sheet: Sheet, x: float, y: float, half: float, side: float, mood: Mood, paint: str) -> None:
    stripes, w = 14, half * 1.94 / 14
    first, second = mood.lit("#f7efdf", 0.5), lighter(paint, 0.14)
    for k in range(stripes):
        left, spread = x - half * 0.9 + k * w * 0.93, 1.0
        a, b = x - half * 0.97 + k * w, x - half * 0.97 + (k + 1) * w * spread
        b = x - half * 0.97 + (k + 1) * w
        tint = first if k % 2 else second
        low = y + side * 0.085
        sheet.shape(f"M{left:.1f} {y:.1f}h{w * 0.93:.1f}L{b:.1f} {low:.1f}a{w / 2:.1f} {w / 2:.1f} 0 0 1 {-w:.1f} 0L{a:.1f} {low:.1f}Z",
                    sheet.linear((0, darker(tint, 0.2)), (0.4, lighter(tint, 0.1)), (1, tint)))


def _shelves(sheet: Sheet, mood: Mood, chance: Chance, corner: Point, w: float, h: float, side: float, paint: str) -> None:
    x, y = corner
    sheet.rect(x, y, w, h, sheet.linear((0, "#6a4a34"), (1, "#3d2a26")))
    sheet.glow(x + w / 2, y + h * 0.3, w * 0.6, "#ffcf85", 0.6, 0.7)
    rows, tints = 3, ("#c9583f", "#3f7f86", "#e0ab4a", "#5d6f9a", "#8f5a7a", "#6f8f5a", "#efe3c8", "#b5443f")
    for row in range(rows):
        foot, at = y + h * (row + 1) / rows - side * 0.012, x + side * 0.014
        while at < x + w - side * 0.04:
            thick, tall = side * chance.between(0.014, 0.034), h / rows * chance.between(0.58, 0.84)
            tint = mix(chance.pick(tints), "#7a5236", 0.16)
            if chance.below(0.88):
                sheet.rect(at, foot - tall, thick, tall, sheet.linear((0, lighter(tint, 0.22)), (1, darker(tint, 0.25)), x=1, y=0), round_=2)
                sheet.rect(at + thick * 0.2, foot - tall * 0.82, thick * 0.6, tall * 0.05, "#f0dfb5", opacity=0.7)
            at += thick * 1.06
        sheet.rect(x, foot, w, side * 0.014, "#8f6242")
    sheet.shape(polygon([(x + w * 0.1, y), (x + w * 0.28, y), (x + w * 0.12, y + h), (x, y + h), (x, y + h * 0.5)]), WHITE, 0.1)
    sheet.shape(polygon([(x + w * 0.34, y), (x + w * 0.4, y), (x + w * 0.24, y + h), (x + w * 0.18, y + h)]), WHITE, 0.08)
    sheet.stroke(box(x, y, w, h) + f"M{x + w / 2:.1f} {y:.1f}v{h:.1f}", lighter(paint, 0.2), side * 0.016)


def space(sheet: Sheet, frame: Frame, chance: Chance) -> None:
    """Stars, nebulae and a far sun."""
    deep, tints = chance.pick((("#070a1f", ("#5b3fa0", "#2f6fb5", "#c9508f")), ("#0a0b1c", ("#2f8f9a", "#4f4fb0", "#d98a4f")),
                               ("#0d0718", ("#a03f7f", "#4f3fa0", "#e0995f"))))
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, deep), (1, mix(deep, tints[0], 0.3)), x=0.4))
    angle = chance.between(-0.5, 0.5)
    for index in range(int(16 * max(1, frame.wide, 1 / frame.wide))):
        t = chance.between(-0.1, 1.1)
        long = max(frame.width, frame.height)
        x = frame.width * (t if frame.wide >= 1 else 0.5 + angle * (t - 0.5)) + frame.side * chance.between(-0.14, 0.14)
        y = frame.height * ((0.5 + angle * (t - 0.5)) if frame.wide >= 1 else t) + frame.side * chance.between(-0.14, 0.14)
        sheet.glow(x, y, min(long, frame.side * chance.between(0.2, 0.5)), tints[index % 3], chance.between(0.2, 0.42), chance.between(0.6, 1))
    stars(sheet, frame, chance.fork("stars"), frame.height, 2.2)


def abstract(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, tint: str | None) -> None:
    """Discs and flowing ribbons in one harmony."""
    sets = (("#f3e7d3", "#e2725b", "#f2b35e", "#2f6f73", "#1f3347"), ("#f6efe6", "#d95f76", "#f3b7a0", "#5b6fb0", "#2b2f5a"),
            ("#eef1e6", "#7fa65a", "#e8c15a", "#d9784f", "#2f4f4f"), ("#e9eef3", "#4f8fb5", "#9fd0cf", "#f0a46a", "#2a3f66"),
            ("#1d2238", "#e0795b", "#efc06b", "#4f9a9a", "#8f5f9f"))
    paper, *tones = chance.pick(sets)
    if tint:
        tones = [tint, lighter(tint, 0.45), mix(tint, tones[2], 0.6), darker(tint, 0.5)]
    paper, tones = mood.lit(paper, 0.8), [mood.lit(tone, 0.8) for tone in tones]
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, lighter(paper, 0.2)), (1, mix(paper, tones[1], 0.35)), x=0.5))
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
    sheet.stroke(disc(frame.width - x, y * 0.8, ring) + disc(frame.width - x, y * 0.8, ring * 0.72), mix(tones[3], INK, 0.2), frame.side * 0.004, 0.7)
    sheet.shape("".join(disc(frame.width * chance.between(0.04, 0.96), frame.height * chance.between(0.04, 0.4), frame.side * chance.between(0.003, 0.009))
                        for _ in range(14)), tones[2], 0.8)
