"""SIGHUP under load: settings are read again, and no request notices but for what was changed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from tests.faults.proxy import Proxy
from tests.faults.world import PATHS, World, label_in
from tests.running import Answer, Server

CALLERS = 4


def test_settings_are_read_again_without_dropping_a_request(
    world: World, long: bool, report: Callable[..., None]
) -> None:
    answers: list[Answer] = []
    over = threading.Event()
    others = [world.another_proxy() for _ in range(2)]
    with world.gateway() as server:
        path = world.last_config

        def ask() -> None:
            while not over.is_set():
                body = world.body()
                answer = server.generate(body)
                world.notes[answer.headers["x-request-id"]] = label_in(body)
                answers.append(answer)

        callers = [threading.Thread(target=ask, daemon=True) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for number in range(20 if long else 4):
            _move_to(world, server, path, others[number % 2])
        over.set()
        for caller in callers:
            caller.join(60)
        world.wait_terminal()
        # What is no settings file is told in the log; those in force stay.
        path.write_text("keys = [")
        os.kill(server.process.pid, signal.SIGHUP)
        time.sleep(0.5)
        assert world.outcome(server).answer.status == 200
    assert {answer.status for answer in answers} == {200}
    assert len(answers) >= CALLERS
    assert world.verdict().wrong == {}
    report("Show 7", "SIGHUP under load", runs=len(answers), reloads=20 if long else 4, served=len(answers))


def _move_to(world: World, server: Server, path: object, proxy: Proxy) -> None:
    """From now on the family is bought at another address."""
    before = len(proxy.of("call"))
    moved = world.config(providers={"openai": {"base_url": proxy.url + PATHS["openai"]}})
    os.replace(moved, str(path))
    os.kill(server.process.pid, signal.SIGHUP)
    proxy.until(lambda: len(proxy.of("call")) > before)
