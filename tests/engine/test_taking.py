"""Answers taken in: each picture in its place, checked, finished, stored; what did not come is told with its reason."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Picture, Usage
from onebrush.domain.model import Capability, FieldRule, Treatment
from onebrush.domain.money import UsageRecord
from tests.engine.benches import a_bench, codes, indexes
from tests.engine.doubles import SPOOL, a_card, a_request, fault, painted

pytestmark = pytest.mark.anyio

LINK = "https://pictures.example/one.png"


async def test_faults_of_single_pictures_of_a_call_keep_their_places(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=4))
    reply: list[Event] = [
        Picture(source=SPOOL.from_bytes(picture_bytes), index=0),
        fault(FaultKind.CONTENT_BLOCKED, index=1),
        Picture(source=SPOOL.from_bytes(picture_bytes), index=2),
        Done(),
    ]

    result = await a_bench(reply, cards=(card,)).generate(a_request(n=4))

    assert indexes(result) == ([0, 2], [1, 3])
    assert codes(result) == ["moderation_blocked", "no_image"]


async def test_an_answer_cut_after_some_pictures_fails_only_the_places_that_did_not_come(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=3))
    reply: list[Event] = [
        Picture(source=SPOOL.from_bytes(picture_bytes), index=0),
        fault(FaultKind.OUTCOME_UNKNOWN, "cut"),
    ]

    result = await a_bench(reply, cards=(card,)).generate(a_request(n=3))

    assert indexes(result) == ([0], [1, 2])
    assert {failure.error.code for failure in result.failures} == {"provider_error"}


async def test_a_series_may_be_shorter_than_its_bound_and_never_longer(picture_bytes: bytes) -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule(), "max_images": FieldRule()})
    fields = {"sequential_image_generation": "auto", "max_images": 3}

    short = await a_bench(painted(picture_bytes, 2), cards=(card,)).generate(a_request(fields=fields))
    long = await a_bench(painted(picture_bytes, 5), cards=(card,)).generate(a_request(fields=fields))

    assert indexes(short) == ([0, 1], [])
    assert indexes(long) == ([0, 1, 2], [])


async def test_an_empty_series_is_told_as_no_image() -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule()})

    result = await a_bench([Done()], cards=(card,)).refusal(fields={"sequential_image_generation": "auto"})

    assert codes(result) == ["no_image"]


async def test_bytes_that_are_no_picture_are_never_stored() -> None:
    bench = a_bench(painted(b"<html>not a picture</html>"))

    result = await bench.refusal()

    assert [(failure.index, failure.error.code) for failure in result.failures] == [(0, "provider_error")]
    assert bench.objects.files == {}


async def test_a_picture_cut_short_is_never_stored(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes[:-20]))

    await bench.refusal()

    assert bench.objects.files == {}


async def test_a_type_asked_for_and_not_given_is_converted_and_told_at_the_result(picture_bytes: bytes) -> None:
    card = a_card(fields={"output_format": FieldRule(treatment=Treatment.EMULATED)})
    bench = a_bench(
        painted(picture_bytes, 2), cards=(a_card(fields=card.fields, capability=Capability(native_count=2)),)
    )

    result = await bench.generate(a_request(n=2, fields={"output_format": "jpeg"}))

    (stored, _) = bench.objects.files.values()
    assert Drawing.open(io.BytesIO(stored)).format == "JPEG"
    assert [image.artifact.media_type for image in result.images] == ["image/jpeg"] * 2
    warnings = [warning for warning in result.warnings if warning.code == "converted"]
    assert [(warning.stage, warning.param, warning.asked) for warning in warnings] == [
        ("result", "output_format", "image/jpeg")
    ]


async def test_a_type_that_came_as_asked_or_was_not_asked_stays_byte_for_byte(picture_bytes: bytes) -> None:
    card = a_card(fields={"output_format": FieldRule(treatment=Treatment.EMULATED)})

    for fields in ({}, {"output_format": "png"}):
        bench = a_bench(painted(picture_bytes), cards=(card,))
        result = await bench.generate(a_request(fields=fields))
        assert list(bench.objects.files.values()) == [picture_bytes]
        assert result.warnings == ()


async def test_a_link_is_fetched_and_stored(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: picture_bytes}

    result = await bench.generate(a_request())

    assert result.images[0].blob.read() == picture_bytes
    assert bench.vendor.fetched == [LINK]


async def test_a_fetch_that_fails_in_passing_is_tried_again_and_nothing_is_bought_anew(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: [fault(FaultKind.UNAVAILABLE), picture_bytes]}

    result = await bench.generate(a_request())

    assert len(result.images) == 1
    assert (bench.vendor.fetched, len(bench.vendor.sent)) == ([LINK] * 2, 1)


async def test_a_fetch_that_fails_for_good_is_not_tried_again() -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: [fault(FaultKind.BAD_RESPONSE, "its link answered with status 404")]}

    result = await bench.refusal()

    assert (bench.vendor.fetched, len(bench.vendor.sent)) == ([LINK], 1)
    assert "404" in result.failures[0].error.message


async def test_usage_of_several_calls_is_summed(picture_bytes: bytes) -> None:
    usage = Usage(record=UsageRecord(output_tokens=100, total_tokens=110))
    bench = a_bench([*painted(picture_bytes), usage])

    result = await bench.generate(a_request(n=2))

    assert result.usage == UsageRecord(output_tokens=200, total_tokens=220)
