"""Webhooks over the network: independent libraries and the manual's receivers take what is genuine, and only that."""

from __future__ import annotations

import asyncio
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

from onebrush.domain.webhook import DeliveryStatus
from onebrush.engine.fairness import EACH
from onebrush.engine.postman import Postman
from onebrush.engine.webhooks import SCHEDULE, signed
from onebrush.kit.clock import SystemClock
from onebrush.kit.lift import LiftLimits
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from tests.engine.outbox import (
    BODY,
    NEW_SECRET,
    SECRET,
    Outbox,
    a_clock,
    a_delivery,
    a_postman,
    at_work,
    pass_time,
)
from tests.upstream.servers import Server, answering, saying, serving

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


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
