"""Pictures told apart, measured, converted and made small; only listed formats ever reach a decoder."""

import io
from typing import TYPE_CHECKING

from onebrush.kit.blobs import Spool
from onebrush.kit.measure import Measured, NotAPicture, measure, sniff

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MOST_PIXELS", "Measured", "NotAPicture", "convert", "measure", "sniff", "thumbnail"]

MOST_PIXELS = 50_000_000
_DECODED = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]
_WRITTEN = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_QUALITY = 90
_PLAIN_MODES = {
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"},
    "JPEG": {"L", "RGB"},
    "WEBP": {"RGB", "RGBA"},
}


def convert(data: bytes, media_type: str, *, quality: int | None = None) -> bytes:
    """The first frame as PNG, JPEG or WebP, upright; blocking, so call it in a thread."""
    form = _WRITTEN.get(media_type)
    if form is None:
        raise ValueError(f"Cannot write {media_type!r}. Known: {', '.join(_WRITTEN)}")
    picture = _in_mode(_decoded(data), form)
    options: dict[str, object] = {} if form == "PNG" else {"quality": quality or _QUALITY}
    if profile := _profile(picture):
        options["icc_profile"] = profile
    return _written(picture, form, options)


def thumbnail(data: bytes, side: int) -> bytes:
    """The first frame as WebP, no side longer than `side`; blocking, so call it in a thread."""
    picture = _decoded(data, draft=side)
    picture = _in_mode(picture, "WEBP")
    picture.thumbnail((side, side))
    return _written(picture, "WEBP", {"quality": 80})


def _decoded(data: bytes, draft: int | None = None) -> "Image.Image":
    """The first frame, turned as its EXIF says; the pixel count is checked before any is decoded."""
    from PIL import Image, ImageOps  # here, as it costs a start 60 ms that most processes never need

    _check_size(*_extent(data))
    try:
        picture = Image.open(io.BytesIO(data), formats=_DECODED)
        _check_size(*picture.size)
        if draft is not None:
            picture.draft(None, (2 * draft, 2 * draft))
        picture.load()
        return ImageOps.exif_transpose(picture)
    except NotAPicture:
        raise
    except Exception as error:  # decoders raise anything: OSError, SyntaxError, struct.error, IndexError
        raise NotAPicture(f"The picture cannot be decoded: {error}") from error


def _extent(data: bytes) -> tuple[int, int]:
    blob = Spool(None).from_bytes(data)
    try:
        measured = measure(blob)
    finally:
        blob.close()
    return measured.width, measured.height


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotAPicture(f"{width}x{height} exceeds {MOST_PIXELS} pixels")


def _in_mode(picture: "Image.Image", form: str) -> "Image.Image":
    """The picture in a mode the format takes; transparency becomes white where it takes none."""
    if picture.mode in _PLAIN_MODES[form]:
        return picture
    if picture.mode.startswith("I"):
        # Pillow cuts 16 bits off at 255 instead of scaling them.
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if form == "JPEG" and picture.has_transparency_data:
        return _on_white(picture.convert("RGBA"))
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _on_white(picture: "Image.Image") -> "Image.Image":
    from PIL import Image

    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _profile(picture: "Image.Image") -> bytes | None:
    """The colour profile, if it still speaks of these channels: one for print means nothing to RGB."""
    profile = picture.info.get("icc_profile")
    space = {"L": b"GRAY", "LA": b"GRAY"}.get(picture.mode, b"RGB ")
    return profile if isinstance(profile, bytes) and profile[16:20] == space else None


def _written(picture: "Image.Image", form: str, options: dict[str, object]) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
