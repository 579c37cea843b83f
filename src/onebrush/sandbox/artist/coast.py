"""A lighthouse and the headland it stands on."""

from __future__ import annotations

from onebrush.sandbox.artist.buildings import WARM
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker, lighter, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc, polygon
from onebrush.sandbox.artist.plants import grass

_TOWER = "M-13 0L-7.6 -70H7.6L13 0Z"


def lighthouse(sheet: Sheet, mood: Mood, look: Look, chance: Chance) -> None:
    """A banded tower, its lamp lit, the keeper's cottage at its foot."""
    white, band = mood.lit("#fbf6ec", 0.7), mood.lit(look.colour or "#cf4438", 0.6)
    iron = mood.lit("#34343f", 0.5)
    _beam(sheet, mood)
    _cottage(sheet, mood, white, band)
    sheet.shape(_TOWER, white)
    with sheet.clip(_TOWER):
        sheet.shape("M-20 -58H20V-44H-20ZM-20 -30H20V-16H-20Z", band)
    shade = sheet.linear((0, "#1c1730", 0.2), (0.3, WHITE, 0.3), (0.55, "#1c1730", 0), (1, "#1c1730", 0.45), x=1, y=0)
    sheet.shape(_TOWER, shade)
    for y in (-24, -38, -52):
        sheet.rect(-1.8, y - 4, 3.6, 5.6, WARM if mood.dark else darker(iron, 0.1), round_=1.4)
    sheet.shape("M-4 0V-9C-4 -13 4 -13 4 -9V0Z", mood.lit("#7a4a34", 0.6))
    sheet.shape("M-11 -70H11L9.4 -74H-9.4Z", iron)
    sheet.stroke("M-11 -74V-80H11V-74M-5.5 -74V-80M0 -74V-80M5.5 -74V-80", iron, 0.7)
    sheet.rect(-5.6, -86, 11.2, 12, sheet.linear((0, "#fff7d0"), (1, "#ffcf6a")))
    sheet.stroke("M-5.6 -86V-74M-1.9 -86V-74M1.9 -86V-74M5.6 -86V-74", iron, 0.7)
    sheet.shape(
        "M-7.4 -86C-6.6 -94 6.6 -94 7.4 -86Z", sheet.linear((0, lighter(band, 0.25)), (1, darker(band, 0.2)), x=1)
    )
    sheet.stroke("M0 -92V-98", iron, 0.9)
    sheet.glow(0, -80, 30 if mood.time != "day" else 17, "#ffe9a0", 0.9)


def _beam(sheet: Sheet, mood: Mood) -> None:
    """The light thrown out to sea, seen when the sky is not bright."""
    if mood.time == "day" and mood.weather not in ("fog", "rain"):
        return
    for sweep, rise in ((150, -16), (-150, 10)):
        ray = sheet.linear((0, "#fff0b8", 0.75 if sweep > 0 else 0), (1, "#fff0b8", 0 if sweep > 0 else 0.75), x=1, y=0)
        sheet.shape(polygon([(0, -81.5), (sweep, -80 + rise - 13), (sweep, -80 + rise + 13), (0, -78.5)]), ray, 0.7)


def _cottage(sheet: Sheet, mood: Mood, white: str, roof: str) -> None:
    glass = WARM if mood.dark or mood.time == "sunset" else mix(mood.sky[1], "#35506b", 0.4)
    sheet.glow(10, 1, 46, "#1c2a24", 0.4, 0.12)
    sheet.rect(10, -16, 30, 16, sheet.linear((0, lighter(white, 0.2)), (1, darker(white, 0.18)), x=1))
    sheet.shape("M7 -15L13 -26H37L43 -15Z", sheet.linear((0, lighter(roof, 0.12)), (1, darker(roof, 0.25))))
    sheet.rect(31, -31, 4, 8, darker(roof, 0.3))
    sheet.shape("M15 -11h5v6h-5ZM30 -11h5v6h-5Z", glass)
    sheet.rect(22.6, -10, 5, 10, darker(roof, 0.35))


def headland(sheet: Sheet, mood: Mood, chance: Chance, spot: tuple[float, float, float], flip: bool) -> None:
    """Grass to the cliff's edge and rock down to the surf; the land runs out of the picture on one side."""
    x, y, side = spot
    rock, turf = mood.lit("#8f7f74"), mood.lit(mix(mood.grass, "#7fa860", 0.3) if not mood.snowy else mood.grass)
    face = "M-3200 30L-700 20L-200 0L190 6L268 40L282 130L330 190L338 280L392 350L410 470L470 560L-3200 1400Z"
    with sheet.at(x, y, side / 1000, flip=flip):
        sheet.stroke("M300 330C380 380 420 470 500 560M350 360C430 420 480 500 560 600", WHITE, 20, 0.5)
        sheet.shape(face, sheet.linear((0, lighter(rock, 0.2)), (0.3, rock), (1, darker(rock, 0.45))))
        with sheet.clip(face):
            _rocks(sheet, rock, chance)
        sheet.shape(
            "M-3200 -40C-1400 -40 -600 -46 -220 -14C-90 -2 60 -10 180 2C230 6 262 20 272 44C262 70 240 58 222 74"
            "C190 104 150 64 110 84C40 120 -60 70 -150 112C-320 180 -520 110 -720 190C-1200 280 -2000 240 -3200 300Z",
            sheet.linear((0, lighter(turf, 0.22)), (0.6, turf), (1, darker(turf, 0.3))),
        )
        grass(sheet, -900, 230, 40, 44, darker(turf, 0.2), chance, 90)
        foam = "".join(
            disc(410 + k * 16 + chance.between(-20, 20), 480 + k * 22, chance.between(14, 34), 8) for k in range(14)
        )
        sheet.shape(foam, WHITE, 0.6)
        for bx, by, r in ((470, 470, 46), (570, 520, 30), (430, 560, 60)):
            boulder = f"M{bx - r} {by}L{bx - r * 0.6:.0f} {by - r * 0.7:.0f}L{bx + r * 0.2:.0f} {by - r}L{bx + r} {by}Z"
            sheet.shape(boulder, sheet.linear((0, lighter(rock, 0.2)), (1, darker(rock, 0.5))))
            sheet.shape(disc(bx, by, r * 1.25, r * 0.16), WHITE, 0.65)


def _rocks(sheet: Sheet, rock: str, chance: Chance) -> None:
    for tone, fade in ((darker(rock, 0.4), 0.5), (lighter(rock, 0.35), 0.45)):
        path = ""
        for _ in range(44):
            x, y, wide = chance.between(-900, 420), chance.between(70, 620), chance.between(20, 90)
            path += polygon(
                [(x, y), (x + wide, y + wide * 0.2), (x + wide * 0.8, y + wide * 0.9), (x + 8, y + wide * 0.6)]
            )
        sheet.shape(path, tone, fade)
