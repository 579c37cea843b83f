"""Time as a thing that is handed over, so that tests may move it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a module that waits or dates something asks for."""

    def now(self) -> float:
        """Seconds since 1970, for what is written down."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring and deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FixedClock:
    """A clock that stands still until it is told to advance; sleepers wake when their time has come."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        sleeper = (self._elapsed + seconds, woken)
        self._sleepers.append(sleeper)
        try:
            await woken.wait()
        finally:
            self._sleepers.remove(sleeper)

    def advance(self, seconds: float) -> None:
        """Let time pass; the wall clock and the monotonic one move together."""
        self._now += seconds
        self._elapsed += seconds
        for due, woken in self._sleepers:
            if due <= self._elapsed:
                woken.set()

    def set_wall(self, now: float) -> None:
        """Change the wall clock alone, as an operator or NTP may do."""
        self._now = now

    @property
    def sleeping(self) -> int:
        """How many are asleep, so that a test knows when to advance."""
        return len(self._sleepers)
