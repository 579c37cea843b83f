"""HEIC: the extent as decoders deliver it, and decoding where the extra is installed."""

import io
import sys

import pillow_heif
import pytest
from PIL import Image

from onebrush.kit.blobs import Spool
from onebrush.kit.measure import Measured, measure
from onebrush.kit.pictures import NotAPicture, TooMuchWork
from tests.kit.converting import convert


def heic(width: int, height: int, turned: int = 1) -> bytes:
    """By libheif; it writes an orientation as the format's own turning."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 4, height // 4))
    exif = Image.Exif()
    exif[0x0112] = turned
    picture.info["exif"] = exif.tobytes()
    out = io.BytesIO()
    pillow_heif.register_heif_opener()
    picture.save(out, "HEIF", quality=90)
    return out.getvalue()


def looked(data: bytes) -> Measured:
    return measure(Spool(None).from_bytes(data), thorough=True)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("size", [(320, 200), (321, 203)])
def test_the_turning_is_part_of_the_extent(size: tuple[int, int], turned: int) -> None:
    data = heic(*size, turned)
    width, height = size if turned < 5 else size[::-1]
    assert looked(data) == Measured("image/heic", width, height)
    assert looked(convert(data, "image/png")) == Measured("image/png", width, height)


def test_the_pixels_come_out() -> None:
    found = Image.open(io.BytesIO(convert(heic(320, 200), "image/png")))
    assert found.getpixel((300, 190)) == pytest.approx((255, 255, 255), abs=9)
    assert found.getpixel((10, 10)) == pytest.approx((255, 0, 0), abs=30)


@pytest.mark.parametrize("part", [0.05, 0.2, 0.5, 0.9, 0.99])
def test_a_cut_one_is_refused(part: float) -> None:
    data = heic(320, 200)
    with pytest.raises(NotAPicture):
        convert(data[: int(len(data) * part)], "image/png")


def test_without_the_extra_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic(32, 20)
    monkeypatch.setitem(sys.modules, "pillow_heif.HeifImagePlugin", None)
    with pytest.raises(TooMuchWork, match=r"pip install 'onebrush\[heic\]'"):
        convert(data, "image/png")
