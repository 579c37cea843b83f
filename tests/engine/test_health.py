"""Health: who is asked, who is left in peace and for how long, by a clock that tests move."""

from __future__ import annotations

import pytest

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.engine.health import Health
from onebrush.kit.clock import FixedClock
from tests.engine.doubles import a_deployment, a_sandbox, fault

HERE, THERE = a_deployment(id="here"), a_deployment(id="there")
ILL = (FaultKind.UNAVAILABLE, FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT, FaultKind.BAD_RESPONSE)
NEUTRAL = (FaultKind.BAD_REQUEST, FaultKind.CONTENT_BLOCKED, FaultKind.NO_IMAGE, FaultKind.MODEL_GONE)
DOWN = fault(FaultKind.UNAVAILABLE, status=503)


class Ward:
    """A Health and its clock; calls are asked for and told of in one step."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.health = Health(self.clock)

    def wait(self, deployment: Deployment = HERE, model: str = "painter") -> float:
        return self.health.enter(deployment, model)

    def tell(
        self, met: Fault | None, deployment: Deployment = HERE, model: str = "painter", *, seconds: float = 0.0
    ) -> None:
        self.health.report(deployment, model, met, seconds)

    def call(self, met: Fault | None, *, seconds: float = 1.0) -> None:
        """A call that is let in, takes so long, and ends so."""
        assert self.wait() == 0.0
        self.clock.advance(seconds)
        self.tell(met, seconds=seconds)

    def broken(self) -> Ward:
        for _ in range(5):
            self.call(DOWN, seconds=0.1)
        assert self.wait() > 0
        return self


@pytest.fixture
def ward() -> Ward:
    return Ward()


# The breaker


@pytest.mark.parametrize("kind", ILL)
def test_five_faults_in_a_row_keep_everybody_out_for_thirty_seconds(ward: Ward, kind: FaultKind) -> None:
    for _ in range(4):
        ward.call(fault(kind))
        assert ward.wait() == 0.0
    ward.call(fault(kind))

    assert ward.wait() == 30.0
    ward.clock.advance(29.5)
    assert ward.wait() == 0.5
    ward.clock.advance(0.5)
    assert ward.wait() == 0.0


def test_a_picture_between_ends_the_streak(ward: Ward) -> None:
    for met in (DOWN, DOWN, DOWN, DOWN, None, DOWN, DOWN, DOWN, DOWN):
        ward.call(met)

    assert ward.wait() == 0.0


@pytest.mark.parametrize("kind", NEUTRAL)
def test_what_a_request_brought_on_itself_neither_counts_nor_heals(ward: Ward, kind: FaultKind) -> None:
    for _ in range(9):
        ward.call(fault(kind))
    assert ward.wait() == 0.0

    for met in (DOWN, DOWN, DOWN, DOWN, fault(kind), DOWN):
        ward.call(met)
    assert ward.wait() == 30.0


def test_after_the_pause_one_call_tries_it_out_while_the_others_wait(ward: Ward) -> None:
    ward.broken().clock.advance(30)

    assert [ward.wait() > 0 for _ in range(4)] == [False, True, True, True]


def test_a_probe_that_serves_closes_the_breaker_for_all(ward: Ward) -> None:
    ward.broken().clock.advance(30)
    ward.call(None)

    for _ in range(4):
        ward.call(DOWN)
    assert ward.wait() == 0.0  # a new streak has to be five long


def test_a_probe_that_fails_opens_it_again(ward: Ward) -> None:
    ward.broken().clock.advance(30)
    ward.call(DOWN)

    assert ward.wait() == 30.0
    ward.clock.advance(30)
    assert ward.wait() == 0.0


@pytest.mark.parametrize("kind", NEUTRAL)
def test_a_probe_that_says_nothing_of_its_health_leaves_the_next_call_to_try(ward: Ward, kind: FaultKind) -> None:
    ward.broken().clock.advance(30)
    assert ward.wait() == 0.0
    ward.clock.advance(0.1)
    ward.tell(fault(kind), seconds=0.1)

    assert [ward.wait() > 0 for _ in range(2)] == [False, True]


def test_a_probe_that_was_never_sent_gives_its_turn_back(ward: Ward) -> None:
    ward.broken().clock.advance(30)
    assert ward.wait() == 0.0
    ward.health.forgo(HERE, "painter")

    assert ward.wait() == 0.0


def test_a_probe_that_is_never_heard_of_again_stands_in_nobodys_way(ward: Ward) -> None:
    ward.broken().clock.advance(30)
    assert ward.wait() == 0.0

    ward.clock.advance(29.9)
    assert ward.wait() > 0
    ward.clock.advance(0.1)
    assert ward.wait() == 0.0


def test_calls_that_began_before_the_breaker_opened_neither_prolong_nor_end_it(ward: Ward) -> None:
    ward.broken()
    ward.clock.advance(20)
    ward.tell(DOWN, seconds=25.0)
    ward.tell(None, seconds=25.0)
    assert ward.wait() == 10.0

    ward.clock.advance(10)
    assert ward.wait() == 0.0  # the probe
    ward.clock.advance(1)
    ward.tell(None, seconds=40.0)
    assert ward.wait() > 0  # still the probe's to say


def test_a_streak_is_one_models_at_one_deployment(ward: Ward) -> None:
    ward.broken()

    assert ward.wait(THERE) == 0.0
    assert ward.wait(HERE, "another") == 0.0


def test_asking_how_long_does_not_make_anybody_the_probe(ward: Ward) -> None:
    ward.broken().clock.advance(30)

    assert [ward.health.wait(HERE, "painter") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert ward.wait() == 0.0
    assert ward.health.wait(HERE, "painter") > 0


# Cool-downs


@pytest.mark.parametrize(("said", "kept"), [(0.0, 0.0), (1.5, 1.5), (37.0, 37.0), (600.0, 600.0), (1e9, 600.0)])
@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE])
def test_a_wait_the_vendor_names_is_kept_up_to_ten_minutes(
    ward: Ward, kind: FaultKind, said: float, kept: float
) -> None:
    ward.tell(fault(kind, retry_after=said))

    assert ward.wait() == kept
    assert ward.wait(HERE, "another") == 0.0
    ward.clock.advance(kept)
    assert ward.wait() == 0.0


def test_a_rate_limit_without_a_word_of_its_end_is_waited_for_longer_each_time_up_to_thirty_seconds(
    ward: Ward,
) -> None:
    waits = []
    for _ in range(7):
        ward.call(fault(FaultKind.RATE_LIMITED), seconds=0.5)
        waits.append(ward.wait())
        ward.clock.advance(waits[-1])
    ward.call(None)
    ward.call(fault(FaultKind.RATE_LIMITED))

    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert ward.wait() == 1.0


def test_a_volley_that_meets_one_limit_counts_as_one(ward: Ward) -> None:
    ward.clock.advance(5)
    for _ in range(20):
        ward.tell(fault(FaultKind.RATE_LIMITED), seconds=5.0)

    assert ward.wait() == 1.0


def test_a_shorter_wait_does_not_cut_a_longer_one_short(ward: Ward) -> None:
    ward.tell(fault(FaultKind.RATE_LIMITED, retry_after=60.0))
    ward.tell(fault(FaultKind.RATE_LIMITED, retry_after=1.0))
    ward.tell(fault(FaultKind.RATE_LIMITED))

    assert ward.wait() == 60.0


@pytest.mark.parametrize(("kind", "seconds"), [(FaultKind.CREDENTIAL, 60.0), (FaultKind.QUOTA, 300.0)])
def test_a_vendor_that_refuses_the_account_is_left_alone_with_all_its_models(
    ward: Ward, kind: FaultKind, seconds: float
) -> None:
    ward.tell(fault(kind, status=401))

    assert ward.wait() == ward.wait(HERE, "another") == seconds
    assert ward.wait(THERE) == 0.0
    ward.clock.advance(seconds)
    assert ward.wait() == 0.0


def test_a_model_the_account_may_not_use_does_not_take_the_others_along(ward: Ward) -> None:
    ward.tell(fault(FaultKind.CREDENTIAL, status=403))

    assert ward.wait() == 60.0
    assert ward.wait(HERE, "another") == 0.0


def test_another_key_or_address_starts_anew(ward: Ward) -> None:
    ward.tell(fault(FaultKind.CREDENTIAL, status=401))

    assert ward.wait(a_deployment(id="here", credential="sk-test-example")) == 0.0
    assert ward.wait(a_deployment(id="here", base_url="http://elsewhere")) == 0.0


def test_the_wall_clock_has_no_say(ward: Ward) -> None:
    ward.tell(fault(FaultKind.RATE_LIMITED, retry_after=30.0))
    ward.clock.set_wall(ward.clock.now() + 3600)
    assert ward.wait() == 30.0
    ward.clock.set_wall(ward.clock.now() - 7200)
    assert ward.wait() == 30.0


def test_the_sandbox_is_always_well_as_its_faults_are_asked_for(ward: Ward) -> None:
    for met in (DOWN, DOWN, DOWN, DOWN, DOWN, fault(FaultKind.QUOTA), fault(FaultKind.RATE_LIMITED, retry_after=60.0)):
        ward.tell(met, a_sandbox())

    assert ward.wait(a_sandbox()) == 0.0


@pytest.mark.parametrize(
    ("met", "kind"),
    [
        (fault(FaultKind.RATE_LIMITED, retry_after=30.0), FaultKind.RATE_LIMITED),
        (fault(FaultKind.QUOTA), FaultKind.QUOTA),
        (fault(FaultKind.CREDENTIAL, status=403), FaultKind.CREDENTIAL),
    ],
)
def test_why_one_is_left_alone_is_told_as_a_fault_that_cost_nothing(ward: Ward, met: Fault, kind: FaultKind) -> None:
    ward.tell(met)
    wait = ward.wait()

    reason = ward.health.reason(HERE, "painter", wait)

    assert (reason.kind, reason.retry_after, reason.sent) == (kind, wait, False)
    assert f"{wait:g} s" in reason.message


def test_an_open_breaker_is_told_as_an_outage_whatever_opened_it(ward: Ward) -> None:
    for _ in range(5):
        ward.call(fault(FaultKind.TIMED_OUT))

    assert ward.health.reason(HERE, "painter", ward.wait()).kind is FaultKind.UNAVAILABLE


# How fast


def test_only_calls_that_served_are_measured_and_the_newest_weighs_most(ward: Ward) -> None:
    assert ward.health.latency(HERE, "painter") is None
    ward.tell(DOWN, seconds=99.0)
    assert ward.health.latency(HERE, "painter") is None

    ward.tell(None, seconds=10.0)
    assert ward.health.latency(HERE, "painter") == 10.0
    ward.tell(None, seconds=20.0)
    assert ward.health.latency(HERE, "painter") == pytest.approx(13.0)
    assert ward.health.latency(THERE, "painter") is None
