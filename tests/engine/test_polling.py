"""Vendors' tasks: kept before they are asked about, asked with back-off until they are over, taken back on a cancel."""

from __future__ import annotations

import asyncio

import pytest

from onebrush.domain.errors import FaultKind, StorageUnavailable
from onebrush.domain.event import Done, Event, Fault, Pending, Picture
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability
from onebrush.engine.generate import Refused
from onebrush.engine.ports import Change, KeepTask, TransportFault
from tests.engine.benches import CENTS, Begun, Bench, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import Fate, a_card, a_deployment, a_request, fault, painted

pytestmark = pytest.mark.anyio

CARD = a_card(capability=Capability(task="prompt"), prices=(CENTS,))
TASKS = {"acme": (a_deployment(mode="task"),)}
PENDING: list[Event] = [Pending(task="task-1")]


def a_task_bench(*polls: Fate, **changes: object) -> Bench:
    """A vendor that makes a task of the call; `polls` are what it says of it."""
    return a_bench(PENDING, *polls, cards=(CARD,), live=TASKS, **changes)  # type: ignore[arg-type]  # by name


async def canceled_after(bench: Bench, polls: int, begun: Begun) -> None:
    """Halt it while the poll of that number is under way."""

    async def halt(number: int) -> None:
        if number == polls:
            begun.job.halt()

    bench.vendor.meanwhile = halt


async def test_a_task_is_asked_about_until_its_pictures_are_there(picture_bytes: bytes) -> None:
    bench = a_task_bench(PENDING, PENDING, painted(picture_bytes))

    result = await bench.generate(a_request())

    assert indexes(result) == ([0], [])
    assert (len(bench.vendor.bought), bench.vendor.polled) == (1, ["task-1"] * 3)
    assert bench.books == [["reserved 40", "sent 40", "settled 40"]]
    assert bench.status is GenerationStatus.SUCCEEDED
    assert_closed(bench.records)


async def test_the_handle_is_durable_before_the_first_poll(picture_bytes: bytes) -> None:
    bench = a_task_bench(PENDING, painted(picture_bytes))
    known: list[str | None] = []

    async def note(number: int) -> None:
        if number:
            known.extend(attempt.task for attempt in bench.records.attempts.values())

    bench.vendor.meanwhile = note
    await bench.generate(a_request())

    assert known == ["task-1"] * 2
    assert bench.changes == ["BeginGeneration", "MarkSent", "KeepTask", "KeepReply", "FinishGeneration"]


async def test_a_handle_that_could_not_be_written_down_is_asked_about_all_the_same(picture_bytes: bytes) -> None:
    bench = a_task_bench(painted(picture_bytes))
    commit = bench.journal.commit

    async def refusing(*changes: Change, patient: bool = False) -> None:
        if isinstance(changes[0], KeepTask):
            raise StorageUnavailable("the journal is away")
        await commit(*changes, patient=patient)

    bench.journal.commit = refusing  # type: ignore[method-assign]  # a journal that fails once
    assert indexes(await bench.generate(a_request())) == ([0], [])


async def test_the_pauses_grow_from_the_first_to_about_three_times_as_long(picture_bytes: bytes) -> None:
    bench = a_task_bench(*[PENDING] * 6, painted(picture_bytes))

    await bench.generate(a_request())

    assert bench.clock.slept == pytest.approx([3, 4.5, 6.75, 10, 10, 10, 10])


@pytest.mark.parametrize(
    "failed",
    [
        [fault(FaultKind.UNAVAILABLE, status=503)],
        [fault(FaultKind.OUTCOME_UNKNOWN, status=500)],
        [fault(FaultKind.RATE_LIMITED, status=429, retry_after=600)],
        [fault(FaultKind.CREDENTIAL, status=401)],
        [fault(FaultKind.MODEL_GONE, status=404)],
        [fault(FaultKind.BAD_RESPONSE, "no JSON", status=200)],
        [TransportFault(Fault(kind=FaultKind.TIMED_OUT, message="silence"))],
        [TransportFault(Fault(kind=FaultKind.OUTCOME_UNKNOWN, message="cut"))],
        [TransportFault(Fault(kind=FaultKind.UNAVAILABLE, message="refused", sent=False))],
    ],
)
async def test_a_poll_that_fails_says_nothing_of_the_task(
    failed: list[Event | BaseException], picture_bytes: bytes
) -> None:
    bench = a_task_bench(failed, failed, PENDING, painted(picture_bytes))

    assert indexes(await bench.generate(a_request())) == ([0], [])
    assert (len(bench.vendor.bought), len(bench.vendor.polled)) == (1, 4)
    assert bench.books == [["reserved 40", "sent 40", "settled 40"]]


@pytest.mark.parametrize(
    ("told", "code", "end", "status"),
    [
        (fault(FaultKind.CONTENT_BLOCKED, "no", status=200, code="x"), "moderation_blocked", "released", "failed"),
        (fault(FaultKind.BAD_REQUEST, "no", status=200, code="x"), "invalid_value", "released", "failed"),
        (fault(FaultKind.BAD_RESPONSE, "no", status=200, code="x"), "provider_error", "unresolved", "unknown"),
        (fault(FaultKind.NO_IMAGE, "no", status=200, code="x"), "no_image", "unresolved", "failed"),
    ],
)
async def test_a_task_that_failed_by_the_vendors_own_word_is_over(
    told: Fault, code: str, end: str, status: str
) -> None:
    bench = a_task_bench(PENDING, [told])

    assert codes(await bench.refusal()) == [code]

    assert (len(bench.vendor.bought), len(bench.vendor.polled)) == (1, 2)
    assert bench.books == [["reserved 40", "sent 40", f"{end} 40"]]
    assert bench.status == status
    assert_closed(bench.records)


async def test_a_task_that_the_vendor_does_not_know_three_times_in_a_row_is_lost() -> None:
    lost = [fault(FaultKind.OUTCOME_UNKNOWN, "no such task", status=200)]
    bench = a_task_bench(PENDING, lost, lost, PENDING, lost, lost, lost)

    assert codes(await bench.refusal()) == ["provider_error"]

    assert (len(bench.vendor.bought), len(bench.vendor.polled)) == (1, 7)
    assert (bench.books, bench.status) == ([["reserved 40", "sent 40", "unresolved 40"]], "unknown")


async def test_a_task_that_is_never_over_may_be_paid_and_is_not_bought_again() -> None:
    bench = a_task_bench(PENDING)

    result = await bench.refusal()

    assert codes(result) == ["provider_timeout"]
    assert "task-1" in result.failures[0].error.message
    assert bench.clock.monotonic() == pytest.approx(3600)
    assert len(bench.vendor.bought) == 1
    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]
    assert bench.status is GenerationStatus.UNKNOWN
    assert_closed(bench.records)


async def test_a_model_without_tasks_is_called_where_the_deployment_prefers_them(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live=TASKS)

    assert indexes(await bench.generate(a_request())) == ([0], [])
    assert bench.vendor.polled == []


async def test_a_task_whose_making_failed_is_no_task(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.BAD_REQUEST, status=400)], cards=(CARD,), live=TASKS)

    assert codes(await bench.refusal()) == ["invalid_value"]
    assert bench.vendor.polled == []


async def test_pictures_that_come_at_once_are_taken_without_a_poll(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source="https://pictures.example/1.png"), Done()], cards=(CARD,), live=TASKS)
    bench.vendor.links = {"https://pictures.example/1.png": picture_bytes}

    assert indexes(await bench.generate(a_request())) == ([0], [])
    assert bench.vendor.polled == []


# Canceled


async def test_a_cancel_that_the_vendor_confirms_releases_the_money() -> None:
    bench = a_task_bench(PENDING)
    bench.vendor.takes_back = True
    begun = await bench.begin(a_request())
    await canceled_after(bench, 2, begun)

    with pytest.raises(Refused) as refused:
        await bench.run(begun)

    assert refused.value.error.code == "generation_canceled"
    assert (bench.vendor.canceled, len(bench.vendor.polled)) == (["task-1"], 2)
    assert bench.books == [["reserved 40", "sent 40", "released 40"]]
    assert bench.status is GenerationStatus.CANCELED
    assert_closed(bench.records)


@pytest.mark.parametrize("takes_back", [False, None])
async def test_a_cancel_that_the_vendor_does_not_confirm_changes_nothing(
    takes_back: bool | None, picture_bytes: bytes
) -> None:
    bench = a_task_bench(PENDING, PENDING, PENDING, painted(picture_bytes))
    bench.vendor.takes_back = takes_back
    begun = await bench.begin(a_request())
    await canceled_after(bench, 1, begun)

    assert indexes(await bench.run(begun)) == ([0], [])

    assert bench.vendor.canceled == ["task-1"] * (takes_back is False)
    assert bench.books == [["reserved 40", "sent 40", "settled 40"]]
    assert bench.clock.slept == pytest.approx([3, 4.5, 6.75, 10])
    assert_closed(bench.records)


async def test_a_cancel_wakes_whoever_waits_for_the_next_poll() -> None:
    bench = a_task_bench(PENDING)
    bench.vendor.takes_back = True
    begun = await bench.begin(a_request())
    running = asyncio.create_task(bench.run(begun))
    for _ in range(20):
        await asyncio.sleep(0)
    assert bench.clock.sleeping
    begun.job.halt()

    with pytest.raises(Refused):
        await running
    assert (bench.vendor.canceled, bench.clock.monotonic()) == (["task-1"], 0.0)
    assert_closed(bench.records)


async def test_the_places_of_a_canceled_task_fail_alone(picture_bytes: bytes) -> None:
    bench = a_bench(PENDING, painted(picture_bytes), PENDING, cards=(CARD,), live=TASKS)
    bench.vendor.takes_back = True
    begun = await bench.begin(a_request(n=2))
    await canceled_after(bench, 2, begun)

    result = await bench.run(begun)

    assert (indexes(result), codes(result)) == (([1], [0]), ["generation_canceled"])
    assert sorted(rows[-1] for rows in bench.books) == ["released 40", "settled 40"]
    assert bench.status is GenerationStatus.PARTIAL
    assert_closed(bench.records)
