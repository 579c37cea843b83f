"""Finishing: what the model could not be asked for is done here; everything else stays byte for byte."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import InvalidRequest
from onebrush.domain.finish import Finish
from onebrush.domain.size import Pixels, Ratio, SizeAsk
from onebrush.engine import developing, finishing
from onebrush.engine.collected import Collected
from onebrush.engine.developing import DarkroomFailed
from onebrush.kit import pictures
from onebrush.kit.blobs import Scope
from onebrush.kit.reading import TooMuchWork
from tests.engine.doubles import SPOOL, a_request

pytestmark = pytest.mark.anyio


def a_drawing(width: int = 64, height: int = 48, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Drawing.effect_mandelbrot((width, height), (-2, -1, 1, 1), 60).convert("RGB").save(file, form)
    return file.getvalue()


async def finished(data: bytes, **work: object) -> Collected:
    blob = SPOOL.from_bytes(data)
    finish = Finish(**work)  # type: ignore[arg-type]
    return await finishing.finished(blob, pictures.measure(blob), finish, Scope(SPOOL))


def told(collected: Collected) -> list[tuple[str, str | None, object, object]]:
    return [(warning.code, warning.param, warning.asked, warning.sent) for warning in collected.warnings]


async def test_nothing_to_do_leaves_the_vendors_bytes() -> None:
    data = a_drawing()

    for work in ({}, {"media_type": "image/png"}, {"size": Pixels(width=64, height=48)}, {"quality": 40}):
        collected = await finished(data, **work)
        assert (collected.blob.read(), collected.untouched, collected.warnings) == (data, True, ())


@pytest.mark.parametrize(("media_type", "form"), [("image/jpeg", "JPEG"), ("image/webp", "WEBP")])
async def test_another_format_is_encoded_and_told(media_type: str, form: str) -> None:
    collected = await finished(a_drawing(), media_type=media_type)

    assert Drawing.open(io.BytesIO(collected.blob.read())).format == form
    assert told(collected) == [("converted", "output_format", media_type, "image/png")]
    assert not collected.untouched


async def test_quality_weighs_on_the_bytes() -> None:
    sizes = [(await finished(a_drawing(), media_type="image/jpeg", quality=at)).blob.size for at in (5, 95)]

    assert sizes[0] < sizes[1] / 2


async def test_a_picture_of_the_format_asked_is_encoded_again_only_for_its_quality() -> None:
    data = a_drawing(form="JPEG")

    assert (await finished(data, media_type="image/jpeg")).untouched
    assert [code for code, *_ in told(await finished(data, media_type="image/jpeg", quality=5))] == ["converted"]


@pytest.mark.parametrize("size", [(32, 32), (100, 20), (64, 47), (200, 150)])
async def test_an_exact_size_is_exactly_delivered_and_told(size: tuple[int, int]) -> None:
    width, height = size

    collected = await finished(a_drawing(), size=Pixels(width=width, height=height))

    assert (collected.measured.width, collected.measured.height) == size
    assert Drawing.open(io.BytesIO(collected.blob.read())).size == size
    assert told(collected) == [("resized", "size", f"{width}x{height}", "64x48")]


async def test_an_exact_ratio_is_cut_as_near_as_whole_pixels_come() -> None:
    collected = await finished(a_drawing(), ratio=Ratio(width=16, height=9))

    assert (collected.measured.width, collected.measured.height) == (64, 36)
    assert (await finished(a_drawing(), ratio=Ratio(width=4, height=3))).untouched


async def test_a_drawing_of_lines_is_left_as_it_came_and_told() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"></svg>'

    collected = await finished(svg, media_type="image/png")

    assert collected.blob.read() == svg
    assert [warning.code for warning in collected.warnings] == ["not_converted"]


@pytest.mark.parametrize("error", [TooMuchWork("It took longer than 10 s"), DarkroomFailed("It did not start")])
async def test_a_paid_picture_that_cannot_be_worked_on_is_delivered_as_it_came(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(developing, "finished", fails)
    data = a_drawing()

    collected = await finished(data, size=Pixels(width=10, height=10), media_type="image/jpeg")

    assert (collected.blob.read(), collected.untouched) == (data, True)
    (warning,) = collected.warnings
    assert (warning.code, warning.param, warning.stage) == ("not_converted", "exact_size", "result")
    assert "exact_size and output_format" in warning.message and str(error) in warning.message


def exact(**size: object) -> Finish:
    return finishing.plan(a_request(exact_size=True, size=SizeAsk(**size)), {}, {}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [{}, {"tier": "2K"}, {"keyword": "auto"}])
def test_exact_without_a_size_to_be_exact_about_is_refused(size: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        exact(**size)

    assert refused.value.param == "exact_size"


def test_exact_sizes_have_an_end() -> None:
    assert exact(pixels=Pixels(width=7000, height=7000)).size
    for edges in ((7200, 7200), (20_000, 10)):
        with pytest.raises(InvalidRequest) as refused:
            exact(pixels=Pixels(width=edges[0], height=edges[1]))
        assert refused.value.param == "size"


def test_without_exact_nothing_is_cut() -> None:
    asked = a_request(size=SizeAsk(pixels=Pixels(width=50, height=20)))

    assert finishing.plan(asked, {}, {}, None) == Finish()
