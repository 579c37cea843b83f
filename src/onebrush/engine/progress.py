"""How far a generation has come, told each time that changes, until it is finished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from onebrush.domain.result import GenerationResult
from onebrush.engine.job import Job, Step
from onebrush.engine.ports import Records
from onebrush.engine.roster import Entry
from onebrush.kit.clock import Clock

LOOK = 0.5  # seconds between looks at a generation that another process works on


async def steps_here(entry: Entry, job: Job) -> AsyncIterator[Step]:
    """Of one that is at work in this process."""
    changed = asyncio.Event()
    job.watchers.add(changed)
    try:
        while not entry.over:
            yield job.step
            await _either(changed, entry.task)
            changed.clear()
    finally:
        job.watchers.discard(changed)


async def steps_elsewhere(generation_id: str, records: Records, clock: Clock) -> AsyncIterator[Step]:
    """Of one that another process works on, as its record tells."""
    before: Step | None = None
    while (found := await records.get(generation_id)) is not None and not found.status.finished:
        step = Step(status=found.status)
        if step != before:
            yield step
        before = step
        await clock.sleep(LOOK)


async def _either(changed: asyncio.Event, task: asyncio.Task[GenerationResult] | None) -> None:
    waiting = asyncio.ensure_future(changed.wait())
    try:
        await asyncio.wait({waiting, *([task] if task else [])}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
