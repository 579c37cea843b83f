"""Deliveries take turns by endpoint: a dead receiver, or a long line of one, delays and hides no other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from onebrush.engine import fairness
from onebrush.engine.fairness import AT_ONCE, EACH, FairQueue, endpoint_of
from onebrush.engine.postman import LEASE, LOOK_EVERY, PAGE
from tests.engine.outbox import (
    NOW,
    Outbox,
    Street,
    a_clock,
    a_delivery,
    a_postman,
    at_work,
    pass_time,
    settle,
)

pytestmark = pytest.mark.anyio

DAY = 86_400


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://Hooks.example/a?b=c", "hooks.example:443"),
        ("https://hooks.example.:443/", "hooks.example:443"),
        ("http://hooks.example/", "hooks.example:80"),
        ("http://[::1]:8080/a", "::1:8080"),
        ("http://[::1", "http://[::1"),
        ("ftp://hooks.example/", "ftp://hooks.example/"),
    ],
)
def test_an_endpoint_is_a_host_and_a_port(url: str, endpoint: str) -> None:
    assert endpoint_of(url) == endpoint


def test_endpoints_take_turns() -> None:
    queue = FairQueue()
    queue.admit([a_delivery(number, f"https://{host}.example/") for number, host in enumerate("aaaabbc")])
    hosts = []
    while (delivery := queue.next()) is not None:
        hosts.append(delivery.url[8])

    assert hosts == ["a", "b", "c", "a", "b"]
    assert [delivery.id for delivery in queue.waiting] == ["msg_2", "msg_3"]


def test_a_line_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "MOST_WAITING", 10)
    queue = FairQueue()
    queue.admit([a_delivery(number) for number in range(30)])

    assert len(queue.waiting) == 10


def test_one_that_is_taken_again_stands_in_line_once() -> None:
    queue = FairQueue()
    for tries in range(3):
        queue.admit([a_delivery(tries=tries)])

    assert [delivery.tries for delivery in queue.waiting] == [2]


async def test_no_more_than_a_tenth_is_at_one_endpoint_and_no_more_than_twenty_in_all() -> None:
    release = asyncio.Event()

    async def hang(_url: str) -> int:
        await release.wait()
        return 200

    urls = [f"https://h{number % 30}.example/" for number in range(150)]
    outbox, street = Outbox(*(a_delivery(number, url) for number, url in enumerate(urls))), Street(hang)
    async with at_work(a_postman(outbox, street, a_clock())):
        assert len(street.tries) == AT_ONCE
        release.set()
        await settle()

    assert outbox.standing == {"delivered": 150}
    assert street.most.pop("all") == AT_ONCE
    assert max(street.most.values()) <= EACH == AT_ONCE // 10


async def test_a_backlog_of_a_dead_receiver_hides_nobody() -> None:
    async def answer(url: str) -> int:
        if "dead" in url:
            await asyncio.Event().wait()
        return 200

    dead = [a_delivery(number, "https://dead.example/", due=NOW - DAY) for number in range(2 * PAGE)]
    good = [a_delivery(2 * PAGE + number, "https://good.example/") for number in range(50)]
    clock, outbox, street = a_clock(), Outbox(*dead, *good), Street(answer)
    async with at_work(a_postman(outbox, street, clock)):
        await settle()
        assert outbox.standing["delivered"] == 50
        outbox.rows["msg_new"] = replace(a_delivery(), id="msg_new", url="https://good.example/", due=int(clock.now()))
        await pass_time(clock, LEASE)
        await pass_time(clock, LOOK_EVERY)

    assert outbox.standing["delivered"] == 51
    assert street.most["dead.example:443"] == EACH
