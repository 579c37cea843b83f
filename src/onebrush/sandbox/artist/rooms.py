"""A table by a window and a ledge of stone."""

from __future__ import annotations

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc, polygon
from onebrush.sandbox.artist.skies import Frame


def table(sheet: Sheet, frame: Frame, mood: Mood, chance: Chance) -> None:
    """A wall with a window's light on it and a wooden table top."""
    edge, side = frame.horizon, frame.side
    wall = mood.lit(chance.pick(("#d8c6ae", "#b9c4bb", "#cdb9b4", "#a9b8c4", "#c9b48f")), 1.1)
    sheet.rect(
        0, 0, frame.width, edge + 2, sheet.linear((0, darker(wall, 0.3)), (0.35, wall), (1, lighter(wall, 0.16)), x=0.7)
    )
    lamp = mix(lighter(wall, 0.75), mood.glow, 0.45) if not mood.dark else "#8fa4dc"
    start = frame.width * chance.pick((0.1, 0.46)) if frame.wide > 0.8 else -side * 0.05
    for row in range(2):
        for column in range(2):
            x, y = start + column * side * 0.24, edge - side * (0.56 - row * 0.25)
            pane = [
                (x, y),
                (x + side * 0.21, y + side * 0.05),
                (x + side * 0.25, y + side * 0.27),
                (x + side * 0.04, y + side * 0.22),
            ]
            sheet.shape(polygon(pane), sheet.linear((0, lamp, 0.5), (1, lamp, 0.22)))
    _leafy_shade(sheet, chance, start + side * 0.3, edge - side * 0.45, side, darker(wall, 0.4))
    wood = mood.lit(chance.pick(("#a9764a", "#8f6242", "#c0925f")))
    sheet.rect(
        0,
        edge,
        frame.width,
        frame.height - edge,
        sheet.linear((0, lighter(wood, 0.22)), (0.5, wood), (1, darker(wood, 0.35))),
    )
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
    sheet.rect(
        0,
        top + side * 0.1,
        frame.width,
        frame.height,
        sheet.linear((0, darker(stone, 0.3)), (0.4, darker(stone, 0.45)), (1, darker(stone, 0.7))),
    )
    gap, cracks = side * 0.3, ""
    for row in range(int((frame.height - top) / (side * 0.13)) + 1):
        y = top + side * (0.1 + row * 0.13)
        cracks += f"M0 {y:.1f}H{frame.width:.1f}"
        for index in range(int(frame.width / gap) + 2):
            cracks += f"M{(index + (row % 2) / 2) * gap:.1f} {y:.1f}v{side * 0.13:.1f}"
    sheet.stroke(cracks, darker(stone, 0.7), side * 0.005, 0.6)
    for tint, fade in ((darker(stone, 0.25), 0.4), (lighter(stone, 0.6), 0.5)):
        sheet.shape(
            "".join(
                disc(
                    chance.between(0, frame.width),
                    top + side * chance.between(0.005, 0.095),
                    chance.between(2, 8),
                    chance.between(1, 3),
                )
                for _ in range(int(30 * max(1, frame.wide)))
            ),
            tint,
            fade,
        )
