"""A shop front with its brushed sign and what it sells in the window."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter
from onebrush.sandbox.artist.hall import GOLD
from onebrush.sandbox.artist.lettering import block
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, polygon
from onebrush.sandbox.artist.skies import Frame
from onebrush.sandbox.artist.wares import ware


def shop(
    sheet: Sheet, frame: Frame, mood: Mood, chance: Chance, *, name: str, trade: str | None, tint: str | None
) -> None:
    """A shop front: signboard in brush lettering above a window of wares."""
    side, middle = frame.side, frame.width / 2
    paint = mood.lit(tint or chance.pick(("#2f5a50", "#2f4763", "#7a3b34", "#4a4a63")), 0.7)
    brick = mood.lit("#b98a72", 0.9)
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, darker(brick, 0.1)), (1, darker(brick, 0.3))))
    _bricks(sheet, frame, brick, chance)
    top = max(side * 0.13, frame.height * 0.5 - side * 0.42, frame.height - side * 1.15)
    half = min(frame.width * 0.46, side * (0.44 if frame.wide < 1.3 else 0.62))
    floor = min(frame.height, top + side * 0.86)
    sheet.rect(
        middle - half,
        top - side * 0.03,
        half * 2,
        floor - top + side * 0.1,
        sheet.linear((0, lighter(paint, 0.1)), (1, darker(paint, 0.3))),
    )
    _shelves(
        sheet,
        mood,
        chance,
        (middle - half * 0.9, top + side * 0.36),
        half * 1.8,
        floor - top - side * 0.36,
        side,
        paint,
        trade,
    )
    _awning(sheet, middle, top + side * 0.275, half, side, mood, paint)
    _board(sheet, mood, middle, top, half, side, paint, name)
    if floor < frame.height:
        ground = mood.lit("#9a948e")
        sheet.rect(
            0,
            floor,
            frame.width,
            frame.height - floor,
            sheet.linear((0, lighter(ground, 0.1)), (1, darker(ground, 0.4))),
        )


def _bricks(sheet: Sheet, frame: Frame, brick: str, chance: Chance) -> None:
    tall, wide = frame.side * 0.034, frame.side * 0.085
    for tint, share in ((darker(brick, 0.3), 0.2), (lighter(brick, 0.14), 0.2)):
        path = "".join(
            box((k + (row % 2) / 2 - 0.5) * wide, row * tall, wide - 3, tall - 3)
            for row in range(int(frame.height / tall) + 1)
            for k in range(int(frame.width / wide) + 2)
            if chance.below(share)
        )
        sheet.shape(path, tint, 0.4)
    sheet.stroke(
        "".join(f"M0 {row * tall - 1.5:.1f}H{frame.width:.0f}" for row in range(1, int(frame.height / tall) + 1)),
        darker(brick, 0.4),
        2.2,
        0.4,
    )


def _board(sheet: Sheet, mood: Mood, x: float, y: float, half: float, side: float, paint: str, name: str) -> None:
    w, h = half * 1.86, side * 0.235
    sheet.rect(x - w / 2 + 6, y + 9, w, h, "#120d12", round_=8, opacity=0.4)
    sheet.rect(x - w / 2, y, w, h, sheet.linear((0, lighter(GOLD, 0.3)), (1, darker(GOLD, 0.3))), round_=8)
    cream = mood.lit("#f7ecd4", 0.4)
    sheet.rect(
        x - w / 2 + side * 0.012,
        y + side * 0.012,
        w - side * 0.024,
        h - side * 0.024,
        sheet.linear((0, lighter(cream, 0.3)), (1, darker(cream, 0.07))),
        round_=5,
    )
    sheet.stroke(
        box(x - w / 2 + side * 0.024, y + side * 0.024, w - side * 0.048, h - side * 0.048), darker(paint, 0.1), 2
    )
    room = ((x - w * 0.42, y + h * 0.15), (w * 0.84, h * 0.62))
    block(sheet, name, *room, darker(paint, 0.55), Chance(f"board{len(name)}"), 14)
    sheet.stroke(
        f"M{x - w * 0.2:.1f} {y + h * 0.84:.1f}q{w * 0.1:.1f} {-h * 0.06:.1f} {w * 0.2:.1f} 0t{w * 0.2:.1f} 0",
        mood.lit("#c0503f", 0.4),
        h * 0.02,
    )
    for k in (-0.62, 0.0, 0.62):
        lx = x + k * half
        sheet.stroke(
            f"M{lx:.1f} {y - side * 0.03:.1f}q0 {-side * 0.06:.1f} {side * 0.035:.1f} {-side * 0.06:.1f}"
            f"t{side * 0.03:.1f} {side * 0.035:.1f}",
            "#26242c",
            side * 0.007,
        )
        sheet.shape(
            polygon(
                [
                    (lx + side * 0.05, y - side * 0.04),
                    (lx + side * 0.08, y - side * 0.04),
                    (lx + side * 0.1, y - side * 0.008),
                    (lx + side * 0.03, y - side * 0.008),
                ]
            ),
            "#26242c",
        )
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
        sheet.shape(
            f"M{left:.1f} {y:.1f}h{w * 0.93:.1f}L{b:.1f} {low:.1f}a{w / 2:.1f} {w / 2:.1f} 0 0 1 {-w:.1f} 0L{a:.1f}"
            f" {low:.1f}Z",
            sheet.linear((0, darker(tint, 0.2)), (0.4, lighter(tint, 0.1)), (1, tint)),
        )


def _shelves(
    sheet: Sheet,
    mood: Mood,
    chance: Chance,
    corner: Point,
    w: float,
    h: float,
    side: float,
    paint: str,
    trade: str | None,
) -> None:
    x, y = corner
    sheet.rect(x, y, w, h, sheet.linear((0, "#6a4a34"), (1, "#3d2a26")))
    sheet.glow(x + w / 2, y + h * 0.3, w * 0.6, "#ffcf85", 0.6, 0.7)
    rows = 3
    for row in range(rows):
        foot, at = y + h * (row + 1) / rows - side * 0.012, x + side * 0.014
        while at < x + w - side * 0.05:
            at += ware(sheet, trade, (at, foot), h / rows, side, mood, chance)
        sheet.rect(x, foot, w, side * 0.014, "#8f6242")
    sheet.shape(
        polygon([(x + w * 0.1, y), (x + w * 0.28, y), (x + w * 0.12, y + h), (x, y + h), (x, y + h * 0.5)]), WHITE, 0.1
    )
    sheet.shape(
        polygon([(x + w * 0.34, y), (x + w * 0.4, y), (x + w * 0.24, y + h), (x + w * 0.18, y + h)]), WHITE, 0.08
    )
    sheet.stroke(box(x, y, w, h) + f"M{x + w / 2:.1f} {y:.1f}v{h:.1f}", lighter(paint, 0.2), side * 0.016)
