"""How the wires spell a caller's picture, and recognise a vendor's link to one."""

from __future__ import annotations

from onebrush.domain.turn import Image
from onebrush.kit.pour import Base64

_EXTENSIONS = {"image/jpeg": "jpg", "image/svg+xml": "svg", "image/tiff": "tiff"}


def media_type(image: Image) -> str:
    """The picture's true media type, as measured: lower case, and `image/jpeg`, which alone is registered."""
    if image.media_type is None:
        raise TypeError(f"{image.param} was not measured")
    name = image.media_type.lower()
    return "image/jpeg" if name == "image/jpg" else name


def filename(image: Image, stem: str) -> str:
    """A name for an uploaded picture, with the extension of what it is."""
    kind = media_type(image)
    return f"{stem}.{_EXTENSIONS.get(kind) or kind.removeprefix('image/')}"


def data_uri(image: Image) -> Base64:
    """The picture as `data:image/png;base64,…`."""
    return Base64(image.blob, prefix=f"data:{media_type(image)};base64,")


def link(value: object) -> str | None:
    """A vendor's link to a picture; None for what is no http(s) URL."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None
