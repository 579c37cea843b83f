"""F-14: half of all calls fail for a while; nobody is stormed, what is healthy serves, the breaker opens and heals."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.proxy import Meeting, Script, passing
from tests.faults.test_refusals import BODIES, WORDLESS
from tests.faults.world import HOPELESS, PATHS, label_in
from tests.running import Answer, Listening

CALLERS = 6
REFUSED = scripts.canned(503, BODIES["openai"])


def every_other() -> Script:
    """Half of the calls are refused, in turn."""
    met = itertools.count()

    async def script(meeting: Meeting) -> None:
        await (passing if next(met) % 2 else REFUSED)(meeting)

    return script


def by_chance() -> Script:
    """Half of the calls are refused, as it comes."""
    chance = random.Random(7)

    async def script(meeting: Meeting) -> None:
        await (REFUSED if chance.random() < 0.5 else passing)(meeting)

    return script


class Storm:
    """Callers who ask again and again until the time is over, each for another picture."""

    def __init__(self, inner: InnerWorld, server: Listening, seconds: float, family: str) -> None:
        self.answers: list[Answer] = []
        self._inner, self._server, self._family = inner, server, family
        self._end = time.monotonic() + seconds
        self._callers = [threading.Thread(target=self._ask, daemon=True) for _ in range(CALLERS)]
        for caller in self._callers:
            caller.start()

    def _ask(self) -> None:
        while time.monotonic() < self._end:
            body = self._inner.body(self._family)
            answer = self._server.generate(body)
            self._inner.notes[answer.headers["x-request-id"]] = label_in(body)
            self.answers.append(answer)

    def over(self) -> Counter[int]:
        """Status -> how many were answered so."""
        for caller in self._callers:
            caller.join(HOPELESS + 60)
        return Counter(answer.status for answer in self.answers)


def test_a_vendor_is_not_stormed_by_retries(
    inner: InnerWorld, long: bool, report: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the budget alone: no breaker takes retries away."""
    monkeypatch.setattr("onebrush.engine.health.STREAK", 1_000_000)
    inner.proxy.script = every_other()
    with inner.serving() as server:
        statuses = Storm(inner, server, 60.0 if long else 2.0, "openai").over()
        inner.wait_terminal()
    asked, attempts = statuses.total(), len(inner.calls())
    assert set(statuses) == {200, 503}
    assert attempts <= 1.2 * asked + 3
    assert inner.verdict().wrong == {}
    report("F-14", "every other call fails, no breaker", runs=asked, attempts=attempts, served=statuses[200])


def test_a_vendor_that_is_well_serves_throughout(inner: InnerWorld, long: bool, report: Callable[..., None]) -> None:
    """Half of one vendor's calls fail, as it comes, and its breaker opens; another vendor notices nothing."""
    well, seconds = inner.another_proxy(), 60.0 if long else 2.0
    inner.proxy.script = by_chance()
    other = {"gemini": {"base_url": well.url + PATHS["gemini"]}}
    with inner.serving(providers=other) as server:
        ill, beside = Storm(inner, server, seconds, "openai"), Storm(inner, server, seconds, "gemini")
        statuses, served = ill.over(), beside.over()
        inner.wait_terminal()
    asked, attempts = statuses.total(), len(inner.proxy.of("call"))
    assert set(statuses) <= {200, 503}
    assert attempts < asked  # its breaker opened: some were answered without a call
    # One budget for all: who is well pays in, and needs none of it.
    assert attempts + served.total() <= 1.2 * (asked + served.total()) + 3
    assert set(served) == {200}
    assert len(well.of("call")) == served.total()
    assert inner.verdict().wrong == {}
    report("F-14", "half of a vendor's calls fail by chance", runs=asked, attempts=attempts, served=statuses[200])
    report("F-14", "another vendor meanwhile", runs=served.total(), attempts=served.total(), served=served[200])


def test_beside_a_dead_account_a_healthy_one_serves(inner: InnerWorld, report: Callable[..., None]) -> None:
    """Only the first volley, which came before the breaker opened, may be more than the budget moves."""
    healthy = inner.another_proxy()
    account = {"provider": "openai", "api_key": "sandbox", "base_url": healthy.url + PATHS["openai"]}
    inner.proxy.script = REFUSED
    with inner.serving(deployments={"healthy": account}) as server:
        statuses = Storm(inner, server, 2.0, "openai").over()
        inner.wait_terminal()
    asked, attempts = statuses.total(), len(inner.calls())
    assert statuses[503] <= CALLERS
    assert statuses[200] == asked - statuses[503] > 0
    assert len(inner.proxy.of("call")) <= 3 * CALLERS
    assert inner.verdict().wrong == {}
    report("F-14", "a dead account beside a healthy one", runs=asked, attempts=attempts, served=statuses[200])


def test_the_breaker_opens_after_five_in_a_row_and_heals_by_one_probe(
    inner: InnerWorld, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    opened = 30.0 if long else 1.0
    monkeypatch.setattr("onebrush.engine.health.OPEN", opened)
    monkeypatch.setattr("onebrush.engine.resilience.SHORT_WAIT", 0.1)  # nobody waits for the breaker
    inner.proxy.script = scripts.canned(500, WORDLESS)
    with inner.serving() as server:
        for _ in range(5):
            assert inner.outcome(server).calls == 1
        opened_at = time.monotonic()
        refused = [inner.outcome(server) for _ in range(3)]
        assert [(one.answer.status, one.calls) for one in refused] == [(503, 0)] * 3
        assert all(int(one.answer.headers["retry-after"]) >= 1 for one in refused)
        # Another model there is another matter.
        other = inner.outcome(server, model="gpt-image-2.5-flare", quality="low")
        assert other.calls == 1
        inner.proxy.script = scripts.delayed(0.5)
        time.sleep(max(0.0, opened + 0.1 - (time.monotonic() - opened_at)))
        probes = [threading.Thread(target=lambda: inner.ask(server)) for _ in range(4)]
        before = len(inner.calls())
        for probe in probes:
            probe.start()
        for probe in probes:
            probe.join(30)
        assert len(inner.calls()) - before == 1
        assert inner.outcome(server).answer.status == 200
    assert inner.verdict().wrong == {}
