"""The kit's door to pictures: told apart, measured, converted, made small.

Decoding costs a start 60 ms and some megabytes that most processes never need, so it is imported where it is used.
"""

from onebrush.kit.measure import Measured, NotAPicture, measure, sniff
from onebrush.kit.reading import TooMuchWork

__all__ = ["Measured", "NotAPicture", "TooMuchWork", "convert", "measure", "sniff", "thumbnail"]


def convert(data: bytes, media_type: str, *, quality: int | None = None) -> bytes:
    """The first frame as PNG, JPEG or WebP, upright; blocking and unlimited: strangers' pictures go to kit.darkroom."""
    from onebrush.kit.retouching import Retouch, retouched

    return retouched(data, Retouch(media_type=media_type, quality=quality))


def thumbnail(data: bytes, side: int) -> bytes:
    """The first frame as WebP, no side longer than `side`; blocking and unlimited."""
    from onebrush.kit.retouching import small

    return small(data, side)
