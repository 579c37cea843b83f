"""Calls to vendors that answer, cut, fall silent or lie: each failure has its one name, nothing is sent twice."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest

from onebrush.domain.deployment import Auth, Deployment
from onebrush.domain.errors import FaultKind, InvalidImage
from onebrush.domain.event import Fault
from onebrush.domain.exchange import Call, FormBody, JsonBody, ReplyHead
from onebrush.engine.ports import TransportFault
from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Lifted, LiftError, LiftLimits, Places
from onebrush.kit.pour import Base64, Field, FilePart
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from tests.upstream.servers import Handler, Server, a_certificate, answering, saying, server_side, serving, trusting

pytestmark = pytest.mark.anyio

SPOOL = Spool(None)
PICTURE = bytes(range(256)) * 40
REPLY = json.dumps({"data": [{"b64_json": base64.b64encode(PICTURE).decode()}]}).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def a_deployment(url: str, **changes: Any) -> Deployment:
    settings: dict[str, Any] = {"id": "acme", "provider": "acme", "wire": "any", "credential": "sk-test-example"}
    return Deployment(base_url=url, **{**settings, **changes})


def a_call(**changes: Any) -> Call:
    settings: dict[str, Any] = {"path": "/draw", "body": JsonBody(value={"prompt": "a cat"})}
    return Call(places=Places("data[].b64_json"), **{**settings, **changes})


@asynccontextmanager
async def a_transport(**changes: Any) -> AsyncIterator[HttpTransport]:
    limits = changes.pop("limits", LiftLimits())
    transport = HttpTransport(GuardedDoor(), limits=limits, **changes)
    try:
        yield transport
    finally:
        await transport.close()


async def sent(deployment: Deployment, call: Call | None = None, **settings: Any) -> tuple[ReplyHead, list[Frame]]:
    """The reply to one call."""
    async with (
        a_transport(**settings) as transport,
        transport.send(call or a_call(), deployment, Scope(SPOOL)) as reply,
    ):
        return reply.head, [frame async for frame in reply.frames]


async def failing(deployment: Deployment, **settings: Any) -> Fault:
    """The fault of one call that fails."""
    with pytest.raises(TransportFault) as failed:
        await sent(deployment, **settings)
    return failed.value.fault


def picture_of(frames: list[Frame]) -> bytes:
    (frame,) = frames
    assert isinstance(frame.data, dict)
    found = frame.data["data"][0]["b64_json"]
    assert isinstance(found, Lifted)
    return found.blob.read()


# A whole call


async def test_a_call_is_sent_once_with_its_credential_and_its_reply_lifted() -> None:
    async with serving(answering(REPLY, x_request_id="req_9")) as vendor:
        head, frames = await sent(a_deployment(vendor.url))

    assert (head.status, head.headers["x-request-id"], picture_of(frames)) == (200, "req_9", PICTURE)
    (came,) = vendor.requests
    assert (came.line, json.loads(came.body)) == ("POST /draw HTTP/1.1", {"prompt": "a cat"})
    assert came.headers["authorization"] == "Bearer sk-test-example"
    assert came.headers["content-type"] == "application/json"
    assert came.headers["accept-encoding"] == "identity"
    assert "cookie" not in came.headers


async def test_a_credential_goes_under_the_name_its_vendor_reads() -> None:
    async with serving(answering(b"{}")) as vendor:
        await sent(a_deployment(vendor.url, auth="x-goog-api-key"))

    (came,) = vendor.requests
    assert came.headers["x-goog-api-key"] == "sk-test-example"
    assert "authorization" not in came.headers


async def test_a_calls_own_headers_never_replace_the_credential() -> None:
    async with serving(answering(b"{}")) as vendor:
        call = a_call(headers={"X-DashScope-Async": "enable", "Authorization": "Bearer other"})
        await sent(a_deployment(vendor.url), call)

    (came,) = vendor.requests
    assert (came.headers["x-dashscope-async"], came.headers["authorization"]) == ("enable", "Bearer sk-test-example")


async def test_a_call_cannot_add_a_second_credential_under_another_case() -> None:
    async with serving(answering(b"{}")) as vendor:
        await sent(a_deployment(vendor.url), a_call(headers={"authorization": "Bearer other"}))

    assert vendor.requests[0].headers["authorization"] == "Bearer sk-test-example"


FORM = FormBody(parts=(Field(name="prompt", value="a cat"),))


@pytest.mark.parametrize("auth", get_args(Auth))
@pytest.mark.parametrize("body", [JsonBody(value={"prompt": "a cat"}), FORM, None])
async def test_a_call_that_is_only_shown_is_the_one_that_is_sent_without_its_credential(
    auth: Auth, body: JsonBody | FormBody | None
) -> None:
    call = a_call(body=body, method="POST" if body else "GET", headers={"X-DashScope-Async": "enable"})
    async with serving(answering(b"{}")) as vendor, a_transport() as transport:
        deployment = a_deployment(vendor.url, auth=auth)
        shown = transport.addressed(call, deployment)
        assert vendor.connections == 0
        async with transport.send(call, deployment, Scope(SPOOL)):
            pass

    (came,) = vendor.requests
    assert f"{shown.method} {shown.url}" == came.line.replace("/draw HTTP/1.1", f"{vendor.url}/draw")
    told = {name.lower(): value for name, value in shown.headers.items()}
    assert {name: came.headers[name].replace("sk-test-example", "[redacted]").split(";")[0] for name in told} == told
    assert set(came.headers) - set(told) <= {"host", "content-length", "connection"}
    assert "sk-test-example" not in repr(shown)
    assert "[redacted]" in repr(shown.headers)


async def test_a_body_with_pictures_is_sent_with_its_exact_length() -> None:
    large = os.urandom(700_001)
    body = JsonBody(value={"prompt": "é", "image": Base64(SPOOL.from_bytes(large), prefix="data:image/png;base64,")})
    async with serving(answering(b"{}")) as vendor:
        await sent(a_deployment(vendor.url), a_call(body=body))

    (came,) = vendor.requests
    assert int(came.headers["content-length"]) == len(came.body)
    assert "transfer-encoding" not in came.headers
    told = json.loads(came.body)
    assert (told["prompt"], base64.b64decode(told["image"].partition(",")[2])) == ("é", large)


async def test_a_form_is_sent_with_its_exact_length_and_true_types() -> None:
    file = FilePart("image", "image-1.png", "image/png", SPOOL.from_bytes(PICTURE))
    async with serving(answering(b"{}")) as vendor:
        await sent(a_deployment(vendor.url), a_call(body=FormBody(parts=(Field("prompt", "a cat"), file))))

    (came,) = vendor.requests
    assert came.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert int(came.headers["content-length"]) == len(came.body)
    assert b'name="image"; filename="image-1.png"\r\nContent-Type: image/png\r\n\r\n' + PICTURE in came.body


async def test_a_call_without_a_body_has_none() -> None:
    async with serving(answering(b"{}")) as vendor:
        await sent(a_deployment(vendor.url), a_call(body=None, method="GET", path="/tasks/1"))

    (came,) = vendor.requests
    assert (came.line, came.body) == ("GET /tasks/1 HTTP/1.1", b"")


async def test_a_refusal_is_a_reply_like_any_other() -> None:
    async with serving(answering(b'{"error": {"code": "bad"}}', "400 Bad Request")) as vendor:
        head, frames = await sent(a_deployment(vendor.url))

    assert (head.status, head.ok, frames[0].data) == (400, False, {"error": {"code": "bad"}})


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(b"{}")) as vendor, serving(answering(b"{}")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        await sent(a_deployment(vendor.url))

    assert (len(vendor.requests), proxy.connections) == (1, 0)


# What never became a reply


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_refused_connection_means_nothing_was_sent() -> None:
    fault = await failing(a_deployment(f"http://127.0.0.1:{unused_port()}"))

    assert (fault.kind, fault.status, fault.sent) == (FaultKind.UNAVAILABLE, None, False)
    assert "nothing was sent" in fault.message


async def test_a_name_that_does_not_resolve_means_nothing_was_sent() -> None:
    fault = await failing(a_deployment("http://vendor.invalid"))

    assert (fault.kind, fault.sent) == (FaultKind.UNAVAILABLE, False)


@pytest.mark.parametrize(
    "said",
    [
        saying(),
        saying(b"HTTP/1.1 200"),
        saying(HEAD + b"content-length: 500\r\n\r\n" + b'{"data": ['),
        saying(HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"dat'),
        saying(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}"),
        saying(b"220 mail.example ESMTP\r\n"),
    ],
)
async def test_an_answer_cut_or_garbled_leaves_the_outcome_unknown_and_is_not_sent_again(said: Handler) -> None:
    async with serving(said) as vendor:
        fault = await failing(a_deployment(vendor.url))

    assert (fault.kind, fault.sent) == (FaultKind.OUTCOME_UNKNOWN, True)
    assert (vendor.connections, len(vendor.requests)) == (1, 1)


@pytest.mark.parametrize(
    "said",
    [
        saying(silent=True),
        saying(HEAD, silent=True),
        saying(HEAD + b"content-length: 500\r\n\r\n{", silent=True),
    ],
)
async def test_silence_ends_at_the_deadline(said: Handler) -> None:
    async with serving(said) as vendor:
        fault = await failing(a_deployment(vendor.url, timeout=0.3))

    assert (fault.kind, fault.sent) == (FaultKind.TIMED_OUT, True)
    assert len(vendor.requests) == 1


async def test_an_answer_that_ends_too_soon_by_its_own_account_is_unreadable() -> None:
    async with serving(answering(b'{"data": [{"b64_json": "')) as vendor:
        with pytest.raises(LiftError):
            await sent(a_deployment(vendor.url))


async def test_a_redirect_is_a_reply_and_the_credential_goes_nowhere_else() -> None:
    async with serving(answering(b"{}")) as elsewhere:
        location = f"{elsewhere.url}/draw"
        async with serving(answering(b"", "307 Temporary Redirect", location=location)) as vendor:
            head, _ = await sent(a_deployment(vendor.url))

    assert head.status == 307
    assert (len(vendor.requests), elsewhere.connections) == (1, 0)


async def test_a_fault_never_names_the_credential() -> None:
    async with serving(saying()) as vendor:
        faults = [await failing(a_deployment(url)) for url in (vendor.url, "http://127.0.0.1:1")]

    assert all("sk-test-example" not in repr(fault) for fault in faults)


# Packed answers


@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 65_537, 65_636, 131_072 + 200, 900_000])
@pytest.mark.parametrize("packing", ["gzip", "deflate", "x-gzip"])
async def test_a_packed_answer_is_unpacked_whole(packing: str, size: int) -> None:
    value = {"text": "ab" * (size // 2), "data": [{"b64_json": base64.b64encode(PICTURE).decode()}]}
    plain = json.dumps(value).encode()
    packed = zlib.compress(plain) if packing == "deflate" else gzip.compress(plain)
    async with serving(answering(packed, content_encoding=packing)) as vendor:
        _, frames = await sent(a_deployment(vendor.url))

    assert picture_of(frames) == PICTURE
    assert isinstance(frames[0].data, dict) and frames[0].data["text"] == value["text"]


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (gzip.compress(b" " * 200_000_000, 9, mtime=0), "gzip"),
        (b"not packed at all", "gzip"),
        (gzip.compress(REPLY, mtime=0)[:9] + b"\xff" * 50, "gzip"),
        (b"{}", "br"),
        (b"{}", "gzip, gzip"),
    ],
)
async def test_a_bomb_and_what_does_not_unpack_are_refused(body: bytes, packing: str) -> None:
    async with serving(answering(body, content_encoding=packing)) as vendor:
        fault = await failing(a_deployment(vendor.url))

    assert fault.kind is FaultKind.BAD_RESPONSE


async def test_an_answer_over_its_cap_is_cut() -> None:
    limits = LiftLimits(blob=1000)
    async with serving(answering(REPLY)) as vendor:
        with pytest.raises(LiftError) as refused:
            await sent(a_deployment(vendor.url), limits=limits)

    assert refused.value.kind == "too_large"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls"))


def tls_url(vendor: Server) -> str:
    return f"https://127.0.0.1:{vendor.port}"


async def test_a_vendor_whose_certificate_is_trusted_is_asked(certificate: Path) -> None:
    async with serving(answering(b"{}"), server_side(certificate)) as vendor:
        head, _ = await sent(a_deployment(tls_url(vendor)), verify=trusting(certificate))

    assert (head.status, len(vendor.requests)) == (200, 1)


@pytest.mark.parametrize("trusted", ["unknown root", "wrong name"])
async def test_a_vendor_that_is_not_trusted_is_sent_nothing(certificate: Path, tmp_path: Path, trusted: str) -> None:
    name = "127.0.0.1" if trusted == "unknown root" else "127.0.0.2"
    theirs = a_certificate(tmp_path, name)
    verify = trusting(certificate) if trusted == "unknown root" else trusting(theirs)
    async with serving(answering(b"{}"), server_side(theirs)) as vendor:
        fault = await failing(a_deployment(tls_url(vendor)), verify=verify)

    assert (fault.kind, fault.status, fault.sent) == (FaultKind.BAD_RESPONSE, None, False)
    assert "nothing was sent" in fault.message
    assert vendor.requests == []


async def test_plain_http_on_a_tls_port_is_sent_nothing(certificate: Path) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listener:
        url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        fault = await failing(a_deployment(url), verify=trusting(certificate))

    assert "nothing was sent" in fault.message
    assert len(heard) == 1 and b"draw" not in heard[0] and b"sk-test" not in heard[0]


def test_certificates_are_checked_unless_a_test_says_otherwise(certificate: Path) -> None:
    assert trusting(certificate).verify_mode is ssl.CERT_REQUIRED


# Links


async def test_a_vendors_link_on_its_own_listed_host_is_fetched_without_the_credential() -> None:
    async with serving(answering(PICTURE, content_type="image/png")) as vendor, a_transport() as transport:
        deployment = a_deployment(vendor.url, link_hosts=(f"127.0.0.1:{vendor.port}",))
        blob = await transport.fetch_result(f"{vendor.url}/one.png", deployment, Scope(SPOOL))

    assert blob.read() == PICTURE
    (came,) = vendor.requests
    assert "sk-test-example" not in repr(came.headers)


@pytest.mark.parametrize(
    ("status", "kind"), [("404 Not Found", FaultKind.BAD_RESPONSE), ("503 Away", FaultKind.UNAVAILABLE)]
)
async def test_a_link_that_does_not_answer_is_a_fault_that_says_whether_it_may_pass(
    status: str, kind: FaultKind
) -> None:
    async with serving(answering(b"", status)) as vendor, a_transport() as transport:
        deployment = a_deployment(vendor.url, link_hosts=(f"127.0.0.1:{vendor.port}",))
        with pytest.raises(TransportFault) as failed:
            await transport.fetch_result(f"{vendor.url}/one.png", deployment, Scope(SPOOL))

    assert failed.value.fault.kind is kind


async def test_a_vendors_link_to_an_inner_address_is_not_fetched() -> None:
    async with serving(answering(PICTURE)) as canary, a_transport() as transport:
        with pytest.raises(TransportFault) as failed:
            await transport.fetch_result(f"{canary.url}/one.png", a_deployment("http://a.example"), Scope(SPOOL))

    assert (failed.value.fault.kind, canary.connections) == (FaultKind.BAD_RESPONSE, 0)


async def test_a_callers_link_to_an_inner_address_is_a_400_even_on_a_vendors_own_host() -> None:
    async with serving(answering(PICTURE)) as canary, a_transport() as transport:
        with pytest.raises(InvalidImage) as refused:
            await transport.fetch_input(f"{canary.url}/one.png", Scope(SPOOL))

    assert (refused.value.status, refused.value.code, canary.connections) == (400, "invalid_image", 0)
