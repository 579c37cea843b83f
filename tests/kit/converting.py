"""Pictures converted in this process, for tests of what comes out."""

from __future__ import annotations

from onebrush.kit.retouching import Retouch, retouched


def convert(data: bytes, media_type: str, *, quality: int | None = None) -> bytes:
    """The first frame as PNG, JPEG or WebP, upright."""
    return retouched(data, Retouch(media_type=media_type, quality=quality))
