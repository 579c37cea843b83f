"""Suiting: pictures reach the vendor upright, in a format and weight it takes, or are refused by name."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import InvalidImage
from onebrush.domain.model import Capability
from onebrush.domain.request import FittedRequest
from onebrush.domain.turn import Image
from onebrush.domain.warning import RequestWarning
from onebrush.engine.suiting import suit
from onebrush.kit import pictures
from onebrush.kit.blobs import Scope
from tests.engine.doubles import SPOOL, a_card, a_request, user
from tests.engine.test_fitting import fitted

pytestmark = pytest.mark.anyio

Suited = tuple[FittedRequest, tuple[RequestWarning, ...]]


def given(form: str = "PNG", orientation: int = 1, param: str = "image", **options: object) -> Image:
    file = io.BytesIO()
    exif = Drawing.Exif()
    exif[0x0112] = orientation
    noise = Drawing.effect_noise((64, 48), 90).convert("RGB")
    noise.save(file, form, **options, **({"exif": exif} if orientation != 1 else {}))
    blob = SPOOL.from_bytes(file.getvalue())
    found = pictures.measure(blob, thorough=True)
    return Image(
        source=blob,
        param=param,
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        turned=found.turned,
    )


async def suited(*images: Image, **capability: object) -> Suited:
    card = a_card(capability=Capability(max_references=4, **capability))  # type: ignore[arg-type]
    request, _ = fitted(a_request(user(*images, "a hat")), card)
    return await suit(request, Scope(SPOOL))


def told(result: Suited) -> list[tuple[str, str | None, object, object]]:
    return [(warning.code, warning.param, warning.asked, warning.sent) for warning in result[1]]


async def test_what_the_vendor_takes_goes_byte_for_byte() -> None:
    image = given()

    result = await suited(image)

    assert result[0].references == (image,) and result[0].turns[-1].images == (image,)
    assert told(result) == []


async def test_a_format_the_vendor_does_not_take_is_converted_in_every_place_it_stands() -> None:
    result = await suited(given("BMP", param="image[0]"), given(param="image[1]"))

    request = result[0]
    assert [image.media_type for image in request.references] == ["image/png", "image/png"]
    assert request.turns[-1].images == request.references
    assert told(result) == [("converted", "image[0]", "image/bmp", "image/png")]


@pytest.mark.parametrize("orientation", [3, 6, 8])
async def test_a_turned_picture_is_sent_upright_where_the_vendor_may_not_turn_it(orientation: int) -> None:
    image = given("JPEG", orientation)
    assert image.turned == orientation

    result = await suited(image)

    sent = result[0].references[0]
    assert (sent.width, sent.height) == ((48, 64) if orientation > 4 else (64, 48))
    assert Drawing.open(io.BytesIO(sent.blob.read())).getexif().get(0x0112, 1) == 1
    assert told(result) == [("turned_upright", "image", f"EXIF orientation {orientation}", "upright")]


async def test_a_vendor_that_turns_pictures_itself_gets_them_as_they_are() -> None:
    image = given("JPEG", 6)

    result = await suited(image, turns_upright=True)

    assert (result[0].references, told(result)) == ((image,), [])


async def test_a_picture_too_heavy_is_sent_as_one_that_loses_a_little() -> None:
    image = given()

    result = await suited(image, max_input_bytes=image.blob.size - 1)

    assert result[0].references[0].media_type == "image/jpeg"
    assert told(result) == [("converted", "image", "image/png", "image/jpeg")]


async def test_a_heavy_jpeg_is_tried_as_webp() -> None:
    image = given("JPEG", quality=100, subsampling=0)

    result = await suited(image, max_input_bytes=image.blob.size - 1)

    assert result[0].references[0].media_type == "image/webp"


async def overlaid(markup: Image) -> Suited:
    card = a_card(capability=Capability(max_references=4, markup=True))
    request, _ = fitted(a_request(user(given(), "a hat"), markup=markup), card)
    return await suit(request, Scope(SPOOL))


async def test_markup_goes_as_png_and_is_told() -> None:
    result = await overlaid(given("BMP", param="markup"))

    assert result[0].markup is not None and result[0].markup.media_type == "image/png"
    assert told(result) == [("converted", "markup", "image/bmp", "image/png")]
    assert told(await overlaid(given(param="markup"))) == []


async def test_markup_of_another_size_is_refused_by_name() -> None:
    small = io.BytesIO()
    Drawing.new("RGBA", (10, 10)).save(small, "PNG")
    markup = Image(
        source=SPOOL.from_bytes(small.getvalue()), param="markup", media_type="image/png", width=10, height=10
    )

    with pytest.raises(InvalidImage) as refused:
        await overlaid(markup)

    assert refused.value.param == "markup" and "10x10" in refused.value.message and "64x48" in refused.value.message


async def test_a_picture_that_stays_too_heavy_is_refused_by_name() -> None:
    with pytest.raises(InvalidImage) as refused:
        await suited(given(), max_input_bytes=100)

    assert refused.value.param == "image" and "at most 100" in refused.value.message
