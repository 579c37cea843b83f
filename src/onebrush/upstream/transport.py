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
from onebrush.upstream.dialling import open_session
from onebrush.upstream.guarded import FetchFailed, GuardedDoor
from onebrush.upstream.payload import Payload
from onebrush.upstream.posting import WebhookPost

CONNECT_SECONDS = 10.0  # its name included
# Shorter than servers keep an idle connection (5 s are usual, more at vendors): a call on one that is just being closed
# ends with an unknown outcome.
IDLE_SECONDS = 4.0
INPUT_SECONDS = 10.0
LINK_SECONDS = 60.0  # one try at a result's link; the picture is made, only bytes are waited for
BLOTTED = "[redacted]"


class HttpTransport:
    """One session for all vendors; limits and retries are the engine's."""

    def __init__(self, door: GuardedDoor, *, limits: LiftLimits, verify: ssl.SSLContext | None = None) -> None:
        """`limits` bound a reply's pictures and skeleton; `door` fetches links."""
        self._door = door
        self._limits = limits
        self._webhooks = WebhookPost(door)
        self._session = open_session(
            aiohttp.TCPConnector(limit=0, ssl=verify or True, ttl_dns_cache=60, keepalive_timeout=IDLE_SECONDS)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._door.close()

    @asynccontextmanager
    async def send(self, call: Call, deployment: Deployment, scope: Scope) -> AsyncIterator[Reply]:
        """Send once and hand over the reply as it comes. Raises TransportFault.

        No POST is ever sent again by the client; a GET or DELETE may be, where a kept connection was just closed.
        """
        payload = _payload(call)
        with _Named(deployment, payload):
            async with self._session.request(
                call.method,
                deployment.base_url + call.path,
                data=payload,
                headers=_headers(call, deployment),
                timeout=aiohttp.ClientTimeout(total=deployment.timeout, connect=CONNECT_SECONDS),
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
        with _Named(deployment, answered=True):
            async for frame in json_frames(_bounded(chunks, self._limits.total), call.places, scope, self._limits):
                yield frame

    async def post_webhook(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The receiver's status; no redirect is followed. Raises TransportFault."""
        return await self._webhooks.post(url, body, headers)

    async def check_webhook(self, url: str) -> None:
        """Raise InvalidRequest unless webhooks may go to `url`."""
        await self._webhooks.check(url)

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

    def __init__(self, deployment: Deployment, payload: Payload | None = None, *, answered: bool = False) -> None:
        """`payload` tells whether anything was sent; `answered`: the head of the answer was there."""
        self._deployment = deployment
        self._payload = payload
        self._answered = answered

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnknownEncoding):
            message = f"The vendor's answer could not be read: {error}."
            raise TransportFault(Fault(kind=FaultKind.BAD_RESPONSE, message=message)) from error
        if isinstance(error, aiohttp.ClientError | TimeoutError | ssl.SSLError | ConnectionError):
            raise TransportFault(self._fault(error)) from error

    def _fault(self, error: BaseException) -> Fault:
        where = f"provider '{self._deployment.provider}'"
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            message = f"No trusted TLS connection to {where}; nothing was sent."
            return Fault(kind=FaultKind.BAD_RESPONSE, message=message, sent=False)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError) or self._unsent:
            message = f"No connection to {where}; nothing was sent."
            return Fault(kind=FaultKind.UNAVAILABLE, message=message, sent=False)
        if isinstance(error, TimeoutError):
            message = f"No whole answer within {self._deployment.timeout:g} s."
            return Fault(kind=FaultKind.TIMED_OUT, message=message)
        when = "in the middle of its answer" if self._answered else "before it answered"
        return Fault(kind=FaultKind.OUTCOME_UNKNOWN, message=f"The connection was cut {when}.")

    @property
    def _unsent(self) -> bool:
        return self._payload is not None and not self._payload.begun


def _payload(call: Call) -> Payload | None:
    return Payload(_poured(call)) if call.body else None


def _poured(call: Call) -> Poured:
    if isinstance(call.body, FormBody):
        return pour_multipart(call.body.parts)
    assert isinstance(call.body, JsonBody)
    return pour_json(call.body.value)


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
