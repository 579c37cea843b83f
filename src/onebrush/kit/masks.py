"""Masks in both spellings: transparent is change; where nothing is transparent, white is change and black is keep."""

from PIL import Image, ImageChops

from onebrush.kit.decoding import Source, check_size, decoded, encoded, measured, plain

_HALF = 128


def weight(mask: Image.Image) -> Image.Image:
    """How much of each pixel is to change, 0 to 255, as a picture of mode L. Greys and half transparency mix."""
    alpha = _alpha(mask)
    return ImageChops.invert(alpha) if alpha is not None else plain(mask).convert("L")


def with_alpha(mask: Source, width: int, height: int) -> tuple[bytes | None, bool]:
    """The mask as PNG of that size with alpha (0: change), and whether it was resized; None: it is that already.

    Edges stay as hard as they were: a resized mask takes the nearest pixel, and of a mask in black and white the grey
    is cut at half, so that what a JPEG made of white is still fully transparent. Raises NotAPicture.
    """
    check_size(width, height)
    known = measured(mask)
    picture = decoded(mask)
    resized = picture.size != (width, height)
    alpha = _alpha(picture)
    if known.media_type == "image/png" and known.turned == 1 and _has_alpha(picture) and alpha and not resized:
        return None, False
    if alpha is None:
        alpha = plain(picture).convert("L").point(lambda level: 0 if level >= _HALF else 255)
    if resized:
        alpha = alpha.resize((width, height), Image.Resampling.NEAREST)
    made = Image.new("RGBA", (width, height))
    made.putalpha(alpha)
    return encoded(made, "image/png"), resized


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA")


def _alpha(mask: Image.Image) -> Image.Image | None:
    """The transparency, if anything is transparent at all."""
    if not mask.has_transparency_data:
        return None
    alpha = mask.convert("RGBA").getchannel("A")
    least, _ = alpha.getextrema()
    return alpha if least != 255 else None
