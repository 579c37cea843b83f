"""The one path of a request, on stand-ins: what is written before what is bought, and what a caller gets of it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import (
    FaultKind,
    InvalidImage,
    InvalidRequest,
    MissingParameter,
    ModelNotFound,
    StorageUnavailable,
)
from onebrush.domain.event import Done, Event, Fault, Pending, Picture, Usage
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability, FieldRule, Status, Treatment
from onebrush.domain.money import Money, Price, UsageRecord
from onebrush.domain.result import GenerationResult
from onebrush.engine.attempt import Outcome
from onebrush.engine.generate import Refused
from onebrush.engine.ports import BeginGeneration, FinishGeneration, MarkSent
from tests.engine.doubles import (
    NOON,
    SPOOL,
    TEST_KEY,
    Bench,
    a_bench,
    a_card,
    a_deployment,
    a_request,
    by_code,
    fault,
    painted,
    picture,
    user,
)

pytestmark = pytest.mark.anyio


def changes(bench: Bench) -> list[str]:
    """The names of what was committed, in order."""
    return [type(change).__name__ for commit in bench.journal.committed for change in commit]


def indexes(result: GenerationResult) -> tuple[list[int], list[int]]:
    return [image.artifact.index for image in result.images], [failure.index for failure in result.failures]


def record(bench: Bench) -> GenerationStatus:
    return bench.journal.records.generations["gen_1"].status


def ends(bench: Bench) -> list[str | None]:
    return [attempt.ended for attempt in bench.journal.records.attempts.values()]


async def refusal(bench: Bench, **asked: object) -> GenerationResult:
    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(**asked))
    return refused.value.result


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
    assert bench.journal.records.artifacts == {artifact.id: artifact}
    assert (result.model, result.provider, result.test, result.failures) == ("painter", "acme", False, ())
    assert record(bench) is GenerationStatus.SUCCEEDED
    assert ends(bench) == ["1 picture came."]


async def test_with_retention_zero_a_picture_is_kept_for_ever(picture_bytes: bytes) -> None:
    result = await a_bench(painted(picture_bytes), retention=0).generate(a_request())

    assert result.images[0].artifact.expires is None


async def test_the_record_is_durable_before_the_first_call_and_each_call_before_it_leaves(
    picture_bytes: bytes,
) -> None:
    bench = a_bench(painted(picture_bytes))
    marked: list[int] = []
    bench.vendor.before = lambda: marked.append(len(bench.journal.records.attempts))

    await bench.generate(a_request(n=3))

    assert changes(bench)[0] == "BeginGeneration"
    assert changes(bench)[-1] == "FinishGeneration"
    assert changes(bench)[1:-1] == ["MarkSent"] * 3
    assert all(count > place for place, count in enumerate(sorted(marked)))


async def test_a_call_tried_again_is_marked_again(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.UNAVAILABLE, "away")], painted(picture_bytes))

    await bench.generate(a_request())

    assert changes(bench) == ["BeginGeneration", "MarkSent", "MarkSent", "FinishGeneration"]
    assert ends(bench) == ["unavailable: away", "1 picture came."]


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
    assert bench.journal.records.artifacts == {}
    assert record(bench) is GenerationStatus.SUCCEEDED


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
    assert record(bench) is GenerationStatus.PARTIAL


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
    assert [failure.error.code for failure in result.failures] == ["moderation_blocked", "no_image"]


async def test_an_answer_cut_after_some_pictures_fails_only_the_places_that_did_not_come(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=3))
    reply: list[Event] = [
        Picture(source=SPOOL.from_bytes(picture_bytes), index=0),
        fault(FaultKind.OUTCOME_UNKNOWN, "cut"),
    ]

    result = await a_bench(reply, cards=(card,)).generate(a_request(n=3))

    assert indexes(result) == ([0], [1, 2])
    assert {failure.error.code for failure in result.failures} == {"provider_error"}


async def test_there_are_never_more_pictures_than_asked(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=2))
    bench = a_bench(painted(picture_bytes, 5), cards=(card,))

    result = await bench.generate(a_request(n=2))

    assert indexes(result) == ([0, 1], [])
    assert len(bench.objects.files) == 2


async def test_a_series_may_be_shorter_than_its_bound_and_never_longer(picture_bytes: bytes) -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule(), "max_images": FieldRule()})
    fields = {"sequential_image_generation": "auto", "max_images": 3}

    short = await a_bench(painted(picture_bytes, 2), cards=(card,)).generate(a_request(fields=fields))
    long = await a_bench(painted(picture_bytes, 5), cards=(card,)).generate(a_request(fields=fields))

    assert indexes(short) == ([0, 1], [])
    assert indexes(long) == ([0, 1, 2], [])


async def test_an_empty_series_is_told_as_no_image() -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule()})

    result = await refusal(a_bench([Done()], cards=(card,)), fields={"sequential_image_generation": "auto"})

    assert [failure.error.code for failure in result.failures] == ["no_image"]


async def test_one_calls_bug_never_loses_the_pictures_of_the_others(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), [RuntimeError("a bug")], painted(picture_bytes))

    result = await bench.generate(a_request(n=3))

    assert indexes(result) == ([0, 2], [1])
    error = result.failures[0].error
    assert (error.status, error.code, error.retry) == (500, "internal_error", False)
    assert "a bug" not in error.message
    assert len(bench.journal.records.artifacts) == 2


async def test_a_call_that_could_not_be_marked_fails_alone_and_is_not_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    commit = bench.journal.commit

    async def fail_second_mark(*made: object) -> None:
        if isinstance(made[0], MarkSent) and len(bench.journal.records.attempts) == 1:
            raise StorageUnavailable("the journal is away")
        await commit(*made)  # type: ignore[arg-type]  # handed through as it came

    bench.journal.commit = fail_second_mark  # type: ignore[method-assign]  # a journal that fails once
    result = await bench.generate(a_request(n=2))

    assert indexes(result) == ([0], [1])
    assert result.failures[0].error.code == "storage_unavailable"
    assert len(bench.vendor.sent) == 1


async def test_calls_at_one_deployment_are_bounded(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live={"acme": (a_deployment(concurrency=2),)})
    running, most = 0, 0

    async def count(_number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1

    bench.vendor.meanwhile = count
    result = await bench.generate(a_request(n=6))

    assert len(result.images) == 6
    assert most == 2


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

    result = await refusal(bench, n=2)

    assert [(failure.index, failure.error.status, failure.error.code) for failure in result.failures] == [
        (0, status, code),
        (1, status, code),
    ]
    assert record(bench) is recorded
    assert None not in ends(bench)


@pytest.mark.parametrize("kind", [FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT])
async def test_what_may_be_paid_is_sent_once(kind: FaultKind) -> None:
    bench = a_bench([fault(kind)])

    await refusal(bench)

    assert len(bench.vendor.sent) == 1


async def test_a_bug_in_the_only_call_leaves_its_outcome_unknown() -> None:
    bench = a_bench([RuntimeError("a bug")])

    result = await refusal(bench)

    assert result.failures[0].error.code == "internal_error"
    assert record(bench) is GenerationStatus.UNKNOWN


async def test_bytes_that_are_no_picture_are_never_stored() -> None:
    bench = a_bench(painted(b"<html>not a picture</html>"))

    result = await refusal(bench)

    assert [(failure.index, failure.error.code) for failure in result.failures] == [(0, "provider_error")]
    assert bench.objects.files == {}


async def test_a_picture_cut_short_is_never_stored(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes[:-20]))

    await refusal(bench)

    assert bench.objects.files == {}


# Models that are gone

NEW = a_card("new", capability=Capability(native_count=4, max_references=4))
DYING = a_card("dying", status=Status.DEPRECATED, successor="new")


async def test_a_model_that_is_gone_is_served_by_its_successor_shaped_to_it(picture_bytes: bytes) -> None:
    bench = a_bench(
        [fault(FaultKind.MODEL_GONE, "not found")], [fault(FaultKind.MODEL_GONE, "not found")],
        lambda request: painted(picture_bytes, request.n), cards=(DYING, NEW),
    )  # fmt: skip

    result = await bench.generate(a_request(model="dying", n=2))

    assert [(asked.model, asked.n) for asked in bench.vendor.asked] == [("dying", 1), ("dying", 1), ("new", 2)]
    assert result.model == "new"
    assert indexes(result) == ([0, 1], [])
    warning = by_code(result.warnings)["model_substituted"]
    assert (warning.asked, warning.sent) == ("dying", "new")
    assert ends(bench) == ["model_gone: not found", "model_gone: not found", "2 pictures came."]
    assert bench.journal.records.generations["gen_1"].model == "new"


async def test_a_model_gone_for_some_places_alone_is_not_bought_anew(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.MODEL_GONE)], painted(picture_bytes), cards=(DYING, NEW))

    result = await bench.generate(a_request(model="dying", n=2))

    assert indexes(result) == ([1], [0])
    assert len(bench.vendor.sent) == 2


async def test_with_serve_retired_off_a_model_that_is_gone_is_a_404() -> None:
    bench = a_bench([fault(FaultKind.MODEL_GONE)], cards=(DYING, NEW), serve_retired=False)

    result = await refusal(bench, model="dying")

    assert (result.failures[0].error.status, result.failures[0].error.code) == (404, "model_not_found")


async def test_a_successor_that_cannot_do_it_is_none_and_the_record_says_how_the_attempt_ended() -> None:
    edits = a_card("edits", capability=Capability(text_to_image=False, min_references=1, max_references=1))
    bench = a_bench([fault(FaultKind.MODEL_GONE)], cards=(a_card("dying", successor="edits"), edits))

    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(model="dying"))

    assert isinstance(refused.value.error, ModelNotFound)
    assert record(bench) is GenerationStatus.FAILED
    assert [attempt.ended for attempt in bench.journal.records.attempts.values()] == ["model_gone: it failed"]


async def test_a_retired_edit_model_demands_its_picture_though_its_successor_needs_none() -> None:
    edits = a_card(
        "edits",
        status=Status.RETIRED,
        successor="new",
        capability=Capability(text_to_image=False, min_references=1, max_references=1),
    )
    bench = a_bench([Done()], cards=(edits, NEW))

    with pytest.raises(MissingParameter):
        await bench.generate(a_request(model="edits"))
    assert bench.vendor.sent == []


# Format and links


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


LINK = "https://pictures.example/one.png"


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

    result = await refusal(bench)

    assert (bench.vendor.fetched, len(bench.vendor.sent)) == ([LINK], 1)
    assert "404" in result.failures[0].error.message


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
    kept = bench.journal.records.generations["gen_1"]
    assert (kept.cost_nano, kept.currency, kept.basis) == (80_000_000, "USD", "computed")


async def test_usage_of_several_calls_is_summed(picture_bytes: bytes) -> None:
    usage = Usage(record=UsageRecord(output_tokens=100, total_tokens=110))
    bench = a_bench([*painted(picture_bytes), usage])

    result = await bench.generate(a_request(n=2))

    assert result.usage == UsageRecord(output_tokens=200, total_tokens=220)


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
    assert bench.journal.records.generations["gen_1"].test
    assert [deployment.test for _, deployment in bench.vendor.sent] == [True]


async def test_what_is_committed_tells_whose_it_is_and_what_was_asked(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    await bench.generate(a_request())

    begun, finished = bench.journal.committed[0][0], bench.journal.committed[-1][0]
    assert isinstance(begun, BeginGeneration) and isinstance(finished, FinishGeneration)
    assert (begun.generation.status, begun.generation.key) == (GenerationStatus.RUNNING, "key_live")
    assert finished.generation.status.finished and finished.generation.finished == NOON


async def test_a_vendor_that_answers_with_a_task_where_a_picture_was_due_is_not_believed() -> None:
    result = await refusal(a_bench([Pending(task="task-1")]))

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
