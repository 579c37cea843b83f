"""Pixels out of a picture's bytes and back; only listed formats ever reach a decoder, and only a first frame.

Blocking and hungry: the gateway runs it in the process of kit.darkroom.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from PIL import Image, PngImagePlugin

from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.measure import Measured, NotAPicture, measure
from onebrush.kit.reading import TooMuchWork
from onebrush.kit.soundness import MOST_PACKED, traits

Source = bytes | Path

MOST_PIXELS = 50_000_000
QUALITY = 90
_SHARP = 90  # from this quality on colours keep the full resolution
_LARGE = 8_000_000  # pixels from which on packing is done quickly, as its time is limited

# Media type -> the one decoder that may see it, and the module that brings it.
_DECODERS = {
    "image/png": ("PNG", "PIL.PngImagePlugin"),
    "image/jpeg": ("JPEG", "PIL.JpegImagePlugin"),
    "image/webp": ("WEBP", "PIL.WebPImagePlugin"),
    "image/gif": ("GIF", "PIL.GifImagePlugin"),
    "image/bmp": ("BMP", "PIL.BmpImagePlugin"),
    "image/tiff": ("TIFF", "PIL.TiffImagePlugin"),
    "image/heic": ("HEIF", "pillow_heif.HeifImagePlugin"),
    "image/heif": ("HEIF", "pillow_heif.HeifImagePlugin"),
}
_WRITTEN = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_PLAIN_MODES = {
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"},
    "JPEG": {"L", "RGB"},
    "WEBP": {"RGB", "RGBA"},
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MOST_PACKED


def measured(source: Source) -> Measured:
    """Type, size and orientation of a picture of at most MOST_PIXELS pixels. Raises NotAPicture, TooMuchWork."""
    blob = Spool(None).from_bytes(source) if isinstance(source, bytes) else Blob.of_file(source)
    try:
        found = measure(blob)
        check_size(found.width, found.height)
        return replace(found, turned=_turned(blob, found.media_type))
    finally:
        blob.close()


def check_size(width: int, height: int) -> None:
    """Raises TooMuchWork for more than MOST_PIXELS."""
    if width * height > MOST_PIXELS:
        raise TooMuchWork(f"{width}x{height} exceeds {MOST_PIXELS} pixels")


def decoded(source: Source, draft: int | None = None) -> Image.Image:
    """The first frame, upright. `draft` allows a smaller picture, no side below twice that.

    Raises NotAPicture for what is unsound, TooMuchWork or MemoryError for what may be sound.
    """
    known = measured(source)
    try:
        picture = _opened(source, known.media_type)
        check_size(*picture.size)
        if draft is not None:
            picture.draft(None, (2 * draft, 2 * draft))
        picture.load()
        if picture.mode in ("P", "PA"):
            # A palette that is broken shows only when it is used.
            picture.crop((0, 0, 1, 1)).convert("RGBA" if picture.has_transparency_data else "RGB")
    except (NotAPicture, MemoryError):
        raise
    except Exception as error:  # decoders raise anything: OSError, SyntaxError, struct.error, IndexError
        if "out of memory" in str(error):
            raise MemoryError from error
        raise NotAPicture(f"The picture cannot be decoded: {error}") from error
    if known.turned not in _UPRIGHT or known.media_type == "image/tiff":  # Pillow turns a TIFF while it loads it
        return picture
    return picture.transpose(_UPRIGHT[known.turned])


def encoded(picture: Image.Image, media_type: str, quality: int | None = None) -> bytes:
    """The picture as PNG, JPEG or WebP; `quality` is 0 to 100. Raises TooMuchWork where the format cannot hold it."""
    form = _WRITTEN.get(media_type)
    if form is None:
        raise ValueError(f"Cannot write {media_type!r}. Known: {', '.join(_WRITTEN)}")
    picture = _in_mode(picture, form)
    options = _OPTIONS[form](picture, QUALITY if quality is None else quality)
    if profile := _profile(picture):
        options["icc_profile"] = profile
    out = io.BytesIO()
    try:
        picture.save(out, form, **options)
    except (ValueError, OSError) as error:
        size = f"{picture.width}x{picture.height}"
        raise TooMuchWork(f"A picture of {size} cannot be written as {media_type}: {error}") from error
    return out.getvalue()


def plain(picture: Image.Image) -> Image.Image:
    """The same in 8 bits a channel: L, RGB, or RGBA where anything is transparent."""
    if picture.mode.startswith("I"):
        # Pillow cuts 16 bits off at 255 instead of scaling them.
        return picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode in ("1", "L", "F") else "RGB")


def _turned(blob: Blob, media_type: str) -> int:
    try:
        return traits(blob, media_type)[0]
    except NotAPicture:
        return 1  # a vendor's picture may be unsound; whether it decodes is the decoder's to say


def _opened(source: Source, media_type: str) -> Image.Image:
    if media_type not in _DECODERS:
        raise TooMuchWork(f"{media_type} is not decoded here")
    form, module = _DECODERS[media_type]
    try:
        import_module(module)
    except ModuleNotFoundError:
        raise TooMuchWork("HEIC is not installed here; the operator can: pip install 'onebrush[heic]'") from None
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=[form])


def _png_options(picture: Image.Image, quality: int) -> dict[str, object]:
    return {"compress_level": 1} if _is_large(picture) else {}


def _jpeg_options(picture: Image.Image, quality: int) -> dict[str, object]:
    return {"quality": max(quality, 1), "subsampling": "4:4:4" if quality >= _SHARP else "4:2:0"}


def _webp_options(picture: Image.Image, quality: int) -> dict[str, object]:
    # 50 megapixels take 3 s and more than 20 s; a tenth of a percent is lost.
    return {"quality": quality, "method": 2 if _is_large(picture) else 4}


def _is_large(picture: Image.Image) -> bool:
    return picture.width * picture.height > _LARGE


_OPTIONS: dict[str, Callable[[Image.Image, int], dict[str, object]]] = {
    "PNG": _png_options,
    "JPEG": _jpeg_options,
    "WEBP": _webp_options,
}


def _in_mode(picture: Image.Image, form: str) -> Image.Image:
    """The picture in a mode the format takes; transparency becomes white where it takes none."""
    if picture.mode in _PLAIN_MODES[form]:
        return picture
    picture = plain(picture)
    if form == "JPEG" and picture.mode == "RGBA":
        return _on_white(picture)
    return picture if picture.mode in _PLAIN_MODES[form] else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    white = Image.new("RGBA", picture.size, "white")
    on_white = Image.alpha_composite(white, picture).convert("RGB")
    on_white.info = picture.info
    return on_white


def _profile(picture: Image.Image) -> bytes | None:
    """The colour profile, if it still speaks of these channels: one for print means nothing to RGB."""
    profile = picture.info.get("icc_profile")
    space = {"L": b"GRAY", "LA": b"GRAY"}.get(picture.mode, b"RGB ")
    return profile if isinstance(profile, bytes) and profile[16:20] == space else None
