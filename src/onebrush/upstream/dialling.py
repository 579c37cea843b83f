"""Sessions that dial only what may be dialled, each with connections and name threads of its own."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import aiohttp

from onebrush.upstream.bounds import Bounds, OutOfBounds
from onebrush.upstream.resolving import Lookup, StrangersResolver

READ_BUFFER = 256 * 1024
AT_ONCE = 64


class Refused(OSError):
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


class GuardedPool:
    """A session in which the address that is really dialled is checked, each time one is dialled."""

    def __init__(
        self,
        bounds: Bounds,
        *,
        verify: ssl.SSLContext | None,
        lookup: Lookup,
        reuse: bool = True,
        read_buffer: int = READ_BUFFER,
    ) -> None:
        """Without `reuse` every request dials anew."""
        self.bounds = bounds
        self.resolver = StrangersResolver(lookup)
        connector = aiohttp.TCPConnector(
            limit=AT_ONCE,
            ssl=verify or True,
            use_dns_cache=False,
            force_close=not reuse,
            resolver=self.resolver,
            socket_factory=self._checked_socket,
        )
        self.session = open_session(connector, read_buffer=read_buffer)

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()
        await self.resolver.close()

    def _checked_socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        try:
            self.bounds.check_dialled(address[0], address[1])
        except OutOfBounds as error:
            raise Refused(str(error)) from error
        return socket.socket(family, kind, protocol)
