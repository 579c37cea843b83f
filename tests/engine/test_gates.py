"""Gates: places at once, calls a minute, who waits and in which order; real tasks on a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from onebrush.domain.deployment import Deployment
from onebrush.engine.gates import Full, Gates
from onebrush.kit.clock import FixedClock
from tests.engine.doubles import a_deployment

pytestmark = pytest.mark.anyio


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Yard:
    """Callers at one gate; each stays inside until it is told to go."""

    def __init__(self, **limits: Any) -> None:
        self.clock = FixedClock()
        self.gates = Gates(self.clock)
        self.deployment = a_deployment(**limits)
        self.inside: list[str] = []
        self.entered: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.leaving: dict[str, asyncio.Event] = {}

    async def come(self, *names: str, seconds: float = 600.0) -> None:
        for name in names:
            self.leaving[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._visit(name, seconds))
            await settle()

    async def _visit(self, name: str, seconds: float) -> None:
        async with self.gates.gate(self.deployment).enter(seconds):
            self.inside.append(name)
            self.entered.append(name)
            try:
                await self.leaving[name].wait()
            finally:
                self.inside.remove(name)

    async def go(self, *names: str) -> None:
        for name in names:
            self.leaving[name].set()
        await settle()

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await settle()

    async def limit(self, **changes: Any) -> None:
        self.deployment = replace(self.deployment, **changes)
        self.gates.gate(self.deployment)
        await settle()

    @property
    def counts(self) -> tuple[int, int]:
        gate = self.gates.gate(self.deployment)
        return gate.busy, gate.waiting

    async def clear(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        await settle()


@pytest.fixture
async def yard() -> AsyncIterator[Callable[..., Yard]]:
    yards: list[Yard] = []

    def built(**limits: Any) -> Yard:
        yards.append(Yard(**limits))
        return yards[-1]

    yield built
    for each in yards:
        await each.clear()
        assert each.counts == (0, 0)
        assert each.clock.sleeping == 0


Built = Callable[..., Yard]


async def test_no_more_are_in_at_once_than_may_and_the_first_who_waits_is_the_next_in(yard: Built) -> None:
    here = yard(concurrency=2)
    await here.come("a", "b", "c", "d", "e")
    assert (here.inside, here.counts) == (["a", "b"], (2, 3))

    await here.go("b")
    assert (here.inside, here.counts) == (["a", "c"], (2, 2))
    await here.go("a", "c")
    assert here.entered == ["a", "b", "c", "d", "e"]


async def test_who_comes_later_does_not_slip_in_before_who_waits(yard: Built) -> None:
    here = yard(concurrency=1)
    await here.come("a", "b")

    here.leaving["a"].set()
    here.leaving["c"] = asyncio.Event()
    here.tasks["c"] = asyncio.create_task(here._visit("c", 600.0))  # arrives in the very moment a place is given back
    await settle()

    assert here.entered == ["a", "b"]


async def test_nor_in_the_moment_the_minute_is_over(yard: Built) -> None:
    here = yard(rate=1)
    await here.come("a", "b")

    here.leaving["c"] = asyncio.Event()
    here.tasks["c"] = asyncio.create_task(here._visit("c", 600.0))
    await here.pass_time(60)

    assert here.entered == ["a", "b"]


async def test_one_too_many_in_the_queue_is_sent_away_with_a_time_to_come_again(yard: Built) -> None:
    here = yard(concurrency=1, queue=2)
    await here.come("a", "b", "c", "d")

    with pytest.raises(Full) as full:
        await here.tasks["d"]

    assert 1 <= full.value.retry_after <= 59
    assert here.counts == (1, 2)


async def test_without_a_queue_nobody_waits(yard: Built) -> None:
    here = yard(concurrency=1, queue=0)
    await here.come("a", "b")

    with pytest.raises(Full):
        await here.tasks["b"]


async def test_the_time_to_come_again_grows_with_the_queue_and_with_how_long_calls_take(yard: Built) -> None:
    here = yard(concurrency=1, queue=1)
    await here.come("a")
    await here.pass_time(100)
    await here.go("a")
    await here.come("b", "c", "d")

    with pytest.raises(Full) as full:
        await here.tasks["d"]
    assert full.value.retry_after > 20


async def test_who_has_waited_long_enough_goes_without_a_place(yard: Built) -> None:
    here = yard(concurrency=1)
    await here.come("a")
    await here.come("b", seconds=5)
    await here.come("c")

    await here.pass_time(4.9)
    assert here.counts == (1, 2)
    await here.pass_time(0.2)
    with pytest.raises(TimeoutError, match="within 5 s"):
        await here.tasks["b"]

    await here.go("a")
    assert here.entered == ["a", "c"]


# Cancelling


async def test_a_waiter_that_is_called_off_takes_no_place(yard: Built) -> None:
    here = yard(concurrency=1)
    await here.come("a", "b", "c")

    here.tasks["b"].cancel()
    await settle()
    assert here.counts == (1, 1)

    await here.go("a")
    assert here.entered == ["a", "c"]


async def test_a_waiter_that_is_called_off_makes_room_in_the_queue(yard: Built) -> None:
    here = yard(concurrency=1, queue=2)
    await here.come("a", "b", "c")
    here.tasks["c"].cancel()
    await settle()
    assert here.counts == (1, 1)

    await here.come("d")
    await here.go("a", "b")
    assert here.entered == ["a", "b", "d"]


async def test_a_waiter_called_off_in_the_moment_it_is_let_in_passes_its_place_on(yard: Built) -> None:
    here = yard(concurrency=1, rate=2)
    await here.come("a", "b", "c")

    here.leaving["a"].set()
    for _ in range(10):
        if here.counts == (1, 1):  # a has gone, b was given the place and does not know it yet
            break
        await asyncio.sleep(0)
    assert here.entered == ["a"]
    here.tasks["b"].cancel()
    await settle()

    assert here.entered == ["a", "c"]  # the place, and the call of this minute as well
    assert here.counts == (1, 0)


async def test_a_call_that_breaks_leaves_its_place(yard: Built) -> None:
    here = yard(concurrency=1)
    await here.come("a", "b")

    here.tasks["a"].cancel()
    await settle()

    assert here.inside == ["b"]


async def test_a_hundred_comings_and_goings_leave_nothing_behind(yard: Built) -> None:
    here = yard(concurrency=3)
    names = [f"{number:03}" for number in range(100)]
    await here.come(*names)
    for number, name in enumerate(names):
        if number % 3 == 0:
            here.tasks[name].cancel()
        here.leaving[name].set()
    await settle()
    for _ in range(100):
        await settle()

    assert here.counts == (0, 0)
    assert here.entered == [name for number, name in enumerate(names) if number % 3 or number == 0]


# Calls a minute


async def test_no_minute_has_more_calls_than_the_rate(yard: Built) -> None:
    here = yard(rate=3)
    begun: list[float] = []
    for number in range(10):
        await here.come(f"{number}")
        here.leaving[f"{number}"].set()
    for _ in range(400):
        begun += [here.clock.monotonic()] * (len(here.entered) - len(begun))
        await here.pass_time(0.5)

    assert here.entered == [f"{number}" for number in range(10)]
    assert all(sum(start <= at < start + 60 for at in begun) <= 3 for start in begun)
    assert begun[-1] == 180.0  # and not later than it has to be


@pytest.mark.parametrize(("rate", "apart"), [(0.5, 120.0), (1.0, 60.0)])
async def test_a_rate_may_be_less_than_one(yard: Built, rate: float, apart: float) -> None:
    here = yard(rate=rate)
    await here.come("a", "b")
    await here.pass_time(apart - 1)
    assert here.inside == ["a"]

    await here.pass_time(1)
    assert here.inside == ["a", "b"]


async def test_places_and_rate_hold_together(yard: Built) -> None:
    here = yard(concurrency=1, rate=2)
    await here.come("a", "b", "c")
    await here.go("a")
    assert here.entered == ["a", "b"]

    await here.pass_time(60)
    assert here.entered == ["a", "b"]
    await here.go("b")
    assert here.entered == ["a", "b", "c"]


# Other limits


async def test_other_limits_hold_at_once_and_drop_nobody_who_waits(yard: Built) -> None:
    here = yard(concurrency=1)
    await here.come("a", "b", "c", "d")

    await here.limit(concurrency=3)
    assert (here.inside, here.counts) == (["a", "b", "c"], (3, 1))

    await here.limit(concurrency=1)
    await here.go("a", "b")
    assert (here.inside, here.counts) == (["c"], (1, 1))
    await here.go("c")
    assert here.entered == ["a", "b", "c", "d"]


async def test_a_rate_that_is_lifted_lets_everybody_in_who_waited_for_it(yard: Built) -> None:
    here = yard(rate=1)
    await here.come("a", "b", "c")
    assert here.inside == ["a"]

    await here.limit(rate=None)

    assert here.inside == ["a", "b", "c"]


async def test_every_deployment_has_a_gate_of_its_own(yard: Built) -> None:
    here = yard(concurrency=1)
    other: Deployment = a_deployment(id="there", concurrency=1)
    await here.come("a")

    async with here.gates.gate(other).enter(1):
        assert here.gates.gate(other).busy == 1
        assert here.counts == (1, 0)
