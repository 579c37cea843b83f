"""A picture taken apart: its elements as clear-edged layers, and the base they lay on."""

from __future__ import annotations

from dataclasses import dataclass

import pyvips

from onebrush.sandbox.artist import references, treat
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.raster import encode, labels, over

_COARSE = 128  # elements are looked for in a copy of this longer side
_SOLID = 110  # from this much on a pixel belongs to an element
_SMALLEST = 0.004  # share of the picture below which an element is a crumb


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One element: a PNG of the size of its box, clear around the element; the box in pixels of the base."""

    picture: bytes
    left: int
    top: int
    width: int
    height: int


def split(commission: Commission, most: int) -> tuple[bytes, list[Layer]]:
    """The base, and at least one and at most `most` layers from back to front, which together are the reference.

    Raises `BadReference` for a picture that does not decode.
    """
    width, height = commission.width, commission.height
    image = references.picture(commission.references[0], width, height, commission.upright)
    shapes = _elements(image)[:most]
    base = _filled(image, shapes)
    base = over(base, labels(width, height, commission.watermark))
    return encode(base, commission), [_layer(image, shape) for shape in shapes]


def _elements(image: pyvips.Image) -> list[pyvips.Image]:
    """Where each element is (255 or 0), the largest first; a disc in the middle where none stands out."""
    small = treat.cut_free(image).resize(min(1.0, _COARSE / max(image.width, image.height))) > _SOLID
    small = small.copy_memory()
    regions, _ = small.labelregions(segments=True)
    counted = _sizes(regions, small)
    crumb = small.width * small.height * _SMALLEST
    found = sorted((index for index, size in counted.items() if size > crumb), key=lambda one: -counted[one])
    shapes = [_enlarged((regions == index) & small, image) for index in found]
    return [shape for shape in shapes if shape.max()] or [_disc(image)]


def _sizes(regions: pyvips.Image, small: pyvips.Image) -> dict[int, int]:
    """How many pixels of an element each region has."""
    sizes: dict[int, int] = {}
    names = regions.cast("uint").write_to_memory()
    for place, there in enumerate(bytes(small.write_to_memory())):
        if there:
            index = int.from_bytes(names[place * 4 : place * 4 + 4], "little")
            sizes[index] = sizes.get(index, 0) + 1
    return sizes


def _enlarged(shape: pyvips.Image, image: pyvips.Image) -> pyvips.Image:
    large = shape.resize(image.width / shape.width, vscale=image.height / shape.height, kernel="linear")
    return _settled(large.crop(0, 0, image.width, image.height) > 127)


def _disc(image: pyvips.Image) -> pyvips.Image:
    at = pyvips.Image.xyz(image.width, image.height)
    across, down = at.extract_band(0) - image.width / 2, at.extract_band(1) - image.height / 2
    return _settled((across**2 + down**2) < (treat.side(image) * 0.3) ** 2)


def _settled(shape: pyvips.Image) -> pyvips.Image:
    return shape.copy(interpretation="b-w").copy_memory()


def _filled(image: pyvips.Image, shapes: list[pyvips.Image]) -> pyvips.Image:
    """The picture without its elements: blurred surroundings where they were."""
    soft = treat.settle(treat.blur(image, max(1.0, treat.side(image) / 6)))
    for shape in shapes:
        image = treat.settle(shape.ifthenelse(soft, image))
    return image.copy_memory()


def _layer(image: pyvips.Image, shape: pyvips.Image) -> Layer:
    left, top, width, height = shape.find_trim(threshold=12, background=0, line_art=True)
    cut = image.bandjoin(shape).crop(left, top, width, height).copy(interpretation="srgb")
    picture = bytes(cut.pngsave_buffer(compression=2, keep="none"))
    return Layer(picture=picture, left=left, top=top, width=width, height=height)
