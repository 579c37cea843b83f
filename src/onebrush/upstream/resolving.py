"""Strangers' names are looked up on threads of their own: a name server that stalls holds up nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS = 16

Lookup = Callable[..., list[Any]]
"""socket.getaddrinfo, or what answers in its shape."""


class StrangersResolver(AbstractResolver):
    """The system's resolver (hosts file, search domains) without aiohttp's shared threads."""

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of `host`. Raises OSError where there is none."""
        try:
            rows = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, host, port, family)
        except UnicodeError as error:
            raise OSError(f"'{host}' is no name") from error
        return [_result(host, port, row) for row in rows]

    def _ask(self, host: str, port: int, family: int) -> list[Any]:
        return self._lookup(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)

    async def close(self) -> None:
        """Leave the threads to end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, port: int, row: Any) -> ResolveResult:
    family, _, protocol, _, address = row
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address[0], port=port, family=family, proto=protocol, flags=flags)
