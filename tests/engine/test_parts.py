"""A slot split into parts at another model, and waits where nobody can serve: each part ends by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from onebrush.domain.deployment import Route
from onebrush.domain.errors import FaultKind, StorageUnavailable
from onebrush.domain.event import Event, Fault
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability
from onebrush.domain.money import Money, Price
from onebrush.engine.ports import Change, ClaimGeneration, LeaseLost, MarkSent
from tests.engine.benches import CENTS, Bench, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import a_card, a_deployment, a_request, fault, painted
from tests.engine.test_desk import answer, come, settle

pytestmark = pytest.mark.anyio

PAIRS = a_card(capability=Capability(native_count=4, max_references=4), prices=(CENTS,))
DEAR = Price(unit="image", money=Money(nano=90_000_000, currency="USD"))
FALLS_BACK = {"painter": Route(fallback=("spare",))}
HOUSE: dict[str, Any] = {"cards": (PAIRS, a_card("spare", prices=(DEAR,))), "routes": FALLS_BACK}
NARROW: dict[str, Any] = {"live": {"acme": (a_deployment(concurrency=1),)}}
BOUGHT, UNSENT = ["reserved 90", "sent 90", "settled 90"], ["reserved 90", "released 90"]

refusals = pytest.mark.parametrize(
    "refused",
    [fault(FaultKind.NO_IMAGE, status=404), fault(FaultKind.UNAVAILABLE, status=503, retry_after=60)],
    ids=["404", "503"],
)


def hold_mark(bench: Bench, number: int, until: Any, error: Exception | None = None) -> None:
    """The MarkSent of that number is written once `until` says so, or fails then."""
    commit = bench.journal.commit
    marks = 0

    async def late(*changes: Change, patient: bool = False) -> None:
        nonlocal marks
        marks += isinstance(changes[0], MarkSent)
        if isinstance(changes[0], MarkSent) and marks == number:
            for _ in range(100_000):
                if until():
                    break
                await asyncio.sleep(0)
            assert until()
            if error is not None:
                raise error
        await commit(*changes, patient=patient)

    bench.journal.commit = late  # type: ignore[method-assign]  # a journal that is slow, or fails


def assert_every_picture_has_its_row(bench: Bench) -> None:
    assert sorted(row.location for row in bench.records.artifacts.values()) == sorted(bench.objects.files)


# Parts of a slot


@refusals
async def test_a_part_that_could_not_be_written_down_takes_no_paid_part_along(
    refused: Fault, picture_bytes: bytes
) -> None:
    bench = a_bench([refused], painted(picture_bytes), **HOUSE)
    hold_mark(bench, 3, lambda: bench.objects.files, StorageUnavailable("the journal is away"))

    result = await bench.generate(a_request(n=2))

    assert (indexes(result), codes(result)) == (([0], [1]), ["storage_unavailable"])
    assert result.images[0].blob.read() == picture_bytes
    assert [row.id for row in bench.records.artifacts.values()] == [result.images[0].artifact.id]
    assert [(asked.model, asked.n) for asked in bench.vendor.bought] == [("painter", 2), ("spare", 1)]
    assert bench.books == [["reserved 80", "sent 80", "released 80"], BOUGHT, UNSENT]
    assert bench.status is GenerationStatus.PARTIAL
    assert_every_picture_has_its_row(bench)
    assert_closed(bench.records)


async def test_a_bug_in_one_part_takes_no_paid_part_along(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.NO_IMAGE, status=404)], painted(picture_bytes), **HOUSE)
    hold_mark(bench, 3, lambda: bench.objects.files, RuntimeError("a bug"))

    result = await bench.generate(a_request(n=2))

    assert (indexes(result), codes(result)) == (([0], [1]), ["internal_error"])
    assert_every_picture_has_its_row(bench)
    assert_closed(bench.records)


@refusals
async def test_a_cancel_while_a_part_is_at_the_vendor_loses_no_picture(refused: Fault, picture_bytes: bytes) -> None:
    bench = a_bench([refused], painted(picture_bytes), **HOUSE, **NARROW)
    reached, go = asyncio.Event(), asyncio.Event()

    async def wait(number: int) -> None:
        if number == 2:
            reached.set()
            await go.wait()

    bench.vendor.meanwhile = wait
    before = asyncio.all_tasks()
    ticket = await come(bench, name="gen_1", request=a_request(n=3))
    await reached.wait()
    await bench.desk.cancel(bench.record)
    await settle()
    assert bench.desk.tasks, "a part is at the vendor, and nobody waits for it"
    go.set()

    result = await answer(bench, ticket)

    assert (indexes(result), codes(result)) == (([0, 1], [2]), ["generation_canceled"])
    assert [row.index for row in bench.records.artifacts.values()] == [0, 1]
    assert bench.books == [["reserved 120", "sent 120", "released 120"], BOUGHT, BOUGHT]
    assert bench.status is GenerationStatus.PARTIAL
    assert_every_picture_has_its_row(bench)
    assert_closed(bench.records)
    await settle()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("house", [{}, HOUSE], ids=["slots", "parts"])
async def test_a_lost_lease_is_told_once_every_call_has_ended(house: dict[str, Any], picture_bytes: bytes) -> None:
    first = [[fault(FaultKind.NO_IMAGE, status=404)]] if house else []
    bench = a_bench(*first, painted(picture_bytes), **house)
    begun = await bench.begin(a_request(n=2))
    reached, go = asyncio.Event(), asyncio.Event()

    async def wait(number: int) -> None:
        if number == len(first):
            reached.set()
            await go.wait()

    bench.vendor.meanwhile = wait
    hold_mark(bench, len(first) + 2, reached.is_set, LeaseLost())
    running = asyncio.create_task(bench.run(begun))
    await reached.wait()
    await bench.journal.commit(ClaimGeneration(generation="gen_1", owner="proc_2", former="proc_1"))
    await settle()
    assert not running.done()
    go.set()

    with pytest.raises(LeaseLost):
        await running
    assert bench.records.artifacts == {}
    assert bench.record.finished is None


# Waiting where nobody can serve


EDITS = a_card("spare", capability=Capability(text_to_image=False, min_references=1, max_references=1))
ALONE: dict[str, Any] = {}
IN_VAIN: dict[str, Any] = {"cards": (a_card(prices=(CENTS,)), EDITS), "routes": FALLS_BACK}

fallbacks = pytest.mark.parametrize("house", [ALONE, IN_VAIN], ids=["alone", "a fallback that cannot"])
passing = pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"), (FaultKind.UNAVAILABLE, 503, "provider_unavailable")],
)


def rest(bench: Bench, kind: FaultKind) -> None:
    bench.engine.pursuit.sending.health.report(a_deployment(), "painter", fault(kind, retry_after=300), 0.0)


@fallbacks
@passing
async def test_an_asynchronous_generation_waits_for_who_rests(
    kind: FaultKind, status: int, code: str, house: dict[str, Any], picture_bytes: bytes
) -> None:
    bench = a_bench(painted(picture_bytes), **house)
    rest(bench, kind)

    told = (await bench.refusal()).failures[0].error
    assert (told.status, told.code, bench.clock.monotonic()) == (status, code, 0.0)
    patient = await bench.begin(a_request(asynchronous=True), name="gen_2")
    assert indexes(await bench.run(patient)) == ([0], [])

    assert bench.clock.monotonic() == pytest.approx(300)
    assert len(bench.vendor.bought) == 1
    assert_closed(bench.records)


@fallbacks
async def test_an_asynchronous_generation_waits_for_who_limits_the_rate(
    house: dict[str, Any], picture_bytes: bytes
) -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=30)], painted(picture_bytes), **house)

    patient = await bench.begin(a_request(asynchronous=True))
    assert indexes(await bench.run(patient)) == ([0], [])

    assert bench.clock.monotonic() == pytest.approx(30)
    assert [asked.model for asked in bench.vendor.bought] == ["painter", "painter"]
    assert bench.books == [["reserved 40", "sent 40", "released 40"], ["reserved 40", "sent 40", "settled 40"]]
    assert_closed(bench.records)


@fallbacks
async def test_a_synchronous_request_is_told_of_who_limits_the_rate(house: dict[str, Any]) -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=30)], **house)

    assert codes(await bench.refusal()) == ["rate_limit_exceeded"]
    assert (len(bench.vendor.bought), bench.clock.monotonic()) == (1, 0.0)


@fallbacks
async def test_a_synchronous_request_does_not_hammer_who_limits_the_rate(house: dict[str, Any]) -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=1)], **house)

    assert codes(await bench.refusal()) == ["rate_limit_exceeded"]
    assert len(bench.vendor.bought) == 2


async def test_what_limits_the_rate_for_ever_is_waited_for_until_the_deadline() -> None:
    limited: list[Event] = [fault(FaultKind.RATE_LIMITED, status=429, retry_after=100)]
    bench = a_bench(limited, seconds=450.0)

    assert codes(await bench.refusal(asynchronous=True)) == ["rate_limit_exceeded"]

    assert len(bench.vendor.bought) == 5
    assert bench.clock.monotonic() <= 450
    assert_closed(bench.records)


async def test_a_vendor_that_names_no_wait_worth_the_name_is_not_hammered() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=0)])

    assert codes(await bench.refusal(asynchronous=True)) == ["rate_limit_exceeded"]

    assert len(bench.vendor.bought) < 50
    assert 600 < bench.clock.monotonic() <= 900


async def test_a_cancel_ends_the_wait_for_who_limits_the_rate() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=30)])
    begun = await bench.begin(a_request(asynchronous=True))

    async def canceled(_number: int) -> None:
        begun.job.halt()

    bench.vendor.meanwhile = canceled
    running = asyncio.create_task(bench.run(begun))
    await asyncio.wait({running})

    assert running.exception() is not None
    assert (bench.status, len(bench.vendor.bought)) == (GenerationStatus.CANCELED, 1)
    assert_closed(bench.records)
