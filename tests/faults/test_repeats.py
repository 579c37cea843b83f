"""Idempotency under a crowd and over a restart: one call to the vendor, a hundred equal answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.world import BOUGHT, FAMILIES, World, kill, label_in, pictures_in

CROWD = 100


def test_a_hundred_equal_requests_under_one_name_are_one_purchase(
    world: World, long: bool, report: Callable[..., None]
) -> None:
    families = FAMILIES if long else ("dashscope",)
    bodies = {label_in(body): body for body in map(world.body, families)}
    first = {}
    with world.gateway() as server, ThreadPoolExecutor(CROWD) as crowd:
        for name, body in bodies.items():
            world.proxy.then(scripts.delayed(0.5))
            asked = [crowd.submit(server.generate, body, Idempotency_Key=name) for _ in range(CROWD)]
            answers = [one.result() for one in asked]
            assert {answer.status for answer in answers} == {200}
            assert len({answer.headers["x-request-id"] for answer in answers}) == 1
            assert world.paid(name) == 1
            [picture] = {one for answer in answers[:5] for one in pictures_in(answer, server)}
            first[name] = answers[0].headers["x-request-id"], picture
            other = server.generate({**body, "prompt": f"{body['prompt']} and a hat"}, Idempotency_Key=name)
            assert (other.status, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
        kill(server)
    with world.gateway() as server:
        for name, body in bodies.items():
            again = server.generate(body, Idempotency_Key=name)
            assert (again.headers["x-request-id"], *pictures_in(again, server)) == first[name]
            assert server.generate({**body, "n": 2}, Idempotency_Key=name).status == 409
            assert world.paid(name) == 1
            assert world.money(again.headers["x-request-id"]) == BOUGHT
        assert world.verdict().wrong == {}
    report("Show 3", "equal requests at once, and after a restart", runs=CROWD * len(bodies), paid=len(bodies))


def test_a_name_whose_request_bought_nothing_is_free_again(inner: InnerWorld) -> None:
    body = inner.body()
    name = label_in(body)
    inner.proxy.then(scripts.canned(400, {"error": {"message": "No.", "type": "invalid_request_error"}}))
    with inner.serving() as server:
        assert server.generate(body, Idempotency_Key=name).status == 400
        assert server.generate(body, Idempotency_Key=name).status == 200
    assert inner.paid(name) == 1
    assert inner.verdict().wrong == {}


def test_a_name_whose_outcome_is_unknown_never_buys_again(inner: InnerWorld) -> None:
    body = inner.body()
    name = label_in(body)
    inner.proxy.then(scripts.reset_before_head)
    with inner.serving() as server:
        answers = [server.generate(body, Idempotency_Key=name) for _ in range(3)]
    assert [(answer.status, answer.headers["x-should-retry"]) for answer in answers] == [(502, "false")] * 3
    assert len({answer.headers["x-request-id"] for answer in answers}) == 1
    assert inner.paid(name) == 1
    assert inner.verdict().wrong == {}


def test_an_sdk_that_retries_joins_what_it_began(inner: InnerWorld) -> None:
    body = inner.body()
    inner.proxy.then(scripts.delayed(0.5))
    with inner.serving() as server, ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(server.generate, body)
        inner.proxy.until(lambda: inner.proxy.of("call"))
        second = server.generate(body, x_stainless_retry_count="1")
        third = server.generate(body, x_stainless_retry_count="2")
        assert {one.headers["x-request-id"] for one in (first.result(), second, third)} == {
            second.headers["x-request-id"]
        }
    inner.notes[second.headers["x-request-id"]] = label_in(body)
    assert inner.paid(label_in(body)) == 1
    assert inner.verdict().wrong == {}


def test_two_callers_who_wait_are_two_purchases(inner: InnerWorld) -> None:
    """The control: without a name and without a retry, who asks twice gets two."""
    body = inner.body()
    inner.bought[label_in(body)] = 2
    with inner.serving() as server, ThreadPoolExecutor(2) as crowd:
        answers = list(crowd.map(lambda _: server.generate(body), range(2)))
    inner.notes.update({answer.headers["x-request-id"]: label_in(body) for answer in answers})
    assert len(inner.notes) == 2
    assert inner.paid(label_in(body)) == 2
    assert inner.verdict().wrong == {}
