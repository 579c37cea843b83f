"""From a sheet to pixels, and from pixels to a file."""

from __future__ import annotations

import pyvips

from onebrush.sandbox.artist.badge import badge
from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.pen import Sheet

_LARGEST_RASTER = 3072  # beyond it the scene is drawn smaller and enlarged: drawing is the costly part
_XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    b' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"/>'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)

# Every picture is drawn once: a cache of operations would only keep pixels alive.
pyvips.cache_set_max(0)


def raster(sheet: Sheet, width: int, height: int) -> pyvips.Image:
    """The sheet as RGBA pixels of exactly this size."""
    shrink = max(1.0, max(width, height) / _LARGEST_RASTER)
    image = pyvips.Image.svgload_buffer(
        sheet.svg(max(1, round(width / shrink)), max(1, round(height / shrink))).encode()
    )
    if (image.width, image.height) != (width, height):
        image = image.resize(width / image.width, vscale=height / image.height, kernel="cubic")
    return image.copy(interpretation="srgb")


def labels(width: int, height: int, mark: str | None) -> pyvips.Image:
    """The badge and the vendor's mark alone, to lay over pixels."""
    sheet = Sheet(width, height)
    badge(sheet, width, height, mark)
    return pyvips.Image.svgload_buffer(sheet.svg(width, height).encode()).copy(interpretation="srgb")


def over(base: pyvips.Image, top: pyvips.Image) -> pyvips.Image:
    """Lay one picture over another of the same size; the base keeps its bands."""
    mixed = base.composite2(top, "over", compositing_space="srgb")
    mixed = mixed if base.hasalpha() else mixed.extract_band(0, n=3)
    return mixed.cast("uchar").copy(interpretation="srgb")


def encode(image: pyvips.Image, commission: Commission) -> bytes:
    """The pixels in the media type asked for, marked as drawn by an algorithm."""
    image, quality = image.copy(), commission.quality
    image.set_type(pyvips.GValue.blob_type, "xmp-data", _XMP)
    if commission.media_type == "image/jpeg":
        flat = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
        return bytes(flat.jpegsave_buffer(Q=90 if quality is None else max(1, quality), keep="xmp"))
    if commission.media_type == "image/webp":
        return bytes(image.webpsave_buffer(Q=86 if quality is None else quality, effort=1, keep="xmp"))
    if commission.media_type == "image/png":
        return bytes(image.pngsave_buffer(compression=2, filter="up", keep="xmp"))
    raise ValueError(f"The artist writes PNG, JPEG and WebP, not {commission.media_type!r}.")
