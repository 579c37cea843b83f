"""Which process works on what: each beats a counter, and one whose counter stands still has lost its generations.

No wall clock takes part: an observer measures on its own monotonic clock for how long it has seen a counter stand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import Generation
from onebrush.engine.ports import Beat, ForgetProcess, Journal, Records
from onebrush.kit.clock import Clock
from onebrush.kit.logs import get_logger

log = get_logger()

BEAT = 3.0
LEASE = 30.0

Adopt = Callable[[Generation], Awaitable[None]]


class Presence(Protocol):
    """What the machine itself knows of its processes."""

    def alive(self, process: str) -> bool | None:
        """False: certainly gone; None: not known here."""
        ...

    def forget(self, process: str) -> None:
        """Remove what a process that is gone left."""
        ...


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A counter as it was last seen, and for how long it has stood there."""

    count: int
    stood: float = 0.0


@dataclass(slots=True, kw_only=True)
class Leases:
    """This process's own beat, and its eye on the others. `adopt` takes up a generation of one that is gone,
    `halt` stops one of ours that another process was asked to stop."""

    process: str
    records: Records
    journal: Journal
    presence: Presence
    clock: Clock
    adopt: Adopt
    halt: Callable[[str], None]
    beat: float = BEAT
    lease: float = LEASE
    count: int = 0
    seen: dict[str, _Seen] = field(default_factory=dict)
    looked: float | None = None

    async def keep(self) -> None:
        """Beat and look, until cancelled; a store that is away is asked again."""
        while True:
            try:
                await self.once()
            except StorageUnavailable as error:
                log.warning("lease not renewed", reason=error.message)
            await self.clock.sleep(self.beat)

    async def once(self) -> None:
        """One beat and one look. Raises StorageUnavailable."""
        self.count += 1
        await self.journal.commit(Beat(process=self.process, count=self.count))
        for generation in await self.records.to_stop(self.process):
            self.halt(generation)
        for process in await self._gone():
            await self._take_over(process)

    async def _gone(self) -> list[str]:
        beats = dict(await self.records.beats())
        beats.pop(self.process, None)
        passed = self._passed()
        self.seen = {process: self._looked_at(process, count, passed) for process, count in beats.items()}
        return [process for process, seen in self.seen.items() if self._is_gone(process, seen)]

    def _passed(self) -> float:
        """Since the last look that succeeded. A longer blindness says nothing: others could not beat either."""
        now, before = self.clock.monotonic(), self.looked
        self.looked = now
        return 0.0 if before is None else min(now - before, 2 * self.beat)

    def _looked_at(self, process: str, count: int, passed: float) -> _Seen:
        before = self.seen.get(process)
        if before is None or before.count != count:
            return _Seen(count=count)
        return _Seen(count=count, stood=before.stood + passed)

    def _is_gone(self, process: str, seen: _Seen) -> bool:
        # What the first version of the records left has no owner.
        return not process or seen.stood >= self.lease or self.presence.alive(process) is False

    async def _take_over(self, process: str) -> None:
        left = await self.records.owned([process])
        if left:
            log.warning("taking over from a process that is gone", process=process, generations=len(left))
        for generation in left:
            await self._adopted(generation)
        if not await self.records.owned([process]):
            await self.journal.commit(ForgetProcess(process=process))
            self.presence.forget(process)

    async def _adopted(self, generation: Generation) -> None:
        """One that cannot be taken up never keeps the others, or our own beat, from going on."""
        try:
            await self.adopt(generation)
        except StorageUnavailable:
            raise
        except Exception as error:
            log.error("not taken up", generation=generation.id, exc_info=error)
