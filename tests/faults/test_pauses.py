"""F-21: two processes on one data folder, one of them paused past its lease; it settles and delivers nothing twice."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.faults.proxy import Meeting
from tests.faults.receiver import SECRET, Receiver
from tests.faults.test_tasks import TASKS, told
from tests.faults.world import World, label_in, pictures_in, wait_ready

BRIEF = {"onebrush.engine.leases:Leases(beat)": 0.2, "onebrush.engine.leases:Leases(lease)": 1.0}
ASYNC = {"Prefer": "respond-async"}


class Pair:
    """Two gateways on one folder, and a receiver of webhooks."""

    def __init__(self, world: World, stack: ExitStack, *, long: bool, **settings: Any) -> None:
        self.world = world
        self.receiver = Receiver(failing=0.0)
        stack.callback(self.receiver.close)
        settings |= {"webhook_secrets": {"rig": SECRET}, "fetch_ports": [self.receiver.port]}
        self._lease = 30.0 if long else 1.0
        self.first, self.second = [
            stack.enter_context(world.gateway(replaced={} if long else BRIEF, **settings)) for _ in range(2)
        ]
        wait_ready(self.first)
        wait_ready(self.second)

    def ask(self, family: str, **more: Any) -> str:
        """Ask the first one; the generation."""
        body = self.world.body(family, webhook={"url": self.receiver.url, "secret_id": "rig"}, **more)
        answer = self.first.generate(body, Idempotency_Key=label_in(body), **ASYNC)
        assert answer.status == 202, answer.body
        return answer.headers["x-request-id"]

    @contextmanager
    def paused(self, seconds: float) -> Iterator[None]:
        """The first one stands still within, and for so many seconds at least."""
        os.kill(self.first.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            yield
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        finally:
            os.kill(self.first.process.pid, signal.SIGCONT)

    def until_told(self, generation: str) -> None:
        """Until the receiver knows of it."""
        deadline = time.monotonic() + 60
        while not self.receiver.seen[generation]:
            assert time.monotonic() < deadline, "nobody was told"
            time.sleep(0.05)


@contextmanager
def pair(world: World, *, long: bool, **settings: Any) -> Iterator[Pair]:
    """Two gateways, and the oracle at their end."""
    with ExitStack() as stack:
        yield Pair(world, stack, long=long, **settings)
        time.sleep(1.0)  # for what the paused one might still do
        assert world.verdict().wrong == {}


class Gate:
    """The vendor makes the picture and answers when it is told to."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    async def script(self, meeting: Meeting) -> None:
        answer = await meeting.bought()
        await asyncio.to_thread(self.opened.wait, 60)
        await meeting.give(answer)


def test_a_call_of_a_paused_process_is_neither_bought_again_nor_settled_twice(
    world: World, long: bool, report: Callable[..., None]
) -> None:
    gate = Gate()
    world.proxy.then(gate.script)
    with pair(world, long=long) as two:
        generation = two.ask("openai")
        world.proxy.until(lambda: world.calls() and world.calls()[0].answer)
        with two.paused(60.0 if long else 2.0):
            world.wait_terminal(90)
            assert world.record(two.second, generation)["status"] == "unknown"
            gate.opened.set()
        _until(lambda: world.money(generation)[-1] == "settled")
        record = world.record(two.second, generation)
        assert (record["status"], len(world.calls())) == ("succeeded", 1)
        assert world.money(generation) == ["reserved", "sent", "unresolved", "settled"]
        two.until_told(generation)
    report("F-21", "paused while the vendor works", runs=1, paid=1, settled=1)


def test_a_task_of_a_paused_process_is_finished_by_the_other(
    world: World, long: bool, report: Callable[..., None]
) -> None:
    world.proxy.then(*[told("RUNNING")] * 4, kind="poll")
    with pair(world, long=long, providers=TASKS) as two:
        generation = two.ask("dashscope")
        world.proxy.until(lambda: world.proxy.of("poll"))
        with two.paused(60.0 if long else 2.0):
            world.wait_terminal(90)
            two.until_told(generation)
        record = two.second.ask(f"/v1/images/generations/{generation}")
        assert len(pictures_in(record, two.second)) == 1
        time.sleep(1.0)
        assert (len(world.calls()), len(world.rows("SELECT id FROM artifacts"))) == (1, 1)
        assert world.money(generation).count("settled") == 1
        assert [row["status"] for row in world.rows("SELECT status FROM deliveries")] == ["delivered"]
        assert len(two.receiver.messages[generation]) == 1
    report("F-21", "paused while a task is pending", runs=1, paid=1, settled=1)


def test_work_that_goes_on_is_left_to_who_does_it(world: World) -> None:
    """The control: a lease is not lost by taking long."""
    gate = Gate()
    world.proxy.then(gate.script)
    with pair(world, long=False) as two:
        generation = two.ask("openai")
        time.sleep(3.0)  # three leases
        assert world.record(two.second, generation)["status"] == "running"
        gate.opened.set()
        world.wait_terminal()
        assert world.money(generation) == ["reserved", "sent", "settled"]
        two.until_told(generation)


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
