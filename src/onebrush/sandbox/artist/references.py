"""Reference pictures and masks: decoded from a short list of formats, capped, fitted to the size asked."""

from __future__ import annotations

import io
from collections.abc import Callable

import pyvips
from PIL import Image as Pillow

_MOST_PIXELS = 50_000_000
_LOADERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], pyvips.Image]], ...] = (
    (
        lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
        lambda data: pyvips.Image.pngload_buffer(data, fail_on="truncated"),
    ),
    (
        lambda data: data.startswith(b"\xff\xd8\xff"),
        lambda data: pyvips.Image.jpegload_buffer(data, fail_on="truncated"),
    ),
    (
        lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
        lambda data: pyvips.Image.webpload_buffer(data, fail_on="truncated"),
    ),
    (
        lambda data: data[:6] in (b"GIF87a", b"GIF89a"),
        lambda data: pyvips.Image.gifload_buffer(data, fail_on="truncated"),
    ),
    (
        lambda data: data[:4] in (b"II*\0", b"MM\0*"),
        lambda data: pyvips.Image.tiffload_buffer(data, fail_on="truncated"),
    ),
    (lambda data: data.startswith(b"BM"), lambda data: _bmp(data)),
)


class BadReference(ValueError):
    """A reference picture or a mask that does not decode."""


def _bmp(data: bytes) -> pyvips.Image:
    """libvips has no reader of its own for BMP."""
    with Pillow.open(io.BytesIO(data), formats=["BMP"]) as picture:
        _cap(picture.width, picture.height)
        pixels = picture.convert("RGB")
    return pyvips.Image.new_from_memory(pixels.tobytes(), pixels.width, pixels.height, 3, "uchar").copy(
        interpretation="srgb"
    )


def _cap(width: int, height: int) -> None:
    if width * height > _MOST_PIXELS:
        raise BadReference(
            f"A reference of {width}x{height} pixels is larger than {_MOST_PIXELS // 1_000_000} megapixels."
        )


def _open(data: bytes, upright: bool) -> pyvips.Image:
    load = next((load for matches, load in _LOADERS if matches(data)), None)
    if load is None:
        raise BadReference("The reference is no PNG, JPEG, WebP, GIF, BMP or TIFF picture.")
    try:
        image = load(data)
    except (pyvips.Error, OSError, ValueError) as error:
        raise error if isinstance(error, BadReference) else BadReference("The reference does not decode.") from error
    _cap(image.width, image.height)
    return image.autorot() if upright else image


def cover(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Scale and crop to fill exactly this size; pixels are left alone where the size already fits."""
    if (image.width, image.height) == (width, height):
        return image
    scale = max(width / image.width, height / image.height)
    image = image.resize(scale, kernel="lanczos3")
    if image.width < width or image.height < height:  # rounding
        image = image.resize(max(1, width / image.width), vscale=max(1, height / image.height))
    return image.crop((image.width - width) // 2, (image.height - height) // 2, width, height)


def _settled(image: pyvips.Image) -> pyvips.Image:
    try:
        return image.copy_memory()
    except pyvips.Error as error:
        raise BadReference("The reference does not decode.") from error


def _alpha(image: pyvips.Image) -> pyvips.Image:
    return image.extract_band(image.bands - 1).cast("uchar", shift=image.format == "ushort")


def picture(data: bytes, width: int, height: int, upright: bool) -> pyvips.Image:
    """A reference as opaque RGB, cover-fitted."""
    image = _open(data, upright)
    try:
        image = image.colourspace("srgb").cast("uchar")
        image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
        image = image.extract_band(0, n=3) if image.bands > 3 else image
        return _settled(cover(image, width, height).copy(interpretation="srgb"))
    except pyvips.Error as error:
        raise BadReference("The reference does not decode.") from error


def opacity(data: bytes, width: int, height: int, upright: bool) -> pyvips.Image | None:
    """How much each pixel of a reference is there (0 to 255), cover-fitted; None where all of it is."""
    image = _open(data, upright)
    if not image.hasalpha():
        return None
    try:
        alpha = _settled(cover(_alpha(image), width, height).copy(interpretation="b-w"))
    except pyvips.Error as error:
        raise BadReference("The reference does not decode.") from error
    return alpha if alpha.min() < 255 else None


def mask(data: bytes, width: int, height: int, upright: bool) -> pyvips.Image:
    """How much each pixel may change (0 to 255): clear alpha, or white where there is no alpha."""
    image = _open(data, upright)
    try:
        white = image.colourspace("b-w").extract_band(0).cast("uchar")
        change = _alpha(image).invert() if image.hasalpha() else white
        return _settled(cover(change, width, height).copy(interpretation="b-w"))
    except pyvips.Error as error:
        raise BadReference("The mask does not decode.") from error


def painted(data: bytes, width: int, height: int, upright: bool) -> pyvips.Image:
    """What a markup asks to change: 255 in the smallest box around its paint, 0 elsewhere."""
    sheet = pyvips.Image.black(width, height).copy(interpretation="b-w")
    paint = opacity(data, width, height, upright)
    if paint is None:
        return sheet
    left, top, wide, high = paint.find_trim(threshold=12, background=0, line_art=True)
    return sheet.draw_rect(255, left, top, wide, high, fill=True) if wide and high else sheet
