"""The desk at work: bytes are let go when the last one is served, waiting has an end, work is stopped and taken up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from onebrush.domain.errors import FaultKind, NotFound, OneBrushError, Unavailable
from onebrush.domain.event import Done, Event, Picture
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.ledger import LedgerState
from onebrush.engine.generate import Refused
from onebrush.engine.job import Step
from onebrush.engine.ports import BeginGeneration, KeepReply
from onebrush.engine.progress import LOOK
from onebrush.kit.blobs import Blob, Scope
from tests.engine.benches import Bench, Stores, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import SPOOL, a_deployment, a_request, fault, painted
from tests.engine.test_desk import answer, come, hold, ids, settle
from tests.engine.test_recovery import another, killed, left_of

pytestmark = pytest.mark.anyio

LINK = "https://pictures.example/one.png"
LINKED: list[Event] = [Picture(source=LINK), Done()]


def a_linked_bench(data: bytes) -> Bench:
    """Its pictures are fetched into the scope of the generation."""
    bench = a_bench(LINKED)
    bench.vendor.links = {LINK: data}
    return bench


def is_closed(blob: Blob) -> bool:
    try:
        return blob.read() == b""
    except ValueError:
        return True


def a_scope() -> tuple[Scope, Blob]:
    """A scope, and a picture in it that tells whether it was closed."""
    scope = Scope(SPOOL)
    return scope, scope.from_bytes(b"given")


# Bytes


async def test_the_bytes_stay_until_the_last_one_is_served(picture_bytes: bytes) -> None:
    bench = a_linked_bench(picture_bytes)
    go = hold(bench)
    scope, given = a_scope()
    tickets = [await come(bench, idempotency="order-1", scope=scope)]
    tickets += [await come(bench, idempotency="order-1") for _ in range(2)]
    go.set()
    results = [await answer(bench, ticket) for ticket in tickets]

    for ticket, result in zip(tickets, results, strict=True):
        assert result.images[0].blob.read() == picture_bytes
        assert given.read() == b"given"
        bench.desk.leave(ticket, served=True)

    assert is_closed(results[0].images[0].blob)
    assert is_closed(given)


async def test_the_bytes_stay_until_the_work_is_over_though_everybody_is_gone(picture_bytes: bytes) -> None:
    bench = a_linked_bench(picture_bytes)
    go = hold(bench)
    scope, given = a_scope()
    bench.desk.leave(await come(bench, scope=scope), served=False)
    await settle()
    assert given.read() == b"given"
    go.set()
    await asyncio.wait(bench.desk.tasks)
    await settle()

    assert is_closed(given)
    assert list(bench.objects.files.values()) == [picture_bytes]


async def test_who_joins_leaves_its_own_bytes_at_the_end(picture_bytes: bytes) -> None:
    bench = a_linked_bench(picture_bytes)
    go = hold(bench)
    first = await come(bench, idempotency="order-1")
    scope, given = a_scope()
    beside = await come(bench, idempotency="order-1", scope=scope)
    go.set()
    result = await answer(bench, beside)
    bench.desk.leave(beside, served=True)

    assert is_closed(given) and not is_closed(result.images[0].blob)
    bench.desk.leave(first, served=True)
    assert is_closed(result.images[0].blob)


async def test_an_answer_from_the_record_is_let_go_of_with_its_connection(picture_bytes: bytes) -> None:
    bench = a_linked_bench(picture_bytes)
    first = await come(bench, idempotency="order-1")
    await answer(bench, first)
    bench.desk.leave(first, served=True)
    await settle()
    scope, given = a_scope()
    again = await come(bench, idempotency="order-1", scope=scope)
    result = await answer(bench, again)

    assert not is_closed(result.images[0].blob)
    bench.desk.leave(again, served=True)
    assert is_closed(result.images[0].blob) and is_closed(given)


@pytest.mark.parametrize("wrong", ["request", "key", "store"])
async def test_who_is_not_let_in_leaves_nothing_behind(wrong: str, picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await come(bench, idempotency="order-1")
    scope, given = a_scope()
    if wrong == "store":
        bench.objects.room = False
    request = a_request(strict=wrong == "request", fields={"quality": "high"})
    digest = "other" if wrong == "key" else "body"
    name = "order-1" if wrong == "key" else "order-2"

    with pytest.raises(OneBrushError):
        await come(bench, scope=scope, request=request, idempotency=name, digest=digest)

    assert is_closed(given)
    await bench.desk.drain(1)
    assert bench.desk.roster.entries == {}


# Waiting


async def test_who_waits_no_longer_has_the_record_meanwhile_and_the_answer_later(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    ticket = await come(bench)

    assert await bench.desk.result(ticket, 0) is None
    assert await bench.desk.result(ticket, 0.01) is None
    go.set()
    assert indexes(await answer(bench, ticket)) == ([0], [])


async def test_who_waits_for_another_process_looks_at_the_record(picture_bytes: bytes) -> None:
    stores = Stores()
    one, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))
    go = hold(one)
    ticket = await come(one, idempotency="order-1")
    elsewhere = await come(other, idempotency="order-1")

    assert await other.desk.result(elsewhere, 3 * LOOK) is None
    waiting = asyncio.create_task(answer(other, elsewhere))
    await settle()
    go.set()

    assert ids(await answer(one, ticket)) == ids(await waiting)
    assert (elsewhere.joined, other.vendor.bought) == (True, [])


async def test_a_record_that_is_deleted_while_it_is_waited_for_is_told(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    ticket = await come(bench, idempotency="order-1", name="gen_1")
    await answer(bench, ticket)
    await settle()
    again = await come(bench, idempotency="order-1")
    await bench.archive.forget("gen_1")

    with pytest.raises(NotFound):
        await bench.desk.result(again)


async def steps_of(bench: Bench, name: str) -> list[Step]:
    return [step async for step in bench.desk.steps(name)]


async def test_progress_is_told_until_the_end(picture_bytes: bytes) -> None:
    bench = a_bench(
        painted(picture_bytes), [fault(FaultKind.CONTENT_BLOCKED, status=400)],
        live={"acme": (a_deployment(concurrency=1),)},
    )  # fmt: skip
    go = hold(bench)
    await come(bench, name="gen_1", request=a_request(n=2, asynchronous=True))
    watching = asyncio.create_task(steps_of(bench, "gen_1"))
    await settle()
    go.set()

    steps = await watching

    counts = [(step.done, step.failed, step.of) for step in steps]
    assert counts[0] == (0, 0, 2) and counts[-1] in ((1, 0, 2), (1, 1, 2))
    assert counts == sorted(counts)
    assert all(not step.status.finished or step is steps[-1] for step in steps)
    assert bench.status is GenerationStatus.PARTIAL


async def test_progress_of_another_processs_work_is_its_records(picture_bytes: bytes) -> None:
    stores = Stores()
    one, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))
    go = hold(one)
    ticket = await come(one, name="gen_1")
    watching = asyncio.create_task(steps_of(other, "gen_1"))
    await settle()
    go.set()
    await answer(one, ticket)

    assert [step.status for step in await watching] == [GenerationStatus.RUNNING]


@pytest.mark.parametrize("state", [LedgerState.SETTLED, LedgerState.UNRESOLVED])
@pytest.mark.parametrize("name", [{"idempotency": "order-1"}, {"retried": True}], ids=["by its key", "by an SDK"])
async def test_a_failed_generation_that_is_or_may_be_paid_is_not_bought_anew(
    state: LedgerState, name: dict[str, Any], picture_bytes: bytes
) -> None:
    bench = a_bench([fault(FaultKind.BAD_REQUEST, status=400)], painted(picture_bytes))
    with pytest.raises(Refused):
        await answer(bench, await come(bench, name="gen_1", **name))
    await settle()
    bench.records.ledger[-1] = replace(bench.records.ledger[-1], state=state)
    bench.objects.room = False  # the record answers: nothing is begun that the stores would have to refuse

    again = await come(bench, **name)
    with pytest.raises(Refused):
        await bench.desk.result(again)

    assert (again.generation, again.joined, bench.status) == ("gen_1", True, GenerationStatus.FAILED)
    assert len(bench.vendor.bought) == 1


async def test_what_is_over_has_no_progress(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await answer(bench, await come(bench, name="gen_1"))
    await settle()

    assert await steps_of(bench, "gen_1") == []


# Stopping


async def test_a_cancel_is_heard_by_the_work_and_written_down(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live={"acme": (a_deployment(concurrency=1),)})
    go = hold(bench)
    ticket = await come(bench, name="gen_1", request=a_request(n=3))
    await settle()
    await bench.desk.cancel(bench.record)
    await bench.desk.cancel(bench.record)
    assert bench.record.cancel
    go.set()

    result = await answer(bench, ticket)

    assert (indexes(result), codes(result)) == (([0], [1, 2]), ["generation_canceled"] * 2)
    assert len(bench.vendor.bought) == 1
    assert_closed(bench.records)


async def test_a_cancel_of_what_is_over_changes_nothing(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await answer(bench, await come(bench, name="gen_1"))
    await settle()
    before = bench.record

    await bench.desk.cancel(before)

    assert bench.record == before


async def test_a_gateway_that_is_stopped_takes_no_new_work_and_lets_repeats_in(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    heard = await come(bench, idempotency="order-1")
    first = await answer(bench, heard)
    await settle()
    go = hold(bench)
    running = await come(bench, idempotency="order-2")
    bench.desk.close_door()

    scope, given = a_scope()
    with pytest.raises(Unavailable) as refused:
        await come(bench, idempotency="order-3", scope=scope)
    assert (refused.value.status, refused.value.retry_after) == (503, 2)
    assert is_closed(given)
    assert ids(await answer(bench, await come(bench, idempotency="order-1"))) == ids(first)
    beside = await come(bench, idempotency="order-2")
    go.set()
    assert ids(await answer(bench, beside)) == ids(await answer(bench, running))
    assert len(bench.vendor.bought) == 2


async def test_draining_waits_for_what_is_at_work(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    for _ in range(20):
        await come(bench)
    draining = asyncio.create_task(bench.desk.drain(600.0))
    await settle()
    assert not draining.done()
    go.set()
    await draining

    assert_closed(bench.records)
    assert len(bench.records.artifacts) == 20


# Taking up


async def test_what_is_taken_up_is_finished_and_found_by_its_repeats(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), a_request(asynchronous=True), BeginGeneration)
    second = another(first, painted(picture_bytes))
    (generation,) = await left_of(second)
    go = hold(second)
    await second.desk.adopt(generation)
    await second.desk.adopt(generation)

    again = await come(second, retried=True)
    go.set()

    assert (again.joined, again.generation) == (True, "gen_1")
    assert indexes(await answer(second, again)) == ([0], [])
    assert len(second.vendor.bought) == 1
    assert_closed(second.records)


async def test_a_dropped_request_that_is_taken_up_is_joined_by_its_equal(picture_bytes: bytes) -> None:
    first = await killed(a_bench(painted(picture_bytes)), a_request(), KeepReply)
    second = another(first)
    (generation,) = await left_of(second)
    await second.desk.adopt(generation)
    await asyncio.wait(second.desk.tasks)
    await settle()

    again = await come(second)

    assert (again.joined, again.generation) == (True, "gen_1")
    assert (await answer(second, again)).images[0].blob.read() == picture_bytes
    assert second.vendor.bought == []


async def test_what_is_taken_up_lets_its_bytes_go_when_it_is_over(picture_bytes: bytes) -> None:
    first = await killed(a_bench(LINKED), a_request(), KeepReply)
    second = another(first)
    second.vendor.links = {LINK: picture_bytes}
    (generation,) = await left_of(second)
    await second.desk.adopt(generation)
    (entry,) = second.desk.roster.entries.values()
    fetched: list[Blob] = []
    keep = entry.scope.from_bytes

    def noting(data: bytes) -> Blob:
        fetched.append(keep(data))
        return fetched[-1]

    entry.scope.from_bytes = noting  # type: ignore[method-assign]  # to see what it holds
    await asyncio.wait(second.desk.tasks)
    await settle()

    assert [is_closed(blob) for blob in fetched] == [True]
    assert second.desk.roster.entries == {}
