"""Lettered things: a poster on a wall, a hanging board, a placard, a title across a picture."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter, lightness
from onebrush.sandbox.artist.lettering import block
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, box, curve, disc, polygon
from onebrush.sandbox.artist.skies import Frame

# paper, two shapes, ink
_PRINTS = (
    ("#f6ead2", "#e2725b", "#f2b35e", "#26334d"),
    ("#f3efe4", "#3f8f8a", "#f0c25c", "#7a2b2b"),
    ("#fbe9dc", "#d95f76", "#5b6fb0", "#2b2650"),
    ("#243352", "#e0795b", "#efc06b", "#fdf3df"),
    ("#f2c14e", "#d9503f", "#f7e6bd", "#2a2233"),
)


def poster(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, text: str, tint: str | None) -> tuple[float, ...]:
    """A framed sheet on a wall, boldly lettered; tells the part of it left for a picture."""
    side, middle = frame.side, frame.width / 2
    _wall(sheet, frame, mood, chance)
    tall = min(frame.height * 0.86, side * 1.2)
    wide = min(tall * 0.72 if frame.wide < 1.25 else tall * 0.8, frame.width * 0.84)
    x, y = middle - wide / 2, (frame.height - tall) * 0.42
    paper, first, second, ink = chance.pick(_PRINTS)
    if tint:
        paper, ink = tint, "#fdf6e6" if lightness(tint) < 0.62 else "#26243a"
    rim = side * 0.022
    sheet.rect(x + side * 0.014, y + side * 0.026, wide, tall, "#120d1c", opacity=0.3)
    sheet.glow(middle, y + tall, wide * 0.7, "#120d1c", 0.4, 0.12)
    wood = mood.lit(chance.pick(("#3a2f2c", "#b58a5a", "#f4efe6")), 0.6)
    sheet.rect(
        x - rim, y - rim, wide + rim * 2, tall + rim * 2, sheet.linear((0, lighter(wood, 0.25)), (1, darker(wood, 0.2)))
    )
    with sheet.clip(box(x, y, wide, tall)):
        _print(sheet, (x, y, wide, tall), (paper, first, second), chance)
        room = ((x + wide * 0.09, y + tall * 0.07), (wide * 0.82, tall * 0.43))
        block(sheet, text, *room, ink, chance, 19)
        sheet.rect(middle - wide * 0.13, y + tall * 0.535, wide * 0.26, tall * 0.009, ink, opacity=0.9)
        sheet.shape(polygon([(x, y), (x + wide * 0.55, y), (x, y + tall * 0.7)]), WHITE, 0.07)
    return middle, y + tall * 0.95, tall * 0.36


def _wall(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    wall = mood.lit(chance.pick(("#cfd6cf", "#d9c9b8", "#b9c6d1", "#cdbfc6", "#a8b5a5")), 1)
    shade = sheet.linear((0, lighter(wall, 0.25)), (0.5, wall), (1, darker(wall, 0.25)), x=0.8)
    sheet.rect(0, 0, frame.width, frame.height, shade)
    sheet.glow(frame.width * 0.3, -frame.side * 0.1, frame.side * 0.9, mood.glow, 0.45)
    skirt = frame.height - frame.side * 0.05
    sheet.rect(0, skirt, frame.width, frame.side * 0.05, lighter(wall, 0.5))
    sheet.rect(0, skirt - 2, frame.width, 4, darker(wall, 0.3), opacity=0.6)


def _print(sheet: Sheet, place: tuple[float, float, float, float], tones: tuple[str, str, str], chance: Chance) -> None:
    """Sun and waves along the lower half of a poster."""
    (x, y, w, h), (paper, first, second) = place, tones
    sheet.rect(x, y, w, h, sheet.linear((0, lighter(paper, 0.15)), (1, darker(paper, 0.05))))
    sun = x + w * chance.pick((0.3, 0.5, 0.7))
    sheet.ellipse(sun, y + h * 0.76, w * 0.24, w * 0.24, sheet.linear((0, lighter(second, 0.3)), (1, second)))
    for row in range(4):
        base, turn = y + h * (0.79 + row * 0.055), chance.between(0, 1)
        line = [(x + w * (k / 6 - 0.1), base + h * 0.02 * (-1) ** k * (0.6 + turn)) for k in range(8)]
        tone = (first, darker(first, 0.25), lighter(first, 0.25), darker(first, 0.4))[row]
        sheet.shape(f"{curve(line)}L{x + w * 1.2:.1f} {y + h * 1.1:.1f}L{x - w * 0.2:.1f} {y + h * 1.1:.1f}Z", tone)


def board(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, text: str, tint: str | None) -> None:
    """A wooden sign hanging from an iron arm, before a wall grown with leaves."""
    side, middle = frame.side, frame.width / 2
    stone = mood.lit(chance.pick(("#d8cbb8", "#c9b9a6", "#b9c0bd", "#c9a48f")), 1)
    shade = sheet.linear((0, lighter(stone, 0.2)), (1, darker(stone, 0.3)), x=0.5)
    sheet.rect(0, 0, frame.width, frame.height, shade)
    _stones(sheet, frame, stone, chance)
    sheet.glow(frame.width * 0.25, 0, side, mood.glow, 0.4)
    wide, tall = min(frame.width * 0.82, side * 1.05), min(frame.height * 0.5, side * 0.46)
    x, y = middle - wide / 2, max(frame.height * 0.5 - tall * 0.38, side * 0.2)
    iron, arm = "#2b2a33", y - side * 0.14
    sheet.stroke(f"M{x - frame.width:.1f} {arm:.1f}H{x + wide * 0.94:.1f}", iron, side * 0.018)
    sheet.shape(disc(x + wide * 0.95, arm, side * 0.018), iron)
    for share in (0.14, 0.86):
        links = "".join(disc(x + wide * share, arm + side * 0.025 * k, side * 0.007, side * 0.014) for k in range(1, 6))
        sheet.stroke(links, iron, side * 0.005)
    _plank(
        sheet,
        (x, y, wide, tall),
        side,
        mood.lit(tint or chance.pick(("#2f5a50", "#7a3b34", "#2f4763", "#8a5a3c")), 0.6),
        text,
        chance,
    )
    ivy = mood.lit(mood.leaf)
    for k in range(int(46 * max(1, frame.wide * 0.7))):
        edge = chance.pick((chance.between(0, 0.12), chance.between(0.88, 1)))
        at = frame.width * edge, frame.height * (1 - chance.between(0, 1) ** 1.6 * 0.8)
        with sheet.at(*at, side / 1000 * chance.between(0.7, 1.5), turn=chance.between(0, 360)):
            tone = lighter(ivy, 0.2) if k % 3 else darker(ivy, 0.2)
            sheet.shape("M0 22C-22 12 -26 -8 -8 -18C-2 -26 2 -26 8 -18C26 -8 22 12 0 22Z", tone)


def _stones(sheet: Sheet, frame: Frame, stone: str, chance: Chance) -> None:
    for tone, fade in ((darker(stone, 0.2), 0.3), (lighter(stone, 0.35), 0.35)):
        tall, path = frame.side * 0.075, ""
        for row in range(int(frame.height / tall) + 1):
            for k in range(int(frame.width / (tall * 2)) + 2):
                if chance.below(0.3):
                    path += box((k - (row % 2) / 2) * tall * 2 + 4, row * tall + 4, tall * 2 - 8, tall - 8)
        sheet.shape(path or "M0 0Z", tone, fade)


def _plank(
    sheet: Sheet, place: tuple[float, float, float, float], side: float, paint: str, text: str, chance: Chance
) -> None:
    x, y, w, h = place
    sheet.rect(x + side * 0.02, y + side * 0.03, w, h, "#120d12", round_=side * 0.03, opacity=0.35)
    gold = sheet.linear((0, "#f0d18a"), (1, "#a87a34"))
    sheet.rect(x, y, w, h, gold, round_=side * 0.03)
    edge = side * 0.014
    fill = sheet.linear((0, lighter(paint, 0.14)), (1, darker(paint, 0.22)))
    sheet.rect(x + edge, y + edge, w - edge * 2, h - edge * 2, fill, round_=side * 0.022)
    sheet.stroke(box(x + edge * 2.4, y + edge * 2.4, w - edge * 4.8, h - edge * 4.8), "#e9cf98", side * 0.003, 0.8)
    pale = lightness(paint) > 0.72
    block(sheet, text, (x + w * 0.09, y + h * 0.17), (w * 0.82, h * 0.66), "#2a2438" if pale else "#fbf1d8", chance, 15)


def placard(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, text: str) -> None:
    """A board on a post in the foreground."""
    side = frame.side
    wide, tall = min(frame.width * 0.62, side * 0.62), side * 0.2
    x, y = frame.width / 2 - wide / 2, frame.height - side * 0.27
    post = mood.lit("#7a5236", 0.6)
    for share in (0.2, 0.8):
        sheet.rect(x + wide * share - side * 0.014, y + tall * 0.5, side * 0.028, side * 0.3, post)
    card = mood.lit("#fbf3df", 0.4)
    sheet.rect(x + 8, y + 12, wide, tall, "#1a1020", round_=12, opacity=0.35)
    sheet.rect(x, y, wide, tall, sheet.linear((0, lighter(card, 0.4)), (1, darker(card, 0.08))), round_=12)
    sheet.stroke(box(x + 10, y + 10, wide - 20, tall - 20), darker(post, 0.1), 3, 0.7)
    block(sheet, text, (x + wide * 0.08, y + tall * 0.16), (wide * 0.84, tall * 0.68), darker(post, 0.6), chance, 15)


def title(sheet: Sheet, frame: Frame, chance: Chance, text: str) -> None:
    """The words across the upper part of a picture, on a band that lets it show through."""
    side = frame.side
    wide, tall = min(frame.width * 0.86, side * 1.3), side * 0.2
    x, y = (frame.width - wide) / 2, side * 0.07
    sheet.rect(x, y, wide, tall, "#14122a", round_=tall * 0.2, opacity=0.42)
    block(sheet, text, (x + wide * 0.05, y + tall * 0.14), (wide * 0.9, tall * 0.72), "#fffaf0", chance, 15)
