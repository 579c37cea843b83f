"""When a pursuit stops: what may be paid, tries used up, time over, a store that is away, a lease lost, a cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from onebrush.domain.deployment import Route
from onebrush.domain.errors import FaultKind, StorageUnavailable
from onebrush.domain.event import Event, Usage
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability
from onebrush.domain.money import UsageRecord
from onebrush.engine import resilience
from onebrush.engine.generate import Refused
from onebrush.engine.ports import Change, ClaimGeneration, LeaseLost, MarkSent, RequestCancel
from tests.engine.benches import CENTS, Begun, Bench, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import TEST_KEY, Fate, a_card, a_deployment, a_request, fault, painted

pytestmark = pytest.mark.anyio

TWO = {"acme": (a_deployment(id="first"), a_deployment(id="second"))}
NARROW = {"acme": (a_deployment(concurrency=1),)}
USED: list[Event] = [Usage(record=UsageRecord(output_tokens=10))]
AWAY = [fault(FaultKind.UNAVAILABLE, "away", sent=False)]
GOES_ON = {"painter": Route(fallback=("spare",))}


async def settle() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


async def refused(bench: Bench, begun: Begun) -> Refused:
    with pytest.raises(Refused) as refusal:
        await bench.run(begun)
    return refusal.value


# Nothing that may be paid is bought again


@pytest.mark.parametrize(
    ("kind", "status", "sent", "used"),
    [
        (*case, used)
        for *case, used in product(FaultKind, (None, 200, 400, 429, 500, 503), (True, False), (True, False))
        if case[2] or not used
    ],
)
async def test_no_second_call_is_made_for_a_place_whose_first_one_may_be_paid(
    kind: FaultKind, status: int | None, sent: bool, used: bool, picture_bytes: bytes
) -> None:
    fate = [*(USED if used else []), fault(kind, status=status, sent=sent)]
    cards = (a_card(prices=(CENTS,)), a_card("spare", prices=(CENTS,)))
    bench = a_bench(fate, painted(picture_bytes), cards=cards, live=TWO, routes=GOES_ON)

    begun = await bench.begin(a_request())
    try:
        await bench.run(begun)
    except Refused:
        assert bench.status in (GenerationStatus.FAILED, GenerationStatus.UNKNOWN)

    assert [rows[-1] for rows in bench.books[:-1]] == ["released 40"] * (len(bench.books) - 1)
    assert_closed(bench.records)


@pytest.mark.parametrize(
    "kind", [FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT, FaultKind.BAD_RESPONSE, FaultKind.NO_IMAGE]
)
@pytest.mark.parametrize("decision", [resilience.Next(), resilience.Again(delay=0.1)])
async def test_a_table_that_said_otherwise_would_not_be_heeded(
    kind: FaultKind, decision: resilience.Decision, picture_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resilience, "decide", lambda fault, **known: decision)
    bench = a_bench([fault(kind)], painted(picture_bytes), live=TWO)

    await bench.refusal()

    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]


async def test_a_bug_in_taking_one_place_in_leaves_its_money_open_and_the_others_alone(
    picture_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench(painted(picture_bytes))
    taking = type(bench.engine.pursuit.taking)
    take_in = taking.take_in

    async def breaks(self: object, job: object, served: object, *others: object, **named: object) -> object:
        if served.terms.first == 1:  # type: ignore[attr-defined]  # handed through as it came
            raise RuntimeError("a bug")
        return await take_in(self, job, served, *others, **named)  # type: ignore[arg-type]  # as above

    monkeypatch.setattr(taking, "take_in", breaks)
    result = await bench.generate(a_request(n=3))

    assert (indexes(result), codes(result)) == (([0, 2], [1]), ["internal_error"])
    assert sorted(rows[-1] for rows in bench.books) == ["settled 40", "settled 40", "unresolved 40"]
    assert_closed(bench.records)


# Tries


async def test_of_many_calls_that_fail_at_once_three_are_tried_again() -> None:
    bench = a_bench(AWAY)

    with pytest.raises(Refused):
        await bench.generate(a_request(n=10), TEST_KEY)

    assert len(bench.vendor.bought) == 13
    assert_closed(bench.records)


def gate_of(parties: int) -> Callable[[int], Awaitable[None]]:
    """The first calls leave together."""
    barrier = asyncio.Barrier(parties)

    async def wait(number: int) -> None:
        if number < parties:
            await barrier.wait()

    return wait


async def test_of_many_calls_that_fail_at_once_all_are_made_at_an_account_that_is_well(picture_bytes: bytes) -> None:
    fates: list[Fate] = [[fault(FaultKind.NO_IMAGE, status=404)]] * 10
    bench = a_bench(*fates, painted(picture_bytes), live=TWO)
    bench.vendor.meanwhile = gate_of(10)

    result = await bench.generate(a_request(n=10))

    assert len(result.images) == 10
    assert [deployment.id for _, deployment in bench.vendor.sent] == ["first"] * 10 + ["second"] * 10
    assert_closed(bench.records)


async def test_of_many_calls_that_fail_at_once_three_are_made_at_an_account_that_failed(picture_bytes: bytes) -> None:
    fates: list[Fate] = [[fault(FaultKind.NO_IMAGE, status=404)]] * 10
    bench = a_bench(*fates, painted(picture_bytes), live=TWO)
    bench.vendor.meanwhile = gate_of(10)
    health, second = bench.engine.pursuit.sending.health, TWO["acme"][1]
    health.report(second, "painter", fault(FaultKind.UNAVAILABLE), 0.0)

    result = await bench.generate(a_request(n=10))

    served = [deployment.id for _, deployment in bench.vendor.sent].count("second")
    # The first that serves shows that it is well again.
    assert 3 <= served < 10
    assert (len(result.images), codes(result)) == (served, ["no_image"] * (10 - served))
    assert_closed(bench.records)


# Time


async def test_a_wait_that_does_not_fit_the_deadline_is_not_waited() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=1.5)], seconds=1.0)

    assert codes(await bench.refusal()) == ["rate_limit_exceeded"]
    assert (len(bench.vendor.bought), bench.clock.monotonic()) == (1, 0.0)


async def test_a_call_has_no_more_time_than_the_request(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), seconds=40.0)

    await bench.generate(a_request())

    assert [deployment.timeout for _, deployment in bench.vendor.sent] == [40.0]


async def test_what_gets_no_place_until_the_deadline_is_not_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live=NARROW, seconds=20.0)

    async def slow(_number: int) -> None:
        await bench.clock.sleep(30.0)

    bench.vendor.meanwhile = slow
    result = await bench.generate(a_request(n=3))

    assert (indexes(result), codes(result)) == (([0], [1, 2]), ["rate_limit_exceeded"] * 2)
    assert len(bench.vendor.bought) == 1
    assert sorted(rows[-1] for rows in bench.books) == ["released 40", "released 40", "settled 40"]
    assert_closed(bench.records)


async def test_an_asynchronous_generation_waits_for_a_deployment_that_rests(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    rest = fault(FaultKind.RATE_LIMITED, status=429, retry_after=300)
    bench.engine.pursuit.sending.health.report(a_deployment(), "painter", rest, 0.0)

    assert codes(await bench.refusal()) == ["rate_limit_exceeded"]
    patient = await bench.begin(a_request(asynchronous=True), name="gen_2")
    assert indexes(await bench.run(patient)) == ([0], [])

    assert bench.clock.monotonic() == pytest.approx(300)
    assert len(bench.vendor.bought) == 1


async def test_the_time_of_an_asynchronous_generation_runs_from_its_first_call(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live=NARROW, seconds=20.0)

    async def slow(_number: int) -> None:
        await bench.clock.sleep(30.0)

    bench.vendor.meanwhile = slow
    runs = [await bench.begin(a_request(asynchronous=True), name=f"gen_{number}") for number in range(3)]
    results = await asyncio.gather(*(bench.run(begun) for begun in runs))

    assert [indexes(result) for result in results] == [([0], [])] * 3
    assert bench.clock.monotonic() == pytest.approx(90)


# What cannot be written is not sent


def fail(bench: Bench, error: Exception, *, after: int = 0) -> None:
    """Every MarkSent from the given one on is refused."""
    commit = bench.journal.commit
    marks = 0

    async def refusing(*changes: Change, patient: bool = False) -> None:
        nonlocal marks
        if isinstance(changes[0], MarkSent):
            marks += 1
            if marks > after:
                raise error
        await commit(*changes, patient=patient)

    bench.journal.commit = refusing  # type: ignore[method-assign]  # a journal that fails


async def test_a_call_that_could_not_be_written_down_is_not_sent_and_fails_alone(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    fail(bench, StorageUnavailable("the journal is away"), after=1)

    result = await bench.generate(a_request(n=2))

    assert (indexes(result), codes(result)) == (([0], [1]), ["storage_unavailable"])
    assert len(bench.vendor.sent) == 1
    assert bench.books == [["reserved 40", "sent 40", "settled 40"], ["reserved 40", "released 40"]]
    assert_closed(bench.records)


async def test_a_further_try_that_could_not_be_written_down_keeps_the_books_whole() -> None:
    bench = a_bench(AWAY)
    fail(bench, StorageUnavailable("the journal is away"), after=1)

    assert codes(await bench.refusal()) == ["storage_unavailable"]

    assert bench.books == [["reserved 40", "sent 40", "released 40"], ["reserved 40", "released 40"]]
    assert_closed(bench.records)


async def test_a_process_that_lost_its_lease_sends_nothing_and_settles_nothing(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    begun = await bench.begin(a_request())
    await bench.journal.commit(ClaimGeneration(generation="gen_1", owner="proc_2", former="proc_1"))

    with pytest.raises(LeaseLost):
        await bench.run(begun)

    assert (bench.vendor.sent, bench.record.finished, bench.books) == ([], None, [["reserved 40"]])


async def test_a_process_that_lost_its_lease_in_the_middle_of_a_call_settles_nothing(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    async def claimed(_number: int) -> None:
        await bench.journal.commit(ClaimGeneration(generation="gen_1", owner="proc_2", former="proc_1"))

    bench.vendor.meanwhile = claimed
    with pytest.raises(LeaseLost):
        await bench.generate(a_request())

    assert (bench.record.finished, bench.books) == (None, [["reserved 40", "sent 40"]])
    assert bench.records.artifacts == {}


# Canceled


async def test_what_is_canceled_before_its_first_call_is_never_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    begun = await bench.begin(a_request(n=2))
    begun.job.halt()

    assert (await refused(bench, begun)).error.code == "generation_canceled"

    assert (bench.vendor.sent, bench.status) == ([], GenerationStatus.CANCELED)
    assert bench.books == [["reserved 40", "released 40"]] * 2
    assert_closed(bench.records)


async def test_a_cancel_that_is_only_in_the_record_is_heeded_too(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    begun = await bench.begin(a_request())
    await bench.journal.commit(RequestCancel(generation="gen_1"))

    assert (await refused(bench, begun)).error.code == "generation_canceled"

    assert (bench.vendor.sent, bench.status) == ([], GenerationStatus.CANCELED)
    assert_closed(bench.records)


async def test_a_call_under_way_is_finished_and_delivered_and_the_rest_is_not_sent(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live=NARROW)
    begun = await bench.begin(a_request(n=3))

    async def canceled(_number: int) -> None:
        begun.job.halt()

    bench.vendor.meanwhile = canceled
    result = await bench.run(begun)

    assert (indexes(result), codes(result)) == (([0], [1, 2]), ["generation_canceled"] * 2)
    assert (len(bench.vendor.sent), bench.status) == (1, GenerationStatus.PARTIAL)
    assert sorted(rows[-1] for rows in bench.books) == ["released 40", "released 40", "settled 40"]
    assert_closed(bench.records)


async def test_a_cancel_wakes_a_slot_that_waits_to_try_again() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=1.5)])
    begun = await bench.begin(a_request())
    running = asyncio.create_task(refused(bench, begun))
    await settle()
    begun.job.halt()

    assert (await running).error.code == "generation_canceled"
    assert (len(bench.vendor.sent), bench.clock.monotonic()) == (1, 0.0)
    assert_closed(bench.records)


async def test_a_canceled_generation_is_not_turned_to_anybody_else(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.QUOTA, status=402)], painted(picture_bytes), live=TWO)
    begun = await bench.begin(a_request())

    async def canceled(_number: int) -> None:
        begun.job.halt()

    bench.vendor.meanwhile = canceled
    assert (await refused(bench, begun)).error.code == "generation_canceled"

    assert [deployment.id for _, deployment in bench.vendor.sent] == ["first"]
    assert bench.books == [["reserved 40", "sent 40", "released 40"]]
    assert_closed(bench.records)


async def test_what_was_sent_and_is_not_known_stays_unknown_though_it_was_canceled(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.OUTCOME_UNKNOWN, status=500)], cards=(a_card(capability=Capability()),))
    begun = await bench.begin(a_request())

    async def canceled(_number: int) -> None:
        begun.job.halt()

    bench.vendor.meanwhile = canceled
    assert (await refused(bench, begun)).error.code == "provider_error"

    assert bench.status is GenerationStatus.UNKNOWN
