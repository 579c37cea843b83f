"""Webhooks out through the guarded door: one POST, no redirect, and of the answer hardly more than its status."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from yarl import URL

from onebrush.domain.errors import FaultKind, InvalidRequest
from onebrush.domain.event import Fault
from onebrush.engine.ports import TransportFault
from onebrush.upstream.bounds import OutOfBounds
from onebrush.upstream.guarded import GuardedDoor

SECONDS = 15.0
NAME_SECONDS = 5.0
MOST_READ = 64 * 1024

WHERE = (
    "a public http(s) address on port 80 or 443, without a user name, or one that the operator admits "
    "(fetch_networks, fetch_ports)"
)


class WebhookPost:
    """Posts webhooks. It dials anew each time, so that each time the address is checked anew."""

    def __init__(self, door: GuardedDoor, *, seconds: float = SECONDS) -> None:
        """`seconds` is what a try may take in all."""
        self._pool = door.pool(reuse=False, read_buffer=MOST_READ // 2)  # the client buffers twice that
        self._seconds = seconds

    async def check(self, url: str) -> None:
        """Raise InvalidRequest unless webhooks may go to `url` as its name resolves now; nothing is dialled."""
        try:
            async with asyncio.timeout(NAME_SECONDS):
                await self._check_addresses(self._pool.bounds.read(url))
        except (OutOfBounds, OSError) as error:  # a timeout is an OSError as well
            raise InvalidRequest(f"'webhook.url' must lead to {WHERE}.", param="webhook.url") from error

    async def _check_addresses(self, target: URL) -> None:
        assert target.raw_host is not None and target.port is not None  # read() saw to it
        for row in await self._pool.resolver.resolve(target.raw_host, target.port, socket.AF_UNSPEC):
            self._pool.bounds.check_dialled(row["host"], target.port)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status. Raises TransportFault, whose message has neither the address nor tells open from closed ports."""
        try:
            return await self._post(url, body, headers)
        except OutOfBounds as error:
            raise _failed(FaultKind.BAD_REQUEST, f"Its address is not {WHERE}.") from error
        except TimeoutError as error:
            raise _failed(FaultKind.TIMED_OUT, f"The receiver did not answer within {self._seconds:g} s.") from error
        except aiohttp.ClientConnectorError as error:
            message = "The receiver is not reachable from here, not public or not to be trusted (TLS)."
            raise _failed(FaultKind.UNAVAILABLE, message) from error
        except (aiohttp.ClientError, ConnectionError, ssl.SSLError) as error:
            raise _failed(FaultKind.OUTCOME_UNKNOWN, "The connection to the receiver failed.") from error

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        target = self._pool.bounds.read(url)
        deadline = asyncio.get_running_loop().time() + self._seconds
        async with asyncio.timeout_at(deadline):
            response = await self._pool.session.post(
                target, data=body, headers=headers, allow_redirects=False, timeout=aiohttp.ClientTimeout()
            )
        async with response:
            await _drain(response, deadline)
        return response.status


async def _drain(response: aiohttp.ClientResponse, deadline: float) -> None:
    """Let the receiver finish its sentence, within bounds: some take an early hang-up for an error."""
    left = MOST_READ
    with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
        async with asyncio.timeout_at(deadline):
            while piece := await response.content.read(left):  # nothing, once nothing is left
                left -= len(piece)


def _failed(kind: FaultKind, message: str) -> TransportFault:
    return TransportFault(Fault(kind=kind, message=message))
