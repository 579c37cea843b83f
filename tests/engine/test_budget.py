"""The retry budget, alone and in a storm: 50 % faults for a minute, with breakers and the table of faults beside it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.engine.budget import RetryBudget
from onebrush.engine.health import Health
from onebrush.engine.resilience import Again, Stop, decide
from onebrush.kit.clock import FixedClock
from tests.engine.doubles import a_deployment, fault

DOWN = fault(FaultKind.UNAVAILABLE, status=503)


def taken(budget: RetryBudget, wanted: int) -> int:
    return sum(budget.take() for _ in range(wanted))


def a_budget() -> tuple[RetryBudget, FixedClock]:
    clock = FixedClock()
    return RetryBudget(clock), clock


def test_three_retries_may_always_be_under_way() -> None:
    budget, _ = a_budget()
    budget.began()

    assert taken(budget, 10) == 3


@pytest.mark.parametrize(("active", "at_once"), [(1, 3), (15, 3), (20, 4), (100, 20)])
def test_a_fifth_of_what_is_at_work_may_be_retried_at_once(active: int, at_once: int) -> None:
    budget, _ = a_budget()
    for _ in range(active):
        budget.began()

    assert taken(budget, 1000) == at_once


def test_retries_under_way_are_not_joined_by_more_however_many_requests_come_and_go() -> None:
    budget, _ = a_budget()
    assert taken(budget, 10) == 3
    for _ in range(100):
        budget.began()
        budget.ended()

    assert not budget.take()
    budget.gave_back()
    assert taken(budget, 10) == 1


def test_a_retry_that_is_over_makes_room_for_another_while_there_is_something_to_spend() -> None:
    budget, _ = a_budget()
    for _ in range(10):
        budget.began()
    spent = 0
    while budget.take():
        spent += 1
        budget.gave_back()

    assert spent == 3


def test_in_the_long_run_a_fifth_of_the_requests_is_retried() -> None:
    budget, clock = a_budget()
    retried = 0
    for _ in range(1000):
        budget.began()
        if budget.take():
            retried += 1
            budget.gave_back()
        budget.ended()
        clock.advance(0.1)

    assert 200 <= retried <= 203


def test_quiet_hours_are_no_stock_for_a_storm() -> None:
    budget, clock = a_budget()
    for _ in range(10_000):
        budget.began()
        budget.ended()
        clock.advance(1)

    spent = 0
    while budget.take():
        spent += 1
        budget.gave_back()
    assert spent == 3


def test_a_minute_without_a_retry_gives_the_least_back() -> None:
    budget, clock = a_budget()
    budget.began()
    for _ in range(taken(budget, 10)):
        budget.gave_back()
    clock.advance(59)
    assert not budget.take()

    clock.advance(1)
    assert taken(budget, 10) == 3


# The storm


@dataclass(slots=True, kw_only=True)
class Storm:
    """A gateway in small: requests go to the first deployment that may be asked, and on by the table of faults."""

    ill: Callable[[float], bool]
    deployments: tuple[Deployment, ...]
    clock: FixedClock = field(default_factory=FixedClock)
    attempts: Counter[str] = field(default_factory=Counter)
    asked_at: list[tuple[float, str]] = field(default_factory=list)
    served: int = 0
    requests: int = 0

    def run(self, seconds: float, per_second: int) -> Storm:
        health, budget = Health(self.clock), RetryBudget(self.clock)
        for _ in range(int(seconds * per_second)):
            self.requests += 1
            budget.began()
            self.served += self._request(health, budget)
            budget.ended()
            self.clock.advance(1 / per_second)
        return self

    def _request(self, health: Health, budget: RetryBudget) -> bool:
        first = True
        for deployment in self.deployments:
            tries = 0
            while health.enter(deployment, "painter") == 0.0:
                if not first and not budget.take():
                    health.forgo(deployment, "painter")
                    return False
                met = self._asked(deployment)
                health.report(deployment, "painter", met, 0.0)
                if not first:
                    budget.gave_back()
                first, tries = False, tries + 1
                if met is None:
                    return True
                decision = decide(met, tries=tries, seconds_left=60.0, on_refusal=False)
                if isinstance(decision, Stop):
                    return False
                if not isinstance(decision, Again):
                    break
        return False

    def _asked(self, deployment: Deployment) -> Fault | None:
        now = self.clock.monotonic()
        self.attempts[deployment.id] += 1
        self.asked_at.append((now, deployment.id))
        return DOWN if deployment.id == "ill" and self.ill(now) else None


ILL, WELL = a_deployment(id="ill"), a_deployment(id="well")


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("per_second", [1, 10, 100])
def test_in_a_minute_of_half_faults_the_vendors_see_at_most_a_fifth_more_calls(per_second: int, seed: int) -> None:
    lots = random.Random(seed)

    storm = Storm(ill=lambda now: lots.random() < 0.5, deployments=(ILL, WELL)).run(60, per_second)

    assert storm.requests == 60 * per_second
    assert sum(storm.attempts.values()) <= 1.2 * storm.requests + 3


def test_with_one_deployment_alone_the_bound_holds_as_well() -> None:
    lots = random.Random(1)

    storm = Storm(ill=lambda now: lots.random() < 0.5, deployments=(ILL,)).run(60, 20)

    assert sum(storm.attempts.values()) <= 1.2 * storm.requests + 3


def test_one_that_is_down_is_left_after_five_calls_and_probed_once_in_thirty_seconds() -> None:
    storm = Storm(ill=lambda now: True, deployments=(ILL, WELL)).run(89, 10)

    asked = [at for at, name in storm.asked_at if name == "ill"]
    assert [at for at in asked if at < 5] == asked[:5]
    assert len(asked) == 5 + 2  # the streak, and a probe each half minute
    assert all(after - before >= 30 for before, after in pairwise(asked[4:]))


def test_a_healthy_deployment_serves_throughout() -> None:
    storm = Storm(ill=lambda now: True, deployments=(ILL, WELL)).run(60, 10)

    seconds = {int(at) for at, name in storm.asked_at if name == "well"}
    assert seconds == set(range(60))
    assert storm.served >= storm.requests - 5  # but for those that met the streak with the budget spent


@pytest.mark.parametrize("healed", [31.0, 47.3, 60.0])
def test_it_is_back_within_thirty_five_seconds_of_healing(healed: float) -> None:
    storm = Storm(ill=lambda now: now < healed, deployments=(ILL, WELL)).run(healed + 60, 10)

    back = next(at for at, name in storm.asked_at if name == "ill" and at >= healed)
    assert back - healed <= 35
    after = {name for at, name in storm.asked_at if at > back}
    assert after == {"ill"}  # the first in order has all of it again
