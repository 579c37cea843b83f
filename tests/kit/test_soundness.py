"""A thorough look at a picture: what is refused, what passes though it looks odd, and what is told of both."""

import io
import struct

import pytest
from PIL import Image

from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.exif import orientation
from onebrush.kit.measure import Measured, NotAPicture, measure
from onebrush.kit.soundness import MOST_FRAMES
from tests import unsound
from tests.kit.converting import convert

PIXELS, FRAMES = 50_000_000, 1_000
TAKEN = {f"image/{form}" for form in ("png", "jpeg", "webp", "gif", "bmp", "tiff")}


def looked(data: bytes) -> Measured:
    return measure(Spool(None).from_bytes(data), thorough=True)


def verdict(data: bytes) -> str:
    """What the gateway would say of a caller's picture, with its usual caps."""
    try:
        found = looked(data)
    except NotAPicture:
        return "refused"
    over = found.width * found.height > PIXELS or found.frames > FRAMES
    return "over a cap" if over else "taken" if found.media_type in TAKEN else "of a type not taken"


@pytest.mark.parametrize("name", unsound.UNSOUND)
def test_what_is_unsound_is_not_taken(name: str) -> None:
    assert verdict(unsound.UNSOUND[name]()) != "taken"


@pytest.mark.parametrize("name", unsound.UNDECODABLE)
def test_what_only_looks_sound_is_refused_when_it_is_decoded(name: str) -> None:
    data = unsound.UNDECODABLE[name]()
    assert verdict(data) == "taken"
    with pytest.raises(NotAPicture):
        convert(data, "image/png")


@pytest.mark.parametrize("name", unsound.SOUND)
def test_what_looks_odd_and_is_sound_is_taken(name: str) -> None:
    data = unsound.SOUND[name]()
    assert verdict(data) == "taken"
    assert looked(convert(data, "image/jpeg")).media_type == "image/jpeg"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"tEXt"])
def test_a_text_of_many_megabytes_is_decoded_with_its_picture(kind: bytes) -> None:
    lead = {b"zTXt": b"words\0\0", b"iTXt": b"words\0\1\0en\0word\0", b"tEXt": b"words\0"}[kind]
    text = b"a" * 9_000_000 if kind == b"tEXt" else unsound.packed(9_000_000)
    data = unsound.png(20, 20, unsound.chunk(kind, lead + text))
    assert verdict(data) == "taken"
    assert looked(convert(data, "image/jpeg")) == Measured("image/jpeg", 20, 20)


@pytest.mark.parametrize("make", [unsound.gif, unsound.apng, unsound.webp, unsound.tiff])
@pytest.mark.parametrize(("there", "told"), [(1, 1), (3, 3), (10_000, 10_000), (10_500, MOST_FRAMES)])
def test_frames_are_counted_to_ten_thousand_and_one(make: object, there: int, told: int) -> None:
    assert callable(make)
    assert looked(make(there)).frames == told


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_frames_are_counted_as_pillow_wrote_them(form: str) -> None:
    frames = [Image.effect_noise((20, 20), 50).convert("RGB") for _ in range(7)]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:])
    assert looked(out.getvalue()).frames == 7


def test_pages_that_lead_back_to_the_first_end() -> None:
    data = bytearray(unsound.tiff(2))
    data[-4:] = struct.pack("<I", 12)
    assert looked(bytes(data)).frames == MOST_FRAMES


def test_without_being_asked_nothing_is_looked_at() -> None:
    blob = Spool(None).from_bytes(unsound.gif(7))
    assert measure(blob) == Measured("image/gif", 1, 1)


@pytest.mark.parametrize("at", range(33, 120, 7))
def test_no_changed_byte_of_a_png_goes_unseen(at: int) -> None:
    data = bytearray(unsound.made("PNG", 9, 7))
    data[at] ^= 0x10
    with pytest.raises(NotAPicture):
        looked(bytes(data))


def test_a_small_png_is_refused_at_every_length_but_its_own() -> None:
    data = unsound.made("PNG", 9, 7)
    for end in range(len(data)):
        with pytest.raises(NotAPicture):
            looked(data[:end])
    assert looked(data) == Measured("image/png", 9, 7)


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 274, 3, 1, 9, 0),
        b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 274, 3, 2, 6, 0),
        b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 274, 4, 1, 6, 0),
    ],
)
def test_an_orientation_that_cannot_be_read_is_upright(exif: bytes) -> None:
    assert orientation(exif) == 1


@pytest.mark.parametrize(("mark", "order"), [(b"II*\0", "<"), (b"MM\0*", ">")])
def test_an_orientation_is_read_in_either_byte_order(mark: bytes, order: str) -> None:
    entries = struct.pack(f"{order}HHHII", 2, 256, 4, 1, 9) + struct.pack(f"{order}HHIHH", 274, 3, 1, 6, 0)
    assert orientation(mark + struct.pack(f"{order}I", 8) + entries) == 6


def test_a_large_picture_is_looked_at_in_pieces(disk: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = disk.from_bytes(unsound.made("PNG", 1_500, 1_500))
    lengths: list[int] = []
    real = Blob.read_at

    def counted(self: Blob, offset: int, length: int) -> bytes:
        lengths.append(length)
        return real(self, offset, length)

    monkeypatch.setattr(Blob, "read_at", counted)
    assert measure(blob, thorough=True) == Measured("image/png", 1_500, 1_500)
    assert max(lengths) <= 128 * 1024
    assert sum(lengths) < 2 * blob.size
