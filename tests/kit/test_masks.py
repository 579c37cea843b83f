"""Masks: transparent is change; where nothing is transparent, white is change."""

import io

import pytest
from PIL import Image

from onebrush.kit.masks import weight, with_alpha
from onebrush.kit.pictures import NotAPicture
from tests.unsound import made, png

LEFT, RIGHT = (3, 8), (28, 8)


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def halves(mode: str, left: object, right: object, size: tuple[int, int] = (32, 16)) -> Image.Image:
    """A picture of two colours, side by side."""
    picture = Image.new(mode, size, right)  # type: ignore[arg-type]  # a colour of that mode
    picture.paste(left, (0, 0, size[0] // 2, size[1]))  # type: ignore[arg-type]  # a colour of that mode
    return picture


def alphas(data: bytes) -> tuple[int, int]:
    """The alpha of the left and of the right half."""
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    channel = picture.getchannel("A")
    scale = picture.width / 32
    found = [channel.getpixel((int(x * scale), int(y * scale))) for x, y in (LEFT, RIGHT)]
    assert isinstance(found[0], int) and isinstance(found[1], int)
    return found[0], found[1]


# White, or transparent, on the left: there it is to change.
MASKS = {
    "black and white": saved(halves("RGB", "white", "black")),
    "grey": saved(halves("L", 200, 90)),
    "one bit": saved(halves("1", 1, 0)),
    "sixteen bits": saved(halves("I;16", 0xFFFF, 0)),
    "a palette": saved(halves("RGB", "white", "black").convert("P")),
    "a JPEG": saved(halves("RGB", "white", "black"), "JPEG", quality=40),
    "CMYK": saved(halves("RGB", "white", "black").convert("CMYK"), "TIFF"),
    "opaque alpha": saved(halves("RGBA", (255, 255, 255, 255), (0, 0, 0, 255))),
    "a transparent palette": saved(halves("RGB", "red", "black").quantize(2), transparency=1),
    "a transparent colour": saved(halves("RGB", (1, 2, 3), (9, 9, 9)), transparency=(1, 2, 3)),
    "WebP": saved(halves("RGBA", (0, 0, 0, 0), (255, 255, 255, 255)), "WEBP", lossless=True),
    "a GIF": saved(halves("RGBA", (0, 0, 0, 0), (255, 255, 255, 255)), "GIF"),
}


@pytest.mark.parametrize("name", MASKS)
def test_every_spelling_becomes_alpha(name: str) -> None:
    data = MASKS[name]
    if name == "a transparent palette":  # which of the two colours is transparent was Pillow's choice
        transparent = Image.open(io.BytesIO(data)).convert("RGBA").getpixel(LEFT)
        assert isinstance(transparent, tuple)
        expected = (0, 255) if transparent[3] == 0 else (255, 0)
    else:
        expected = (0, 255)
    found, resized = with_alpha(data, 32, 16)
    assert found is not None
    assert (alphas(found), resized) == (expected, False)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_mask_that_is_right_stays_byte_for_byte(mode: str) -> None:
    data = saved(halves("RGBA", (0, 0, 0, 0), (9, 9, 9, 255)).convert(mode))
    assert with_alpha(data, 32, 16) == (None, False)


def test_a_mask_of_another_size_is_resized_with_hard_edges() -> None:
    data = saved(halves("RGBA", (0, 0, 0, 0), (9, 9, 9, 255)))
    found, resized = with_alpha(data, 100, 70)
    assert found is not None and resized
    picture = Image.open(io.BytesIO(found))
    assert picture.size == (100, 70)
    assert alphas(found) == (0, 255)
    assert {level for _, level in picture.getchannel("A").getcolors() or []} == {0, 255}


def test_a_turned_mask_is_stood_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found, resized = with_alpha(saved(halves("RGB", "white", "black"), exif=exif), 16, 32)
    assert found is not None and not resized
    channel = Image.open(io.BytesIO(found)).getchannel("A")
    assert (channel.getpixel((8, 3)), channel.getpixel((8, 28))) == (0, 255)


def test_an_emulated_mask_mixes_greys_and_half_transparency() -> None:
    assert weight(halves("L", 255, 100)).getpixel(RIGHT) == 100
    assert weight(halves("RGBA", (0, 0, 0, 0), (0, 0, 0, 155))).getpixel(RIGHT) == 100
    assert weight(halves("RGBA", (0, 0, 0, 0), (0, 0, 0, 155))).getpixel(LEFT) == 255


@pytest.mark.parametrize("data", [b"no picture", png(9_000, 9_000), made("PNG")[:300], made("AVIF")])
def test_a_mask_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        with_alpha(data, 32, 16)


def test_a_mask_for_too_large_a_picture_is_refused() -> None:
    with pytest.raises(NotAPicture, match="exceeds 50000000 pixels"):
        with_alpha(MASKS["grey"], 10_000, 10_000)
