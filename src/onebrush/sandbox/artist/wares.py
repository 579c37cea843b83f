"""What stands on a shop's shelves."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.flowers import flower
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet

_TINTS = ("#c9583f", "#3f7f86", "#e0ab4a", "#5d6f9a", "#8f5a7a", "#6f8f5a", "#efe3c8", "#b5443f")


def ware(sheet: Sheet, trade: str | None, spot: Point, room: float, side: float, mood: Mood, chance: Chance) -> float:
    """One thing on the shelf, its foot at the spot; tells how far on the next one stands."""
    if trade == "Bakery":
        return _loaf(sheet, spot, room, side, chance)
    if trade in ("Cafe", "Restaurant", "Tea House"):
        return _cup(sheet, spot, side, chance)
    if trade == "Flowers":
        return _pot(sheet, spot, room, side, mood, chance)
    return _book(sheet, spot, room, side, chance)


def _book(sheet: Sheet, spot: Point, room: float, side: float, chance: Chance) -> float:
    (x, foot), thick, tall = spot, side * chance.between(0.014, 0.034), room * chance.between(0.58, 0.84)
    tint = mix(chance.pick(_TINTS), "#7a5236", 0.16)
    if chance.below(0.88):
        cover = sheet.linear((0, lighter(tint, 0.22)), (1, darker(tint, 0.25)), x=1, y=0)
        sheet.rect(x, foot - tall, thick, tall, cover, round_=2)
        sheet.rect(x + thick * 0.2, foot - tall * 0.82, thick * 0.6, tall * 0.05, "#f0dfb5", opacity=0.7)
    return thick * 1.06


def _loaf(sheet: Sheet, spot: Point, room: float, side: float, chance: Chance) -> float:
    (x, foot), wide = spot, side * chance.between(0.06, 0.1)
    tall = min(room * 0.5, wide * chance.between(0.5, 0.8))
    crust = chance.pick(("#d99a4e", "#c98442", "#e6b267", "#b5713a"))
    fill = sheet.linear((0, lighter(crust, 0.3)), (0.6, crust), (1, darker(crust, 0.3)))
    sheet.shape(
        f"M{x:.1f} {foot:.1f}C{x - wide * 0.1:.1f} {foot - tall * 1.2:.1f} {x + wide * 1.1:.1f}"
        f" {foot - tall * 1.2:.1f} {x + wide:.1f} {foot:.1f}Z",
        fill,
    )
    cuts = "".join(
        f"M{x + wide * k:.1f} {foot - tall * 0.72:.1f}l{wide * 0.08:.1f} {tall * 0.3:.1f}" for k in (0.3, 0.5, 0.7)
    )
    sheet.stroke(cuts, lighter(crust, 0.6), side * 0.004)
    return wide * 1.12


def _cup(sheet: Sheet, spot: Point, side: float, chance: Chance) -> float:
    (x, foot), wide = spot, side * chance.between(0.05, 0.066)
    tall, tint = wide * chance.between(0.8, 1.2), chance.pick(("#f4ede0", "#d9795d", "#7fa3a8", "#e0b25c", "#f4ede0"))
    sheet.stroke(
        f"M{x + wide * 0.9:.1f} {foot - tall * 0.8:.1f}q{wide * 0.4:.1f} {tall * 0.3:.1f} 0 {tall * 0.55:.1f}",
        darker(tint, 0.15),
        wide * 0.12,
    )
    sheet.shape(
        f"M{x:.1f} {foot - tall:.1f}h{wide:.1f}q{-wide * 0.02:.1f} {tall * 0.9:.1f} {-wide * 0.22:.1f} {tall:.1f}"
        f"h{-wide * 0.56:.1f}q{-wide * 0.2:.1f} {-tall * 0.1:.1f} {-wide * 0.22:.1f} {-tall:.1f}Z",
        sheet.linear((0, lighter(tint, 0.3)), (0.5, tint), (1, darker(tint, 0.25)), x=1, y=0),
    )
    return wide * 1.5


def _pot(sheet: Sheet, spot: Point, room: float, side: float, mood: Mood, chance: Chance) -> float:
    (x, foot), wide = spot, side * chance.between(0.06, 0.075)
    for lean in (-16, 0, 15):
        with sheet.at(x + wide / 2, foot - wide * 0.5, turn=lean):
            flower(sheet, 0, 0, room * chance.between(0.36, 0.5), mood, chance)
    sheet.shape(
        f"M{x:.1f} {foot - wide * 0.62:.1f}h{wide:.1f}l{-wide * 0.16:.1f} {wide * 0.62:.1f}h{-wide * 0.68:.1f}Z",
        sheet.linear((0, "#d98a62"), (1, "#8f4f36"), x=1, y=0.3),
    )
    return wide * 1.2
