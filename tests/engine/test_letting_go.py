"""A gateway that stops: what was sent is brought home, what was not is left as it stands for the next start."""

from __future__ import annotations

import asyncio

import pytest

from onebrush.domain.errors import ProviderError
from onebrush.domain.generation import GenerationStatus
from onebrush.engine.ports import BeginGeneration, Change, FinishGeneration, KeepTask, MarkSent
from onebrush.engine.recovery import CUT_OFF
from tests.engine.benches import Bench, a_bench, assert_closed, indexes
from tests.engine.doubles import a_deployment, a_request, painted
from tests.engine.test_desk import answer, come, hold, settle
from tests.engine.test_recovery import PENDING, TASK, another, killed, left_of

pytestmark = pytest.mark.anyio

LATER = a_request(asynchronous=True)


def a_narrow_bench(data: bytes) -> Bench:
    """One call at a time."""
    return a_bench(painted(data), live={"acme": (a_deployment(concurrency=1),)})


def hold_change(bench: Bench, kind: type[Change]) -> tuple[asyncio.Event, asyncio.Event]:
    """Changes of that kind are written when the second event is set; the first one is set when one is to be."""
    commit, reached, go = bench.journal.commit, asyncio.Event(), asyncio.Event()

    async def late(*changes: Change, patient: bool = False) -> None:
        if isinstance(changes[0], kind):
            reached.set()
            await go.wait()
        await commit(*changes, patient=patient)

    bench.journal.commit = late  # type: ignore[method-assign]  # a disk that is slow
    return reached, go


def marks(bench: Bench) -> int:
    return bench.changes.count("MarkSent")


# The door


async def test_asynchronous_generations_of_which_nothing_was_sent_are_let_go(picture_bytes: bytes) -> None:
    bench = a_narrow_bench(picture_bytes)
    go = hold(bench)
    sent = await come(bench, name="gen_sent", request=LATER)
    await settle()
    queued = [await come(bench, name=f"gen_{number}", request=LATER) for number in (1, 2)]
    await settle()

    bench.desk.close_door()
    await settle()

    rows = bench.records.generations
    assert [rows[f"gen_{number}"].status for number in (1, 2)] == [GenerationStatus.QUEUED] * 2
    assert bench.desk.roster.entries.keys() == {"gen_sent"}
    assert [await bench.desk.result(ticket) for ticket in queued] == [None, None]
    go.set()
    assert indexes(await answer(bench, sent)) == ([0], [])
    await settle()
    assert (len(bench.vendor.bought), marks(bench)) == (1, 1)
    assert [row.id for row in await left_of(bench)] == ["gen_1", "gen_2"]


async def test_what_was_let_go_is_bought_once_by_the_next_start(picture_bytes: bytes) -> None:
    bench = a_narrow_bench(picture_bytes)
    go = hold(bench)
    await come(bench, name="gen_sent", request=LATER)
    await settle()
    await come(bench, name="gen_1", request=LATER)
    await settle()
    bench.desk.close_door()
    go.set()
    await bench.desk.drain(600.0)
    following = another(bench, painted(picture_bytes))

    (left,) = await left_of(following)
    await following.desk.adopt(left)
    await following.desk.drain(600.0)

    assert (len(bench.vendor.bought), len(following.vendor.bought)) == (1, 1)
    assert {row.status for row in bench.records.generations.values()} == {GenerationStatus.SUCCEEDED}
    assert_closed(bench.records)


async def test_a_synchronous_request_that_waits_for_its_place_is_served_though_the_door_is_closed(
    picture_bytes: bytes,
) -> None:
    bench = a_narrow_bench(picture_bytes)
    go = hold(bench)
    tickets = [await come(bench) for _ in range(2)]
    await settle()

    bench.desk.close_door()
    go.set()

    assert [indexes(await answer(bench, ticket)) for ticket in tickets] == [([0], [])] * 2


async def test_a_generation_that_is_just_being_written_down_as_sent_goes_on(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    reached, go = hold_change(bench, MarkSent)
    ticket = await come(bench, request=LATER)
    await reached.wait()

    bench.desk.close_door()
    await settle()
    go.set()

    assert indexes(await answer(bench, ticket)) == ([0], [])
    assert (len(bench.vendor.bought), marks(bench)) == (1, 1)
    assert_closed(bench.records)


async def test_a_task_of_another_process_that_is_asked_about_goes_on(picture_bytes: bytes) -> None:
    first = await killed(a_bench(PENDING, **TASK), LATER, KeepTask)
    stopping = another(first, painted(picture_bytes), **TASK)
    go = hold(stopping)
    (generation,) = await left_of(stopping)
    await stopping.desk.adopt(generation)
    await settle()

    stopping.desk.close_door()
    await settle()
    go.set()
    await stopping.desk.drain(600.0)

    assert (stopping.status, stopping.vendor.bought) == (GenerationStatus.SUCCEEDED, [])
    assert_closed(stopping.records)


async def test_a_caller_that_waits_for_what_is_let_go_is_given_the_record(picture_bytes: bytes) -> None:
    bench = a_narrow_bench(picture_bytes)
    go = hold(bench)
    await come(bench, request=LATER)
    await settle()
    ticket = await come(bench, request=LATER)
    waiting = asyncio.create_task(bench.desk.result(ticket))
    await settle()

    bench.desk.close_door()
    await settle()

    assert waiting.done() and waiting.result() is None
    go.set()
    await bench.desk.drain(600.0)


async def test_who_stops_takes_nothing_up(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), LATER, BeginGeneration)
    stopping = another(first, painted(picture_bytes))
    (generation,) = await left_of(stopping)
    stopping.desk.close_door()

    await stopping.desk.adopt(generation)
    await settle()

    assert (stopping.record.owner, stopping.desk.tasks, stopping.changes) == ("proc_1", set(), [])
    assert [left.id for left in await left_of(stopping)] == ["gen_1"]


# The end


async def test_past_its_time_everything_is_let_go_and_nothing_more_is_sent(picture_bytes: bytes) -> None:
    bench = a_narrow_bench(picture_bytes)
    go = hold(bench)
    tickets = [await come(bench) for _ in range(3)]
    await settle()

    await bench.desk.drain(0)

    assert (bench.desk.draining, bench.desk.tasks) == (True, set())
    go.set()
    await settle()
    assert (marks(bench), len(bench.vendor.sent)) == (1, 1)
    assert [row.finished for row in bench.records.generations.values()] == [None] * 3
    for ticket in tickets:
        with pytest.raises(ProviderError) as told:
            await bench.desk.result(ticket)
        assert (told.value.message, told.value.retry) == (CUT_OFF, False)


async def test_an_asynchronous_caller_of_what_is_cut_off_is_given_the_record(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    hold(bench)
    ticket = await come(bench, name="gen_1", request=LATER)
    await settle()

    await bench.desk.drain(0)

    assert await bench.desk.result(ticket) is None
    assert (bench.record.finished, len(bench.vendor.sent)) == (None, 1)


async def test_the_time_to_drain_runs_from_when_it_was_first_asked(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    reached, go = hold_change(bench, FinishGeneration)
    await come(bench)
    await reached.wait()
    bench.clock.advance(100.0)
    await bench.desk.drain(0)
    assert bench.engine.closing, "a record is still being closed, which nobody may cancel"

    async with asyncio.timeout(5):
        await bench.desk.drain(600.0)

    go.set()
    await settle()
    assert_closed(bench.records)


async def test_draining_waits_for_records_that_are_being_closed(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    reached, go = hold_change(bench, FinishGeneration)
    await come(bench)
    await reached.wait()
    (working,) = bench.desk.tasks
    working.cancel()  # as where a caller was told already
    await settle()
    draining = asyncio.create_task(bench.desk.drain(600.0))
    await settle()
    assert not draining.done()
    go.set()
    await draining

    assert_closed(bench.records)
