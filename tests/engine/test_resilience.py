"""Resilience: what each fault of the closed table allows, and what a caller is told of it."""

from __future__ import annotations

import pytest

from onebrush.api.errors import error_headers
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.engine.resilience import MAX_TRIES, Again, Decision, Next, Stop, decide, error_for
from tests.engine.doubles import a_deployment, a_sandbox, fault

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


# The closed table, written out: fault -> may the same deployment be tried again, may the next one be.
TABLE = {
    "bad request": (fault(FaultKind.BAD_REQUEST, status=400), "no", "no"),
    "content blocked": (fault(FaultKind.CONTENT_BLOCKED, status=400), "no", "where the route opts in"),
    "vendor credential": (fault(FaultKind.CREDENTIAL, status=401), "no", "yes"),
    "vendor quota": (fault(FaultKind.QUOTA, status=402), "no", "yes"),
    "rate limited, shortly": (fault(FaultKind.RATE_LIMITED, status=429, retry_after=1.0), "yes", "yes"),
    "rate limited, for long": (fault(FaultKind.RATE_LIMITED, status=429, retry_after=30.0), "no", "yes"),
    "rate limited, for nobody knows how long": (fault(FaultKind.RATE_LIMITED, status=429), "no", "yes"),
    "unavailable: never sent": (fault(FaultKind.UNAVAILABLE, sent=False), "yes", "yes"),
    "unavailable: refused with 503": (fault(FaultKind.UNAVAILABLE, status=503), "yes", "yes"),
    "unknown: sent, then 500": (fault(FaultKind.OUTCOME_UNKNOWN, status=500), "no", "no"),
    "unknown: sent, then 502": (fault(FaultKind.OUTCOME_UNKNOWN, status=502), "no", "no"),
    "unknown: sent, then cut": (fault(FaultKind.OUTCOME_UNKNOWN), "no", "no"),
    "unknown: sent, then 504": (fault(FaultKind.TIMED_OUT, status=504), "no", "no"),
    "unknown: sent, then silence": (fault(FaultKind.TIMED_OUT), "no", "no"),
    "model gone": (fault(FaultKind.MODEL_GONE, status=404), "no", "yes"),
    "bad response: no trusted connection": (fault(FaultKind.BAD_RESPONSE, sent=False), "no", "yes"),
    "bad response: an error that makes no sense": (fault(FaultKind.BAD_RESPONSE, status=501), "no", "yes"),
    "bad response: a 200 that makes no sense": (fault(FaultKind.BAD_RESPONSE, status=200), "no", "no"),
    "bad response: cut off by us": (fault(FaultKind.BAD_RESPONSE), "no", "no"),
    "no image, with an error": (fault(FaultKind.NO_IMAGE, status=422), "no", "yes"),
    "no image, in a 200": (fault(FaultKind.NO_IMAGE, status=200), "no", "no"),
    "no image, and no word of it": (fault(FaultKind.NO_IMAGE), "no", "no"),
}


def decided(met: Fault, *, tries: int = 1, seconds_left: float = 600.0, on_refusal: bool = False) -> Decision:
    return decide(met, tries=tries, seconds_left=seconds_left, on_refusal=on_refusal)


def test_the_table_holds_every_kind_of_fault() -> None:
    assert {met.kind for met, _, _ in TABLE.values()} == set(FaultKind)


@pytest.mark.parametrize("row", TABLE)
def test_a_fault_allows_what_the_closed_table_says(row: str) -> None:
    met, same, other = TABLE[row]

    first, last, opted = decided(met), decided(met, tries=MAX_TRIES), decided(met, on_refusal=True)

    assert isinstance(first, Again) is (same == "yes")
    assert isinstance(last, Next) is (other == "yes")
    assert isinstance(opted, Stop) is (other == "no")


@pytest.mark.parametrize("row", TABLE)
def test_past_its_deadline_a_request_sends_nothing_more(row: str) -> None:
    assert decided(TABLE[row][0], seconds_left=0.0, on_refusal=True) == Stop()


def test_what_is_unavailable_is_tried_three_times_with_growing_waits_and_jitter() -> None:
    waits = [[decided(fault(FaultKind.UNAVAILABLE), tries=tries) for _ in range(50)] for tries in (1, 2)]
    first, second = ([again.delay for again in some if isinstance(again, Again)] for some in waits)

    assert (len(first), len(second)) == (50, 50)
    assert all(0.1 <= delay <= 0.3 for delay in first)
    assert all(0.2 <= delay <= 0.6 for delay in second)
    assert len(set(first)) > 1
    assert decided(fault(FaultKind.UNAVAILABLE), tries=3) == Next()


@pytest.mark.parametrize(
    ("retry_after", "tries", "decision"),
    [
        (1.5, 1, Again(delay=1.5)),
        (2.0, 1, Again(delay=2.0)),
        (0.0, 1, Again(delay=0.0)),
        (2.1, 1, Next()),
        (1e9, 1, Next()),
        (1.0, 2, Next()),
        (None, 1, Next()),
    ],
)
def test_a_rate_limit_is_waited_for_once_and_only_where_the_wait_is_short(
    retry_after: float | None, tries: int, decision: Decision
) -> None:
    assert decided(fault(FaultKind.RATE_LIMITED, retry_after=retry_after), tries=tries) == decision


def test_an_outage_that_names_its_end_is_not_tried_before() -> None:
    named = fault(FaultKind.UNAVAILABLE, status=503, retry_after=1.9)

    assert decided(named) == Again(delay=1.9)
    assert decided(fault(FaultKind.UNAVAILABLE, status=503, retry_after=30.0)) == Next()


def test_a_wait_that_does_not_fit_the_time_left_is_none() -> None:
    limited = fault(FaultKind.RATE_LIMITED, retry_after=1.5)

    assert decided(limited, seconds_left=1.4) == Next()
    assert decided(limited, seconds_left=1.6) == Again(delay=1.5)


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
