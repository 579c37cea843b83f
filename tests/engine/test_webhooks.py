"""Webhooks reach their receivers at least once, signed, by the schedule, and a dead receiver delays no other."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from openai import InvalidWebhookSignatureError, OpenAI
from standardwebhooks import Webhook, WebhookVerificationError

from onebrush.domain.errors import FaultKind, NotFound
from onebrush.domain.event import Fault
from onebrush.domain.webhook import DeliveryStatus
from onebrush.engine import fairness
from onebrush.engine.fairness import AT_ONCE, EACH, FairQueue, endpoint_of
from onebrush.engine.ports import TransportFault
from onebrush.engine.postman import LEASE, LOOK_EVERY, PAGE, Postman
from onebrush.engine.webhooks import JITTER, SCHEDULE, answered, missed, signed
from onebrush.kit.clock import Clock, FixedClock, SystemClock
from onebrush.kit.lift import LiftLimits
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from tests.engine.outbox import NEW_SECRET, NOW, SECRET, Outbox, Street, a_delivery, always, settle
from tests.upstream.servers import Server, answering, saying, serving

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
DAY = 86_400
BODY = '{"type":"image.generation.succeeded","data":{"id":"gen_1","prompt":"Ein Löwe 🦁"}}'.encode()


async def body_of(generation_id: str) -> bytes:
    return BODY.replace(b"gen_1", generation_id.encode())


def a_postman(outbox: Outbox, transport: Any, clock: Clock, **changes: Any) -> Postman:
    secrets = {"main": [SECRET]}
    parts: dict[str, Any] = {"secrets": secrets.get, "payload": body_of, **changes}
    store = cast(Any, outbox)
    return Postman(records=store, journal=store, transport=transport, clock=clock, **parts)


@asynccontextmanager
async def at_work(*postmen: Postman) -> AsyncIterator[None]:
    """The postmen run, and have done what there is to do now."""
    tasks = [asyncio.create_task(postman.run()) for postman in postmen]
    await settle()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def pass_time(clock: FixedClock, seconds: float) -> None:
    clock.advance(seconds)
    await settle()


def a_clock() -> FixedClock:
    """Past the second that is left to the process which wrote the row."""
    return FixedClock(NOW + 1)


# What follows from an answer


def test_the_schedule_lasts_a_day_at_its_shortest() -> None:
    assert sum(SCHEDULE) * (1 - JITTER) >= DAY
    assert list(SCHEDULE) == sorted(SCHEDULE)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_delivered(status: int) -> None:
    told = answered(a_delivery(tries=3), status, NOW)

    assert (told.status, told.tries) == (DeliveryStatus.DELIVERED, 4)
    assert told.said == f"The receiver answered with status {status}."


def test_gone_stops_at_once() -> None:
    told = answered(a_delivery(), 410, NOW)

    assert (told.status, told.tries) == (DeliveryStatus.FAILED, 1)
    assert told.said and "410" in told.said


@pytest.mark.parametrize("status", [199, 301, 302, 307, 400, 401, 404, 408, 413, 429, 500, 502, 503, 504, 599])
def test_every_other_answer_is_tried_again_by_the_schedule(status: int) -> None:
    delivery = a_delivery()
    for tries, wait in enumerate(SCHEDULE, start=1):
        delivery = answered(delivery, status, NOW)
        assert (delivery.status, delivery.tries) == (DeliveryStatus.PENDING, tries)
        assert wait * (1 - JITTER) <= delivery.due - NOW <= wait * (1 + JITTER) + 1
        assert delivery.said and str(status) in delivery.said
    delivery = answered(delivery, status, NOW)

    assert (delivery.status, delivery.tries) == (DeliveryStatus.FAILED, len(SCHEDULE) + 1)
    assert delivery.said and delivery.said.endswith("That was the last of 11 tries.")


def test_the_waits_are_spread() -> None:
    assert len({missed(a_delivery(tries=9), "It failed.", NOW).due for _ in range(20)}) > 1


# The schedule, by a clock


async def refuse(_url: str) -> int:
    raise TransportFault(Fault(kind=FaultKind.TIMED_OUT, message="The receiver did not answer within 15 s."))


@pytest.mark.parametrize("answer", [always(500), always(404), always(302), refuse])
async def test_what_never_succeeds_is_tried_eleven_times_in_more_than_a_day_and_has_failed(answer: Any) -> None:
    async def noted(url: str) -> int:
        began.append(clock.now())
        return cast(int, await answer(url))

    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(noted)
    began: list[float] = []
    async with at_work(a_postman(outbox, street, clock)):
        while outbox.standing["pending"]:
            so_far = len(began)
            await pass_time(clock, outbox.rows["msg_1"].due - clock.now() - 1)
            assert len(began) == so_far
            await pass_time(clock, LOOK_EVERY + 1)
            assert len(began) == so_far + 1
        await pass_time(clock, DAY)

    assert street.ids == ["msg_1"] * (len(SCHEDULE) + 1)
    assert began[-1] - began[0] >= DAY
    waits = [later - sooner for sooner, later in itertools.pairwise(began)]
    assert waits == pytest.approx(SCHEDULE, rel=JITTER, abs=LOOK_EVERY + 2)
    assert outbox.rows["msg_1"].said is not None and "last of 11" in outbox.rows["msg_1"].said


async def test_a_receiver_that_comes_back_is_told_and_left_alone() -> None:
    answers = iter([500, 429, 204])

    async def answer(_url: str) -> int:
        return next(answers)

    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(answer)
    async with at_work(a_postman(outbox, street, clock)):
        for _ in range(60):
            await pass_time(clock, LOOK_EVERY)

    assert outbox.rows["msg_1"].status is DeliveryStatus.DELIVERED
    assert outbox.rows["msg_1"].tries == len(street.tries) == 3
    stamps = [int(headers["webhook-timestamp"]) for _, _, headers in street.tries]
    assert stamps == sorted(set(stamps))


async def test_gone_is_not_asked_again() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(always(410))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, DAY)
        await pass_time(clock, DAY)

    assert (len(street.tries), outbox.standing) == (1, {"failed": 1})


async def test_what_is_written_now_goes_out_at_a_nudge_and_is_otherwise_left_a_second_to_its_own_process() -> None:
    clock, outbox, street = FixedClock(NOW), Outbox(), Street(always(200))
    postman = a_postman(outbox, street, clock)
    async with at_work(postman):
        outbox.rows = {"msg_1": a_delivery(1)}
        postman.nudge()
        await settle()
        assert street.ids == ["msg_1"]
        outbox.rows["msg_2"] = a_delivery(2)
        clock.advance(0.5)
        await settle()
        assert street.ids == ["msg_1"]
        await pass_time(clock, LOOK_EVERY)

    assert street.ids == ["msg_1", "msg_2"]


# What cannot be sent


async def test_a_secret_that_is_not_there_any_more_ends_it_with_a_sentence() -> None:
    outbox, street = Outbox(a_delivery(secret="old")), Street(always(200))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        pass

    assert (street.tries, outbox.standing) == ([], {"failed": 1})
    assert outbox.rows["msg_1"].said == "The secret 'old' that signs it is not in the settings any more."
    assert (postman.knows("main"), postman.knows("old")) == (True, False)


async def test_no_secret_at_all_signs_nothing() -> None:
    outbox, street = Outbox(a_delivery()), Street(always(200))
    postman = a_postman(outbox, street, a_clock(), secrets={"main": []}.get)
    async with at_work(postman):
        pass

    assert (street.tries, outbox.standing, postman.knows("main")) == ([], {"failed": 1}, False)


async def test_a_record_that_is_gone_ends_it() -> None:
    async def gone(_generation_id: str) -> None:
        return None

    outbox, street = Outbox(a_delivery()), Street(always(200))
    async with at_work(a_postman(outbox, street, a_clock(), payload=gone)):
        pass

    assert (street.tries, outbox.rows["msg_1"].said) == ([], "The record it tells of is gone.")


async def test_what_breaks_while_it_is_made_ready_counts_as_a_try_and_holds_up_nobody() -> None:
    async def broken(generation_id: str) -> bytes:
        if generation_id == "gen_1":
            raise KeyError("sk-test-example")
        return BODY

    clock, outbox, street = a_clock(), Outbox(a_delivery(1), a_delivery(2)), Street(always(200))
    async with at_work(a_postman(outbox, street, clock, payload=broken)):
        assert street.ids == ["msg_2"]

    assert outbox.standing == {"pending": 1, "delivered": 1}
    assert (outbox.rows["msg_1"].tries, outbox.rows["msg_1"].said) == (1, "The gateway could not make it ready.")


async def test_a_database_that_is_locked_is_waited_out() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery()), Street(always(200))
    outbox.locked = True
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LOOK_EVERY)
        assert street.tries == []
        outbox.locked = False
        await pass_time(clock, LOOK_EVERY)

    assert (street.ids, outbox.standing) == (["msg_1"], {"delivered": 1})


async def test_a_try_that_could_not_be_noted_is_made_again() -> None:
    outbox = Outbox(a_delivery())

    async def answer_while_it_locks(_url: str) -> int:
        outbox.locked = len(street.tries) == 1
        return 200

    clock, street = a_clock(), Street(answer_while_it_locks)
    async with at_work(a_postman(outbox, street, clock)):
        outbox.locked = False
        await pass_time(clock, LEASE)
        await pass_time(clock, LOOK_EVERY)

    assert (street.ids, outbox.standing) == (["msg_1", "msg_1"], {"delivered": 1})


# Again, on request


@pytest.mark.parametrize("status", list(DeliveryStatus))
async def test_any_delivery_is_made_again_on_request_under_its_own_id(status: DeliveryStatus) -> None:
    stands = a_delivery(status=status, tries=11, due=NOW + DAY, said="It failed.")
    outbox, street = Outbox(stands), Street(always(200))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        assert street.tries == []
        again = await postman.redeliver("gen_1")
        await settle()

    assert (again.id, again.status, again.tries) == ("msg_1", DeliveryStatus.PENDING, 0)
    assert (street.ids, outbox.standing, outbox.rows["msg_1"].tries) == (["msg_1"], {"delivered": 1}, 1)


async def test_a_delivery_made_again_has_the_whole_schedule() -> None:
    outbox, street = Outbox(a_delivery(status=DeliveryStatus.FAILED, tries=11)), Street(always(500))
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        await postman.redeliver("gen_1")
        await settle()

    assert (outbox.standing, outbox.rows["msg_1"].tries) == ({"pending": 1}, 1)


async def test_a_delivery_that_is_being_tried_is_not_tried_beside_itself() -> None:
    answer = asyncio.Event()

    async def wait(_url: str) -> int:
        await answer.wait()
        return 200

    outbox, street = Outbox(a_delivery()), Street(wait)
    postman = a_postman(outbox, street, a_clock())
    async with at_work(postman):
        for _ in range(3):
            await postman.redeliver("gen_1")
            await settle()
        answer.set()
        await settle()

    assert (street.ids, outbox.standing) == (["msg_1"], {"delivered": 1})


async def test_what_has_no_webhook_cannot_be_delivered_again() -> None:
    with pytest.raises(NotFound):
        await a_postman(Outbox(), Street(always(200)), a_clock()).redeliver("gen_1")


# Several postmen


async def test_two_postmen_on_one_outbox_deliver_each_once() -> None:
    clock, outbox, street = a_clock(), Outbox(*(a_delivery(number) for number in range(60))), Street(always(200))
    async with at_work(*(a_postman(outbox, street, clock) for _ in range(2))):
        await settle()

    assert (len(street.ids), len(set(street.ids))) == (60, 60)
    assert outbox.standing == {"delivered": 60}


async def test_what_a_postman_took_and_did_not_try_is_handed_back_when_it_stops() -> None:
    answer = asyncio.Event()

    async def wait(_url: str) -> int:
        await answer.wait()
        return 200

    clock, outbox = a_clock(), Outbox(*(a_delivery(number) for number in range(5)))
    async with at_work(a_postman(outbox, Street(wait), clock)):
        assert {row.due for row in outbox.rows.values()} == {NOW + 1 + LEASE}
    street = Street(always(200))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LOOK_EVERY)
        assert len(street.ids) == 5 - EACH
        await pass_time(clock, LEASE)

    assert (len(set(street.ids)), outbox.standing) == (5, {"delivered": 5})


async def test_what_a_killed_postman_held_is_delivered_by_another_when_its_time_is_over() -> None:
    clock, outbox, street = a_clock(), Outbox(a_delivery(due=NOW + LEASE)), Street(always(200))
    async with at_work(a_postman(outbox, street, clock)):
        await pass_time(clock, LEASE - 2)
        assert street.tries == []
        await pass_time(clock, LOOK_EVERY + 1)

    assert outbox.standing == {"delivered": 1}


# Fairness


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


# Over the network

Serve = Callable[..., Any]


@asynccontextmanager
async def a_real_one(outbox: Outbox, *servers: Server, **changes: Any) -> AsyncIterator[Postman]:
    """A postman at work on a real transport, which may reach `servers` unless told otherwise."""
    door_settings = {"networks": ["127.0.0.1/32"], "ports": [server.port for server in servers]}
    door_settings |= changes.pop("door", {})
    transport = HttpTransport(GuardedDoor(**cast(Any, door_settings)), limits=LiftLimits())
    postman = a_postman(outbox, transport, SystemClock(), **changes)
    running = asyncio.create_task(postman.run())
    try:
        yield postman
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await transport.close()


async def until(reached: Callable[[], bool]) -> None:
    """Wait until it is so, and fail where it takes too long."""
    for _ in range(2_000):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that within 20 s")


def client(secret: str = SECRET) -> OpenAI:
    return OpenAI(api_key="sk-test-example", base_url="http://127.0.0.1:1", webhook_secret=secret)


async def delivered(secrets: Sequence[str] = (SECRET,)) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of one webhook, as they came over the wire."""
    outbox = Outbox(a_delivery(due=0))
    async with serving(answering(b"", "204 No Content")) as receiver:
        outbox.rows["msg_1"] = replace(outbox.rows["msg_1"], url=f"{receiver.url}/hook")
        async with a_real_one(outbox, receiver, secrets={"main": secrets}.get):
            await until(lambda: outbox.standing["delivered"] == 1)
    (came,) = receiver.requests
    assert came.line == "POST /hook HTTP/1.1"
    return came.body, came.headers


async def test_two_independent_libraries_take_a_webhook_as_it_came() -> None:
    body, headers = await delivered()

    assert body == BODY
    assert Webhook(SECRET).verify(body, headers) == json.loads(BODY)
    event = client().webhooks.unwrap(body, headers)
    assert event.type == "image.generation.succeeded"
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "onebrush")
    assert headers["webhook-id"] == "msg_1"


async def test_while_a_secret_is_changed_receivers_of_either_take_it() -> None:
    body, headers = await delivered([NEW_SECRET, SECRET])

    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, NEW_SECRET):
        Webhook(secret).verify(body, headers)
        client(secret).webhooks.verify_signature(body, headers)
    first = headers | {"webhook-signature": headers["webhook-signature"].split(" ")[0]}
    Webhook(NEW_SECRET).verify(body, first)


Tampering = Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]
TAMPERED: dict[str, Tampering] = {
    "body": lambda body, headers: (body.replace(b"gen_1", b"gen_2"), headers),
    "white space": lambda body, headers: (body + b" ", headers),
    "id": lambda body, headers: (body, headers | {"webhook-id": "msg_2"}),
    "timestamp": lambda body, headers: (
        body,
        headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)},
    ),
    "signature": lambda body, headers: (
        body,
        headers | {"webhook-signature": headers["webhook-signature"][:-6] + "AAAAA="},
    ),
}


def refused(body: bytes, headers: dict[str, str], secret: str = SECRET) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
    with pytest.raises(InvalidWebhookSignatureError):
        client(secret).webhooks.unwrap(body, headers)


def tried(now: float) -> tuple[bytes, dict[str, str]]:
    return BODY, dict(signed(a_delivery(), BODY, [SECRET], now))


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_not_taken(what: str) -> None:
    refused(*TAMPERED[what](*tried(time.time())))


def test_another_secret_does_not_take_it() -> None:
    refused(*tried(time.time()), secret=NEW_SECRET)


@pytest.mark.parametrize("off", [-310, 310])
def test_five_minutes_off_is_not_taken(off: int) -> None:
    refused(*tried(time.time() + off))


@pytest.mark.parametrize("off", [-280, 0, 280])
def test_less_is_taken(off: int) -> None:
    body, headers = tried(time.time() + off)

    Webhook(SECRET).verify(body, headers)
    client().webhooks.unwrap(body, headers)


async def test_a_dead_receiver_beside_a_good_one_delays_it_not() -> None:
    async with serving(saying(silent=True)) as dead, serving(answering(b"")) as good:
        urls = [(dead.url, good.url)[number % 2] for number in range(80)]
        outbox = Outbox(*(a_delivery(number, url, due=number) for number, url in enumerate(urls)))
        async with a_real_one(outbox, dead, good):
            await until(lambda: outbox.standing["delivered"] == 40)

    assert len({came.headers["webhook-id"] for came in good.requests}) == 40
    assert dead.connections == EACH
    assert {row.url for row in outbox.rows.values() if row.status is DeliveryStatus.PENDING} == {dead.url}


async def test_a_receiver_that_turned_inward_after_it_was_registered_is_not_reached() -> None:
    addresses = ["93.184.216.34"]

    def lookup(_host: str, port: int, *_: int) -> list[Any]:
        return [(2, 1, 6, "", (addresses[-1], port))]

    async with serving(answering(b"")) as canary:
        door = GuardedDoor(ports=[canary.port], lookup=lookup)
        transport = HttpTransport(door, limits=LiftLimits())
        url = f"http://hooks.example:{canary.port}/hook?token=hush"
        await transport.check_webhook(url)
        addresses.append("127.0.0.1")
        outbox, clock = Outbox(a_delivery(url=url)), a_clock()
        async with at_work(a_postman(outbox, transport, clock)):
            for tries in range(1, 4):
                await until(lambda tries=tries: outbox.rows["msg_1"].tries == tries)  # type: ignore[misc]  # a lambda's default has no type
                await pass_time(clock, outbox.rows["msg_1"].due - clock.now() + 1)
        await transport.close()

    assert canary.connections == 0
    said = outbox.rows["msg_1"].said
    assert said and "not public" in said and "hush" not in said and "hooks.example" not in said


# The manual


def shown(language: str) -> str:
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    (script,) = [part for part in page.split(f"```{language}\n")[1:] if "receiver." in part.partition("\n")[0]]
    return script.partition("\n```")[0]


RECEIVERS = {"python": (sys.executable, "receiver.py"), "javascript": ("node", "receiver.mjs")}


def free_port() -> int:
    with asyncio.Runner() as runner:
        server = runner.run(asyncio.start_server(lambda *_: None, "127.0.0.1", 0))
        return cast(int, server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("language", [name for name, (program, _) in RECEIVERS.items() if shutil.which(program)])
async def test_the_receivers_of_the_manual_take_what_is_genuine_and_nothing_else(language: str, tmp_path: Path) -> None:
    program, name = RECEIVERS[language]
    (tmp_path / name).write_text(shown(language), "utf-8")
    receiver = Server(port=await asyncio.to_thread(free_port))
    environment = {**os.environ, "WEBHOOK_SECRET": SECRET, "PORT": str(receiver.port)}
    process = await asyncio.create_subprocess_exec(
        program, name, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        await listening(receiver.port)
        genuine, forged = a_delivery(1, receiver.url, due=0), a_delivery(2, receiver.url, due=0, secret="other")
        outbox = Outbox(genuine, forged)
        async with a_real_one(outbox, receiver, secrets={"main": [NEW_SECRET, SECRET], "other": [NEW_SECRET]}.get):
            await until(lambda: all(row.tries for row in outbox.rows.values()))
    finally:
        process.terminate()
        heard, _ = await process.communicate()

    assert outbox.rows["msg_1"].status is DeliveryStatus.DELIVERED
    assert outbox.rows["msg_2"].said == "The receiver answered with status 401."
    assert heard.decode().split() == ["image.generation.succeeded", "gen_1"]


async def listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def test_the_manual_states_the_schedule() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")

    assert "5 s, 30 s, 2, 10 and 30 min, 1, 2, 4, 8 and 10 h" in page
    assert SCHEDULE == (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 36000)
