"""What the gateway does to a decoded picture: patch it by a mask, cut it to a ratio, bring it to a size."""

import io
from dataclasses import dataclass

from PIL import Image, ImageCms

from onebrush.kit import masks
from onebrush.kit.decoding import Source, check_size, decoded, encoded, plain

Box = tuple[float, float, float, float]

_SMALL_QUALITY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Retouch:
    """The work on one picture. `quality` is 0 to 100, `size` in pixels, `ratio` width to height.

    Outside of `mask` the picture becomes `original` again; both are None or neither.
    """

    media_type: str
    quality: int | None = None
    size: tuple[int, int] | None = None
    ratio: tuple[int, int] | None = None
    original: Source | None = None
    mask: Source | None = None


def retouched(source: Source, work: Retouch) -> bytes:
    """The first frame, upright, with the work done and written as its media type. Raises NotAPicture."""
    picture = decoded(source)
    if work.original is not None and work.mask is not None:
        picture = _patched(picture, work.original, work.mask)
    if work.size:
        picture = _covering(picture, work.size)
    elif work.ratio:
        picture = _cut(picture, work.ratio)
    return encoded(picture, work.media_type, work.quality)


def small(source: Source, side: int) -> bytes:
    """The first frame as WebP, no side longer than `side`. Raises NotAPicture."""
    picture = plain(decoded(source, draft=side))
    picture.thumbnail((side, side))
    return encoded(picture, "image/webp", _SMALL_QUALITY)


def _patched(picture: Image.Image, original: Source, mask: Source) -> Image.Image:
    """The picture where the mask says change, elsewhere the original, which is scaled and cut to the picture's size."""
    old = decoded(original)
    box = cover_box(old.size, picture.size)
    part = (box[0] / old.width, box[1] / old.height, box[2] / old.width, box[3] / old.height)
    old = _scaled(_in_colours_of(plain(old), picture), picture.size, box)
    weight = masks.weight(decoded(mask))
    # The mask was drawn over the whole original, so it is cut in the same proportion, whatever its own size.
    inside = (part[0] * weight.width, part[1] * weight.height, part[2] * weight.width, part[3] * weight.height)
    weight = weight.resize(picture.size, Image.Resampling.BILINEAR, _within(inside, weight.size))
    new = plain(picture)
    mode = "RGBA" if "RGBA" in (old.mode, new.mode) else "RGB"
    patched = Image.composite(new.convert(mode), old.convert(mode), weight)
    patched.info = {name: value for name, value in picture.info.items() if name == "icc_profile"}
    return patched


def _in_colours_of(old: Image.Image, picture: Image.Image) -> Image.Image:
    """The original in the colour space of the picture it comes into; without a profile that is sRGB."""
    theirs, ours = (image.info.get("icc_profile") for image in (old, picture))
    if theirs == ours or not (_is_rgb(theirs) and _is_rgb(ours)) or old.mode == "L":
        return old
    try:
        found = ImageCms.profileToProfile(old, _profile(theirs), _profile(ours))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return old
    return found or old


def _is_rgb(profile: object) -> bool:
    return profile is None or (isinstance(profile, bytes) and profile[16:20] == b"RGB ")


def _profile(data: object) -> ImageCms.ImageCmsProfile:
    if isinstance(data, bytes):
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scaled so that it covers the size, and cut to it in the middle."""
    check_size(*size)
    return _scaled(picture, size, cover_box(picture.size, size))


def _scaled(picture: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    if picture.size == size:
        return picture
    return plain(picture).resize(size, Image.Resampling.LANCZOS, box)


def _cut(picture: Image.Image, ratio: tuple[int, int]) -> Image.Image:
    """The middle of it in that ratio, losing as little as can be."""
    width, height = cut_size(picture.size, ratio)
    if picture.size == (width, height):
        return picture
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def cut_size(size: tuple[int, int], ratio: tuple[int, int]) -> tuple[int, int]:
    """The largest extent within `size` of that ratio, to the nearest whole pixel."""
    width, height = size
    across, down = ratio
    if width * down > height * across:
        return max(1, round(height * across / down)), height
    return width, max(1, round(width * down / across))


def cover_box(size: tuple[int, int], target: tuple[int, int]) -> Box:
    """The middle part of `size` in the ratio of `target`: left, top, right, bottom, in fractions of a pixel."""
    scale = min(size[0] / target[0], size[1] / target[1])
    width, height = target[0] * scale, target[1] * scale
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return _within((left, top, left + width, top + height), size)


def _within(box: Box, size: tuple[int, int]) -> Box:
    """The same without what rounding put a hair outside."""
    return max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(size[0])), min(box[3], float(size[1]))
