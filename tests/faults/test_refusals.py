"""F-1 and F-2: a vendor that refuses, or fails; what did no work is released, what may have is never sent again."""

from __future__ import annotations

from email.utils import formatdate
from time import time
from typing import Any

import pytest

from tests.faults.inner import InnerWorld
from tests.faults.scripts import canned
from tests.faults.world import BOUGHT, FAMILIES, INLINE, LINKED, PATHS, RELEASED, UNRESOLVED

BODIES: dict[str, dict[str, Any]] = {
    "openai": {"error": {"message": "Not now.", "type": "service_unavailable_error", "code": "server_is_overloaded"}},
    "gemini": {"error": {"message": "Not now.", "code": 503, "status": "UNAVAILABLE"}},
    "ark": {"error": {"message": "Not now.", "code": "ServerOverloaded", "type": "TooManyRequests"}},
    "dashscope": {"code": "ServiceUnavailable", "message": "Not now.", "request_id": "r"},
}
WORDLESS = {"message": "Oops.", "request_id": "r", "error": {"message": "Oops."}}
LIMITED = {"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}}


def limited(wait: str | None) -> Any:
    """A 429 that names this wait."""
    return canned(429, LIMITED) if wait is None else canned(429, LIMITED, retry_after=wait)


# F-1


@pytest.mark.parametrize("wait", ["0", "1", "date"])
def test_a_wait_that_fits_is_waited_for(inner: InnerWorld, wait: str) -> None:
    inner.proxy.then(limited(formatdate(time() + 1.5, usegmt=True) if wait == "date" else wait))
    with inner.serving() as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.calls, came.money) == (200, 2, [*RELEASED, *BOUGHT])
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("wait", [None, "30", "1000000000", "soon", "-5", "date"])
def test_a_wait_that_does_not_fit_is_told_to_the_caller(inner: InnerWorld, wait: str | None) -> None:
    inner.proxy.then(limited(formatdate(time() + 3_000, usegmt=True) if wait == "date" else wait))
    with inner.serving() as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.code, came.calls, came.status) == (429, "rate_limit_exceeded", 1, "failed")
    assert came.money == RELEASED
    assert 1 <= int(came.answer.headers["retry-after"]) <= 59
    assert inner.verdict().wrong == {}


def test_where_one_account_is_limited_another_one_serves(inner: InnerWorld) -> None:
    other = inner.another_proxy()
    account = {"provider": "openai", "api_key": "sandbox", "base_url": other.url + PATHS["openai"]}
    inner.proxy.script = limited("30")
    with inner.serving(deployments={"second": account}) as server:
        first, second = inner.outcome(server), inner.outcome(server)
    assert (first.answer.status, first.calls, first.money) == (200, 2, [*RELEASED, *BOUGHT])
    # The wait it named is kept: it is not asked again meanwhile, and nothing was sent that could be released.
    assert (second.answer.status, second.calls, second.money[-3:]) == (200, 1, BOUGHT)
    assert len(inner.proxy.of("call")) == 1
    assert inner.verdict().wrong == {}


# F-2


@pytest.mark.parametrize("family", FAMILIES)
def test_a_503_is_tried_again(inner: InnerWorld, family: str) -> None:
    inner.proxy.then(canned(503, BODIES[family]))
    with inner.serving() as server:
        came = inner.outcome(server, family)
    assert (came.answer.status, came.calls, came.money) == (200, 2, [*RELEASED, *BOUGHT])
    assert inner.verdict().wrong == {}


def test_a_503_without_end_goes_to_the_next_account(inner: InnerWorld) -> None:
    other = inner.another_proxy()
    account = {"provider": "openai", "api_key": "sandbox", "base_url": other.url + PATHS["openai"]}
    inner.proxy.script = canned(503, BODIES["openai"])
    with inner.serving(deployments={"second": account}) as server:
        came = inner.outcome(server)
    assert (came.answer.status, len(other.of("call")), came.money[-3:]) == (200, 1, BOUGHT)
    assert len(inner.proxy.of("call")) in (2, 3)
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_503_without_end_is_told_and_released(inner: InnerWorld, family: str) -> None:
    inner.proxy.script = canned(503, BODIES[family])
    with inner.serving() as server:
        came = inner.outcome(server, family)
    assert (came.answer.status, came.code, came.status) == (503, "provider_unavailable", "failed")
    assert came.money == RELEASED * came.calls
    assert came.calls == 3
    assert "retry-after" in came.answer.headers
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("paid", [False, True], ids=["not paid", "paid"])
@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("family", [INLINE[0], LINKED[1]])
def test_what_may_be_paid_is_never_sent_again(inner: InnerWorld, family: str, status: int, paid: bool) -> None:
    other = inner.another_proxy()
    account = {"provider": family, "api_key": "sandbox", "base_url": other.url + PATHS[family]}
    inner.proxy.script = canned(status, WORDLESS, paid=paid)
    with inner.serving(deployments={"second": account}) as server:
        came = inner.outcome(server, family)
    assert (came.calls, came.money, came.status) == (1, UNRESOLVED, "unknown")
    assert came.answer.status in (502, 504)
    assert came.answer.headers["x-should-retry"] == "false"
    assert inner.verdict().wrong == {}
    assert inner.verdict().paid == paid
