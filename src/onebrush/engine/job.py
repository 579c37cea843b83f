"""One generation at work in this process: its ask, its record, what is open of its money, and who watches it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from onebrush.domain.errors import Canceled
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.money import Cost
from onebrush.engine.ask import Ask
from onebrush.engine.slots import Slot
from onebrush.kit.blobs import Scope
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id

UNKNOWN = Cost(basis="unknown")
_NOT_SENT = "It was not sent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a generation has come: pictures done and failed, of how many asked."""

    status: GenerationStatus
    done: int = 0
    failed: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An attempt whose money is open: what it can cost at most, and whether it has left."""

    attempt: str
    bound: Cost
    sent: bool = False


@dataclass(slots=True, kw_only=True)
class Job:
    """What is written of it is collected here until the next commit takes it along.

    `seconds` is the time it may take in all, `deadline` when that is over, on the monotonic clock: for an asynchronous
    one it runs from its first call, which has a day to leave. `paid` holds the bytes of vendors' answers, in files that
    outlive the process. `open` are attempts without a final entry, by id; `waiting` is slot -> the one reserved for it
    that has not left. `doubt`: of something it is not known whether it was bought. `heard`: whether somebody waits for
    the answer.
    """

    ask: Ask
    record: Generation
    paid: Scope
    clock: Clock
    seconds: float
    deadline: float
    step: Step
    open: dict[str, Money] = field(default_factory=dict)
    waiting: dict[int, str] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    doubt: bool = False
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    waits: set[asyncio.Timeout] = field(default_factory=set)
    marking: bool = False
    heard: Callable[[], bool] = field(default=lambda: True)
    watchers: set[asyncio.Event] = field(default_factory=set)

    # Money

    def reserve(self, slot: Slot, bound: Cost) -> LedgerEntry:
        """Hold what the slot's next call can cost at most."""
        attempt = new_id("att")
        self.open[attempt] = Money(attempt=attempt, bound=bound)
        self.waiting[slot.first] = attempt
        return self._entry(attempt, LedgerState.RESERVED, bound)

    def hold(self, slot: Slot, bound: Cost) -> list[LedgerEntry]:
        """What is to be written so that `bound` is held for the slot's next call: nothing where it is already.

        What is held for a call that was to cost something else, at somebody else, is released.
        """
        held = self.waiting.get(slot.first)
        if held is not None and self.open[held].bound == bound:
            return []
        if held is not None:
            self.close(held, LedgerState.RELEASED, UNKNOWN, _NOT_SENT)
        return [self.reserve(slot, bound)]

    def send(self, slot: Slot) -> tuple[str, LedgerEntry]:
        """The attempt reserved for the slot, about to leave, and its entry."""
        attempt = self.waiting.pop(slot.first)
        money = self.open[attempt] = replace(self.open[attempt], sent=True)
        return attempt, self._entry(attempt, LedgerState.SENT, money.bound)

    def unsend(self, slot: Slot, attempt: str) -> None:
        """It could not be written that the attempt leaves, so it did not."""
        self.open[attempt] = replace(self.open[attempt], sent=False)
        self.waiting[slot.first] = attempt

    def close(self, attempt: str, state: LedgerState, cost: Cost, why: str) -> None:
        """The end of an attempt's money: `cost` where it is settled, else what it was bounded by."""
        money = self.open.pop(attempt, None)
        amount = cost if state is LedgerState.SETTLED or money is None else money.bound
        self.entries.append(self._entry(attempt, state, amount, why))
        self.ended[attempt] = why

    def close_all(self, why: str) -> None:
        """What is still open: what has left is not known, the rest never left."""
        for attempt, money in list(self.open.items()):
            state = LedgerState.UNRESOLVED if money.sent else LedgerState.RELEASED
            self.doubt = self.doubt or money.sent
            self.close(attempt, state, UNKNOWN, why if money.sent else _NOT_SENT)

    def flush(self, *, closing: bool) -> tuple[tuple[LedgerEntry, ...], dict[str, str]]:
        """Entries and ends that are still to be written; they are the caller's to write from now on.

        Until the record is closing only of what bought nothing: an end that may have bought something is written with
        its pictures, or whoever takes the generation up would look for them in vain.
        """
        told = [
            entry for entry in self.entries if closing or entry.state in (LedgerState.RESERVED, LedgerState.RELEASED)
        ]
        names = {entry.attempt for entry in told}
        ended = {attempt: why for attempt, why in self.ended.items() if closing or attempt in names}
        self.entries = [entry for entry in self.entries if entry not in told]
        self.ended = {attempt: why for attempt, why in self.ended.items() if attempt not in ended}
        return tuple(told), ended

    def put_back(self, entries: Iterable[LedgerEntry], ended: dict[str, str]) -> None:
        """What was flushed and could not be written."""
        self.entries[:0] = entries
        self.ended.update(ended)

    def _entry(self, attempt: str, state: LedgerState, cost: Cost, why: str | None = None) -> LedgerEntry:
        money = cost.money
        return LedgerEntry(
            attempt=attempt,
            generation=self.record.id,
            key=self.record.key,
            test=self.record.test,
            state=state,
            created=int(self.clock.now()),
            nano=money.nano if money else None,
            currency=money.currency if money else None,
            basis=cost.basis,
            why=why,
        )

    # Time

    @property
    def seconds_left(self) -> float:
        """Until the deadline; 0 when it is over."""
        return max(0.0, self.deadline - self.clock.monotonic())

    def leave(self, now: float) -> None:
        """A call leaves: the time of an asynchronous generation runs from its first one."""
        self.deadline = min(self.deadline, now + self.seconds)
        self.tell(status=GenerationStatus.RUNNING)

    @property
    def may_wait(self) -> bool:
        """Whether another process may as well do it: it is asynchronous, and nothing of it is or will be sent."""
        return self.record.asynchronous and not self.marking and self.step.status is GenerationStatus.QUEUED

    def refuse_if_stopped(self) -> None:
        """Raise Canceled once the generation was asked to stop."""
        if self.stop.is_set():
            raise Canceled("The generation was canceled by its owner before this picture was asked of the vendor.")

    def halt(self) -> None:
        """Ask it to stop: whatever waits inside `stoppable` is woken. Asked again, nothing more happens."""
        if self.stop.is_set():
            return
        self.stop.set()
        for wait in self.waits:
            wait.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def stoppable(self) -> AsyncIterator[None]:
        """A wait that ends with TimeoutError when the generation is asked to stop."""
        async with asyncio.timeout(0 if self.stop.is_set() else None) as wait:
            self.waits.add(wait)
            try:
                yield
            finally:
                self.waits.discard(wait)

    async def nap(self, seconds: float) -> None:
        """Wait, but no longer than until the generation is asked to stop."""
        with suppress(TimeoutError):
            async with self.stoppable():
                await self.clock.sleep(seconds)

    # Watchers

    def tell(self, *, status: GenerationStatus | None = None, done: int = 0, failed: int = 0) -> None:
        """Count what has come and wake whoever watches."""
        now = self.step
        self.step = replace(now, status=status or now.status, done=now.done + done, failed=now.failed + failed)
        for watcher in self.watchers:
            watcher.set()
