"""A generation's progress as server-sent events, for as long as somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

import msgspec

from onebrush.api.answer import send_head, send_piece
from onebrush.api.intake import ClientGone
from onebrush.api.watch import Watch, stopped
from onebrush.engine.job import Step
from onebrush.kit.clock import Clock
from onebrush.kit.pour import pour_json

# Proxies cut connections that are silent for a minute, some sooner.
KEEP_ALIVE = 15.0
_SILENCE = b": keep-alive\n\n"
# A proxy that gathers an answer before it passes it on would make all of it one event.
_HEAD = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}


async def open_stream(watch: Watch, generation_id: str) -> None:
    """The head of the stream."""
    await send_head(watch.send, 200, {**_HEAD, "x-request-id": generation_id})


async def tell_steps(
    watch: Watch, generation_id: str, steps: AsyncIterator[Step], clock: Clock, closing: Callable[[], bool]
) -> None:
    """Each step as it comes, until the last one or until the gateway is `closing`. Raises ClientGone."""
    async with aclosing(_paced(steps, watch, clock)) as beats:
        async for step in beats:
            await send_piece(watch.send, _progress(generation_id, step) if step else _SILENCE, more=True)
            if step is None and closing():
                return


async def tell_end(watch: Watch, event: str, value: object) -> None:
    """The last event, whose JSON may hold pictures."""
    await send_piece(watch.send, f"event: {event}\ndata: ".encode(), more=True)
    for piece in pour_json(value):
        await send_piece(watch.send, piece, more=True)
    await send_piece(watch.send, b"\n\n", more=False)


async def close_stream(watch: Watch) -> None:
    """The end of a stream that has nothing more to tell."""
    await send_piece(watch.send, b"", more=False)


def _progress(generation_id: str, step: Step) -> bytes:
    told = {
        "id": generation_id,
        "object": "image.generation.progress",
        "status": step.status.value,
        "done": step.done,
        "failed": step.failed,
        "of": step.of,
    }
    return b"event: progress\ndata: " + msgspec.json.encode(told) + b"\n\n"


async def _paced(steps: AsyncIterator[Step], watch: Watch, clock: Clock) -> AsyncGenerator[Step | None]:
    """The steps, and None whenever there was none for a while. Raises ClientGone."""
    upcoming = asyncio.create_task(_next(steps))
    try:
        while True:
            await _first(upcoming, watch, clock)
            if watch.gone:
                raise ClientGone
            if not upcoming.done():
                yield None
            elif (step := upcoming.result()) is None:
                return
            else:
                upcoming = asyncio.create_task(_next(steps))
                yield step
    finally:
        await stopped(upcoming)
        if isinstance(steps, AsyncGenerator):
            await steps.aclose()


async def _first(upcoming: asyncio.Task[Step | None], watch: Watch, clock: Clock) -> None:
    """Until a step has come, the caller has gone, or it is time for a sign of life."""
    nap = asyncio.create_task(clock.sleep(KEEP_ALIVE))
    try:
        await asyncio.wait({upcoming, watch.end, nap}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await stopped(nap)


async def _next(steps: AsyncIterator[Step]) -> Step | None:
    return await anext(steps, None)
