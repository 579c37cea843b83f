"""Oil painting: the picture painted anew, stroke by stroke."""

from __future__ import annotations

import math

import pyvips

from onebrush.sandbox.artist.chance import Chance, Noise
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.treat import blend, blur, grey, settle, side


def oil(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Repaint with brush strokes that follow the shapes, large ones first, then relief."""
    canvas = settle(blur(image, side(image) / 90))
    for count, length, fine in ((1200, 2.5, False), (3200, 2.1, True), (4600, 1.7, True)):
        strokes = _strokes(image, chance, count, length, fine)
        canvas = settle(canvas.composite2(strokes, "over", compositing_space="srgb").extract_band(0, n=3))
    canvas = _fine(canvas.copy_memory(), image, chance).copy_memory()
    tone = grey(canvas).cast("float")
    relief = tone.conv(pyvips.Image.new_from_array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]])) * 0.16
    weave = pyvips.Image.gaussnoise(256, 256, sigma=5, mean=0, seed=chance.whole(1, 9999)).gaussblur(0.8)
    weave = weave.replicate(image.width // 256 + 1, image.height // 256 + 1).crop(0, 0, image.width, image.height)
    return settle(canvas + relief + weave)


def _fine(canvas: pyvips.Image, image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Small strokes where the picture varies much within little room (a face, lettering): there it stays readable."""
    detail = _detail(image)
    strokes = _strokes(image, chance, 15000, 1.5, True)
    painted = settle(canvas.composite2(strokes, "over", compositing_space="srgb").extract_band(0, n=3))
    crisp = blend(painted, blur(image, max(0.6, side(image) / 700)), 0.62)
    return settle(detail.ifthenelse(crisp, canvas, blend=True))


def _detail(image: pyvips.Image) -> pyvips.Image:
    """From 0 (even) to 255 (full of detail): the spread of the tones around each pixel."""
    shrink = min(1.0, 256 / side(image))
    tone = grey(image.resize(shrink, kernel="linear")).cast("float")
    near = 4.0
    spread = ((tone**2).gaussblur(near) - tone.gaussblur(near) ** 2).clamp(min=0, max=65025) ** 0.5
    mask = (spread.linear(14, -190)).clamp(min=0, max=255).cast("uchar").gaussblur(1.5)
    return _stretched(mask, image.width, image.height)


def _stretched(mask: pyvips.Image, width: int, height: int) -> pyvips.Image:
    larger = mask.resize(width / mask.width, vscale=height / mask.height, kernel="linear")
    return larger.crop(0, 0, width, height).cast("uchar")


def _strokes(image: pyvips.Image, chance: Chance, count: int, length: float, fine: bool) -> pyvips.Image:
    gap = math.sqrt(image.width * image.height / count)
    columns, rows = max(2, round(image.width / gap)), max(2, round(image.height / gap))
    grid = image.resize(columns / image.width, vscale=rows / image.height, kernel="linear").cast("uchar")
    columns, rows, pixels = grid.width, grid.height, bytes(grid.write_to_memory())
    flow = Noise(chance.fork("flow"))
    groups: dict[tuple[int, ...], list[str]] = {}
    for row in range(rows):
        for column in range(columns):
            at = (row * columns + column) * 3
            across, down = _slope(pixels, columns, rows, column, row)
            strength = abs(across) + abs(down)
            if fine and strength < 14 and chance.below(0.86):
                continue
            angle = (
                math.atan2(down, across) + math.pi / 2
                if strength > 12
                else 3 * flow.at(column / columns * 3 + row / rows * 2)
            )
            x, y = (column + chance.between(0, 1)) * gap, (row + chance.between(0, 1)) * gap
            dx, dy = math.cos(angle) * gap * length / 2, math.sin(angle) * gap * length / 2
            shade = chance.between(-13, 13)
            key = tuple(min(255, max(0, int((part + shade) / 10) * 10 + 4)) for part in pixels[at : at + 3])
            groups.setdefault(key, []).append(
                f"M{x - dx:.1f} {y - dy:.1f}Q{x - dy * 0.25:.1f} {y + dx * 0.25:.1f} {x + dx:.1f} {y + dy:.1f}"
            )
    sheet = Sheet(image.width, image.height)
    for (red, green, blue), paths in sorted(groups.items(), key=lambda item: chance.between(0, 1)):
        sheet.stroke("".join(paths), f"#{red:02x}{green:02x}{blue:02x}", gap * 0.78, 0.9)
    return pyvips.Image.svgload_buffer(sheet.svg(image.width, image.height).encode()).copy(interpretation="srgb")


def _slope(pixels: bytes, columns: int, rows: int, column: int, row: int) -> tuple[int, int]:
    def green(x: int, y: int) -> int:
        return pixels[(min(max(y, 0), rows - 1) * columns + min(max(x, 0), columns - 1)) * 3 + 1]

    return green(column + 1, row) - green(column - 1, row), green(column, row + 1) - green(column, row - 1)
