"""Pictures a caller sends: read, recognised and measured, never decoded here."""

import base64
import binascii
import io
import re
import struct
from dataclasses import dataclass

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_DATA_URI = re.compile(r"data:([A-Za-z0-9.+/-]+);base64,")
_ORIENTATION = 0x0112
_SIDEWAYS = range(5, 9)


class NotAPicture(ValueError):
    """Bytes that no picture reader recognises."""


class NotBase64(ValueError):
    """Text that should have been base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One input picture as the sandbox sees it."""

    data: bytes
    format: str
    width: int
    height: int
    alpha: bool

    @property
    def ratio(self) -> float:
        return self.width / self.height


def look(data: bytes, *, upright: bool = False) -> Picture:
    """Recognise a picture by its header; `upright` measures it as its EXIF orientation turns it."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _measured(data, image, upright)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture("the bytes are no picture of a known format") from error


def _measured(data: bytes, image: Image.Image, upright: bool) -> Picture:
    kind = "jpeg" if image.format in ("JPEG", "MPO") else (image.format or "").lower()
    width, height = image.size
    if upright and _orientation(image) in _SIDEWAYS:
        width, height = height, width
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return Picture(data=data, format=kind, width=width, height=height, alpha=alpha)


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation out of the header: asking the reader for it may decode the picture."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        return int(exif.get(_ORIENTATION, 1))
    except (ValueError, TypeError, SyntaxError, struct.error):
        return 1


def has_clear_pixels(picture: Picture) -> bool:
    """Tell whether any pixel is not fully opaque."""
    with Image.open(io.BytesIO(picture.data), formats=FORMATS) as image:
        histogram = image.convert("RGBA").getchannel("A").histogram()
    return any(histogram[:255])


def split_data_uri(text: str) -> tuple[str, str] | None:
    """Split `data:<mime>;base64,<text>` into media type and base64; None when it is spelled otherwise."""
    found = _DATA_URI.match(text)
    return (found[1], text[found.end() :]) if found else None


def decode(text: str) -> bytes:
    """Decode strict base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotBase64("the text is not base64") from error


def decode_either(text: str) -> bytes:
    """Decode base64 of either alphabet, padded or not, as proto JSON takes it."""
    plain = text.replace("-", "+").replace("_", "/")
    return decode(plain + "=" * (-len(plain) % 4))


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def broken(data: bytes) -> str:
    """Encode a picture as base64 that no reader can take: a foreign sign in the middle, a bad length."""
    text = encode(data)
    middle = len(text) // 2
    return f"{text[:middle]}!~{text[middle:].rstrip('=')}*"
