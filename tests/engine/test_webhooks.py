"""Webhooks reach their receivers at least once, signed, by the schedule, and a dead receiver delays no other."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any, cast

import pytest

from onebrush.domain.errors import FaultKind, NotFound
from onebrush.domain.event import Fault
from onebrush.domain.webhook import DeliveryStatus
from onebrush.engine.fairness import EACH
from onebrush.engine.ports import TransportFault
from onebrush.engine.postman import LEASE, LOOK_EVERY
from onebrush.engine.webhooks import JITTER, SCHEDULE, answered, missed
from onebrush.kit.clock import FixedClock
from tests.engine.outbox import (
    BODY,
    NOW,
    Outbox,
    Street,
    a_clock,
    a_delivery,
    a_postman,
    always,
    at_work,
    pass_time,
    settle,
)

pytestmark = pytest.mark.anyio

DAY = 86_400

# What follows from an answer


def test_the_schedule_lasts_a_day_at_its_shortest() -> None:
    assert sum(SCHEDULE) * (1 - JITTER) >= DAY
    assert list(SCHEDULE) == sorted(SCHEDULE)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_delivered(status: int) -> None:
    told = answered(a_delivery(tries=3), status, NOW)

    assert (told.status, told.tries) == (DeliveryStatus.DELIVERED, 4)
    assert told.said == f"The receiver answered with status {status}."


def test_gone_stops_at_once() -> None:
    told = answered(a_delivery(), 410, NOW)

    assert (told.status, told.tries) == (DeliveryStatus.FAILED, 1)
    assert told.said and "410" in told.said


@pytest.mark.parametrize("status", [199, 301, 302, 307, 400, 401, 404, 408, 413, 429, 500, 502, 503, 504, 599])
def test_every_other_answer_is_tried_again_by_the_schedule(status: int) -> None:
    delivery = a_delivery()
    for tries, wait in enumerate(SCHEDULE, start=1):
        delivery = answered(delivery, status, NOW)
        assert (delivery.status, delivery.tries) == (DeliveryStatus.PENDING, tries)
        assert wait * (1 - JITTER) <= delivery.due - NOW <= wait * (1 + JITTER) + 1
        assert delivery.said and str(status) in delivery.said
    delivery = answered(delivery, status, NOW)

    assert (delivery.status, delivery.tries) == (DeliveryStatus.FAILED, len(SCHEDULE) + 1)
    assert delivery.said and delivery.said.endswith("That was the last of 11 tries.")


def test_the_waits_are_spread() -> None:
    assert len({missed(a_delivery(tries=9), "It failed.", NOW).due for _ in range(20)}) > 1


# The schedule, by a clock


async def refuse(_url: str) -> int:
    raise TransportFault(Fault(kind=FaultKind.TIMED_OUT, message="The receiver did not answer within 15 s."))


@pytest.mark.parametrize("answer", [always(500), always(404), always(302), refuse])
async def test_what_never_succeeds_is_tried_eleven_times_in_more_than_a_day_and_has_failed(answer: Any) -> None:
    async def noted(url: str) -> int:
        began.append(clock.now())
        return cast(int, await answer(url))

    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(noted)
    began: list[float] = []
    async with at_work(a_postman(outbox, street, clock)):
        while outbox.standing["pending"]:
            so_far = len(began)
            await pass_time(clock, outbox.rows["msg_1"].due - clock.now() - 1)
            assert len(began) == so_far
            await pass_time(clock, LOOK_EVERY + 1)
            assert len(began) == so_far + 1
        await pass_time(clock, DAY)

    assert street.ids == ["msg_1"] * (len(SCHEDULE) + 1)
    assert began[-1] - began[0] >= DAY
    for (sooner, later), wait in zip(itertools.pairwise(began), SCHEDULE, strict=True):
        assert wait * (1 - JITTER) <= later - sooner <= wait * (1 + JITTER) + LOOK_EVERY + 2
    assert outbox.rows["msg_1"].said is not None and "last of 11" in outbox.rows["msg_1"].said


async def test_a_receiver_that_comes_back_is_told_and_left_alone() -> None:
    answers = iter([500, 429, 204])

    async def answer(_url: str) -> int:
        return next(answers)

    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(answer)
    async with at_work(a_postman(outbox, street, clock)):
        for _ in range(60):
            await pass_time(clock, LOOK_EVERY)

    assert outbox.rows["msg_1"].status is DeliveryStatus.DELIVERED
    assert outbox.rows["msg_1"].tries == len(street.tries) == 3
    stamps = [int(headers["webhook-timestamp"]) for _, _, headers in street.tries]
    assert stamps == sorted(set(stamps))


async def test_gone_is_not_asked_again() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(always(410))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, DAY)
        await pass_time(clock, DAY)

    assert (len(street.tries), outbox.standing) == (1, {"failed": 1})


async def test_what_is_written_now_goes_out_at_a_nudge_and_is_otherwise_left_a_second_to_its_own_process() -> None:
    clock, outbox, street = FixedClock(NOW), Outbox(), Street(always(200))
    postman = a_postman(outbox, street, clock)
    async with at_work(postman):
        outbox.rows = {"msg_1": a_delivery(1)}
        postman.nudge()
        await settle()
        assert street.ids == ["msg_1"]
        outbox.rows["msg_2"] = a_delivery(2, due=NOW + int(LOOK_EVERY))
        await pass_time(clock, LOOK_EVERY)
        assert street.ids == ["msg_1"]
        await pass_time(clock, LOOK_EVERY)

    assert street.ids == ["msg_1", "msg_2"]


# What cannot be sent


async def test_a_secret_that_is_not_there_any_more_ends_it_with_a_sentence() -> None:
    outbox, street = Outbox(a_delivery(secret="old")), Street(always(200))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        pass

    assert (street.tries, outbox.standing) == ([], {"failed": 1})
    assert outbox.rows["msg_1"].said == "The secret 'old' that signs it is not in the settings any more."
    assert (postman.knows("main"), postman.knows("old")) == (True, False)


async def test_no_secret_at_all_signs_nothing() -> None:
    outbox, street = Outbox(a_delivery()), Street(always(200))
    postman = a_postman(outbox, street, a_clock(), secrets={"main": []}.get)
    async with at_work(postman):
        pass

    assert (street.tries, outbox.standing, postman.knows("main")) == ([], {"failed": 1}, False)


async def test_a_record_that_is_gone_ends_it() -> None:
    async def gone(_generation_id: str) -> None:
        return None

    outbox, street = Outbox(a_delivery()), Street(always(200))
    async with at_work(a_postman(outbox, street, a_clock(), payload=gone)):
        pass

    assert (street.tries, outbox.rows["msg_1"].said) == ([], "The record it tells of is gone.")


async def test_what_breaks_while_it_is_made_ready_counts_as_a_try_and_holds_up_nobody() -> None:
    async def broken(generation_id: str) -> bytes:
        if generation_id == "gen_1":
            raise KeyError("sk-test-example")
        return BODY

    clock, outbox, street = a_clock(), Outbox(a_delivery(1), a_delivery(2)), Street(always(200))
    async with at_work(a_postman(outbox, street, clock, payload=broken)):
        assert street.ids == ["msg_2"]

    assert outbox.standing == {"pending": 1, "delivered": 1}
    assert (outbox.rows["msg_1"].tries, outbox.rows["msg_1"].said) == (1, "The gateway could not make it ready.")


async def test_a_database_that_is_locked_is_waited_out() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(always(200))
    outbox.locked = True
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LOOK_EVERY)
        assert street.tries == []
        outbox.locked = False
        await pass_time(clock, LOOK_EVERY)

    assert (street.ids, outbox.standing) == (["msg_1"], {"delivered": 1})


async def test_a_try_that_could_not_be_noted_is_made_again() -> None:
    outbox = Outbox(a_delivery())

    async def answer_while_it_locks(_url: str) -> int:
        outbox.locked = len(street.tries) == 1
        return 200

    clock, street = a_clock(), Street(answer_while_it_locks)
    async with at_work(a_postman(outbox, street, clock)):
        outbox.locked = False
        await pass_time(clock, LEASE)
        await pass_time(clock, LOOK_EVERY)

    assert (street.ids, outbox.standing) == (["msg_1", "msg_1"], {"delivered": 1})


# Again, on request


@pytest.mark.parametrize("status", list(DeliveryStatus))
async def test_any_delivery_is_made_again_on_request_under_its_own_id(status: DeliveryStatus) -> None:
    stands = a_delivery(status=status, tries=11, due=NOW + DAY, said="It failed.")
    outbox, street = Outbox(stands), Street(always(200))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        assert street.tries == []
        again = await postman.redeliver("gen_1")
        await settle()

    assert (again.id, again.status, again.tries) == ("msg_1", DeliveryStatus.PENDING, 0)
    assert (street.ids, outbox.standing, outbox.rows["msg_1"].tries) == (["msg_1"], {"delivered": 1}, 1)


async def test_a_delivery_made_again_has_the_whole_schedule() -> None:
    outbox, street = Outbox(a_delivery(status=DeliveryStatus.FAILED, tries=11)), Street(always(500))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        await postman.redeliver("gen_1")
        await settle()

    assert (outbox.standing, outbox.rows["msg_1"].tries) == ({"pending": 1}, 1)


async def test_a_delivery_that_is_being_tried_is_not_tried_beside_itself() -> None:
    answer = asyncio.Event()

    async def wait(_url: str) -> int:
        await answer.wait()
        return 200

    outbox, street = Outbox(a_delivery()), Street(wait)
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        for _ in range(3):
            assert (await postman.redeliver("gen_1")).due == NOW + 1 + LEASE
            await settle()
        answer.set()
        await settle()

    assert (street.ids, outbox.standing) == (["msg_1"], {"delivered": 1})


async def test_what_has_no_webhook_cannot_be_delivered_again() -> None:
    with pytest.raises(NotFound):
        await a_postman(Outbox(), Street(always(200)), a_clock()).redeliver("gen_1")


# Several postmen


async def test_two_postmen_on_one_outbox_deliver_each_once() -> None:
    clock, outbox, street = a_clock(), Outbox(*(a_delivery(number) for number in range(60))), Street(always(200))
    async with at_work(*(a_postman(outbox, street, clock) for _ in range(2))):
        await settle()

    assert (len(street.ids), len(set(street.ids))) == (60, 60)
    assert outbox.standing == {"delivered": 60}


async def test_what_a_postman_took_and_did_not_try_is_handed_back_when_it_stops() -> None:
    answer = asyncio.Event()

    async def wait(_url: str) -> int:
        await answer.wait()
        return 200

    clock, outbox = a_clock(), Outbox(*(a_delivery(number) for number in range(5)))
    async with at_work(a_postman(outbox, Street(wait), clock)):
        assert {row.due for row in outbox.rows.values()} == {NOW + 1 + LEASE}
    street = Street(always(200))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LOOK_EVERY)
        assert len(street.ids) == 5 - EACH
        await pass_time(clock, LEASE)

    assert (len(set(street.ids)), outbox.standing) == (5, {"delivered": 5})


async def test_what_a_killed_postman_held_is_delivered_by_another_when_its_time_is_over() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery(due=NOW + LEASE)), Street(always(200))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LEASE - 2)
        assert street.tries == []
        await pass_time(clock, LOOK_EVERY + 1)

    assert outbox.standing == {"delivered": 1}


async def test_what_waited_too_long_is_not_tried_by_what_was_known_of_it() -> None:
    answer = asyncio.Event()

    async def wait(_url: str) -> int:
        await answer.wait()
        return 200

    clock, outbox, street = a_clock(), Outbox(*(a_delivery(number) for number in range(EACH + 1))), Street(wait)
    async with at_work(a_postman(outbox, street, clock)):
        last = f"msg_{EACH}"
        assert last not in street.ids
        outbox.rows[last] = replace(outbox.rows[last], status=DeliveryStatus.DELIVERED)  # by another process
        await pass_time(clock, LEASE - 1)
        answer.set()
        await settle()

    assert (last in street.ids, outbox.standing) == (False, {"delivered": EACH + 1})
