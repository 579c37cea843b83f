"""The gate of each deployment: calls at once, calls a minute, and a queue in order of arrival for both."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.kit.clock import Clock

MINUTE = 60.0
SHORTEST_TOLD, LONGEST_TOLD = 1.0, 59.0
NEWEST_SHARE = 0.3  # of the newest call in the running mean


class Full(Exception):
    """As many wait at a gate as may; `retry_after` is a guess at when some will have gone, in seconds."""

    def __init__(self, deployment: str, waiting: int, retry_after: float) -> None:
        super().__init__(f"{waiting} calls wait for a place at deployment '{deployment}' already.")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Window:
    """When the last calls began. In any span of `seconds` there are at most `most`: what a vendor counts too.

    A bucket that drips would let a minute's worth pass at once and another within the minute after.
    """

    begun: deque[float] = field(default_factory=deque)

    def left(self, rate: float | None, now: float) -> float:
        """Seconds until one more may begin."""
        if rate is None:
            self.begun.clear()
            return 0.0
        most = max(1, int(rate))
        seconds = MINUTE * most / rate
        while self.begun and self.begun[0] + seconds <= now:
            self.begun.popleft()
        return 0.0 if len(self.begun) < most else self.begun[-most] + seconds - now

    def undo(self) -> None:
        """The newest one did not begin after all."""
        if self.begun:
            self.begun.pop()


class Gate:
    """One deployment's places. `limits` may be replaced at any time; who waits goes on waiting."""

    def __init__(self, clock: Clock, limits: Deployment) -> None:
        self._clock = clock
        self._limits = limits
        self._queue: deque[asyncio.Future[None]] = deque()
        self._window = _Window()
        self._busy = 0
        self._held = SHORTEST_TOLD
        self._alarm: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def busy(self) -> int:
        """How many are in."""
        return self._busy

    def limit(self, limits: Deployment) -> None:
        """These limits from now on."""
        if limits is not self._limits:
            self._limits = limits
            self._admit()

    @asynccontextmanager
    async def enter(self, seconds: float) -> AsyncIterator[None]:
        """A place, while the block runs; waited for at most `seconds`.

        Raises Full where as many wait as may, TimeoutError when the time is over.
        """
        await self._place(seconds)
        since = self._clock.monotonic()
        try:
            yield
        finally:
            self._held += NEWEST_SHARE * (self._clock.monotonic() - since - self._held)
            self._leave()

    async def _place(self, seconds: float) -> None:
        if not self._queue and self._free():
            self._take()
        elif len(self._queue) >= self._limits.queue:
            raise Full(self._limits.id, len(self._queue), self._guess())
        else:
            await self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        timer = asyncio.create_task(self._expire(place, seconds))
        self._admit()
        try:
            await place
        except BaseException:
            if place.done() and not place.cancelled() and place.exception() is None:
                # Given and called off in one breath: nothing was sent, so the next one has it.
                self._window.undo()
                self._leave()
            raise
        finally:
            timer.cancel()
            with contextlib.suppress(ValueError):
                self._queue.remove(place)
            self._admit()

    async def _expire(self, place: asyncio.Future[None], seconds: float) -> None:
        await self._clock.sleep(seconds)
        if not place.done():
            place.set_exception(TimeoutError(f"No place at deployment '{self._limits.id}' within {seconds:g} s."))

    def _free(self) -> bool:
        return self._busy < self._limits.concurrency and not self._until_next()

    def _until_next(self) -> float:
        return self._window.left(self._limits.rate, self._clock.monotonic())

    def _take(self) -> None:
        self._busy += 1
        self._window.begun.append(self._clock.monotonic())

    def _leave(self) -> None:
        self._busy -= 1
        self._admit()

    def _admit(self) -> None:
        """Let in whom there is room for, first come first; where only the rate is in the way, look again in time."""
        while self._queue and (self._queue[0].done() or self._free()):
            place = self._queue.popleft()
            if not place.done():
                self._take()
                place.set_result(None)
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._queue and self._busy < self._limits.concurrency:
            self._alarm = asyncio.create_task(self._look_again(self._until_next()))

    async def _look_again(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._alarm = None
        self._admit()

    def _guess(self) -> float:
        """When the queue will have moved: by the rate, or by how long places are held."""
        by_rate = len(self._queue) * MINUTE / self._limits.rate if self._limits.rate else 0.0
        by_places = len(self._queue) * self._held / self._limits.concurrency
        return min(max(by_rate, by_places, SHORTEST_TOLD), LONGEST_TOLD)


class Gates:
    """A gate for each deployment id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gates: dict[str, Gate] = {}

    def gate(self, deployment: Deployment) -> Gate:
        """The deployment's gate; from now on with the limits of this value."""
        if deployment.id not in self._gates:
            self._gates[deployment.id] = Gate(self._clock, deployment)
        gate = self._gates[deployment.id]
        gate.limit(deployment)
        return gate
