"""The guarded door: links written by strangers (callers' pictures, vendors' results) reach public addresses only.

The address that is really dialled is checked, so redirects and names that change their address are covered.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

import aiohttp
from ssrfguard import Policy, SSRFGuardError
from yarl import URL

from onebrush.kit.blobs import Blob, BlobTooLarge, Scope

MAX_HOPS = 3
READ_BUFFER = 256 * 1024


class FetchFailed(Exception):
    """A link that was not fetched, and why; `passing` when trying again may help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class _Refused(OSError):
    """Raised at dialling; aiohttp wraps it like any failed connection."""


def open_session(connector: aiohttp.TCPConnector, *, read_buffer: int = READ_BUFFER) -> aiohttp.ClientSession:
    """A client session that takes nothing from the environment, keeps no cookie and unpacks nothing."""
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        read_bufsize=read_buffer,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class GuardedDoor:
    """Fetches pictures by link. `networks` (CIDR) and `ports` are what the operator allows beside public 80 and 443."""

    def __init__(
        self, *, networks: Sequence[str] = (), ports: Sequence[int] = (), verify: ssl.SSLContext | None = None
    ) -> None:
        """`verify` replaces the system's trust store, for tests."""
        self._policy = Policy(
            allowed_networks=tuple(ipaddress.ip_network(network) for network in networks),
            allowed_ports=frozenset({80, 443, *ports}),
            max_redirects=MAX_HOPS,
        )
        self._guarded = open_session(
            aiohttp.TCPConnector(limit=64, ssl=verify or True, use_dns_cache=False, socket_factory=self._checked_socket)
        )
        self._trusted = open_session(aiohttp.TCPConnector(limit=64, ssl=verify or True))

    async def close(self) -> None:
        """Close every connection."""
        await self._guarded.close()
        await self._trusted.close()

    def _checked_socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        try:
            self._policy.check_address(address[0])
        except (SSRFGuardError, ValueError) as error:
            raise _Refused("the address is not public") from error
        if address[1] not in self._policy.allowed_ports:
            raise _Refused("the port is not allowed")
        return socket.socket(family, kind, protocol)

    async def fetch(self, url: str, scope: Scope, *, limit: int, seconds: float, trusted: Sequence[str] = ()) -> Blob:
        """The bytes behind `url`, at most `limit`, within `seconds`.

        `trusted` are host:port origins that are dialled as they are. Raises FetchFailed; it does not tell open from
        closed ports.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, scope, limit, frozenset(trusted))
        except TimeoutError as error:
            raise FetchFailed(f"no whole answer within {seconds:g} s.", passing=True) from error
        except aiohttp.ClientConnectorError as error:
            raise FetchFailed("its host is not reachable from here or not public.") from error
        except (aiohttp.ClientError, ConnectionError, ssl.SSLError) as error:
            raise FetchFailed("the connection failed.", passing=True) from error

    async def _follow(self, url: str, scope: Scope, limit: int, trusted: frozenset[str]) -> Blob:
        for _ in range(MAX_HOPS + 1):
            target = self._target(url, trusted)
            session = self._trusted if _origin(target) in trusted else self._guarded
            async with session.get(
                target, allow_redirects=False, headers={"Accept": "image/*", "Accept-Encoding": "identity"}
            ) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return await _body(response, scope, limit)
                url = _next(target, response.headers.get("Location", ""))
        raise FetchFailed(f"it redirects more than {MAX_HOPS} times.")

    def _target(self, url: str, trusted: frozenset[str]) -> URL:
        try:
            target = URL(url)
            if _origin(target) not in trusted:
                self._policy.check_url(url)
        except (SSRFGuardError, ValueError, TypeError) as error:
            raise FetchFailed(
                "only public http(s) addresses on ports 80 and 443 are fetched, and those the operator admits "
                "(fetch_networks, fetch_ports)."
            ) from error
        return target


def _origin(url: URL) -> str:
    return f"{url.host}:{url.port}"


def _next(here: URL, location: str) -> str:
    try:
        url = urljoin(str(here), location)
    except ValueError as error:
        raise FetchFailed("it redirects to what is no link.") from error
    if here.scheme == "https" and not url.startswith("https:"):
        raise FetchFailed("it redirects from https to http.")
    return url


async def _body(response: aiohttp.ClientResponse, scope: Scope, limit: int) -> Blob:
    if response.status != 200:
        passing = response.status >= 500 or response.status == 429
        raise FetchFailed(f"it answered with status {response.status}.", passing=passing)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("it answered packed, which was not asked for.")
    length = response.content_length
    if length is not None and length > limit:
        raise FetchFailed(f"it has {length} bytes; at most {limit} are taken.")
    writer = scope.writer(limit=limit, hint=length)
    try:
        async for chunk in response.content.iter_any():
            writer.write(chunk)
    except BlobTooLarge as error:
        writer.abort()
        raise FetchFailed(f"it has more than {limit} bytes.") from error
    except BaseException:
        writer.abort()
        raise
    return writer.finish()
