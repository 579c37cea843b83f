"""F-20: the wall clock goes wrong by an hour, either way; what waits does not notice, what is dated stays sane."""

from __future__ import annotations

import time

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.proxy import Meeting
from tests.faults.test_refusals import BODIES
from tests.faults.world import BOUGHT, RELEASED, UNRESOLVED, Asking, label_in, pictures_in

HOUR = 3600.0


class Wrong:
    """By how much the clock is wrong."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by = 0.0
        monkeypatch.setattr("onebrush.kit.clock.SystemClock.now", lambda _: time.time() + self.by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    """The gateway's wall clock, to be set wrong."""
    return Wrong(monkeypatch)


@pytest.mark.parametrize("by", [HOUR, -HOUR, -400 * 24 * HOUR])
def test_what_is_under_way_does_not_notice(inner: InnerWorld, clock: Wrong, by: float) -> None:
    inner.proxy.then(scripts.delayed(0.5))
    body = inner.body("dashscope")
    with inner.serving() as server:
        asking = Asking(server, body, Idempotency_Key=label_in(body))
        inner.proxy.until(inner.calls)
        clock.by = by
        answer = asking.done()
        assert answer is not None
        assert answer.status == 200
        inner.wait_terminal()
        assert inner.money(answer.headers["x-request-id"]) == BOUGHT
        assert len(pictures_in(answer, server)[0]) > 100
        again = server.generate(body, Idempotency_Key=label_in(body))
    # A clock that is wrong never buys again.
    assert again.headers["x-request-id"] == answer.headers["x-request-id"]
    [row] = inner.rows("SELECT created, finished FROM generations")
    assert row["finished"] >= row["created"]
    assert all(seconds >= 0 for seconds in answer.json()["onebrush"]["timings"].values())
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_deadline_holds_by_another_clock(inner: InnerWorld, clock: Wrong, by: float) -> None:
    inner.proxy.then(scripts.hold)
    with inner.serving(providers={"openai": {"timeout": 1.0}}) as server:
        body = inner.body()
        began = time.monotonic()
        asking = Asking(server, body, Idempotency_Key=label_in(body))
        inner.proxy.until(inner.calls)
        clock.by = by
        answer = asking.done()
    assert answer is not None
    assert answer.status == 504
    assert time.monotonic() - began < 30  # and not an hour
    assert inner.money(answer.headers["x-request-id"]) == UNRESOLVED
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_there_is_as_much_time_left_as_before(inner: InnerWorld, clock: Wrong, by: float) -> None:
    """A call that fails after the jump is tried again: the request's own deadline did not move."""

    async def jump(meeting: Meeting) -> None:
        clock.by = by
        await scripts.canned(503, BODIES["openai"])(meeting)

    inner.proxy.then(jump)
    with inner.serving(deadline=60) as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.money) == (200, [*RELEASED, *BOUGHT])
    assert inner.verdict().wrong == {}


def test_a_link_whose_time_is_over_stays_shut_and_one_from_the_future_opens_nothing_new(
    inner: InnerWorld, clock: Wrong
) -> None:
    with inner.serving(link_ttl=600) as server:
        answer = inner.ask(server, "dashscope")
        [link] = [one["url"] for one in answer.json()["data"]]
        assert server.ask(link).status == 200
        clock.by = HOUR
        assert server.ask(link).status == 410
        clock.by = -HOUR
        assert server.ask(link).status in (200, 403, 410)
        clock.by = 0.0
        assert server.ask(link).status == 200


def test_a_name_stands_for_a_day_whatever_the_clock_does_in_between(inner: InnerWorld, clock: Wrong) -> None:
    body = inner.body()
    with inner.serving() as server:
        ids = []
        for clock.by in (0.0, 23 * HOUR, -HOUR, 0.0):
            ids.append(server.generate(body, Idempotency_Key=label_in(body)).headers["x-request-id"])
    assert len(set(ids)) == 1
    assert inner.paid(label_in(body)) == 1
    assert inner.verdict().wrong == {}
