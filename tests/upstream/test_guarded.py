"""The guarded door: public addresses only, however an inner one is spelled; redirects, sizes and times bounded."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from onebrush.kit.blobs import Blob, BlobWriter, Scope, Spool
from onebrush.upstream.dialling import AT_ONCE
from onebrush.upstream.guarded import FetchFailed, GuardedDoor
from tests.upstream.servers import Came, Server, a_certificate, answering, saying, server_side, serving, trusting

pytestmark = pytest.mark.anyio

SPOOL = Spool(None)
PICTURE = b"\x89PNG picture"
LOOPBACK = ["127.0.0.0/8", "::1/128"]


@asynccontextmanager
async def a_door(server: Server | None = None, **settings: Any) -> AsyncIterator[GuardedDoor]:
    """A door; one that may reach `server`, where one is named."""
    if server is not None:
        settings = {"networks": LOOPBACK, "ports": [server.port], **settings}
    door = GuardedDoor(**settings)
    try:
        yield door
    finally:
        await door.close()


async def fetched(door: GuardedDoor, url: str, **settings: Any) -> Blob:
    return await door.fetch(url, Scope(SPOOL), **{"limit": 1000, "seconds": 5.0, **settings})


async def refusal(door: GuardedDoor, url: str, **settings: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as refused:
        await fetched(door, url, **settings)
    return refused.value


async def test_a_picture_at_an_address_the_operator_allows_is_fetched() -> None:
    async with serving(answering(PICTURE)) as server, a_door(server) as door:
        blob = await fetched(door, f"{server.url}/one.png?size=2")

    assert blob.read() == PICTURE
    (came,) = server.requests
    assert came.line == "GET /one.png?size=2 HTTP/1.1"
    assert came.headers["host"] == f"127.0.0.1:{server.port}"
    assert {"authorization", "cookie"}.isdisjoint(came.headers)


async def test_a_name_the_operator_allows_is_fetched_and_keeps_its_host() -> None:
    async with serving(answering(PICTURE)) as server, a_door(server) as door:
        await fetched(door, f"http://localhost:{server.port}/one.png")

    assert server.requests[0].headers["host"] == f"localhost:{server.port}"


# Spellings of an inner address. {port} is that of a canary on loopback, IPv4 and IPv6 alike.

HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0.0.0.0", "0", "2130706433", "017700000001", "0x7f000001",
    "0x7f.0.0.1", "0177.0.0.1", "0x7F.1", "127.0.0.01", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2001::1]", "[fe80::1]",
    "[fc00::1]", "[fec0::1]", "[::1%25lo]", "10.0.0.5", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "2852039166", "0xa9fea9fe",
    "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u24db\u24de\u24d2alhost", "127.0.0.1%00.example",
    "user@127.0.0.1", "public.example@127.0.0.1", "127.0.0.1:80@127.0.0.1", "127.0.0.1\\@public.example",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_inner_address_is_never_dialled_however_it_is_spelled(scheme: str, host: str) -> None:
    async with (
        serving(answering(PICTURE)) as four,
        serving(answering(PICTURE), host="::1") as six,
        a_door(ports=[four.port, six.port]) as door,
    ):
        for port in (four.port, six.port):
            refused = await refusal(door, f"{scheme}://{host}:{port}/one.png", seconds=2.0)
            assert not refused.passing

    assert four.connections + six.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://127.0.0.1/a.png", "gopher://127.0.0.1/", "data:image/png;base64,AAAA",
        "//127.0.0.1/", "http:", "http://", "http:///a.png", "", " ", "a.png", "/etc/passwd", "javascript:1", "http://[::1",
        "http://a b/", "http://a:99999/", "http://a:x/", "http://\x00/", "http://" + "a" * 70_000, "http://..", "unix:///run/a.sock",
    ],
)  # fmt: skip
async def test_what_is_no_http_link_is_refused(url: str) -> None:
    async with a_door(networks=LOOPBACK) as door:
        await refusal(door, url, seconds=2.0)


async def test_an_allowed_network_on_a_port_that_is_not_stays_closed() -> None:
    async with serving(answering(PICTURE)) as server, a_door(networks=LOOPBACK) as door:
        await refusal(door, f"{server.url}/one.png")

    assert server.connections == 0


async def test_open_and_closed_ports_are_told_alike() -> None:
    async with serving(answering(PICTURE)) as server, a_door(ports=[server.port, 1]) as door:
        told = [str(await refusal(door, f"http://127.0.0.1:{port}/")) for port in (server.port, 1)]

    assert told[0] == told[1]


# Redirects


def redirecting(location: str, status: str = "302 Found") -> Any:
    return answering(b"", status, location=location)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_followed(status: str) -> None:
    async def hop(came: Came, writer: asyncio.StreamWriter) -> None:
        first = came.line.startswith("GET /one")
        await (redirecting("/two.png", status) if first else answering(PICTURE))(came, writer)

    async with serving(hop) as server, a_door(server) as door:
        assert (await fetched(door, f"{server.url}/one.png")).read() == PICTURE


async def test_each_redirect_is_checked_anew() -> None:
    async with (
        serving(answering(PICTURE)) as canary,
        serving(redirecting(f"{canary.url}/secret")) as server,
        a_door(networks=LOOPBACK, ports=[server.port]) as door,
    ):
        await refusal(door, f"{server.url}/one.png")

    assert (len(server.requests), canary.connections) == (1, 0)


async def test_a_trusted_origin_cannot_lend_its_trust_by_a_redirect() -> None:
    async with (
        serving(answering(PICTURE)) as canary,
        serving(redirecting(f"{canary.url}/secret")) as server,
        a_door() as door,
    ):
        await refusal(door, f"{server.url}/one.png", trusted=[f"127.0.0.1:{server.port}"])

    assert (len(server.requests), canary.connections) == (1, 0)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "ftp://a.example/", "", "http://a b/"])
async def test_a_redirect_to_what_is_no_link_is_refused(location: str) -> None:
    async with serving(redirecting(location)) as server, a_door(server) as door:
        await refusal(door, f"{server.url}/one.png")

    assert len(server.requests) <= 4


async def test_redirects_end_after_three() -> None:
    async with serving(redirecting("/again")) as server, a_door(server) as door:
        assert "redirects more than 3 times" in str(await refusal(door, f"{server.url}/one.png"))

    assert len(server.requests) == 4


async def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    async with serving(answering(PICTURE)) as plain:
        handler = redirecting(f"{plain.url}/one.png")
        async with serving(handler, server_side(certificate)) as server:
            ports = [plain.port, server.port]
            async with a_door(networks=LOOPBACK, ports=ports, verify=trusting(certificate)) as door:
                refused = await refusal(door, f"https://127.0.0.1:{server.port}/one.png")

    assert "https to http" in str(refused)
    assert (len(server.requests), plain.connections) == (1, 0)


async def test_a_redirect_carries_no_cookie_and_no_credential_on() -> None:
    async def hop(came: Came, writer: asyncio.StreamWriter) -> None:
        headers = {"location": "/two.png", "set_cookie": "a=b; Path=/", "www_authenticate": "Basic"}
        first = came.line.startswith("GET /one")
        await (answering(b"", "302 Found", **headers) if first else answering(PICTURE))(came, writer)

    async with serving(hop) as server, a_door(server) as door:
        for _ in range(2):
            await fetched(door, f"{server.url}/one.png")

    assert len(server.requests) == 4
    for came in server.requests:
        assert set(came.headers) == {"host", "accept", "accept-encoding", "user-agent"}


async def test_a_redirect_with_a_user_name_is_refused() -> None:
    async with serving(answering(PICTURE)) as end:
        handler = redirecting(f"http://user:secret@127.0.0.1:{end.port}/")
        async with serving(handler) as server, a_door(ports=[server.port, end.port], networks=LOOPBACK) as door:
            assert "secret" not in str(await refusal(door, f"{server.url}/one.png"))

    assert end.connections == 0


async def test_the_body_of_a_redirect_is_not_read() -> None:
    async def endless(came: Came, writer: asyncio.StreamWriter) -> None:
        if came.line.startswith("GET /two"):
            return await answering(PICTURE)(came, writer)
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: /two\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()

    async with serving(endless) as server, a_door(server) as door:
        assert (await fetched(door, f"{server.url}/one")).read() == PICTURE


# What the environment says


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(answering(b"proxied")) as proxy, serving(answering(PICTURE)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with a_door(server) as door:
            assert (await fetched(door, f"{server.url}/one.png")).read() == PICTURE

    assert proxy.connections == 0
    assert "authorization" not in server.requests[0].headers


# Trusted origins


async def test_a_trusted_origin_is_dialled_as_it_is_and_only_that_one() -> None:
    async with serving(answering(PICTURE)) as server, serving(answering(PICTURE)) as other, a_door() as door:
        trusted = [f"127.0.0.1:{server.port}"]
        assert (await fetched(door, f"{server.url}/one.png", trusted=trusted)).read() == PICTURE
        await refusal(door, f"{other.url}/one.png", trusted=trusted)
        await refusal(door, f"http://localhost:{server.port}/one.png", trusted=trusted)
        await refusal(door, f"ftp://127.0.0.1:{server.port}/one.png", trusted=trusted)
        await refusal(door, f"http://user:secret@127.0.0.1:{server.port}/one.png", trusted=trusted)

    assert (len(server.requests), other.connections) == (1, 0)


# Sizes, types, times


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_too_large_is_cut(told: bool) -> None:
    body = b"x" * 1001
    handler = answering(body) if told else saying(b"HTTP/1.1 200 OK\r\n\r\n", body)
    async with serving(handler) as server, a_door(server) as door:
        refused = await refusal(door, server.url)
        assert "1000" in str(refused) and not refused.passing
        assert SPOOL.in_memory < 1_000_000


async def test_a_body_of_exactly_the_limit_is_taken() -> None:
    async with serving(answering(b"x" * 1000)) as server, a_door(server) as door:
        assert (await fetched(door, server.url)).size == 1000


async def endless(_came: Came, writer: asyncio.StreamWriter) -> None:
    """A chunked body without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def test_a_body_without_an_end_is_cut_soon_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def noting(writer: BlobWriter, chunk: bytes) -> None:
        taken.append(len(chunk))
        write(writer, chunk)

    write = BlobWriter.write
    monkeypatch.setattr(BlobWriter, "write", noting)
    async with serving(endless) as server, a_door(server) as door:
        assert "more than 1000000 bytes" in str(await refusal(door, server.url, limit=1_000_000))

    assert 1_000_000 < sum(taken) <= 1_000_000 + 65_536


async def test_a_body_that_trickles_ends_at_the_deadline() -> None:
    async def trickle(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")
        for _ in range(500):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(trickle) as server, a_door(server) as door:
        assert (await refusal(door, server.url, seconds=0.5)).passing


async def test_links_that_hang_never_hold_up_a_picture_that_is_paid_for() -> None:
    silent, full = asyncio.Event(), asyncio.Semaphore(0)

    async def wait_or_answer(came: Came, writer: asyncio.StreamWriter) -> None:
        if came.line.startswith("GET /hang"):
            full.release()
            await silent.wait()
        else:
            await answering(PICTURE)(came, writer)

    async with serving(wait_or_answer) as server, a_door(server) as door:
        hanging = [asyncio.create_task(refusal(door, f"{server.url}/hang", seconds=20.0)) for _ in range(80)]
        for _ in range(AT_ONCE):
            await full.acquire()
        assert (await fetched(door, f"{server.url}/one.png", paid=True)).read() == PICTURE
        silent.set()
        await asyncio.gather(*hanging)


async def test_a_signed_link_goes_out_as_it_was_written() -> None:
    path = "/a%2Fb/%7Eone.png?X-Credential=AK%2F2026%2Fus&sig=a%2Bb%3D+c&empty="
    async with serving(answering(PICTURE)) as server, a_door(server) as door:
        await fetched(door, server.url + path)

    assert server.requests[0].line == f"GET {path} HTTP/1.1"


async def test_packed_bodies_are_refused() -> None:
    body = gzip.compress(b"x" * 900)
    async with serving(answering(body, content_encoding="gzip")) as server, a_door(server) as door:
        assert "packed" in str(await refusal(door, server.url))

    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "passing"),
    [
        ("404 Gone", False),
        ("403 No", False),
        ("204 None", False),
        ("500 Oh", True),
        ("503 Away", True),
        ("429 Slow", True),
    ],
)
async def test_another_status_is_told_and_whether_it_may_pass(status: str, passing: bool) -> None:
    async with serving(answering(b"", status)) as server, a_door(server) as door:
        refused = await refusal(door, server.url)

    assert (refused.passing, status[:3] in str(refused)) == (passing, True)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf"])
async def test_a_cut_may_pass(said: bytes) -> None:
    async with serving(saying(said)) as server, a_door(server) as door:
        assert (await refusal(door, server.url)).passing


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf"])
async def test_silence_ends_at_the_deadline(said: bytes) -> None:
    async with serving(saying(said, silent=True)) as server, a_door(server) as door:
        refused = await refusal(door, server.url, seconds=0.3)

    assert "no whole answer within 0.3 s" in str(refused)


async def test_a_server_that_is_not_trusted_is_asked_nothing(tmp_path: Path) -> None:
    async with serving(answering(PICTURE), server_side(a_certificate(tmp_path))) as server, a_door(server) as door:
        await refusal(door, f"https://127.0.0.1:{server.port}/one.png")

    assert server.requests == []
