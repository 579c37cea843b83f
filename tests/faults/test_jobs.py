"""J-1: many asynchronous generations through random kills; each ends, each is told of, none is paid twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.faults.receiver import SECRET, Receiver
from tests.faults.test_kills import Lives
from tests.faults.world import FAMILIES, World, label_in

CALLERS = 4
# A webhook waits as long for its next try, and for the one who took it and was killed, as in life; shorter here.
BRIEF = {
    "onebrush.engine.webhooks:SCHEDULE": [1] * 20,
    "onebrush.engine.postman:LEASE": 4,
    "onebrush.engine.postman:SPARE": 2,
}


class Callers:
    """They ask for everything once, and again under the same name where the connection broke."""

    def __init__(self, world: World, lives: Lives, receiver: Receiver, number: int) -> None:
        self._world, self._lives, self._receiver = world, lives, receiver
        self._left = list(range(number))
        self.taken: dict[str, str] = {}  # label -> generation
        self.refused: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        while True:
            try:
                number = self._left.pop()
            except IndexError:
                return
            hook = {"url": self._receiver.url, "secret_id": "rig"}
            body = self._world.body(FAMILIES[number % len(FAMILIES)], webhook=hook)
            self._insist(body)

    def _insist(self, body: dict[str, Any]) -> None:
        label = label_in(body)
        while label not in self.taken:
            with suppress(OSError, ValueError):
                answer = self._lives.server.generate(body, Prefer="respond-async", Idempotency_Key=label)
                if answer.status in (200, 202):
                    self.taken[label] = answer.headers["x-request-id"]
                    return
                self.refused[answer.status] += 1
            time.sleep(0.05)

    def done(self) -> None:
        """Wait until everything was taken."""
        for thread in self._threads:
            thread.join(600)


def test_jobs_survive_kills_and_everybody_is_told(world: World, long: bool, report: Callable[..., None]) -> None:
    number, kills = (1_000, 20) if long else (60, 3)
    receiver, chance = Receiver(), random.Random(60)
    lives = Lives(world, replaced=BRIEF, webhook_secrets={"rig": SECRET}, fetch_ports=[receiver.port])
    try:
        callers = Callers(world, lives, receiver, number)
        for died in range(1, kills + 1):
            _until_finished(world, died * number // (kills + 2))
            time.sleep(chance.uniform(0.0, 0.4))
            lives.fall()
            lives.rise()
        callers.done()
        world.wait_terminal(120)
        world.notes.update({generation: label for label, generation in callers.taken.items()})
        _until_told(world, receiver, number)
        statuses = Counter(row["status"] for row in world.rows("SELECT status FROM generations"))
        verdict = world.verdict()
    finally:
        lives.end()
        receiver.close()
    assert verdict.wrong == {}
    assert set(callers.refused) <= {429, 503}
    assert statuses.total() == number
    assert set(statuses) <= {"succeeded", "unknown"}
    assert statuses["succeeded"] >= number // 3  # a kill only leaves in doubt what was at a vendor just then
    assert receiver.forged == 0
    assert receiver.refused > 0
    assert all(receiver.seen[generation] for generation in callers.taken.values())
    assert [row["status"] for row in world.rows("SELECT DISTINCT status FROM deliveries")] == ["delivered"]
    report(
        "J-1",
        f"{kills} kills, 20 % of deliveries refused",
        runs=number,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        pictures=verdict.pictures,
        unknown=statuses["unknown"],
        told=len(receiver.seen),
    )


def _until_finished(world: World, number: int) -> None:
    deadline = time.monotonic() + 300
    while world.rows("SELECT count(*) AS done FROM generations WHERE finished IS NOT NULL")[0]["done"] < number:
        assert time.monotonic() < deadline, "it does not come forward"
        time.sleep(0.02)


def _until_told(world: World, receiver: Receiver, number: int) -> None:
    deadline = time.monotonic() + 120
    while pending := world.rows("SELECT * FROM deliveries WHERE status='pending'") or len(receiver.seen) < number:
        assert time.monotonic() < deadline, f"not told: {pending}"
        time.sleep(0.1)
