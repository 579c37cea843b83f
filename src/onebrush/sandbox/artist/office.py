"""An office seen from above at an angle, without vanishing points."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet, disc, polygon
from onebrush.sandbox.artist.skies import Frame

Box = tuple[float, float, float, float, float, float]  # where (x, y, z), then how large


def _at(x: float, y: float, z: float) -> Point:
    return (x - y) * 0.866, (x + y) * 0.5 - z


def _box(sheet: Sheet, room: Box, colour: str) -> None:
    """A block: its top lit, its left side half, its right side in shade."""
    x, y, z, w, d, h = room
    top = [_at(x, y, z + h), _at(x + w, y, z + h), _at(x + w, y + d, z + h), _at(x, y + d, z + h)]
    left = [_at(x, y + d, z), _at(x + w, y + d, z), _at(x + w, y + d, z + h), _at(x, y + d, z + h)]
    right = [_at(x + w, y, z), _at(x + w, y + d, z), _at(x + w, y + d, z + h), _at(x + w, y, z + h)]
    for face, tone in ((left, darker(colour, 0.12)), (right, darker(colour, 0.32)), (top, lighter(colour, 0.22))):
        sheet.shape(polygon(face), tone)


def office(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """Two walls, desks with screens, chairs, plants, people's things."""
    paper = mood.lit(chance.pick(("#dfe6ea", "#efe3d6", "#d9e3da", "#e3dcea")), 0.8)
    sheet.rect(0, 0, frame.width, frame.height, sheet.linear((0, lighter(paper, 0.3)), (1, darker(paper, 0.12))))
    wall = mood.lit(chance.pick(("#f3e9dc", "#cfdfe3", "#e9d9cf")), 0.6)
    accent = chance.pick(("#d9694f", "#3f7f86", "#5b6fb0", "#e0a63f"))
    scale = min(frame.width / 1080, frame.height / 1000) * 0.94
    with sheet.at(frame.width / 2, frame.height / 2 + 141 * scale, scale):
        sheet.glow(0, 60, 690, "#1c1730", 0.45, 0.6)
        _box(sheet, (-290, -290, -24, 600, 600, 24), mood.lit("#c99a6b", 0.5))
        _walls(sheet, wall, mood, accent)
        rug = [_at(-120, -120, 1), _at(210, -120, 1), _at(210, 210, 1), _at(-120, 210, 1)]
        sheet.shape(polygon(rug), lighter(accent, 0.45))
        _shelf(sheet, chance)
        for x, y in ((-150, -150), (90, -150), (-150, 90), (90, 90)):
            _desk(sheet, x, y, accent, chance)
        for x, y in ((250, -250), (-250, 250), (262, 262)):
            _pot(sheet, x, y)


def _walls(sheet: Sheet, wall: str, mood: Mood, accent: str) -> None:
    _box(sheet, (-310, -310, -24, 20, 620, 330), darker(wall, 0.06))
    _box(sheet, (-290, -310, -24, 600, 20, 330), lighter(wall, 0.1))
    for k in range(3):
        at = -220 + k * 180
        pane = [_at(at, -289, 110), _at(at + 130, -289, 110), _at(at + 130, -289, 250), _at(at, -289, 250)]
        sheet.shape(polygon(pane), sheet.linear((0, mood.sky[1]), (1, lighter(mood.sky[3], 0.3))))
        sheet.stroke(polygon(pane), "#ffffff", 7)
    board = [_at(-289, -60, 110), _at(-289, 210, 110), _at(-289, 210, 250), _at(-289, -60, 250)]
    sheet.shape(polygon(board), "#fdfdfb")
    sheet.stroke(polygon(board), darker(wall, 0.4), 6)
    for k, long in enumerate((150, 110, 180)):
        (x0, y0), (x1, y1) = _at(-289, -30, 220 - k * 34), _at(-289, -30 + long, 220 - k * 34)
        sheet.stroke(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}", (accent, "#6a7480", "#8fae7c")[k], 7)


def _shelf(sheet: Sheet, chance: Chance) -> None:
    _box(sheet, (-286, -250, -1, 46, 130, 150), "#a8764a")
    for z in (12, 60, 108):
        for k in range(6):
            _box(
                sheet,
                (-246, -240 + k * 19, z, 8, 14, chance.between(24, 36)),
                chance.pick(("#c9583f", "#3f7f86", "#e0ab4a", "#5d6f9a")),
            )


def _desk(sheet: Sheet, x: float, y: float, accent: str, chance: Chance) -> None:
    wood = "#e6c79c"
    sheet.shape(disc(*_at(x + 70, y + 80, 0), 100, 52), "#1c1730", 0.16)
    for dx, dy in ((4, 4), (130, 4), (4, 66), (130, 66)):
        _box(sheet, (x + dx, y + dy, 0, 7, 7, 62), "#6a6470")
    _box(sheet, (x, y, 62, 142, 76, 8), wood)
    _box(sheet, (x + 56, y + 18, 70, 26, 10, 10), "#4a4854")
    _box(sheet, (x + 26, y + 18, 80, 88, 6, 54), "#2f3040")
    screen = [
        _at(x + 31, y + 24.5, 86),
        _at(x + 109, y + 24.5, 86),
        _at(x + 109, y + 24.5, 128),
        _at(x + 31, y + 24.5, 128),
    ]
    sheet.shape(polygon(screen), sheet.linear((0, "#bfe9f7"), (1, lighter(accent, 0.3))))
    _box(sheet, (x + 42, y + 46, 70, 54, 16, 3), "#f4f2ee")
    mug = _at(x + 122, y + 48, 76)
    sheet.ellipse(*mug, 8, 9, chance.pick(("#d9694f", "#f2c95c", "#7fc0b5")))
    _box(sheet, (x + 52, y + 100, 0, 8, 8, 36), "#4a4854")
    _box(sheet, (x + 34, y + 84, 36, 46, 42, 9), accent)
    _box(sheet, (x + 34, y + 122, 40, 46, 7, 50), accent)


def _pot(sheet: Sheet, x: float, y: float) -> None:
    _box(sheet, (x - 20, y - 20, 0, 40, 40, 40), "#f4efe6")
    with sheet.at(*_at(x, y, 40)):
        for turn in (-60, -36, -12, 12, 36, 60, 0):
            with sheet.at(0, 0, turn=turn):
                sheet.shape(
                    "M0 0C-17 -26 -15 -64 0 -92C15 -64 17 -26 0 0Z", sheet.linear((0, "#7fb86a"), (1, "#3f7f4f"))
                )
