"""Pictures: type, size and completeness from their bytes, measured against what Pillow made."""

import io
import struct
import zlib
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.pictures import Measured, NotAPicture, TooMuchWork, measure, sniff
from onebrush.kit.retouching import small
from tests.kit.converting import convert

TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
}
DECODED = [form for form in TYPES if form != "AVIF"]  # measured, as a vendor may send it; never decoded
SIZES = [(1, 1), (3, 2), (17, 255), (640, 361)]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20px"><rect/></svg>'


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    # Always the same: where a picture is cut, chance must not put what looks like its end.
    return Image.frombytes("L", (width, height), Random(7).randbytes(width * height)).convert(mode)


def made(form: str, width: int = 64, height: int = 48, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    noise(width, height, mode).save(out, form, **options)
    return out.getvalue()


def measured(data: bytes) -> Measured:
    return measure(Spool(None).from_bytes(data))


def refusal(data: bytes) -> str:
    with pytest.raises(NotAPicture) as caught:
        measured(data)
    return caught.value.reason


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("form", TYPES)
def test_every_format_is_told_and_measured(form: str, width: int, height: int) -> None:
    assert measured(made(form, width, height)) == Measured(TYPES[form], width, height)


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("PNG", "1", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "I;16", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "L", {"progressive": True}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("WEBP", "RGBA", {}),
        ("WEBP", "RGB", {"icc_profile": b"x" * 100}),
        ("TIFF", "RGB", {"compression": "tiff_deflate"}),
        ("TIFF", "RGB", {"compression": "tiff_lzw", "strip_size": 256}),
        ("GIF", "P", {"save_all": True, "append_images": [Image.new("P", (31, 77), 3)]}),
    ],
)
def test_variants_of_a_format_are_measured(form: str, mode: str, options: dict[str, object]) -> None:
    assert measured(made(form, 31, 77, mode, **options)) == Measured(TYPES[form], 31, 77)


def test_a_big_endian_tiff_is_measured() -> None:
    tags = [(256, 4, 1, 5), (257, 4, 1, 7), (273, 4, 1, 8), (279, 4, 1, 4)]
    directory = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHII", *tag) for tag in tags)
    data = b"MM\0*" + struct.pack(">I", 12) + b"\1\2\3\4" + directory + bytes(4)
    assert measured(data) == Measured("image/tiff", 5, 7)
    assert "too early" in refusal(
        data.replace(struct.pack(">HHII", 279, 4, 1, 4), struct.pack(">HHII", 279, 4, 1, 999))
    )


def test_bmp_of_the_old_header_and_of_rows_from_the_top() -> None:
    old = b"BM" + struct.pack("<IIIIHHHH", 30, 0, 26, 12, 5, 1, 1, 24) + bytes(4)
    assert measured(old) == Measured("image/bmp", 5, 1)
    data = bytearray(made("BMP", 4, 6))
    data[22:26] = struct.pack("<i", -6)
    assert measured(bytes(data)) == Measured("image/bmp", 4, 6)


def test_a_jpeg_with_previews_and_profiles_of_many_segments_is_measured_in_place(disk: Spool) -> None:
    preview = made("JPEG", 16, 16)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x9286] = "x" * 60_000
    data = made("JPEG", 50, 40, exif=exif, icc_profile=preview * 40 + bytes(200_000), comment=preview)
    assert data.index(b"\xff\xc0") < 70_000 < data.rindex(b"\xff\xc0")
    assert measure(disk.from_bytes(data)) == Measured("image/jpeg", 50, 40)
    cut = data[: data.rindex(b"\xff\xda") + 40]
    assert "truncated image/jpeg" in refusal(cut)


def test_what_phones_append_to_a_jpeg_does_not_make_it_truncated() -> None:
    assert measured(made("JPEG") + bytes(3_000_000)) == Measured("image/jpeg", 64, 48)


@pytest.mark.parametrize("form", TYPES)
def test_every_truncation_is_refused(form: str) -> None:
    data = made(form)
    unneeded = 8 if form == "TIFF" else 1  # Pillow ends a TIFF with bytes no pixel lies in
    for end in [
        *range(0, 100),
        *range(100, len(data) - 600, 97),
        *range(max(100, len(data) - 600), len(data) - unneeded),
    ]:
        with pytest.raises(NotAPicture):
            measured(data[:end])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_losing_only_the_end_is_called_truncated(form: str) -> None:
    assert refusal(made(form)[:-2]).startswith(f"truncated {TYPES[form]}")


def test_a_few_bytes_after_a_png_are_allowed() -> None:
    assert measured(made("PNG") + b"\0" * 100) == Measured("image/png", 64, 48)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_picture_without_extent_is_refused() -> None:
    assert "no extent: 0x5" in refusal(png(0, 5))
    data = bytearray(made("GIF"))
    data[6:8] = bytes(2)
    assert "no extent" in refusal(bytes(data))


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"", None),
        (b"<html><svg width='1'>", None),
        (b"<svgfoo>", None),
        (b"%PDF-1.7", None),
        (b"BM, a text that begins so", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "image/heif"),
        (b"\xef\xbb\xbf\n<svg ", "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg>', "image/svg+xml"),
        (b'<?xml version="1.0"?><html><svg>', None),
    ],
)
def test_magic_bytes_decide_the_type(head: bytes, media_type: str | None) -> None:
    assert sniff(head) == media_type


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\0" * 100, b"GIF89", b'{"error":"no"}'])
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    assert refusal(data) == "The bytes are no PNG, JPEG, WEBP, GIF, BMP, TIFF or HEIC picture"


def test_a_heic_says_the_extent_of_its_largest_item() -> None:
    def box(kind: bytes, inner: bytes) -> bytes:
        return struct.pack(">I", len(inner) + 8) + kind + inner

    extents = [struct.pack(">III", 0, *size) for size in ((160, 120), (4032, 3024), (512, 512))]
    properties = box(b"iprp", box(b"ipco", b"".join(box(b"ispe", extent) for extent in extents)))
    data = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4) + properties)
    large = struct.pack(">I4sQ", 1, b"mdat", 116) + bytes(100)
    assert measured(data + large) == Measured("image/heic", 4032, 3024)
    assert "truncated" in refusal(data + large[:-1])


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (SVG, (30, 20)),
        (b"<?xml version='1.0'?><svg viewBox='0 0 120.4 80'></svg>", (120, 80)),
        (b"<svg width='100%' height='100%' viewBox='0,0,9,8'/>", (9, 8)),
    ],
)
def test_an_svg_is_measured_by_its_first_tag(data: bytes, size: tuple[int, int]) -> None:
    assert measured(data) == Measured("image/svg+xml", *size)


def test_an_svg_cut_off_or_without_a_size_is_refused() -> None:
    assert "truncated" in refusal(SVG[:-3])
    assert "truncated" in refusal(SVG[:30])
    assert "no extent" in refusal(b"<svg></svg>")


MAGIC = [made(form, 9, 7) for form in TYPES] + [SVG]


@given(
    st.sampled_from(MAGIC),
    st.lists(st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=8)), max_size=6),
)
def test_damaged_headers_give_a_measure_or_a_refusal(data: bytes, damages: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(data)
    for at, junk in damages:
        damaged[at : at + len(junk)] = junk
    try:
        found = measured(bytes(damaged))
    except NotAPicture as error:
        assert error.reason
    else:
        assert found.width > 0 and found.height > 0


# ---- conversion


@pytest.fixture(params=["image/png", "image/jpeg", "image/webp"])
def wanted(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


@pytest.mark.parametrize("form", DECODED)
def test_every_format_converts_to_each_wanted_one(form: str, wanted: str) -> None:
    found = convert(made(form, 30, 20), wanted)
    assert measured(found) == Measured(wanted, 30, 20)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_converts(mode: str, wanted: str) -> None:
    assert opened(convert(made("PNG", 30, 20, mode), wanted)).size == (30, 20)


def test_cmyk_becomes_rgb(wanted: str) -> None:
    assert opened(convert(made("JPEG", 30, 20, "CMYK", icc_profile=b"x" * 16 + b"CMYK"), wanted)).mode == "RGB"


def test_sixteen_bits_are_scaled_not_cut_off() -> None:
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
    level = opened(convert(out.getvalue(), "image/jpeg")).convert("L").getpixel((1, 1))
    assert isinstance(level, int) and abs(level - 128) <= 2


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_becomes_white_in_a_jpeg_and_stays_elsewhere(mode: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode).save(out, "PNG")
    pixel = opened(convert(out.getvalue(), "image/jpeg")).convert("RGB").getpixel((4, 4))
    assert isinstance(pixel, tuple) and min(pixel) >= 253
    assert opened(convert(out.getvalue(), "image/webp")).convert("RGBA").getpixel((4, 4))[3] == 0  # type: ignore[index]  # four bands


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_picture_is_told_and_stands_upright_once_converted(form: str, turned: int, wanted: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turned
    corners = Image.new("RGB", (32, 16), "white")
    corners.paste("red", (0, 0, 8, 8))
    corners.paste("blue", (24, 0, 32, 8))
    out = io.BytesIO()
    corners.save(out, form, exif=exif, **({} if form in ("PNG", "TIFF") else {"quality": 100}))
    known = measure(Spool(None).from_bytes(out.getvalue()), thorough=True)
    assert known == Measured(TYPES[form], 32, 16, turned=turned)
    found = opened(convert(out.getvalue(), wanted, quality=100)).convert("RGB")
    upright = ImageOps.exif_transpose(opened(out.getvalue())).convert("RGB")
    assert found.size == upright.size
    assert found.getexif().get(0x0112, 1) == 1
    for at in [(3, 3), (3, upright.height - 4), (upright.width - 4, 3), (upright.width - 4, upright.height - 4)]:
        assert near(found.getpixel(at), upright.getpixel(at))


def near(one: object, other: object) -> bool:
    assert isinstance(one, tuple) and isinstance(other, tuple)
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 60


def test_quality_is_honoured() -> None:
    data = made("PNG", 200, 200)
    for wanted in ("image/jpeg", "image/webp"):
        sizes = [len(convert(data, wanted, quality=quality)) for quality in (0, 20, 60, 90, 100)]
        assert sizes == sorted(set(sizes))


def test_only_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), "blue")] * 3
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "GIF", save_all=True, append_images=frames)
    found = opened(convert(out.getvalue(), "image/png"))
    assert getattr(found, "n_frames", 1) == 1
    assert found.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(50_000, 50_000), (1, 1_000_000_000), (8_000, 6_251)])
def test_too_many_pixels_are_refused_before_any_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(TooMuchWork, match="exceeds 50000000 pixels"):
        convert(png(*size), "image/png")
    with pytest.raises(TooMuchWork, match="exceeds 50000000 pixels"):
        small(png(*size), 64)


@pytest.mark.parametrize("data", [SVG, made("AVIF"), made("PPM"), made("PNG")[:-30], png(64, 64), b"%PDF-1.7"])
def test_what_is_not_listed_or_broken_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        convert(data, "image/png")


def test_a_decoder_without_memory_says_nothing_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(self: Image.Image) -> None:
        raise OSError("out of memory error when reading image file")

    monkeypatch.setattr(ImageFile.ImageFile, "load", without)
    with pytest.raises(MemoryError):
        convert(made("PNG"), "image/png")


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(ValueError, match="'image/gif'"):
        convert(made("PNG"), "image/gif")


@pytest.mark.parametrize("form", DECODED)
@pytest.mark.parametrize(
    ("width", "height", "expected"), [(640, 320, (64, 32)), (30, 50, (30, 50)), (90, 900, (6, 64))]
)
def test_a_thumbnail_keeps_proportions_and_never_grows(
    form: str, width: int, height: int, expected: tuple[int, int]
) -> None:
    found = measured(small(made(form, width, height), 64))
    assert found == Measured("image/webp", *expected)


def test_measuring_a_large_file_reads_little_of_it(disk: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = disk.from_bytes(made("PNG", 900, 900))
    lengths: list[int] = []
    real = Blob.read_at

    def counted(self: Blob, offset: int, length: int) -> bytes:
        lengths.append(length)
        return real(self, offset, length)

    monkeypatch.setattr(Blob, "read_at", counted)
    assert measure(blob) == Measured("image/png", 900, 900)
    assert 0 < sum(lengths) < 20_000 < blob.size
