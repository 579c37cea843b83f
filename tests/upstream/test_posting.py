"""Webhooks leave by the guarded door: checked when named and at every delivery, never redirected, ended in time."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from onebrush.domain.errors import FaultKind, InvalidRequest
from onebrush.domain.event import Fault
from onebrush.engine.ports import TransportFault
from onebrush.kit.lift import LiftLimits
from onebrush.upstream import posting
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.posting import MOST_READ, WebhookPost
from onebrush.upstream.transport import HttpTransport
from tests.upstream.hostile import groups, looked_up, with_port
from tests.upstream.servers import Came, Server, a_certificate, answering, saying, server_side, serving, trusting

pytestmark = pytest.mark.anyio

LOOPBACK = ["127.0.0.1/32"]
PUBLIC = "93.184.216.34"
BODY = b'{"type":"image.generation.succeeded"}'
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1", "user-agent": "onebrush"}


@asynccontextmanager
async def a_post(*servers: Server, seconds: float = 15.0, **settings: Any) -> AsyncIterator[WebhookPost]:
    """A poster that may reach `servers`, unless told otherwise."""
    ports = [server.port for server in servers]
    door = GuardedDoor(**{"networks": LOOPBACK if servers else [], "ports": ports, **settings})
    try:
        yield WebhookPost(door, seconds=seconds)
    finally:
        await door.close()


async def failing(post: WebhookPost, url: str) -> Fault:
    with pytest.raises(TransportFault) as failed:
        await post.post(url, BODY, HEADERS)
    return failed.value.fault


def naming(*answers: Sequence[str]) -> Any:
    """A lookup that answers anew each time, the last for ever."""
    rows = itertools.chain(answers, itertools.repeat(answers[-1]))

    def lookup(_host: str, port: int, *_: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(rows)]

    return lookup


# Delivery


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "404 Not Found", "410 Gone", "500 Oh"])
async def test_a_webhook_is_posted_as_it_was_written_and_its_status_told(status: str) -> None:
    async with serving(answering(b"", status)) as receiver, a_post(receiver) as post:
        assert await post.post(f"{receiver.url}/hook?token=a%2Fb", BODY, HEADERS) == int(status[:3])

    (came,) = receiver.requests
    assert (came.line, came.body) == ("POST /hook?token=a%2Fb HTTP/1.1", BODY)
    assert {name: came.headers[name] for name in HEADERS} == HEADERS
    assert set(came.headers) <= {*HEADERS, "host", "accept", "accept-encoding", "connection", "content-length"}


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_a_status_like_any_other(status: str) -> None:
    async with serving(answering(b"")) as elsewhere:
        handler = answering(b"", status, location=f"{elsewhere.url}/hook")
        async with serving(handler) as receiver, a_post(receiver, elsewhere) as post:
            assert await post.post(receiver.url, BODY, HEADERS) == int(status[:3])

    assert (len(receiver.requests), elsewhere.connections) == (1, 0)


async def test_no_more_than_a_little_of_the_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pour(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async def noted(stream: aiohttp.StreamReader, most: int = -1) -> bytes:
        piece = await read(stream, most)
        taken.append(len(piece))
        return piece

    taken: list[int] = []
    read = aiohttp.StreamReader.read
    monkeypatch.setattr(aiohttp.StreamReader, "read", noted)
    async with serving(pour) as receiver, a_post(receiver) as post:
        assert await post.post(receiver.url, BODY, HEADERS) == 200

    assert sum(taken) == MOST_READ


async def test_an_answer_whose_body_never_ends_counts_by_its_status() -> None:
    handler = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal", silent=True)
    async with serving(handler) as receiver, a_post(receiver, seconds=0.3) as post:
        assert await post.post(receiver.url, BODY, HEADERS) == 200


async def test_an_answer_whose_body_is_cut_counts_by_its_status() -> None:
    handler = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal")
    async with serving(handler) as receiver, a_post(receiver) as post:
        assert await post.post(receiver.url, BODY, HEADERS) == 200


async def test_a_receiver_that_never_answers_is_given_up_on() -> None:
    async with serving(saying(silent=True)) as receiver, a_post(receiver, seconds=0.3) as post:
        fault = await failing(post, receiver.url)

    assert fault == Fault(kind=FaultKind.TIMED_OUT, message="The receiver did not answer within 0.3 s.")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 20", b"220 mail.example ESMTP\r\n"])
async def test_a_connection_that_is_cut_is_told_and_the_webhook_not_sent_again(said: bytes) -> None:
    async with serving(saying(said)) as receiver, a_post(receiver) as post:
        fault = await failing(post, receiver.url)

    assert fault.message == "The connection to the receiver failed."
    assert (receiver.connections, len(receiver.requests)) == (1, 1)


async def test_each_webhook_dials_anew() -> None:
    async with serving(answering(b"{}"), keep=True) as receiver, a_post(receiver) as post:
        for _ in range(3):
            await post.post(receiver.url, BODY, HEADERS)

    assert (receiver.connections, len(receiver.requests)) == (3, 3)


async def test_a_receiver_that_is_not_trusted_is_sent_nothing(tmp_path: Path) -> None:
    ours, theirs = a_certificate(tmp_path / "ours"), a_certificate(tmp_path / "theirs", "127.0.0.2")
    async with (
        serving(answering(b""), server_side(theirs)) as receiver,
        a_post(receiver, verify=trusting(ours)) as post,
    ):
        await failing(post, f"https://127.0.0.1:{receiver.port}/")

    assert receiver.requests == []


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(b"")) as proxy, serving(answering(b"")) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with a_post(receiver) as post:
            await post.post(receiver.url, BODY, HEADERS)

    assert (proxy.connections, len(receiver.requests)) == (0, 1)


# The guard


async def refused(post: WebhookPost, url: str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as failed:
        await post.check(url)
    return failed.value


@pytest.mark.parametrize(
    "url", [f"http://{PUBLIC}/", f"https://{PUBLIC}:443/hook?a=b", f"https://{PUBLIC}:8443/", "https://hooks.example/"]
)
async def test_a_public_address_is_taken_and_nothing_is_dialled(url: str) -> None:
    async with a_post(ports=[8443], lookup=naming([PUBLIC])) as post:
        await post.check(url)


async def test_what_the_operator_admits_is_taken() -> None:
    async with serving(answering(b"")) as receiver, a_post(receiver) as post:
        await post.check(receiver.url)

    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example", "/hook", "ftp://hooks.example/", "file:///etc/passwd", "http://", "https://hooks.example:8443/",
        "https://user:secret@hooks.example/", "http://hooks.example:22/", "http://a b/", "https://" + "a" * 70_000,
        "https://hooks.example\\@127.0.0.1/", "https://[::1]/", "http://2130706433/", "https://hooks.example/\r\nX: y",
    ],
)  # fmt: skip
async def test_what_webhooks_may_not_go_to_is_refused_by_name(url: str) -> None:
    async with a_post(lookup=naming([PUBLIC])) as post:
        error = await refused(post, url)

    assert (error.param, error.status, error.code) == ("webhook.url", 400, "invalid_value")
    assert "secret" not in error.message and "fetch_networks" in error.message


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.5"], ["::1"], ["169.254.169.254"]])
async def test_every_address_of_a_name_is_checked(addresses: list[str]) -> None:
    async with a_post(lookup=naming(addresses)) as post:
        await refused(post, "https://hooks.example/")


async def test_a_name_that_nobody_knows_and_one_that_leads_inside_are_told_alike() -> None:
    async with a_post(lookup=looked_up) as post:
        unknown, inner = [await refused(post, f"https://{name}.example/") for name in ("unknown", "inner")]

    assert unknown.message == inner.message


async def test_a_name_server_that_stalls_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "NAME_SECONDS", 0.2)
    release = threading.Event()
    over: list[bool] = []

    def stall(*_: object) -> list[Any]:
        over.append(release.wait(30))
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    try:
        async with a_post(lookup=stall) as post:
            await refused(post, "https://hooks.example/")
        assert over == []
    finally:
        release.set()


@pytest.mark.parametrize("kind", groups())
async def test_no_disguise_is_registered_or_delivered_to(kind: str) -> None:
    async with serving(answering(b"")) as canary, a_post(ports=[canary.port], lookup=looked_up) as post:
        for template in groups()[kind]:
            url = with_port(template, canary.port)
            await refused(post, url)
            await failing(post, url)

    assert canary.connections == 0


async def test_a_name_that_was_public_when_registered_and_leads_inside_later_is_not_delivered_to() -> None:
    async with serving(answering(b"")) as canary:
        lookup = naming([PUBLIC], ["127.0.0.1"])
        async with a_post(ports=[canary.port], lookup=lookup) as post:
            url = f"http://hooks.example:{canary.port}/"
            await post.check(url)
            faults = [await failing(post, url) for _ in range(20)]

    assert canary.connections == 0
    assert {fault.kind for fault in faults} == {FaultKind.UNAVAILABLE}


async def test_open_and_closed_ports_are_told_alike() -> None:
    async with (
        serving(answering(b"")) as canary,
        a_post(ports=[canary.port, 1], lookup=naming(["127.0.0.1"])) as post,
    ):
        faults = [await failing(post, f"http://hooks.example:{port}/") for port in (canary.port, 1)]

    assert faults[0] == faults[1]


# The port


async def test_the_transport_hands_webhooks_to_the_same_door() -> None:
    async with serving(answering(b"", "202 Taken")) as receiver:
        door = GuardedDoor(networks=LOOPBACK, ports=[receiver.port])
        transport = HttpTransport(door, limits=LiftLimits())
        await transport.check_webhook(receiver.url)
        assert await transport.post_webhook(receiver.url, BODY, HEADERS) == 202
        with pytest.raises(InvalidRequest):
            await transport.check_webhook("http://127.0.0.1:1/")
        await transport.close()

    assert len(receiver.requests) == 1
