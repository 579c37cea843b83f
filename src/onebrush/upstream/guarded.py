"""The guarded door: links written by strangers (callers' pictures, vendors' results) reach public addresses only.

The address that is really dialled is checked, so redirects and names that change their address are covered.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from onebrush.kit.blobs import Blob, BlobTooLarge, Scope
from onebrush.upstream.bounds import Bounds, OutOfBounds, origin_of
from onebrush.upstream.dialling import AT_ONCE, READ_BUFFER, GuardedPool, open_session
from onebrush.upstream.resolving import Lookup

MAX_HOPS = 3
PIECE = 64 * 1024  # what is taken beyond the limit, at most


class FetchFailed(Exception):
    """A link that was not fetched, and why; `passing` when trying again may help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class GuardedDoor:
    """Fetches pictures by link. `networks` (CIDR) and `ports` are what the operator allows beside public 80 and 443."""

    def __init__(
        self,
        *,
        networks: Sequence[str] = (),
        ports: Sequence[int] = (),
        verify: ssl.SSLContext | None = None,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        """`verify` replaces the system's trust store, `lookup` its names, for tests."""
        self._bounds = Bounds(networks=networks, ports=ports)
        self._verify = verify
        self._lookup = lookup
        self._pools: list[GuardedPool] = []
        self._asked = self.pool().session
        self._paid = self.pool().session
        self._trusted = open_session(aiohttp.TCPConnector(limit=AT_ONCE, ssl=verify or True))

    def pool(self, *, reuse: bool = True, read_buffer: int = READ_BUFFER) -> GuardedPool:
        """Another pool behind this door, for what must not queue behind pictures; closed with it."""
        pool = GuardedPool(self._bounds, verify=self._verify, lookup=self._lookup, reuse=reuse, read_buffer=read_buffer)
        self._pools.append(pool)
        return pool

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.close()
        await self._trusted.close()

    async def fetch(
        self, url: str, scope: Scope, *, limit: int, seconds: float, trusted: Sequence[str] = (), paid: bool = False
    ) -> Blob:
        """The bytes behind `url`, at most `limit`, within `seconds`.

        `trusted` are host:port origins that are dialled as they are. A `paid` picture never queues behind callers'
        links. Raises FetchFailed; it does not tell open from closed ports.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, scope, limit, frozenset(trusted), self._paid if paid else self._asked)
        except OutOfBounds as error:
            raise FetchFailed(
                "only public http(s) addresses on ports 80 and 443, without a user name, are fetched, and those the "
                "operator admits (fetch_networks, fetch_ports)."
            ) from error
        except TimeoutError as error:
            raise FetchFailed(f"no whole answer within {seconds:g} s.", passing=True) from error
        except aiohttp.ClientConnectorError as error:
            raise FetchFailed("its host is not reachable from here or not public.") from error
        except (aiohttp.ClientError, ConnectionError, ssl.SSLError) as error:
            raise FetchFailed("the connection failed.", passing=True) from error

    async def _follow(
        self, url: str, scope: Scope, limit: int, trusted: frozenset[str], guarded: aiohttp.ClientSession
    ) -> Blob:
        for _ in range(MAX_HOPS + 1):
            target = self._bounds.read(url, trusted)
            session = self._trusted if origin_of(target) in trusted else guarded
            async with session.get(
                target, allow_redirects=False, headers={"Accept": "image/*", "Accept-Encoding": "identity"}
            ) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return await _body(response, scope, limit)
                url = _next(target, response.headers.get("Location", ""))
        raise FetchFailed(f"it redirects more than {MAX_HOPS} times.")


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
        async for chunk in response.content.iter_chunked(PIECE):
            writer.write(chunk)
    except BlobTooLarge as error:
        writer.abort()
        raise FetchFailed(f"it has more than {limit} bytes.") from error
    except BaseException:
        writer.abort()
        raise
    return writer.finish()
