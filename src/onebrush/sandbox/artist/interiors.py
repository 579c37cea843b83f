"""Rooms to be in: a living room and a window with its sill."""

from __future__ import annotations

from onebrush.sandbox.artist import lands, skies
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, lightness
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, disc
from onebrush.sandbox.artist.skies import Frame
from onebrush.sandbox.artist.things import tube

WARM = "#ffd9a0"


def sill(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A window on hills, curtains drawn aside, and a sill with a plant to sit beside."""
    side, middle, edge = frame.side, frame.width / 2, frame.horizon
    wall = mood.lit(chance.pick(("#e0d3bf", "#c9d3cc", "#dcc6bd", "#bfcbd6")), 0.8)
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, lighter(wall, 0.1)), (1, darker(wall, 0.2))))
    half, top = min(frame.width * 0.43, side * 0.62), max(side * 0.06, edge - side * 1.1)
    x, wide, tall = middle - half, half * 2, edge - top
    with sheet.clip(box(x, top, wide, tall)):
        outside = Frame(width=frame.width, height=frame.height, horizon=edge - tall * 0.22)
        skies.sky(sheet, outside, mood, chance.fork("sky"), low=0.7)
        lands.mountains(sheet, outside, mood, chance, rows=4, top=edge - tall * 0.4, foot=edge, wild=0.3)
        lands.meadow(sheet, outside, mood, chance.fork("meadow"), edge - tall * 0.1)
    frame_, bar = mood.lit("#fdf9f0", 0.7), side * 0.02
    bars = box(x - bar, top - bar, wide + bar * 2, bar) + box(x - bar, top, bar, tall) + box(x + wide, top, bar, tall)
    bars += box(middle - bar / 2, top, bar, tall) + box(x, top + tall * 0.36, wide, bar * 0.7)
    sheet.shape(bars, sheet.linear((0, lighter(frame_, 0.3)), (1, darker(frame_, 0.14))))
    cloth = mood.lit(chance.pick(("#e9b7a0", "#f3e3c9", "#a9c4bd", "#d9a3a8")), 0.7)
    for flip in (False, True):
        with sheet.at(middle, 0, flip=flip):
            _curtain(sheet, half, top - side * 0.04, edge, side, cloth)
    sheet.rect(middle - half * 1.24, top - side * 0.056, half * 2.48, side * 0.016, mood.lit("#7a5a42"), round_=6)
    wood = mood.lit("#f1e6d4", 0.8)
    sheet.rect(0, edge, frame.width, side * 0.1, sheet.linear((0, lighter(wood, 0.3)), (1, wood)))
    sheet.rect(0, edge + side * 0.1, frame.width, side * 0.03, darker(wood, 0.22))
    below = edge + side * 0.13
    sheet.rect(
        0,
        below,
        frame.width,
        frame.height - below + 2,
        sheet.linear((0, darker(wall, 0.34)), (0.3, darker(wall, 0.12)), (1, darker(wall, 0.28))),
    )
    sheet.glow(middle, edge + side * 0.04, half, mood.glow, 0.5, 0.14)
    for at in (-0.72, 0.7) if frame.wide > 0.8 else (0.74,):
        plant(sheet, mood, chance, (middle + half * at, edge + side * 0.06), side * 0.22)


def _curtain(sheet: Sheet, half: float, top: float, edge: float, side: float, cloth: str) -> None:
    inner, outer, tie = half * 0.62, half * 1.2, edge - (edge - top) * 0.34
    sheet.shape(
        f"M{inner:.1f} {top:.1f}H{outer:.1f}V{edge:.1f}H{half * 0.9:.1f}C{half * 0.86:.1f} {tie + side * 0.1:.1f}"
        f" {half * 0.9:.1f} {tie + side * 0.04:.1f} {half * 0.98:.1f} {tie:.1f}C{half * 0.8:.1f} {tie - side * 0.1:.1f}"
        f" {inner:.1f} {top + (tie - top) * 0.5:.1f} {inner:.1f} {top:.1f}Z",
        sheet.linear((0, lighter(cloth, 0.3)), (0.5, cloth), (1, darker(cloth, 0.22)), x=1, y=0),
    )
    folds = "".join(
        f"M{inner + (outer - inner) * k:.1f} {top:.1f}Q{inner + (outer - inner) * k:.1f} {tie - side * 0.1:.1f}"
        f" {half * (0.98 + 0.2 * k):.1f} {tie:.1f}"
        for k in (0.2, 0.4, 0.6, 0.8)
    )
    sheet.stroke(folds, darker(cloth, 0.35), side * 0.004, 0.5)
    sheet.rect(half * 0.95, tie - side * 0.012, half * 0.26, side * 0.024, darker(cloth, 0.3), round_=5)


def plant(sheet: Sheet, mood: Mood, chance: Chance, spot: tuple[float, float], tall: float) -> None:
    """A pot with a leafy plant."""
    pot, leaf = mood.lit("#c9764f", 0.6), mood.lit("#5c9a5c", 0.7)
    with sheet.at(*spot, tall / 100):
        sheet.glow(6, 0, 34, "#1c1730", 0.5, 0.16)
        for turn in (-58, -34, -12, 14, 38, 60, -22, 26):
            with sheet.at(0, -30, chance.between(0.8, 1.15), turn=turn):
                tone = sheet.linear((0, lighter(leaf, 0.3)), (1, darker(leaf, 0.2)))
                sheet.shape("M0 0C-13 -18 -11 -44 0 -62C11 -44 13 -18 0 0Z", tone)
                sheet.stroke("M0 0V-54", lighter(leaf, 0.4), 0.8, 0.6)
        sheet.shape("M-19 -36H19L14 0H-14Z", tube(sheet, pot))
        sheet.rect(-21, -40, 42, 9, tube(sheet, lighter(pot, 0.1)), round_=2)


def living(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A sofa under a picture, a lamp, a rug, a plant, warm light."""
    side, middle, floor = frame.side, frame.width / 2, frame.horizon
    wall = mood.lit(chance.pick(("#d9c3ab", "#b9c4b5", "#c9b3a8", "#a9b8bf")), 0.6)
    wood = mood.lit(chance.pick(("#b0805a", "#9a6d4c")), 0.6)
    sheet.rect(0, 0, frame.width, floor + 2, sheet.linear((0, lighter(wall, 0.14)), (1, darker(wall, 0.1))))
    sheet.rect(
        0, floor, frame.width, frame.height - floor, sheet.linear((0, lighter(wood, 0.2)), (1, darker(wood, 0.3)))
    )
    planks = "".join(
        f"M{middle + k * side * 0.12:.1f} {floor:.1f}L{middle + k * side * 0.3:.1f} {frame.height:.1f}"
        for k in range(-24, 25)
    )
    sheet.stroke(planks, darker(wood, 0.45), 1.6, 0.4)
    sheet.rect(0, floor - side * 0.03, frame.width, side * 0.03, lighter(wall, 0.6))
    with sheet.at(middle, floor, side / 1000):
        _pictures(sheet, mood, chance)
        _lamp(sheet, mood)
        _rug(sheet, mood, chance)
        _sofa(sheet, mood, mood.lit(chance.pick(("#4f7f86", "#c9735a", "#6f8f6a", "#7d6a9a", "#d9b48a")), 0.4), chance)
        plant(sheet, mood, chance, (-480, 40), 330)
        _table(sheet, wood)
    sheet.glow(middle + side * 0.4, floor - side * 0.42, side * 0.62, "#ffcf85", 0.55)


def _pictures(sheet: Sheet, mood: Mood, chance: Chance) -> None:
    for x, y, w, h in ((-190, -590, 230, 190), (80, -570, 130, 160)):
        sheet.rect(x + 6, y + 10, w, h, "#1c1424", opacity=0.3)
        sheet.rect(x - 10, y - 10, w + 20, h + 20, mood.lit("#7a5236", 0.5))
        sheet.rect(x, y, w, h, "#fbf5e6")
        with sheet.clip(box(x + 16, y + 16, w - 32, h - 32)):
            sheet.rect(x, y, w, h, sheet.linear((0, "#f3c9a5"), (1, "#fbeed2")))
            sheet.ellipse(x + w * chance.between(0.3, 0.7), y + h * 0.42, w * 0.13, w * 0.13, "#e8795a")
            for k, tone in enumerate(("#8fb0a8", "#5f8a86", "#3a5f66")):
                base = y + h * (0.6 + k * 0.12)
                sheet.shape(
                    f"M{x} {base:.1f}q{w * 0.3:.1f} {-h * 0.2:.1f} {w * 0.55:.1f} {h * 0.02:.1f}t{w * 0.6:.1f}"
                    f" 0V{y + h}H{x}Z",
                    tone,
                )


def _lamp(sheet: Sheet, mood: Mood) -> None:
    sheet.glow(410, -400, 300, WARM, 0.75)
    sheet.stroke("M410 20V-380", mood.lit("#3a3038", 0.4), 9)
    sheet.shape(disc(410, 22, 52, 12), mood.lit("#3a3038", 0.4))
    sheet.shape("M352 -360L378 -480H442L468 -360Z", sheet.linear((0, "#f7dba8"), (0.7, "#fff3cf"), (1, "#ffdf9a")))


def _rug(sheet: Sheet, mood: Mood, chance: Chance) -> None:
    tone = mood.lit(chance.pick(("#b5523f", "#d9b48a", "#5b6fa0", "#a8564f")), 0.5)
    for share, tint in ((1, tone), (0.88, lighter(tone, 0.5)), (0.82, tone), (0.5, lighter(tone, 0.35)), (0.44, tone)):
        sheet.ellipse(0, 165, 470 * share, 105 * share, tint)


def _sofa(sheet: Sheet, mood: Mood, cloth: str, chance: Chance) -> None:
    sheet.glow(0, 52, 420, "#1c1424", 0.6, 0.1)
    sheet.shape("M-270 40V66H-250V40ZM250 40V66H270V40Z", mood.lit("#5a3a28", 0.5))
    sheet.rect(-270, -230, 540, 240, sheet.linear((0, lighter(cloth, 0.2)), (1, darker(cloth, 0.25))), round_=50)
    sheet.stroke("M0 -220V-70", darker(cloth, 0.35), 3, 0.7)
    sheet.rect(-262, -86, 524, 80, sheet.linear((0, lighter(cloth, 0.34)), (1, darker(cloth, 0.05))), round_=24)
    sheet.stroke("M0 -84V-8", darker(cloth, 0.35), 3, 0.7)
    sheet.rect(-280, -10, 560, 62, sheet.linear((0, darker(cloth, 0.1)), (1, darker(cloth, 0.36))), round_=18)
    for x in (-318, 242):
        sheet.rect(x, -140, 76, 192, sheet.linear((0, lighter(cloth, 0.28)), (1, darker(cloth, 0.28))), round_=34)
    bright = "#f2c95c" if lightness(cloth) < 0.7 else "#c9604f"
    for x, turn, tint in ((-190, -12, bright), (180, 11, "#f6ead4"), (-90, 6, lighter(cloth, 0.55))):
        with sheet.at(x, -128, turn=turn):
            shade = mood.lit(tint, 0.4)
            fill = sheet.linear((0, lighter(shade, 0.25)), (1, darker(shade, 0.18)), x=0.6)
            sheet.shape(
                "M-56 -54C-20 -46 20 -46 56 -54C48 -20 48 20 56 54C20 46 -20 46 -56 54C-48 20 -48 -20 -56 -54Z", fill
            )
    throw = mood.lit("#efe0c8", 0.4)
    sheet.shape(
        "M232 -142C260 -150 300 -150 322 -136L316 20L240 14Z",
        sheet.linear((0, lighter(throw, 0.3)), (1, darker(throw, 0.15))),
    )
    sheet.stroke("M240 -100L320 -96M240 -70L318 -66M240 -8L316 -4", mood.lit("#c9604f", 0.4), 5, 0.8)


def _table(sheet: Sheet, wood: str) -> None:
    sheet.stroke("M-86 150L-104 222M86 150L104 222", darker(wood, 0.5), 12)
    sheet.ellipse(0, 152, 136, 30, darker(wood, 0.45))
    sheet.ellipse(0, 144, 136, 30, sheet.linear((0, lighter(wood, 0.4)), (1, wood)))
    sheet.rect(-70, 122, 84, 14, "#4f7f86", round_=2)
    sheet.rect(-64, 109, 76, 13, "#d9a05a", round_=2)
    sheet.shape("M40 108H82C82 128 76 140 70 140H52C46 140 40 128 40 108Z", "#fbf3e4")
    sheet.stroke("M82 114C96 112 96 130 78 130", "#e6dac6", 5)
