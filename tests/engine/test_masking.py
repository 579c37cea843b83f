"""Masks: the vendor's own where it has one, held to afterwards elsewhere, and never without a picture."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import ConflictingParameters, MissingParameter
from onebrush.domain.finish import Patch
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.size import Pixels, Ratio, SizeAsk, SizeRule
from onebrush.domain.turn import Image
from onebrush.engine.finishing import finished
from onebrush.engine.suiting import suit
from onebrush.kit import pictures
from onebrush.kit.blobs import Scope
from tests.engine.doubles import SPOOL, a_card, a_request, by_code, model, picture, user
from tests.engine.test_fitting import fitted

pytestmark = pytest.mark.anyio

MASKING = a_card(capability=Capability(max_references=4, mask=True))
FREE = SizeRule(kind="free", min_area=65_536, max_area=16_777_216, max_ratio=16)
LANDSCAPE = replace(picture(), width=640, height=480)
MASK = picture("mask")


def test_a_vendor_with_masks_is_sent_the_callers() -> None:
    request, warnings = fitted(a_request(user(picture(), "a hat"), mask=MASK), MASKING)

    assert (request.mask, request.finish.patch, warnings) == (MASK, None, ())


def test_elsewhere_the_original_is_put_back_outside_of_it_and_the_caller_told() -> None:
    first, second = picture("image[0]"), picture("image[1]")

    request, warnings = fitted(a_request(user(first, second, "a hat"), mask=MASK))

    assert request.mask is None
    assert request.finish.patch == Patch(original=first, mask=MASK)
    assert by_code(warnings)["mask_emulated"].param == "mask"


def test_without_a_size_the_pictures_own_shape_is_asked_for() -> None:
    request, warnings = fitted(a_request(user(LANDSCAPE, "a hat"), mask=MASK), a_card(size=FREE))

    assert request.size.pixels is not None
    assert request.size.pixels.log_ratio == pytest.approx(Ratio(width=4, height=3).log_ratio, abs=0.03)
    assert [warning.code for warning in warnings] == ["mask_emulated"]
    assert str(request.size.pixels) in warnings[0].message
    assert request.size.pixels.area == pytest.approx(1024 * 1024, rel=0.05)


def test_a_picture_that_lies_on_its_side_is_taken_as_it_is_seen() -> None:
    request, _ = fitted(a_request(user(replace(LANDSCAPE, turned=6), "a hat"), mask=MASK), a_card(size=FREE))

    assert request.size.pixels is not None and request.size.pixels.width < request.size.pixels.height


def test_a_tier_that_was_said_gets_the_pictures_shape() -> None:
    rule = replace(FREE, tier_areas={"1K": 1_048_576, "2K": 4_194_304}, default_tier="1K")
    asked = SizeAsk(tier="2K", size_text="2K", tier_text="2K")

    request, warnings = fitted(a_request(user(LANDSCAPE, "a hat"), mask=MASK, size=asked), a_card(size=rule))

    assert request.size.pixels is not None
    assert request.size.pixels.area == pytest.approx(4_194_304, rel=0.05)
    assert request.size.pixels.log_ratio == pytest.approx(Ratio(width=4, height=3).log_ratio, abs=0.03)
    assert [warning.code for warning in warnings] == ["mask_emulated"]


A, B, C = (picture(f"contents[{place}]", SPOOL.from_bytes(name)) for place, name in enumerate((b"a", b"b", b"c")))
TALK = (user(A, "a hat"), model(B), user(C, "another hat"))


@pytest.mark.parametrize("multi_turn", [True, False])
def test_in_a_conversation_a_mask_belongs_to_the_first_picture_of_the_last_turn(multi_turn: bool) -> None:
    card = a_card(capability=Capability(max_references=9, multi_turn=multi_turn))

    request, _ = fitted(a_request(*TALK, mask=MASK), card)

    assert request.finish.patch is not None and request.finish.patch.original == C


@pytest.mark.parametrize("multi_turn", [True, False])
def test_without_one_there_it_belongs_to_the_picture_the_model_gave_last(multi_turn: bool) -> None:
    card = a_card(capability=Capability(max_references=9, multi_turn=multi_turn))

    request, _ = fitted(a_request(*TALK[:2], user("another hat"), mask=MASK), card)

    assert request.finish.patch is not None and request.finish.patch.original == B


def test_a_vendor_with_masks_gets_the_masked_picture_first() -> None:
    request, _ = fitted(a_request(*TALK, mask=MASK), MASKING)

    assert request.references == (C, B)
    assert fitted(a_request(*TALK), MASKING)[0].references == (B, C)


def test_a_size_that_was_said_stays_and_a_cut_is_told() -> None:
    asked = SizeAsk(pixels=Pixels(width=512, height=512), size_text="512x512")

    request, (warning,) = fitted(a_request(user(LANDSCAPE, "a hat"), mask=MASK, size=asked), a_card(size=FREE))

    assert request.size.pixels == asked.pixels
    assert "640x480" in warning.message and "512x512" in warning.message


@pytest.mark.parametrize("given", ["mask", "markup"])
def test_neither_goes_without_a_picture(given: str) -> None:
    with pytest.raises(MissingParameter) as refused:
        fitted(a_request(**{given: picture(given)}), MASKING)

    assert refused.value.param == "image" and given in refused.value.message


def test_mask_and_markup_exclude_each_other() -> None:
    with pytest.raises(ConflictingParameters):
        fitted(a_request(user(picture(), "a hat"), mask=MASK, markup=MASK), MASKING)


@pytest.mark.parametrize(("takes", "codes"), [(True, []), (False, ["field_ignored"])])
def test_markup_goes_to_models_that_take_it_and_is_told_elsewhere(takes: bool, codes: list[str]) -> None:
    card: ModelCard = a_card(capability=Capability(max_references=4, markup=takes))

    request, warnings = fitted(a_request(user(picture(), "a hat"), markup=MASK), card)

    assert (request.markup == MASK, [warning.code for warning in warnings]) == (takes, codes)


# With real pictures


def plain(width: int, height: int, colour: str) -> bytes:
    return _png(Drawing.new("RGB", (width, height), colour))


def black_and_white(width: int, height: int) -> bytes:
    """White, to change, in the right half."""
    mask = Drawing.new("L", (width, height), 0)
    mask.paste(255, (width // 2, 0, width, height))
    return _png(mask)


def _png(drawing: Drawing.Image) -> bytes:
    file = io.BytesIO()
    drawing.save(file, "PNG")
    return file.getvalue()


def measured(data: bytes, param: str = "image") -> Image:
    blob = SPOOL.from_bytes(data)
    found = pictures.measure(blob)
    return Image(source=blob, param=param, media_type="image/png", width=found.width, height=found.height)


def opened(data: bytes) -> Drawing.Image:
    return Drawing.open(io.BytesIO(data))


def at(drawing: Drawing.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = drawing.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


async def test_a_mask_of_another_size_is_scaled_to_its_picture_and_told() -> None:
    scope = Scope(SPOOL)
    original = measured(plain(64, 48, "red"))
    mask = measured(black_and_white(32, 24), "mask")
    request, _ = fitted(a_request(user(original, "a hat"), mask=mask), MASKING)

    ready, warnings = await suit(request, scope)

    assert ready.mask is not None
    seen = opened(ready.mask.blob.read())
    assert (seen.format, seen.size, seen.mode) == ("PNG", (64, 48), "RGBA")
    assert (at(seen, 60, 24)[3], at(seen, 4, 24)[3]) == (0, 255)
    assert [(warning.code, warning.asked, warning.sent) for warning in warnings] == [
        ("mask_adjusted", "32x24", "64x48")
    ]


async def test_an_emulated_mask_leaves_the_original_outside_of_it() -> None:
    original, drawn = measured(plain(64, 48, "red")), SPOOL.from_bytes(plain(64, 48, "blue"))
    request, _ = fitted(a_request(user(original, "a hat"), mask=measured(black_and_white(64, 48), "mask")))

    collected = await finished(drawn, pictures.measure(drawn), request.finish, Scope(SPOOL))

    seen = opened(collected.blob.read()).convert("RGB")
    assert (at(seen, 60, 24), at(seen, 4, 24)) == ((0, 0, 255), (255, 0, 0))
    assert not collected.untouched
