"""The desk: equal requests under one name are one purchase, whoever comes, goes, waits or comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from onebrush.domain.errors import FaultKind, InvalidRequest, KeyReused, NotFound
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.result import GenerationResult
from onebrush.engine.desk import Ticket
from onebrush.engine.generate import Refused
from onebrush.engine.identity import Identity
from onebrush.engine.ports import Change, FinishGeneration
from onebrush.kit.blobs import Scope
from tests.engine.benches import Bench, Stores, a_bench, assert_closed, indexes
from tests.engine.doubles import LIVE_KEY, SPOOL, a_request, fault, painted

pytestmark = pytest.mark.anyio

NAMES = iter(range(10**6))


async def come(bench: Bench, **changes: Any) -> Ticket:
    """A connection with a request of its own name; equal bodies, unless said otherwise."""
    who = changes.pop("key", LIVE_KEY)
    name = changes.pop("name", f"gen_{next(NAMES)}")
    scope = changes.pop("scope", None) or Scope(SPOOL)
    request = changes.pop("request", None) or a_request()
    identity = Identity(**{"digest": "body", **changes})
    return await bench.desk.enter(request, who, name, scope, identity, "http://gateway")


async def answer(bench: Bench, ticket: Ticket) -> GenerationResult:
    result = await bench.desk.result(ticket)
    assert result is not None
    return result


def hold(bench: Bench) -> asyncio.Event:
    """The vendor answers when the event is set."""
    event = asyncio.Event()

    async def wait(_number: int) -> None:
        await event.wait()

    bench.vendor.meanwhile = wait
    return event


async def settle() -> None:
    for _ in range(40):
        await asyncio.sleep(0)


def ids(result: GenerationResult) -> list[str]:
    return [image.artifact.id for image in result.images]


# Repeats under an Idempotency-Key


async def test_a_hundred_equal_requests_under_one_key_are_one_purchase_and_one_answer(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    tickets = await asyncio.gather(*(come(bench, idempotency="order-1") for _ in range(100)))
    results = await asyncio.gather(*(answer(bench, ticket) for ticket in tickets))

    assert len(bench.vendor.bought) == 1
    assert {ticket.generation for ticket in tickets} == {tickets[0].generation}
    assert [ticket.joined for ticket in tickets].count(False) == 1
    assert all(result == results[0] for result in results)
    assert_closed(bench.records)


async def test_another_body_under_the_same_key_is_refused_while_it_runs_and_after(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    ticket = await come(bench, idempotency="order-1")

    with pytest.raises(KeyReused):
        await come(bench, idempotency="order-1", digest="other")
    go.set()
    await answer(bench, ticket)
    bench.desk.leave(ticket, served=True)
    with pytest.raises(KeyReused):
        await come(bench, idempotency="order-1", digest="other")

    assert len(bench.vendor.bought) == 1


async def test_the_same_key_of_another_caller_is_another_name(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    other = ApiKey(id="key_other", mode=Mode.LIVE)

    for key in (LIVE_KEY, other):
        assert not (await come(bench, key=key, idempotency="order-1")).joined
    await bench.desk.drain(1)

    assert len(bench.vendor.bought) == 2


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_repeat_after_the_end_has_the_answer_of_the_record(restarted: bool, picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    ticket = await come(bench, idempotency="order-1")
    first = await answer(bench, ticket)
    bench.desk.leave(ticket, served=True)
    await settle()
    if restarted:
        bench = a_bench(stores=bench.stores, process="proc_2")

    again = await come(bench, idempotency="order-1")
    second = await answer(bench, again)

    assert (again.joined, again.generation) == (True, ticket.generation)
    assert ids(second) == ids(first)
    assert second.images[0].blob.read() == picture_bytes
    assert len(bench.records.attempts) == 1


async def test_a_repeat_a_day_later_is_a_new_purchase(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await answer(bench, await come(bench, idempotency="order-1"))
    bench.clock.advance(86_401)

    await answer(bench, await come(bench, idempotency="order-1"))

    assert len(bench.vendor.bought) == 2


@pytest.mark.parametrize("kind", [FaultKind.BAD_REQUEST, FaultKind.QUOTA])
async def test_what_failed_without_buying_is_asked_anew(kind: FaultKind, picture_bytes: bytes) -> None:
    bench = a_bench([fault(kind, status=403)], painted(picture_bytes))
    with pytest.raises(Refused):
        await answer(bench, await come(bench, idempotency="order-1"))
    await settle()
    bench.clock.advance(301)

    again = await come(bench, idempotency="order-1")

    assert not again.joined
    assert indexes(await answer(bench, again)) == ([0], [])


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(FaultKind.OUTCOME_UNKNOWN, 500, "provider_error"), (FaultKind.NO_IMAGE, 200, "no_image")],
)
async def test_what_may_be_paid_is_not_bought_anew_by_its_repeats(
    kind: FaultKind, status: int, code: str, picture_bytes: bytes
) -> None:
    bench = a_bench([fault(kind, "broke", status=status)], painted(picture_bytes))
    errors = []
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            await answer(bench, await come(bench, idempotency="order-1"))
        errors.append((refused.value.error.code, refused.value.error.message, refused.value.error.retry))
        await settle()

    assert len(bench.vendor.bought) == 1
    assert len(set(errors)) == 1 and errors[0][0] == code and errors[0][2] is False


async def test_a_repeat_whose_pictures_are_gone_is_told_so(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await answer(bench, await come(bench, idempotency="order-1"))
    await settle()
    bench.objects.files.clear()

    with pytest.raises(NotFound):
        await answer(bench, await come(bench, idempotency="order-1"))
    assert len(bench.vendor.bought) == 1


async def test_what_cannot_be_asked_frees_its_name_and_is_told_to_all_who_came_with_it(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    wrong = a_request(fields={"quality": "high"}, strict=True)

    told = await asyncio.gather(
        *(come(bench, idempotency="order-1", request=wrong) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(error, InvalidRequest) for error in told)

    assert not (await come(bench, idempotency="order-1")).joined
    assert bench.desk.roster.entries.keys() == bench.records.generations.keys()


# Repeats without one


async def test_two_live_connections_with_equal_bodies_are_two_purchases(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    one, other = await come(bench), await come(bench)

    assert one.generation != other.generation
    assert ids(await answer(bench, one)) != ids(await answer(bench, other))
    assert len(bench.vendor.bought) == 2


async def test_an_sdks_own_retry_joins_what_runs_and_what_ended_a_moment_ago(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    first = await come(bench)
    beside = await come(bench, retried=True)
    go.set()
    results = [await answer(bench, first), await answer(bench, beside)]
    await settle()
    after = await come(bench, retried=True)
    results.append(await answer(bench, after))

    assert (first.joined, beside.joined, after.joined) == (False, True, True)
    assert [ids(result) for result in results] == [ids(results[0])] * 3
    assert len(bench.vendor.bought) == 1


async def test_an_sdks_retry_long_after_the_end_is_a_new_purchase(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await answer(bench, await come(bench))
    bench.clock.advance(601)

    assert not (await come(bench, retried=True)).joined


async def test_a_request_whose_caller_hung_up_is_joined_by_its_repeat(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    dropped = await come(bench)
    bench.desk.leave(dropped, served=False)
    await settle()

    again = await come(bench)
    go.set()

    assert (again.joined, again.generation) == (True, dropped.generation)
    assert indexes(await answer(bench, again)) == ([0], [])
    assert (len(bench.vendor.bought), bench.records.generations[again.generation].dropped) == (1, True)


async def test_once_its_caller_is_back_an_equal_request_is_another_one(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    go = hold(bench)
    bench.desk.leave(await come(bench), served=False)
    back = await come(bench)
    other = await come(bench)
    go.set()

    assert (back.joined, other.joined) == (True, False)
    assert ids(await answer(bench, back)) != ids(await answer(bench, other))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_ended_unheard_is_joined_for_ten_minutes(when: str, picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    unheard = await come(bench)
    if when == "before":
        bench.desk.leave(unheard, served=False)
    await asyncio.wait(bench.desk.tasks)
    await settle()
    if when == "after":
        bench.desk.leave(unheard, served=False)  # its answer broke off on its way
    bench.clock.advance(599)

    again = await come(bench)

    assert (again.joined, again.generation) == (True, unheard.generation)
    assert indexes(await answer(bench, again)) == ([0], [])
    bench.desk.leave(again, served=True)
    assert not (await come(bench)).joined


async def test_a_repeat_that_hangs_up_as_well_is_joined_again(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    unheard = await come(bench)
    bench.desk.leave(unheard, served=False)
    await asyncio.wait(bench.desk.tasks)
    await settle()

    for _ in range(3):
        again = await come(bench)
        assert again.generation == unheard.generation
        bench.desk.leave(again, served=False)

    assert len(bench.vendor.bought) == 1


async def test_what_ended_unheard_longer_ago_is_a_new_purchase(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    bench.desk.leave(await come(bench), served=False)
    await asyncio.wait(bench.desk.tasks)
    await settle()
    bench.clock.advance(601)

    assert not (await come(bench)).joined


async def test_what_was_heard_to_its_end_is_joined_by_nobody(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    ticket = await come(bench)
    await answer(bench, ticket)
    bench.desk.leave(ticket, served=True)

    assert not (await come(bench)).joined


# Two processes


async def test_of_two_processes_that_begin_under_one_key_at_once_one_buys(picture_bytes: bytes) -> None:
    stores = Stores()
    one, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))

    tickets = await asyncio.gather(come(one, idempotency="order-1"), come(other, idempotency="order-1"))
    results = await asyncio.gather(answer(one, tickets[0]), answer(other, tickets[1]))

    assert tickets[0].generation == tickets[1].generation
    assert ids(results[0]) == ids(results[1])
    assert len(one.vendor.bought) + len(other.vendor.bought) == 1
    assert list(stores.records.generations) == [tickets[0].generation]


async def test_another_body_under_a_key_that_another_process_just_took_is_refused(picture_bytes: bytes) -> None:
    stores = Stores()
    one, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))

    told = await asyncio.gather(
        come(one, idempotency="order-1"), come(other, idempotency="order-1", digest="other"), return_exceptions=True
    )

    assert sum(isinstance(each, KeyReused) for each in told) == 1
    assert len(stores.records.generations) == 1


async def test_a_process_that_lost_its_lease_answers_from_the_record(picture_bytes: bytes) -> None:
    stores = Stores()
    paused, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))
    commit, go = paused.journal.commit, asyncio.Event()

    async def closing_late(*changes: Change, patient: bool = False) -> None:
        if isinstance(changes[0], FinishGeneration):
            await go.wait()
        await commit(*changes, patient=patient)

    paused.journal.commit = closing_late  # type: ignore[method-assign]  # a process that is stopped and goes on
    ticket = await come(paused, name="gen_1")
    waiting = asyncio.create_task(answer(paused, ticket))
    await settle()
    await other.desk.adopt(other.record)
    await asyncio.wait(other.desk.tasks)
    go.set()
    result = await waiting

    assert [image.artifact.id for image in result.images] == list(stores.records.artifacts)
    assert result.images[0].blob.read() == picture_bytes
    assert other.books == [["reserved 40", "sent 40", "settled 40"]]
    assert len(paused.vendor.bought) + len(other.vendor.bought) == 1
    assert_closed(stores.records)


async def test_an_outcome_that_comes_late_replaces_one_that_was_not_known(picture_bytes: bytes) -> None:
    stores = Stores()
    paused, other = (a_bench(painted(picture_bytes), stores=stores, process=f"proc_{at}") for at in (1, 2))
    go = hold(paused)
    ticket = await come(paused, name="gen_1")
    waiting = asyncio.create_task(answer(paused, ticket))
    await settle()
    await other.desk.adopt(other.record)
    await asyncio.wait(other.desk.tasks)
    assert other.status is GenerationStatus.UNKNOWN
    go.set()

    assert indexes(await waiting) == ([0], [])
    assert (other.status, other.vendor.bought) == (GenerationStatus.SUCCEEDED, [])
    assert other.books == [["reserved 40", "sent 40", "unresolved 40", "settled 40"]]
