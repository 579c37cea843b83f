"""What is done to a decoded picture: the patch, the cut, the size, the format it is written in."""

import io

import pytest
from PIL import Image, ImageCms

from onebrush.kit.pictures import NotAPicture
from onebrush.kit.retouching import Retouch, cover_box, cut_size, retouched
from tests.unsound import made

RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 128, 0)


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def plain(colour: object, size: tuple[int, int] = (64, 32), mode: str = "RGB") -> bytes:
    return saved(Image.new(mode, size, colour))  # type: ignore[arg-type]  # a colour of that mode


def left_half_changes(size: tuple[int, int] = (64, 32)) -> bytes:
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return saved(mask)


def done(source: bytes, media_type: str = "image/png", **work: object) -> Image.Image:
    return Image.open(io.BytesIO(retouched(source, Retouch(media_type=media_type, **work))))  # type: ignore[arg-type]


def test_outside_of_the_mask_every_pixel_is_the_original() -> None:
    old = Image.effect_noise((64, 32), 80).convert("RGB")
    new = Image.effect_noise((64, 32), 80).convert("RGB")
    found = done(saved(new), original=saved(old), mask=left_half_changes())
    for box, expected in (((0, 0, 32, 32), new), ((32, 0, 64, 32), old)):
        assert found.crop(box).tobytes() == expected.crop(box).tobytes()


def test_original_and_mask_follow_the_size_that_came() -> None:
    found = done(plain(RED, (128, 128)), original=plain(BLUE, (64, 32)), mask=left_half_changes((32, 16)))
    assert found.size == (128, 128)
    assert (found.getpixel((20, 64)), found.getpixel((108, 64))) == (RED, BLUE)


def test_a_mask_lies_over_the_whole_original_whatever_its_own_proportions() -> None:
    found = done(plain(RED), original=plain(BLUE), mask=left_half_changes((40, 40)))
    assert (found.getpixel((28, 16)), found.getpixel((36, 16))) == (RED, BLUE)


def test_original_and_mask_are_stood_upright_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (64, 32), BLUE)
    lying.paste(GREEN, (0, 0, 32, 32))
    mask = saved(Image.open(io.BytesIO(left_half_changes())), exif=exif)
    found = done(plain(RED, (32, 64)), original=saved(lying, exif=exif), mask=mask)
    assert (found.getpixel((16, 10)), found.getpixel((16, 54))) == (RED, BLUE)


def test_a_transparent_picture_stays_transparent_where_it_is_new() -> None:
    found = done(plain((9, 9, 9, 0), mode="RGBA"), original=plain(BLUE), mask=left_half_changes())
    assert (found.getpixel((10, 10)), found.getpixel((50, 10))) == ((9, 9, 9, 0), (*BLUE, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_patch_takes_every_mode(mode: str) -> None:
    picture = made("PNG", 64, 32, mode)
    found = done(picture, original=picture, mask=left_half_changes())
    assert found.size == (64, 32)
    assert found.convert("L").tobytes() == done(picture, size=(64, 32)).convert("RGB").convert("L").tobytes()


def test_sixteen_bits_are_scaled_in_a_patch() -> None:
    grey = plain(0x8000, mode="I;16")
    assert done(grey, original=grey, mask=left_half_changes()).getpixel((50, 10)) == (128, 128, 128)


def test_an_original_in_other_colours_is_brought_into_the_pictures() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    old = saved(Image.new("RGB", (64, 32), GREEN), icc_profile=profile)
    found = done(plain(RED), original=old, mask=left_half_changes())
    pixel = found.getpixel((50, 10))
    assert isinstance(pixel, tuple)
    assert max(abs(a - b) for a, b in zip(pixel, GREEN, strict=True)) <= 2


def test_a_broken_profile_does_not_spoil_the_patch() -> None:
    old = saved(Image.new("RGB", (64, 32), GREEN), icc_profile=b"x" * 16 + b"RGB " + b"x" * 200)
    assert done(plain(RED), original=old, mask=left_half_changes()).getpixel((50, 10)) == GREEN


@pytest.mark.parametrize("size", [(30, 20), (64, 32), (100, 100), (7, 300), (1, 1)])
def test_a_size_is_delivered_exactly(size: tuple[int, int]) -> None:
    assert done(made("JPEG", 64, 32), size=size).size == size


def test_a_size_is_cut_from_the_middle() -> None:
    striped = Image.new("RGB", (300, 100), RED)
    striped.paste(BLUE, (100, 0, 200, 100))
    found = done(saved(striped), size=(50, 50))
    assert {found.getpixel(at) for at in ((3, 3), (25, 25), (46, 46))} == {BLUE}


@pytest.mark.parametrize(
    ("size", "ratio", "expected"),
    [
        ((1024, 1024), (16, 9), (1024, 576)),
        ((1000, 1000), (9, 16), (562, 1000)),
        ((1000, 500), (1, 1), (500, 500)),
        ((1920, 1080), (16, 9), (1920, 1080)),
        ((3, 1000), (21, 9), (3, 1)),
        ((1, 5), (1000, 1), (1, 1)),
    ],
)
def test_a_ratio_loses_as_little_as_can_be(
    size: tuple[int, int], ratio: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert cut_size(size, ratio) == expected
    assert done(plain(RED, size), ratio=ratio).size == expected


def test_a_ratio_is_cut_from_the_middle_without_scaling() -> None:
    picture = Image.effect_noise((60, 40), 80).convert("RGB")
    assert done(saved(picture), ratio=(1, 1)).tobytes() == picture.crop((10, 0, 50, 40)).tobytes()


@pytest.mark.parametrize("size", [(7, 3), (1, 9), (999, 1000)])
@pytest.mark.parametrize("target", [(3, 7), (100, 1), (1000, 999), (1, 1)])
def test_a_covering_part_lies_within_the_picture(size: tuple[int, int], target: tuple[int, int]) -> None:
    left, top, right, bottom = cover_box(size, target)
    assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]
    assert (right - left) * target[1] == pytest.approx((bottom - top) * target[0])


def test_everything_at_once_in_one_pass() -> None:
    work = {"size": (48, 48), "original": plain(BLUE), "mask": left_half_changes(), "quality": 95}
    found = done(plain(RED, (128, 64)), "image/jpeg", **work)
    assert (found.format, found.size) == ("JPEG", (48, 48))
    left, right = found.getpixel((6, 24)), found.getpixel((42, 24))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] > 240 and right[2] > 240


@pytest.mark.parametrize(("quality", "halved"), [(100, False), (90, False), (89, True), (0, True)])
def test_a_fine_jpeg_keeps_the_colours_full(quality: int, halved: bool) -> None:
    found = done(made("PNG"), "image/jpeg", quality=quality)
    layers = getattr(found, "layer")  # noqa: B009  # Pillow does not declare it
    assert (layers[0][1:3] == (2, 2)) is halved


def test_what_a_format_cannot_hold_is_refused() -> None:
    with pytest.raises(NotAPicture, match="20000x1 cannot be written as image/webp"):
        retouched(plain(RED, (20_000, 1)), Retouch(media_type="image/webp"))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_each_of_the_three_pictures_must_be_one(at: int) -> None:
    given = [plain(RED), plain(BLUE), left_half_changes()]
    given[at] = given[at][:-40]
    with pytest.raises(NotAPicture):
        done(given[0], original=given[1], mask=given[2])


def test_too_large_a_size_is_refused() -> None:
    with pytest.raises(NotAPicture, match="exceeds 50000000 pixels"):
        done(plain(RED), size=(10_000, 10_000))
