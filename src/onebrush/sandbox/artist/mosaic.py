"""An edit as SVG: the edited picture laid out in coloured tiles, so that the drawing stays one of shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from onebrush.sandbox.artist import edit
from onebrush.sandbox.artist.badge import badge
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.pen import Sheet

_TILES = 96  # along the longer side
_PAINTED = 4  # pixels of the edit behind one tile
_TONES = 12  # step between two tones of a colour band: the larger, the fewer shapes


def lay(commission: Commission) -> bytes:
    """The edit as an SVG file of the size asked."""
    across, down = _grid(commission.width, commission.height)
    sheet = Sheet(commission.width, commission.height)
    wide, high = commission.width / across, commission.height / down
    for row, line in enumerate(_rows(commission, across, down)):
        for start, length, colour in _runs(line):
            # A little overlap hides the seams between tiles.
            sheet.rect(start * wide, row * high, length * wide + 0.6, high + 0.6, colour)
    badge(sheet, commission.width, commission.height, commission.watermark)
    return sheet.svg(commission.width, commission.height).encode()


def _grid(width: int, height: int) -> tuple[int, int]:
    scale = _TILES / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _rows(commission: Commission, across: int, down: int) -> Iterator[list[str]]:
    small = replace(commission, width=across * _PAINTED, height=down * _PAINTED)
    image = edit.changed(small)
    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    pixels = bytes(image.shrink(_PAINTED, _PAINTED).cast("uchar").write_to_memory())
    for row in range(down):
        line = pixels[row * across * 3 : (row + 1) * across * 3]
        yield [_tone(line[at : at + 3]) for at in range(0, len(line), 3)]


def _tone(colour: bytes) -> str:
    return "#" + "".join(f"{min(255, round(part / _TONES) * _TONES):02x}" for part in colour)


def _runs(line: list[str]) -> Iterator[tuple[int, int, str]]:
    """Neighbours of one colour make one tile: start, length, colour."""
    start = 0
    for colour, tiles in groupby(line):
        length = len(list(tiles))
        yield start, length, colour
        start += length
