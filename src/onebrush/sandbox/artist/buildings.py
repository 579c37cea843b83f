"""Houses, pagodas and the tower, in local units: 100 tall, on the origin."""

from __future__ import annotations

import math

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, box, disc, polygon
from onebrush.sandbox.artist.plants import bush

WARM = "#ffd37a"


def house(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A cottage in local units: 100 tall, its foot on the origin."""
    wall = mood.lit(look.colour or chance.pick(("#f6ead4", "#f3e2d0", "#efe6da")), 0.85)
    roof = mood.lit(chance.pick(("#b5533c", "#a8553f", "#7b5a57", "#8a6a4f")), 0.85)
    trim, wood = mood.lit("#fffaf0", 0.8), mood.lit("#8a5a3c")
    sheet.glow(0, 1, 78, darker(mood.lit(mood.grass), 0.7), 0.55, 0.12)
    path = mood.lit("#d8c4a2" if not mood.snowy else "#cfd8e6")
    sheet.shape(
        "M-33 0C-34 16 -16 22 -20 36C-24 50 -44 58 -46 84L2 84C0 60 2 46 -2 34C-6 22 -17 14 -17 0Z",
        sheet.linear((0, path, 0.95), (0.6, path, 0.6), (1, path, 0)),
    )
    if mood.dark:
        sheet.glow(22, 12, 46, WARM, 0.55, 0.26)
    _chimney(sheet, mood, roof)
    sheet.shape("M-2 0V-42H48V0Z", sheet.linear((0, darker(wall, 0.2)), (1, darker(wall, 0.1))))
    sheet.shape("M-46 0V-42L-24 -72L-2 -42V0Z", sheet.linear((0, lighter(wall, 0.3)), (1, wall)))
    sheet.shape("M-46 0V-5H-2V0ZM-2 0V-5H48V0Z", mood.lit("#a39a92"))
    _roof(sheet, mood, roof)
    _windows(sheet, mood, trim)
    sheet.shape("M-33 0V-19C-33 -28 -17 -28 -17 -19V0Z", trim)
    sheet.shape(
        "M-31 0V-19C-31 -26 -19 -26 -19 -19V0Z", sheet.linear((0, lighter(wood, 0.12)), (1, darker(wood, 0.25)))
    )
    sheet.stroke("M-25 -24V0", darker(wood, 0.4), 0.6)
    sheet.ellipse(-21.5, -11, 0.9, 0.9, mood.lit("#f0cf7a", 0.3))
    leaf = mood.lit(mood.leaf if not mood.snowy else "#8aa3a3")
    blooms = tuple(mood.lit(one, 0.5) for one in mood.blooms) if not mood.snowy else ("#ffffff",)
    for x, r in ((-44, 6.5), (-9, 5.5), (2, 5), (26, 6), (37, 7), (46, 8)):
        bush(sheet, x, 2, r, leaf, chance, blooms)


def _chimney(sheet: Sheet, mood: Mood, roof: str) -> None:
    brick = mood.lit("#b0705a")
    sheet.shape(box(20, -88, 9, 24), sheet.linear((0, lighter(brick, 0.1)), (1, darker(brick, 0.2)), x=1, y=0))
    sheet.rect(18.6, -90, 11.8, 3.4, darker(brick, 0.25))
    if mood.snowy:
        sheet.ellipse(24.5, -90.4, 6.4, 2.2, mood.lit("#ffffff", 0.45))
    smoke = lighter(mood.haze, 0.5)
    for x, y, r, fade in (
        (25, -95, 3.4, 0.65),
        (29, -102, 4.8, 0.5),
        (27, -111, 6.4, 0.36),
        (34, -121, 8.4, 0.24),
        (44, -131, 10.5, 0.14),
    ):
        sheet.ellipse(x, y, r, r * 0.85, smoke, fade)


def _roof(sheet: Sheet, mood: Mood, roof: str) -> None:
    side = "M-24 -77L30 -77L55 -39L2 -39Z"
    sheet.shape("M-2 -42H48V-37L0 -37Z", darker(roof, 0.6), 0.3)
    sheet.shape(side, sheet.linear((0, lighter(roof, 0.08)), (1, darker(roof, 0.2)), x=0.3))
    with sheet.clip(side):
        rows = "".join(f"M-60 {y}h140" for y in range(-73, -38, 5))
        sheet.stroke(rows, darker(roof, 0.35), 0.7, 0.5)
        tiles = "".join(f"M{x + (k % 2) * 3} {-77 + k * 5}v5" for k in range(8) for x in range(-40, 60, 6))
        sheet.stroke(tiles, darker(roof, 0.3), 0.4, 0.4)
    sheet.shape("M-24 -78L-51 -40L-46.5 -37.5L-24 -69.5L-1.5 -37.5L3 -40Z", darker(roof, 0.3))
    if mood.snowy:
        snow = mood.lit("#fbfcff", 0.42)
        sheet.shape(
            "M-25 -80C-8 -82 18 -82 30 -80L56 -40C52 -34 47 -40 42 -36.5C36 -33 32 -39 27 -36.5C21 -33 16 -39 11 -36"
            "C7 -34 4 -37 2 -39Z",
            sheet.linear((0, snow), (1, mix(snow, mood.ambient, 0.25))),
        )
        sheet.shape("M-24 -82L-53 -41C-51 -36 -48 -39 -45.6 -38.6L-24 -70L-2.6 -38.6C0 -38 3 -36 4 -41Z", snow)


def _windows(sheet: Sheet, mood: Mood, trim: str) -> None:
    glass = WARM if mood.dark or mood.snowy or mood.time == "sunset" else mix(mood.sky[1], "#35506b", 0.35)
    light = lighter(glass, 0.5) if glass == WARM else lighter(glass, 0.45)
    for x in (8, 28):
        if glass == WARM:
            sheet.glow(x + 6, -22, 21, WARM, 0.6)
        sheet.rect(x - 1.4, -31.4, 14.8, 17.8, trim, round_=0.8)
        sheet.rect(x, -30, 12, 15, sheet.linear((0, light), (1, glass), x=0.8))
        sheet.stroke(f"M{x + 6} -30v15M{x} -22.5h12", trim, 1)
        sheet.rect(x - 2.4, -14.4, 16.8, 2.2, darker(trim, 0.12))
    if glass == WARM:
        sheet.glow(-24, -52, 15, WARM, 0.55)
    sheet.ellipse(-24, -52, 6.6, 6.6, trim)
    sheet.ellipse(-24, -52, 5.2, 5.2, sheet.linear((0, light), (1, glass)))
    sheet.stroke("M-24 -57.2v10.4M-29.2 -52h10.4", trim, 0.9)


def pagoda(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A pagoda of five roofs."""
    wall, roof = mood.lit(look.colour or "#b8503f", 0.8), mood.lit("#3f5a5e", 0.8)
    sheet.glow(0, 0, 50, "#20304a", 0.4, 0.14)
    sheet.stroke("M0 -100V-112", mood.lit("#d9a93f", 0.4), 1.6)
    for level in range(5):
        y, half = -level * 19.0, 24 - level * 3.2
        sheet.rect(
            -half * 0.78,
            y - 14,
            half * 1.56,
            14,
            sheet.linear((0, lighter(wall, 0.1)), (1, darker(wall, 0.25)), x=1, y=0),
        )
        lamp = WARM if mood.dark or mood.time == "sunset" else darker(wall, 0.5)
        sheet.shape("".join(box(-half * 0.5 + i * half * 0.37, y - 11, half * 0.22, 9) for i in range(3)), lamp)
        sheet.shape(
            f"M{-half * 1.45:.1f} {y - 13.5:.1f}C{-half:.1f} {y - 14:.1f} {-half * 0.7:.1f} {y - 18:.1f}"
            f" {-half * 0.55:.1f} {y - 21:.1f}"
            f"H{half * 0.55:.1f}C{half * 0.7:.1f} {y - 18:.1f} {half:.1f} {y - 14:.1f} {half * 1.45:.1f}"
            f" {y - 13.5:.1f}L{half * 1.3:.1f} {y - 11.5:.1f}H{-half * 1.3:.1f}Z",
            sheet.linear((0, mood.lit("#f4f7fb") if mood.snowy else lighter(roof, 0.18)), (1, darker(roof, 0.25))),
        )


def canton(sheet: Sheet, mood: Mood, look: Look) -> None:
    """A slender twisted lattice tower, waisted like the one in Guangzhou; 100 tall."""

    def ring(share: float) -> tuple[float, float]:
        waist = 0.62
        half = 2.3 + 6.2 * abs(share - waist) ** 1.25 * (1.5 if share < waist else 2.1)
        return half, -share * 84

    steel = mood.lit(look.colour or "#7d8ea8", 0.5)
    hues = ("#ff5f8f", "#ffb14a", "#ffe86b", "#5fe3a1", "#5ac3ff", "#a58bff") if mood.dark else (steel,)
    core = mood.lit("#c3d0de", 0.7)
    sheet.glow(4, 0, 30, darker(mood.haze, 0.8), 0.5, 0.26)
    lawn = mood.far("#8fae7c", 0.15)
    sheet.ellipse(0, 0, 22, 5.4, sheet.linear((0, lighter(lawn, 0.2)), (1, darker(lawn, 0.2))))
    sheet.shape(
        "".join(disc(math.cos(k) * 18, math.sin(k) * 4 - 0.8, 1.9, 1.6) for k in range(0, 44)), darker(lawn, 0.3)
    )
    sheet.ellipse(0, 0, 13, 3.2, mood.far("#dfd8cc", 0.1))
    if mood.dark:
        sheet.glow(0, -50, 46, "#9a8bff", 0.35, 1.5)
    sheet.stroke("M0 -84V-100", steel, 0.9)
    sheet.stroke("M0 -96V-106", mood.lit("#e0594c", 0.3), 0.5)
    sheet.shape(polygon([(-1.5, 0), (-1.2, -86), (1.2, -86), (1.5, 0)]), core)
    steps, rods, twist = 24, 22, 1.75
    for back in (True, False):
        for rod in range(rods):
            for lean in (1, -1):
                start = math.tau * rod / rods
                if (math.sin(start + lean * twist / 2) < 0) is not back:
                    continue
                points: list[Point] = []
                for step in range(steps + 1):
                    share = step / steps
                    half, y = ring(share)
                    angle = start + lean * twist * share
                    points.append((math.cos(angle) * half, y + math.sin(angle) * half * 0.22))
                tint = hues[rod * len(hues) // rods]
                sheet.stroke(
                    polygon(points, closed=False),
                    mix(tint, core, 0.45) if back else tint,
                    0.34 if lean < 0 else 0.5,
                    0.6 if back else 0.95,
                )
        if back:
            for share, tall in ((0.16, 7), (0.42, 6), (0.58, 7), (0.78, 8), (0.9, 7)):
                half, y = ring(share)
                sheet.rect(
                    -half * 0.72,
                    y - tall / 2,
                    half * 1.44,
                    tall,
                    sheet.linear((0, lighter(core, 0.5)), (1, darker(core, 0.1)), x=1, y=0),
                    round_=1,
                    opacity=0.75,
                )
    half, y = ring(1)
    sheet.ellipse(0, y, half, half * 0.24, lighter(steel, 0.25))
