"""A caller's connection, watched while it waits and is answered: whether it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.types import Message, Receive, Send

from onebrush.api.intake import ClientGone

T = TypeVar("T")


class Watch:
    """Knows when the caller has gone. Whatever is still to be read of the request is dropped."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._send = send
        self.end = asyncio.create_task(_end(receive))

    @property
    def gone(self) -> bool:
        """Whether the connection is over."""
        return self.end.done()

    async def unless_gone(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives. Raises ClientGone, and stops it, when the caller goes first."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self.end}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ClientGone
            return task.result()
        finally:
            await stopped(task)

    async def send(self, message: Message) -> None:
        """Send to a caller who is there: servers drop in silence what nobody takes. Raises ClientGone."""
        if self.gone:
            raise ClientGone
        await self._send(message)


@asynccontextmanager
async def watched(receive: Receive, send: Send) -> AsyncIterator[Watch]:
    """A watch until the block ends."""
    watch = Watch(receive, send)
    try:
        yield watch
    finally:
        await stopped(watch.end)


async def stopped(task: asyncio.Task[Any]) -> None:
    """Stop a task and see it end; what it ended in is nobody's concern any more."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


async def _end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
