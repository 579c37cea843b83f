"""The one path of a request, on stand-ins: what is written before what is bought, and what a caller gets of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from onebrush.domain.errors import FaultKind, InvalidImage, InvalidRequest, StorageUnavailable
from onebrush.domain.event import Done, Fault, Pending, Picture
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability
from onebrush.domain.money import Money, Price
from onebrush.engine.attempt import Outcome
from onebrush.engine.ports import BeginGeneration, FinishGeneration
from tests.engine.benches import a_bench, indexes
from tests.engine.doubles import (
    NOON,
    SPOOL,
    TEST_KEY,
    a_card,
    a_request,
    by_code,
    fault,
    painted,
    picture,
    user,
)

pytestmark = pytest.mark.anyio

LINK = "https://pictures.example/one.png"

# A picture


async def test_a_picture_is_bought_measured_stored_and_recorded(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes, revised_prompt="a fine cat"), retention=3600)

    result = await bench.generate(a_request())

    (image,) = result.images
    artifact = image.artifact
    assert (artifact.media_type, artifact.width, artifact.height) == ("image/png", 64, 48)
    assert (artifact.size, artifact.key, artifact.generation) == (len(picture_bytes), "key_live", "gen_1")
    assert (artifact.created, artifact.expires, artifact.test) == (NOON, NOON + 3600, False)
    assert (image.stored, image.revised_prompt) == (True, "a fine cat")
    assert bench.objects.files == {artifact.location: picture_bytes}
    assert bench.records.artifacts == {artifact.id: artifact}
    assert (result.model, result.provider, result.test, result.failures) == ("painter", "acme", False, ())
    assert bench.status is GenerationStatus.SUCCEEDED
    assert bench.ends == ["1 picture came."]


async def test_with_retention_zero_a_picture_is_kept_for_ever(picture_bytes: bytes) -> None:
    result = await a_bench(painted(picture_bytes), retention=0).generate(a_request())

    assert result.images[0].artifact.expires is None


async def test_the_record_is_durable_before_the_first_call_and_each_call_before_it_leaves(
    picture_bytes: bytes,
) -> None:
    bench = a_bench(painted(picture_bytes))
    marked: list[int] = []
    bench.vendor.before = lambda: marked.append(len(bench.records.attempts))

    await bench.generate(a_request(n=3))

    assert bench.changes[0] == "BeginGeneration"
    assert bench.changes[-1] == "FinishGeneration"
    assert sorted(bench.changes[1:-1]) == ["KeepReply"] * 3 + ["MarkSent"] * 3
    assert all(count > place for place, count in enumerate(sorted(marked)))


async def test_a_journal_that_does_not_write_sends_nothing(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    bench.journal.fault = StorageUnavailable("the journal is away")

    with pytest.raises(StorageUnavailable):
        await bench.generate(a_request())
    assert bench.vendor.sent == []


async def test_without_room_nothing_is_recorded_or_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    bench.objects.room = False

    with pytest.raises(StorageUnavailable) as refused:
        await bench.generate(a_request())

    assert (refused.value.status, refused.value.code) == (503, "storage_unavailable")
    assert (bench.vendor.sent, bench.journal.committed) == ([], [])


async def test_what_cannot_be_is_refused_before_anything_is_recorded(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(capability=Capability(max_references=0)),))

    with pytest.raises(InvalidRequest):
        await bench.generate(a_request(user(picture(source=SPOOL.from_bytes(picture_bytes)), "a hat")))
    assert (bench.vendor.sent, bench.journal.committed) == ([], [])


async def test_a_journal_that_fails_at_the_end_still_delivers_the_picture_as_not_stored(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    def fail() -> None:
        bench.journal.fault = StorageUnavailable("the disk is full")

    bench.vendor.before = fail
    result = await bench.generate(a_request())

    assert [image.stored for image in result.images] == [False]
    assert result.images[0].blob.read() == picture_bytes


async def test_a_picture_that_cannot_be_stored_is_delivered_flagged_and_not_recorded(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    bench.objects.fault = StorageUnavailable("the disk is full")

    result = await bench.generate(a_request())

    assert [image.stored for image in result.images] == [False]
    assert result.images[0].blob.read() == picture_bytes
    assert bench.records.artifacts == {}
    assert bench.status is GenerationStatus.SUCCEEDED


# Several


async def test_pictures_keep_their_order_however_the_calls_end(make_picture: Callable[..., bytes]) -> None:
    bench = a_bench(*[painted(make_picture(10 + place, 10)) for place in range(3)])

    async def later_calls_first(number: int) -> None:
        for _ in range(30 - 10 * number):
            await asyncio.sleep(0)

    bench.vendor.meanwhile = later_calls_first
    result = await bench.generate(a_request(n=3))

    assert [image.artifact.width for image in result.images] == [10, 11, 12]
    assert indexes(result) == ([0, 1, 2], [])


async def test_one_failure_is_told_beside_the_others_pictures(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), [fault(FaultKind.CONTENT_BLOCKED, "no cats")], painted(picture_bytes))

    result = await bench.generate(a_request(n=3))

    assert indexes(result) == ([0, 2], [1])
    assert result.failures[0].error.code == "moderation_blocked"
    assert bench.status is GenerationStatus.PARTIAL


async def test_there_are_never_more_pictures_than_asked(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=2))
    bench = a_bench(painted(picture_bytes, 5), cards=(card,))

    result = await bench.generate(a_request(n=2))

    assert indexes(result) == ([0, 1], [])
    assert len(bench.objects.files) == 2


async def test_one_calls_bug_never_loses_the_pictures_of_the_others(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), [RuntimeError("a bug")], painted(picture_bytes))

    result = await bench.generate(a_request(n=3))

    assert indexes(result) == ([0, 2], [1])
    error = result.failures[0].error
    assert (error.status, error.code, error.retry) == (500, "internal_error", False)
    assert "a bug" not in error.message
    assert len(bench.records.artifacts) == 2


# Nothing


@pytest.mark.parametrize(
    ("kind", "status", "code", "recorded"),
    [
        (FaultKind.BAD_REQUEST, 400, "invalid_value", GenerationStatus.FAILED),
        (FaultKind.CONTENT_BLOCKED, 400, "moderation_blocked", GenerationStatus.FAILED),
        (FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded", GenerationStatus.FAILED),
        (FaultKind.QUOTA, 503, "provider_unavailable", GenerationStatus.FAILED),
        (FaultKind.UNAVAILABLE, 503, "provider_unavailable", GenerationStatus.FAILED),
        (FaultKind.NO_IMAGE, 502, "no_image", GenerationStatus.FAILED),
        (FaultKind.OUTCOME_UNKNOWN, 502, "provider_error", GenerationStatus.UNKNOWN),
        (FaultKind.TIMED_OUT, 504, "provider_timeout", GenerationStatus.UNKNOWN),
    ],
)
async def test_a_total_failure_is_refused_with_its_status_and_recorded(
    kind: FaultKind, status: int, code: str, recorded: GenerationStatus
) -> None:
    bench = a_bench([fault(kind)])

    result = await bench.refusal(n=2)

    assert [(failure.index, failure.error.status, failure.error.code) for failure in result.failures] == [
        (0, status, code),
        (1, status, code),
    ]
    assert bench.status is recorded
    assert None not in bench.ends


async def test_a_bug_in_the_only_call_leaves_its_outcome_unknown() -> None:
    bench = a_bench([RuntimeError("a bug")])

    result = await bench.refusal()

    assert result.failures[0].error.code == "internal_error"
    assert bench.status is GenerationStatus.UNKNOWN


# The callers' pictures


async def test_a_callers_link_is_fetched_measured_and_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    bench.vendor.links = {LINK: picture_bytes}

    await bench.generate(a_request(user(picture("image", LINK), "a hat")))

    (reference,) = bench.vendor.asked[0].references
    assert (reference.blob.read(), reference.media_type, reference.width) == (picture_bytes, "image/png", 64)


async def test_a_callers_link_that_cannot_be_fetched_is_refused_naming_the_field() -> None:
    bench = a_bench([Done()])

    with pytest.raises(InvalidImage) as refused:
        await bench.generate(a_request(user(picture("image[0]", LINK), "a hat")))

    assert refused.value.param == "image[0]"
    assert bench.journal.committed == []


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>", b"%PDF-1.7"])
async def test_what_is_no_picture_of_a_taken_format_is_refused_naming_the_field(data: bytes) -> None:
    bench = a_bench([Done()])

    with pytest.raises(InvalidImage) as refused:
        await bench.generate(a_request(user(picture("image", SPOOL.from_bytes(data)), "a hat")))
    assert refused.value.param == "image"


async def test_a_format_the_vendor_does_not_take_is_converted_with_a_warning(
    make_picture: Callable[..., bytes],
) -> None:
    bench = a_bench(painted(make_picture()))
    bitmap = SPOOL.from_bytes(make_picture(file_format="BMP"))

    result = await bench.generate(a_request(user(picture("image", bitmap), "a hat")))

    (reference,) = bench.vendor.asked[0].references
    assert (reference.media_type, reference.blob.read()[:4]) == ("image/png", b"\x89PNG")
    warning = by_code(result.warnings)["converted"]
    assert (warning.asked, warning.sent, warning.stage) == ("image/bmp", "image/png", "request")


async def test_more_pictures_than_the_cap_are_refused(picture_bytes: bytes) -> None:
    bench = a_bench([Done()])
    many = [picture(f"image[{place}]", SPOOL.from_bytes(picture_bytes)) for place in range(17)]

    with pytest.raises(InvalidImage, match="17 pictures were given; at most 16"):
        await bench.generate(a_request(user(*many, "join")))


# Money and words of the answer


async def test_only_what_was_delivered_is_charged_and_it_is_on_the_record(picture_bytes: bytes) -> None:
    price = Price(unit="image", money=Money(nano=40_000_000, currency="USD"))
    bench = a_bench(
        painted(picture_bytes), [fault(FaultKind.NO_IMAGE)], painted(picture_bytes), cards=(a_card(prices=(price,)),)
    )

    result = await bench.generate(a_request(n=3))

    assert (result.cost.money, result.cost.basis) == (Money(nano=80_000_000, currency="USD"), "computed")
    kept = bench.records.generations["gen_1"]
    assert (kept.cost_nano, kept.currency, kept.basis) == (80_000_000, "USD", "computed")


async def test_an_unset_form_is_what_the_family_asked_for_gives(picture_bytes: bytes) -> None:
    links = a_card(capability=Capability(answer_form="url", answer_forms=("url",)))

    assert (await a_bench(painted(picture_bytes), cards=(links,)).generate(a_request())).answer_form == "url"
    assert (await a_bench(painted(picture_bytes)).generate(a_request())).answer_form == "b64_json"
    asked = a_request(answer_form="b64_json")
    assert (await a_bench(painted(picture_bytes), cards=(links,)).generate(asked)).answer_form == "b64_json"


async def test_a_test_keys_picture_says_so_everywhere(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    result = await bench.generate(a_request(), TEST_KEY)

    assert (result.test, result.images[0].artifact.test, result.images[0].artifact.key) == (True, True, "key_test")
    assert bench.records.generations["gen_1"].test
    assert [deployment.test for _, deployment in bench.vendor.sent] == [True]


async def test_what_is_committed_tells_whose_it_is_and_what_was_asked(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    await bench.generate(a_request())

    begun, finished = bench.journal.committed[0][0], bench.journal.committed[-1][0]
    assert isinstance(begun, BeginGeneration) and isinstance(finished, FinishGeneration)
    assert (begun.generation.status, begun.generation.key) == (GenerationStatus.RUNNING, "key_live")
    assert finished.generation.status.finished and finished.generation.finished == NOON


async def test_a_vendor_that_answers_with_a_task_where_a_picture_was_due_is_not_believed() -> None:
    result = await a_bench([Pending(task="task-1")]).refusal()

    assert result.failures[0].error.code == "provider_error"
    assert "task-1" in result.failures[0].error.message


def test_a_fault_without_pictures_is_the_calls_failure() -> None:
    empty, refused, whole = Outcome(), Outcome(), Outcome()
    refused.take(Fault(kind=FaultKind.QUOTA, message="empty"))
    whole.take(Fault(kind=FaultKind.QUOTA, message="empty"))
    whole.take(Picture(source=LINK))

    assert [outcome.failure and outcome.failure.kind for outcome in (empty, refused, whole)] == [
        FaultKind.NO_IMAGE,
        FaultKind.QUOTA,
        None,
    ]
