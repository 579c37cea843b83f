"""What is served at the table, in local units: about 100 tall, on the origin."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, curve, disc
from onebrush.sandbox.artist.things import SHADE, tube


def _steam(sheet: Sheet, y: float, spread: float) -> None:
    for x, sway, fade in ((-spread, 7, 0.3), (2, -8, 0.36), (spread, 6, 0.26)):
        sheet.stroke(
            f"M{x} {y}C{x + sway} {y - 10} {x - sway} {y - 18} {x} {y - 28}C{x + sway} {y - 36} {x - sway / 2}"
            f" {y - 42} {x + 2} {y - 48}",
            WHITE,
            3.6,
            fade,
        )


def tea(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A cup of tea on its saucer, a biscuit beside it."""
    glaze = mood.lit(look.colour or chance.pick(("#f7f2e8", "#e9f0ee", "#f3e3dc")), 0.5)
    rim = mood.lit(chance.pick(("#4f7fa8", "#c9705a", "#6f9a6a")), 0.5)
    sheet.glow(10, 2, 84, SHADE, 0.6, 0.16)
    sheet.ellipse(0, -4, 70, 15, sheet.linear((0, darker(glaze, 0.1)), (1, darker(glaze, 0.32))))
    sheet.ellipse(0, -6.4, 70, 14, sheet.linear((0, lighter(glaze, 0.3)), (1, darker(glaze, 0.06))))
    sheet.stroke(disc(0, -6.4, 66, 12.8), rim, 1.4, 0.9)
    sheet.ellipse(4, -6, 34, 6.6, darker(glaze, 0.34), 0.8)
    sheet.stroke("M42 -54C66 -60 68 -24 34 -24", darker(glaze, 0.12), 7)
    sheet.stroke("M42 -55.4C63 -60 65 -27 34 -26", lighter(glaze, 0.4), 2.2, 0.8)
    sheet.shape("M-46 -62C-46 -34 -34 -14 -20 -9C-12 -5 12 -5 20 -9C34 -14 46 -34 46 -62Z", tube(sheet, glaze))
    sheet.stroke("M-45 -54C-24 -44 24 -44 45 -54", rim, 2)
    for k in range(9):
        x = -36 + k * 9
        y = -36 + abs(x) * abs(x) * -0.006
        petals = ((-2.2, 0.0), (2.2, 0.0), (0.0, -2.2), (0.0, 2.2))
        sheet.shape("".join(disc(x + dx, y + dy, 1.7) for dx, dy in petals), rim, 0.85)
    sheet.ellipse(0, -62, 46, 12, lighter(glaze, 0.4))
    sheet.ellipse(0, -61.4, 42.6, 10, darker(glaze, 0.3))
    brew = mood.lit(chance.pick(("#b5642a", "#a8562a", "#8f9a3f")), 0.4)
    sheet.ellipse(0, -59.6, 40, 8, sheet.linear((0, darker(brew, 0.3)), (1, lighter(brew, 0.35))))
    sheet.ellipse(-12, -60.6, 13, 2, WHITE, 0.45)
    sheet.stroke("M-18 -60C-30 -70 -42 -62 -44 -46", mood.lit("#fdfaf2", 0.4), 0.9)
    sheet.shape("M-49 -46H-39V-34H-49Z", sheet.linear((0, "#e9c55c"), (1, "#c98f3a")))
    sheet.shape("M-46.6 -40C-44 -44 -42 -43 -41.4 -40C-43 -37 -45 -37 -46.6 -40Z", "#5f8a4a")
    crust = mood.lit("#d9a05a", 0.5)
    sheet.shape(disc(-50, -9, 13, 4.6), sheet.linear((0, lighter(crust, 0.3)), (1, darker(crust, 0.2))))
    sheet.shape(
        "".join(disc(-50 + dx, -9.6 + dy, 1.1, 0.7) for dx, dy in ((-6, 0), (0, -2), (5, 0.6), (-1, 2))),
        darker(crust, 0.5),
    )
    _steam(sheet, -70, 14)


def _sticks(sheet: Sheet, x: float, y: float, turn: float, long: float) -> None:
    with sheet.at(x, y, turn=turn):
        for k, tone in ((0.0, "#8a3a30"), (5.0, "#7a3028")):
            sheet.shape(f"M0 {k - 1.6}L{long} {k - 0.9}V{k + 0.9}L0 {k + 1.6}Z", tone)
            sheet.rect(0, k - 1.6, 9, 3.2, "#e0b45c")


def ramen(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A bowl of ramen: noodles, egg, nori, scallions, steam."""
    bowl = mood.lit(look.colour or chance.pick(("#b8403a", "#2f4763", "#3a3438", "#3f7f74")), 0.5)
    sheet.glow(8, 0, 78, SHADE, 0.65, 0.16)
    sheet.shape("M-26 -8H26L22 2H-22Z", darker(bowl, 0.35))
    sheet.shape("M12 -56L20 -96L40 -92L36 -50Z", sheet.linear((0, "#2f4f3f"), (1, "#16291f"), x=1))
    sheet.shape("M24 -56L40 -90L58 -82L48 -50Z", sheet.linear((0, "#3a5f4a"), (1, "#1b3226"), x=1))
    sheet.ellipse(0, -56, 66, 20, darker(bowl, 0.1))
    sheet.ellipse(0, -56, 61, 17, sheet.radial((0, "#e9b35c"), (0.7, "#cf8a3a"), (1, "#96562a")))
    with sheet.clip(disc(0, -56, 60, 16.4)):
        for k in range(15):
            x = -50 + k * 6.4 + chance.between(-2, 2)
            wave = [(x + chance.between(-6, 6) + step * 3, -70 + step * 5.0) for step in range(6)]
            sheet.stroke(curve(wave), "#b5742f", 3.4, 0.8)
            sheet.stroke(curve(wave), "#f7dc94" if k % 2 else "#f0cd7c", 2.4)
    sheet.ellipse(-30, -59, 16, 10, "#fffaf0")
    sheet.ellipse(-29, -58.4, 9, 6, sheet.radial((0, "#ffd257"), (0.6, "#f5a52e"), (1, "#d97f22")))
    sheet.ellipse(6, -50, 17, 8, sheet.linear((0, "#d9967a"), (1, "#a8563f")))
    sheet.stroke("M-6 -51C0 -55 12 -55 19 -51M-4 -48C2 -51 10 -51 17 -48", "#f3cdb8", 1.6)
    sheet.ellipse(-6, -64, 12, 7, "#fffdf8")
    sheet.stroke("M-11 -64C-11 -68 -1 -69 -1 -64C-1 -61 -8 -61 -8 -64C-8 -66 -4 -66 -4 -64", "#ee7f9a", 1.6)
    for _ in range(20):
        x, y = chance.between(-42, 44), -56 + chance.between(-9, 11)
        sheet.stroke(disc(x, y, 2.2, 1.5), chance.pick(("#6fa84f", "#8fc46a", "#4f8a3f")), 1.1)
    sheet.shape(
        "M-66 -56C-62 -24 -42 -4 -20 -2H20C42 -4 62 -24 66 -56C62 -46 40 -38 0 -37C-40 -38 -62 -46 -66 -56Z",
        tube(sheet, bowl),
    )
    sheet.stroke("M-65.4 -54C-58 -44 -38 -37 0 -36C38 -37 58 -44 65.4 -54", "#f3dcae", 2)
    keys = "".join(f"M{x} {-24 + x * x * -0.0045:.1f}h7v-6h-5v3.4h2.6" for x in range(-46, 44, 11))
    sheet.stroke(keys, "#f3dcae", 1.2, 0.9)
    _sticks(sheet, -86, -66, 12, 74)
    _steam(sheet, -74, 20)


def sushi(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """Nigiri and rolls on a plate, with chopsticks."""
    plate = mood.lit(look.colour or chance.pick(("#3a4450", "#e9e4da", "#2f4f56")), 0.5)
    sheet.glow(6, 2, 116, SHADE, 0.65, 0.2)
    sheet.ellipse(0, -18, 104, 34, sheet.linear((0, darker(plate, 0.2)), (1, darker(plate, 0.5))))
    sheet.ellipse(0, -23, 104, 33, sheet.linear((0, lighter(plate, 0.25)), (1, plate)))
    sheet.ellipse(0, -23, 86, 25, sheet.linear((0, darker(plate, 0.12)), (1, lighter(plate, 0.12))))
    for x, y, kind in ((-46, -40, 0), (-12, -44, 1), (22, -41, 2)):
        _nigiri(sheet, x, y, ("#f2805a", "#d94f45", "#f7b58a")[kind])
    for x, y in ((-58, -20), (-32, -15), (-6, -12)):
        _roll(sheet, x, y, chance)
    sheet.shape(
        "M30 -14C28 -24 38 -30 46 -27C54 -29 60 -20 56 -14C48 -9 36 -9 30 -14Z",
        sheet.linear((0, "#b5cf6a"), (1, "#6f9a3f")),
    )
    for k in range(4):
        sheet.ellipse(68 + k * 3.4, -25 + k * 2.6, 9, 5, ("#f7c3b0", "#f3b09c")[k % 2], 0.95)
    _sticks(sheet, -96, 4, -4, 176)


def _nigiri(sheet: Sheet, x: float, y: float, fish: str) -> None:
    with sheet.at(x, y, turn=-8):
        sheet.ellipse(3, 13, 19, 5, SHADE, 0.35)
        sheet.rect(-16, -4, 32, 17, sheet.linear((0, "#fffdf6"), (1, "#d8d2c4")), round_=8)
        sheet.shape("".join(disc(-12 + (k * 5) % 25, 3 + (k * 7) % 8, 2, 1.2) for k in range(11)), "#ece6d8")
        sheet.shape(
            "M-20 -2C-18 -14 -6 -18 2 -17C12 -16 20 -10 21 2C16 5 10 3 0 3C-8 3 -16 4 -20 -2Z",
            sheet.linear((0, lighter(fish, 0.3)), (1, darker(fish, 0.12))),
        )
        sheet.stroke("M-13 -10L-8 1M-5 -15L1 1M4 -16L9 1M12 -13L16 0", lighter(fish, 0.7), 1.3, 0.85)


def _roll(sheet: Sheet, x: float, y: float, chance: Chance) -> None:
    sheet.ellipse(x + 2, y + 9, 14, 4.4, SHADE, 0.4)
    sheet.shape(
        f"M{x - 12} {y - 6}V{y + 7}C{x - 12} {y + 13} {x + 12} {y + 13} {x + 12} {y + 7}V{y - 6}Z",
        sheet.linear((0, "#1b2b26"), (0.4, "#34524a"), (1, "#121d1a"), x=1, y=0),
    )
    sheet.ellipse(x, y - 6, 12, 6.6, "#22352f")
    sheet.ellipse(x, y - 6, 10.4, 5.5, "#fdfaf2")
    for k, tint in enumerate(("#f2805a", "#8fc46a", "#f2c95c")):
        angle = k * math.tau / 3 + chance.between(0, 1)
        sheet.ellipse(x + math.cos(angle) * 2.8, y - 6 + math.sin(angle) * 1.5, 3.2, 1.9, tint)
