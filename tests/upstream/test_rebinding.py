"""Names that change their mind: a real name server answers anew each time, and only what may be dialled is."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from dnslib import AAAA, QTYPE, RR, A, DNSRecord
from dnslib.server import DNSServer
from ssrfguard.resolvers import UdpResolver

from onebrush.kit.blobs import Scope, Spool
from onebrush.upstream.guarded import FetchFailed, GuardedDoor
from tests.upstream.servers import Server, a_certificate, answering, server_side, serving, trusting

pytestmark = pytest.mark.anyio

PICTURE = b"\x89PNG picture"
GOOD, BAD = "127.0.0.77", "127.0.0.1"
TRIES = 1_000


class Fickle:
    """Answers A questions with the next of its rows, at TTL 0, and counts them."""

    def __init__(self, rows: Sequence[tuple[str, ...]]) -> None:
        self.asked = 0
        self._rows = itertools.cycle(rows)

    def resolve(self, request: DNSRecord, _handler: object) -> DNSRecord:
        """The port of dnslib's servers."""
        reply = request.reply()
        if QTYPE[request.q.qtype] == "A":
            self.asked += 1
            for address in next(self._rows):
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(address), ttl=0))
        elif QTYPE[request.q.qtype] == "AAAA":
            reply.add_answer(RR(request.q.qname, QTYPE.AAAA, rdata=AAAA("::ffff:7f00:1"), ttl=0))
        return reply


@contextmanager
def naming(*rows: tuple[str, ...]) -> Iterator[tuple[Fickle, Callable[..., list[Any]]]]:
    """A name server on loopback, and the lookup that asks it."""
    fickle = Fickle(rows)
    server = DNSServer(fickle, port=0, address="127.0.0.1", logger=_Silent())
    server.start_thread()
    port = server.server.server_address[1]
    resolver = UdpResolver(nameservers=("127.0.0.1",), nameserver_port=port, timeout=2.0)
    try:
        yield fickle, resolver
    finally:
        server.stop()
        server.server.server_close()


class _Silent:
    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_: None


@asynccontextmanager
async def a_good_one_and_a_canary() -> AsyncIterator[tuple[Server, list[str]]]:
    """A picture at GOOD, and a canary at BAD on the same port; who came to the canary."""
    canary: list[str] = []

    async def scream(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        canary.append(str(writer.get_extra_info("sockname")))
        writer.close()

    async with await asyncio.start_server(scream, BAD, 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with serving(answering(PICTURE, connection="close"), host=GOOD, port=port) as good:
            yield good, canary


async def told(door: GuardedDoor, url: str) -> str:
    try:
        return (await door.fetch(url, Scope(Spool(None)), limit=1000, seconds=10.0)).read().decode("latin-1")
    except FetchFailed:
        return "refused"


async def test_a_name_that_alternates_never_reaches_what_is_inside() -> None:
    async with a_good_one_and_a_canary() as (good, canary):
        with naming((GOOD,), (BAD,)) as (fickle, lookup):
            door = GuardedDoor(networks=[f"{GOOD}/32"], ports=[good.port], lookup=lookup)
            came = Counter([await told(door, f"http://fickle.example:{good.port}/one.png") for _ in range(TRIES)])
            await door.close()

    assert canary == []
    assert came == {PICTURE.decode("latin-1"): TRIES // 2, "refused": TRIES // 2}
    assert (fickle.asked, len(good.requests)) == (TRIES, TRIES // 2)
    assert good.requests[0].headers["host"] == f"fickle.example:{good.port}"


@pytest.mark.parametrize("rows", [(BAD, GOOD), (GOOD, BAD), (BAD, "10.0.0.5", GOOD, "0.0.0.0")])
async def test_of_mixed_answers_only_the_good_one_is_dialled(rows: tuple[str, ...]) -> None:
    async with a_good_one_and_a_canary() as (good, canary):
        with naming(rows) as (_, lookup):
            door = GuardedDoor(networks=[f"{GOOD}/32"], ports=[good.port], lookup=lookup)
            came = [await told(door, f"http://mixed.example:{good.port}/one.png") for _ in range(20)]
            await door.close()

    assert set(came) == {PICTURE.decode("latin-1")}
    assert canary == []


async def test_a_redirect_to_the_same_name_is_looked_up_and_checked_anew() -> None:
    async with a_good_one_and_a_canary() as (good, canary):
        location = f"http://fickle.example:{good.port}/one.png"
        handler = answering(b"", "302 Found", location=location, connection="close")
        async with serving(handler, host=GOOD) as first:
            with naming((GOOD,), (BAD,)) as (fickle, lookup):
                door = GuardedDoor(networks=[f"{GOOD}/32"], ports=[first.port, good.port], lookup=lookup)
                came = [await told(door, f"http://fickle.example:{first.port}/") for _ in range(20)]
                await door.close()

    assert set(came) == {"refused"}
    assert (canary, len(first.requests), fickle.asked) == ([], 20, 40)


async def test_a_name_is_what_the_certificate_must_be_for(tmp_path: Path) -> None:
    ours, theirs = (a_certificate(tmp_path / name, name) for name in ("pictures.example", "other.example"))
    async with (
        serving(answering(PICTURE), server_side(ours), host=GOOD) as right,
        serving(answering(PICTURE), server_side(theirs), host=GOOD) as wrong,
    ):
        with naming((GOOD,)) as (_, lookup):
            ports = [right.port, wrong.port]
            came = []
            for server, certificate in ((right, ours), (wrong, theirs)):
                door = GuardedDoor(networks=[f"{GOOD}/32"], ports=ports, lookup=lookup, verify=trusting(certificate))
                came.append(await told(door, f"https://pictures.example:{server.port}/one.png"))
                await door.close()

    assert came == [PICTURE.decode("latin-1"), "refused"]
    assert wrong.requests == []


async def test_names_that_stall_hold_up_no_other_lookup_of_the_gateway() -> None:
    stalled, release = threading.Semaphore(0), threading.Event()

    def stall(*_: object) -> list[Any]:
        stalled.release()
        release.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    door = GuardedDoor(lookup=stall)
    fetches = [asyncio.create_task(told(door, f"http://slow{number}.example/")) for number in range(12)]
    try:
        for _ in fetches:
            assert await asyncio.to_thread(stalled.acquire, timeout=10)
        assert await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    finally:
        release.set()
        assert set(await asyncio.gather(*fetches)) == {"refused"}
        await door.close()
