"""Resilience: which fault is tried again, when, and what a caller is told of each."""

from __future__ import annotations

import pytest

from onebrush.api.errors import error_headers
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault, Picture
from onebrush.engine.attempt import Outcome
from onebrush.engine.resilience import MAX_TRIES, decide, error_for, persist
from tests.engine.doubles import SPOOL, NoWait, a_deployment, a_sandbox, fault

pytestmark = pytest.mark.anyio

# What section 5 of the contract says of each: status, code, x-should-retry (None: not said).
TOLD = {
    FaultKind.BAD_REQUEST: (400, "invalid_value", "false"),
    FaultKind.CONTENT_BLOCKED: (400, "moderation_blocked", "false"),
    FaultKind.CREDENTIAL: (503, "provider_unavailable", "false"),
    FaultKind.QUOTA: (503, "provider_unavailable", "false"),
    FaultKind.RATE_LIMITED: (429, "rate_limit_exceeded", None),
    FaultKind.UNAVAILABLE: (503, "provider_unavailable", None),
    FaultKind.OUTCOME_UNKNOWN: (502, "provider_error", "false"),
    FaultKind.TIMED_OUT: (504, "provider_timeout", "false"),
    FaultKind.MODEL_GONE: (404, "model_not_found", "false"),
    FaultKind.BAD_RESPONSE: (502, "provider_error", "false"),
    FaultKind.NO_IMAGE: (502, "no_image", "false"),
}


def test_every_kind_of_fault_has_its_verdict() -> None:
    assert set(TOLD) == set(FaultKind)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_caller_is_told_status_code_and_whether_to_try_again(kind: FaultKind) -> None:
    error = error_for(fault(kind), a_deployment())
    headers = error_headers(error, "gen_1")

    assert (error.status, error.code, headers.get("x-should-retry")) == TOLD[kind]
    assert "it failed" in error.message and "'acme'" in error.message


@pytest.mark.parametrize("kind", sorted(set(FaultKind) - {FaultKind.UNAVAILABLE, FaultKind.RATE_LIMITED}))
def test_what_may_have_been_bought_or_would_meet_the_same_refusal_is_never_sent_again(kind: FaultKind) -> None:
    assert decide(fault(kind, retry_after=0.1), 1) is None


def test_what_was_never_sent_is_tried_again_with_growing_waits_and_then_given_up() -> None:
    waits = [decide(fault(FaultKind.UNAVAILABLE), tries) for tries in range(1, MAX_TRIES + 1)]

    assert waits[-1] is None
    delays = [again.delay for again in waits[:-1] if again is not None]
    assert len(delays) == MAX_TRIES - 1
    assert all(0 < delay < 2 for delay in delays)


@pytest.mark.parametrize(
    ("retry_after", "tries", "delay"),
    [(1.5, 1, 1.5), (2.0, 1, 2.0), (0.0, 1, 0.0), (2.1, 1, None), (1e9, 1, None), (1.0, 2, None), (None, 1, None)],
)
def test_a_rate_limit_is_waited_for_once_and_only_where_the_wait_is_short(
    retry_after: float | None, tries: int, delay: float | None
) -> None:
    again = decide(fault(FaultKind.RATE_LIMITED, retry_after=retry_after), tries)

    assert (again.delay if again else None) == delay


@pytest.mark.parametrize(("said", "told"), [(30.0, "30"), (59.4, "59"), (3600.0, "59"), (1e12, "59"), (0.2, "1")])
@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE])
def test_a_caller_is_never_told_to_wait_a_minute(kind: FaultKind, said: float, told: str) -> None:
    headers = error_headers(error_for(fault(kind, retry_after=said), a_deployment()), None)

    assert headers["retry-after"] == told


def test_a_wait_the_vendor_did_not_name_is_still_told() -> None:
    headers = error_headers(error_for(fault(FaultKind.RATE_LIMITED), a_deployment()), None)

    assert 1 <= int(headers["retry-after"]) <= 59


def test_the_vendors_own_words_go_along() -> None:
    said = Fault(
        kind=FaultKind.CONTENT_BLOCKED, message="no cats", status=400, code="safety", request_id="req_9", param="prompt"
    )

    error = error_for(said, a_deployment())

    assert error.vendor is not None
    assert (error.vendor.provider, error.vendor.status, error.vendor.code) == ("acme", 400, "safety")
    assert (error.vendor.message, error.vendor.request_id) == ("no cats", "req_9")


def test_the_field_a_vendor_names_is_told_where_the_request_is_at_fault_and_the_sandbox_says_it_is_one() -> None:
    refused = error_for(fault(FaultKind.BAD_REQUEST, param="size"), a_sandbox())

    assert refused.param == "size"
    assert "(sandbox)" in refused.message
    assert error_for(fault(FaultKind.QUOTA, param="size"), a_deployment()).param is None


# Persisting


class Tries:
    """Attempts that meet these faults in turn, then a picture."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.made = 0

    async def __call__(self) -> Outcome:
        self.made += 1
        outcome = Outcome(attempts={f"att_{self.made}": "ended"})
        if self.faults:
            outcome.faults.append(self.faults.pop(0))
        else:
            outcome.pictures.append(Picture(source=SPOOL.from_bytes(b"picture")))
        return outcome


async def test_it_persists_until_a_picture_comes_and_keeps_every_try() -> None:
    clock, tries = NoWait(), Tries(fault(FaultKind.UNAVAILABLE), fault(FaultKind.RATE_LIMITED, retry_after=1.0))

    outcome = await persist(tries, clock.sleep)

    # The second try was no longer the first: its rate limit is not waited for.
    assert list(outcome.attempts) == ["att_1", "att_2"]
    assert outcome.failure is not None and outcome.failure.kind is FaultKind.RATE_LIMITED
    assert len(clock.slept) == 1


async def test_it_gives_up_after_three_tries() -> None:
    clock, tries = NoWait(), Tries(*[fault(FaultKind.UNAVAILABLE)] * 9)

    outcome = await persist(tries, clock.sleep)

    assert (tries.made, list(outcome.attempts)) == (3, ["att_1", "att_2", "att_3"])
    assert len(clock.slept) == 2


async def test_a_short_rate_limit_is_waited_out() -> None:
    clock, tries = NoWait(), Tries(fault(FaultKind.RATE_LIMITED, retry_after=1.5))

    outcome = await persist(tries, clock.sleep)

    assert (outcome.failure, clock.slept, tries.made) == (None, [1.5], 2)


async def test_an_unknown_outcome_is_never_tried_again() -> None:
    clock, tries = NoWait(), Tries(fault(FaultKind.OUTCOME_UNKNOWN))

    await persist(tries, clock.sleep)

    assert (tries.made, clock.slept) == (1, [])
