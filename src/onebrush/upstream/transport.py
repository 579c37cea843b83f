"""Calls to vendors over aiohttp: sent once, the reply lifted as it arrives, what never became a reply named."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, InvalidImage
from onebrush.domain.event import Fault
from onebrush.domain.exchange import Call, FormBody, JsonBody, ReplyHead
from onebrush.engine.ports import Addressed, Reply, TransportFault
from onebrush.kit.blobs import Blob, Scope
from onebrush.kit.frames import Frame, json_frames
from onebrush.kit.lift import LiftLimits
from onebrush.kit.pour import Poured, pour_json, pour_multipart
from onebrush.upstream.auth import headers_for
from onebrush.upstream.decoding import UnknownEncoding, decoded
from onebrush.upstream.guarded import FetchFailed, GuardedDoor, open_session

CONNECT_SECONDS = 10.0
INPUT_SECONDS = 10.0
LINK_SECONDS = 60.0  # one try at a result's link; the picture is made, only bytes are waited for
READ_BUFFER = 256 * 1024
BLOTTED = "[redacted]"


class HttpTransport:
    """One session for all vendors; limits and retries are the engine's."""

    def __init__(self, door: GuardedDoor, *, limits: LiftLimits, verify: ssl.SSLContext | None = None) -> None:
        """`limits` bound a reply's pictures and skeleton; `door` fetches links."""
        self._door = door
        self._limits = limits
        self._session = open_session(
            aiohttp.TCPConnector(limit=0, ssl=verify or True, ttl_dns_cache=60), read_buffer=READ_BUFFER
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._door.close()

    @asynccontextmanager
    async def send(self, call: Call, deployment: Deployment, scope: Scope) -> AsyncIterator[Reply]:
        """Send once and hand over the reply as it comes. Raises TransportFault."""
        with _named(deployment):
            async with self._session.request(
                call.method,
                deployment.base_url + call.path,
                data=_payload(call),
                headers=_headers(call, deployment),
                timeout=aiohttp.ClientTimeout(total=deployment.timeout, sock_connect=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                head = ReplyHead(status=response.status, headers=_lowered(response.headers))
                yield Reply(head=head, frames=self._frames(response, call, scope, deployment))

    def addressed(self, call: Call, deployment: Deployment) -> Addressed:
        """Where `call` would go and under which headers; the credential is blotted out, nothing is sent."""
        headers = _headers(call, replace(deployment, credential=BLOTTED))
        told = {"Content-Type": _content_type(call)} if call.body else {}
        return Addressed(method=call.method, url=deployment.base_url + call.path, headers={**headers, **told})

    async def _frames(
        self, response: aiohttp.ClientResponse, call: Call, scope: Scope, deployment: Deployment
    ) -> AsyncIterator[Frame]:
        chunks = decoded(response.content.iter_any(), response.headers.get("Content-Encoding", ""))
        with _named(deployment, sent=True):
            async for frame in json_frames(_bounded(chunks, self._limits.total), call.places, scope, self._limits):
                yield frame

    async def fetch_result(self, url: str, deployment: Deployment, scope: Scope) -> Blob:
        """A vendor's result link: public addresses only, or the deployment's own listed hosts."""
        try:
            return await self._door.fetch(
                url,
                scope,
                limit=self._limits.blob,
                seconds=min(deployment.timeout, LINK_SECONDS),
                trusted=deployment.link_hosts,
                paid=True,
            )
        except FetchFailed as error:
            kind = FaultKind.UNAVAILABLE if error.passing else FaultKind.BAD_RESPONSE
            message = f"The vendor made the picture, but its link could not be fetched: {error}"
            raise TransportFault(Fault(kind=kind, message=message)) from error

    async def fetch_input(self, url: str, scope: Scope) -> Blob:
        """A caller's picture link. Raises InvalidImage saying what to do."""
        try:
            return await self._door.fetch(url, scope, limit=self._limits.blob, seconds=INPUT_SECONDS)
        except FetchFailed as error:
            raise InvalidImage(
                f"the link could not be fetched: {error} Or send the picture's bytes as a data URI."
            ) from error


async def _bounded(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """A body that is no JSON is drained, not kept; it still has to end."""
    seen = 0
    async for chunk in chunks:
        seen += len(chunk)
        if seen > most:
            message = f"The vendor's answer goes on beyond {most} bytes."
            raise TransportFault(Fault(kind=FaultKind.BAD_RESPONSE, message=message))
        yield chunk


class _Named:
    """Turns what the HTTP client raises into the fault it is."""

    def __init__(self, deployment: Deployment, sent: bool) -> None:
        self._deployment = deployment
        self._sent = sent

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnknownEncoding):
            message = f"The vendor's answer could not be read: {error}."
            raise TransportFault(Fault(kind=FaultKind.BAD_RESPONSE, message=message)) from error
        if isinstance(error, aiohttp.ClientError | TimeoutError | ssl.SSLError | ConnectionError):
            raise TransportFault(_fault(error, self._deployment, self._sent)) from error


def _named(deployment: Deployment, *, sent: bool = False) -> _Named:
    return _Named(deployment, sent)


def _fault(error: BaseException, deployment: Deployment, sent: bool) -> Fault:
    where = f"provider '{deployment.provider}'"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        message = f"No trusted TLS connection to {where}; nothing was sent."
        return Fault(kind=FaultKind.BAD_RESPONSE, message=message)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Fault(kind=FaultKind.UNAVAILABLE, message=f"No connection to {where}; nothing was sent.")
    if isinstance(error, TimeoutError):
        message = f"No whole answer within {deployment.timeout:g} s."
        return Fault(kind=FaultKind.TIMED_OUT, message=message)
    when = "in the middle of its answer" if sent else "before it answered"
    return Fault(kind=FaultKind.OUTCOME_UNKNOWN, message=f"The connection was cut {when}.")


def _payload(call: Call) -> Payload | None:
    return Payload(_poured(call)) if call.body else None


def _poured(call: Call) -> Poured:
    if isinstance(call.body, FormBody):
        return pour_multipart(call.body.parts)
    assert isinstance(call.body, JsonBody)
    return pour_json(call.body.value)


class Payload(aiohttp.payload.Payload):
    """A poured body: exact length, piece by piece, never whole in memory."""

    _autoclose = True

    def __init__(self, poured: Poured) -> None:
        super().__init__(poured, content_type=poured.content_type)
        self._poured = poured
        self._size = poured.length

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not for reading: a body may be many megabytes."""
        raise TypeError("a poured body is only written")

    async def write(self, writer: aiohttp.abc.AbstractStreamWriter) -> None:
        """Each piece waits until the peer has taken the one before."""
        for piece in self._poured:
            await writer.write(piece)


def _content_type(call: Call) -> str:
    """As it is sent, but for a form's boundary, which is drawn anew for every call."""
    return "multipart/form-data" if isinstance(call.body, FormBody) else "application/json"


def _headers(call: Call, deployment: Deployment) -> Mapping[str, str]:
    """A later header replaces an earlier one of the same name, however it is cased: the credential is the last."""
    plain = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "onebrush"}
    named = [item for part in (plain, call.headers, headers_for(deployment)) for item in part.items()]
    last = {name.lower(): (name, value) for name, value in named}
    return dict(last.values())


def _lowered(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
