"""A contact sheet: pictures in rows of one width, each whole and in its own proportions, with a caption below."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1600
MARGIN = 40
GAP = 28
CAPTION = 132
INDENT = 2
LINE = 27
CORNER = 14
ROW = 2
PAPER = "#f6f4ef"
INK = "#22252b"
GREY = "#6d7178"
QUALITIES = (90, 84, 76, 68)
MOST_BYTES = 1_000_000
# Corners are drawn this much larger and made small again, which smooths them.
SMOOTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A picture and what is written below it: a title, and small lines."""

    picture: bytes
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A cell with its place on the sheet, in pixels."""

    cell: Cell
    left: int
    top: int
    width: int
    height: int


def contact_sheet(cells: Sequence[Cell]) -> bytes:
    """The sheet as a JPEG of at most a megabyte."""
    places = list(_placed(cells))
    bottom = max(place.top + place.height for place in places) + CAPTION
    sheet = Image.new("RGB", (WIDTH, bottom + MARGIN // 4), PAPER)
    for place in places:
        _paste(sheet, place)
        _write_below(sheet, place)
    return _small_enough(sheet)


# Where


def _placed(cells: Sequence[Cell]) -> Iterator[Placed]:
    """Rows of equal width: in each, all pictures have one height, so that none is cut."""
    top = MARGIN
    for row in _rows(cells):
        ratios = [_ratio(cell) for cell in row]
        height = round((WIDTH - 2 * MARGIN - GAP * (len(row) - 1)) / sum(ratios))
        left = MARGIN
        for cell, ratio in zip(row, ratios, strict=True):
            last = cell is row[-1]
            width = WIDTH - MARGIN - left if last else round(height * ratio)
            yield Placed(cell=cell, left=left, top=top, width=width, height=height)
            left += width + GAP
        top += height + CAPTION


def _rows(cells: Sequence[Cell]) -> list[Sequence[Cell]]:
    """Two above, the rest below: the first is shown beside its edit."""
    return [row for row in (cells[:ROW], cells[ROW:]) if row]


def _ratio(cell: Cell) -> float:
    with Image.open(io.BytesIO(cell.picture)) as picture:
        return picture.width / picture.height


# What


def _paste(sheet: Image.Image, place: Placed) -> None:
    size = (place.width, place.height)
    with Image.open(io.BytesIO(place.cell.picture)) as picture:
        shown = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    sheet.paste(shown, (place.left, place.top), _rounded(size))


def _rounded(size: tuple[int, int]) -> Image.Image:
    large = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    box = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, CORNER * SMOOTH, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def _write_below(sheet: Image.Image, place: Placed) -> None:
    draw = ImageDraw.Draw(sheet)
    left, top = place.left + INDENT, place.top + place.height
    draw.text((left, top + 14), place.cell.title, INK, _font(26))
    for number, line in enumerate(place.cell.lines):
        draw.text((left, top + 50 + LINE * number), line, GREY, _font(20))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow brings this one along: a sheet looks the same on a machine without any font.
    return ImageFont.load_default(size=size)


def _small_enough(sheet: Image.Image) -> bytes:
    for quality in QUALITIES:
        file = io.BytesIO()
        sheet.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()
