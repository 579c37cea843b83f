"""Where asks come in and are waited for: a repeat joins what runs or ran, a caller may go, a generation goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from onebrush.domain.errors import NotFound, OneBrushError, ProviderError, StorageUnavailable, Unavailable
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.ledger import LedgerState
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.engine.archive import Archive
from onebrush.engine.generate import Engine, Overtaken, Refused
from onebrush.engine.identity import Identity
from onebrush.engine.job import Step
from onebrush.engine.ports import Change, KeyTaken, LeaseLost, MarkDropped, Records, RequestCancel
from onebrush.engine.progress import LOOK, steps_elsewhere, steps_here
from onebrush.engine.recovery import CUT_OFF, Recovery
from onebrush.engine.roster import REJOIN, Entry, Roster, refuse_other
from onebrush.kit.blobs import Scope
from onebrush.kit.clock import Clock
from onebrush.kit.logs import get_logger

log = get_logger()

DAY = 86_400
LETTING_GO = 2.0
# Where nothing is settled or unresolved either, nothing was bought: a repeat asks anew.
_NOTHING = (GenerationStatus.FAILED, GenerationStatus.CANCELED)

GOING = (
    "The gateway is being stopped and takes no new work; nothing was bought. Send the request again in a moment, "
    "it is then answered by the gateway's next start or its neighbour."
)
GONE = (
    "This request was answered before, and its pictures are no longer kept here. Send it under another "
    "Idempotency-Key to have new ones made."
)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ticket:
    """One connection's claim on a generation. `entry` where it is at work here; else `scope` holds what is read.

    `key` and `digest` are whose it is, and of which body.
    """

    generation: str
    joined: bool
    scope: Scope
    key: str = ""
    digest: str = ""
    entry: Entry | None = None


@dataclass(slots=True, kw_only=True)
class Desk:
    """The ports that receiving needs, and the generations at work in this process."""

    engine: Engine
    archive: Archive
    records: Records
    recovery: Recovery
    clock: Clock
    draining: bool = False
    roster: Roster = field(default_factory=Roster)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    ends: float | None = None

    # Coming in

    async def enter(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope, identity: Identity, origin: str
    ) -> Ticket:
        """Begun durably, or joined. Raises OneBrushError. The scope is the desk's from then on."""
        try:
            found = self.roster.find(key.id, identity)
            if found is not None:
                return await self._joined(found, scope)
            # No await lies between looking and opening: of a hundred equal requests one begins.
            entry = self._opened(key, generation, scope, identity)
        except BaseException:
            scope.close()
            raise
        return await self._begun(entry, request, key, origin)

    async def _joined(self, entry: Entry, scope: Scope) -> Ticket:
        entry.watchers += 1
        try:
            stands = await asyncio.shield(entry.begun)
        except BaseException:
            self._unwatch(entry)
            raise
        if stands == entry.generation:
            entry.dropped = False  # its caller is back: another equal request is another one again
            return _ticket(entry, stands, scope, joined=True)
        self._unwatch(entry)
        return _ticket(entry, stands, scope, joined=True)

    def _opened(self, key: ApiKey, generation: str, scope: Scope, identity: Identity) -> Entry:
        begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        entry = Entry(generation=generation, key=key.id, identity=identity, scope=scope, begun=begun)
        self.roster.enlist(entry)
        return entry

    async def _begun(self, entry: Entry, request: GenerationRequest, key: ApiKey, origin: str) -> Ticket:
        try:
            stands = await self._begin(entry, request, key, origin)
        except BaseException as error:
            entry.begun.set_exception(error if isinstance(error, Exception) else Unavailable(GOING, retry_after=1))
            entry.begun.exception()  # whoever joined is told; if nobody did, nobody misses it
            self.roster.strike(entry, self.clock.monotonic())
            self._unwatch(entry)
            raise
        entry.begun.set_result(stands)
        if stands == entry.generation:
            return _ticket(entry, stands, entry.scope, joined=False)
        self.roster.strike(entry, self.clock.monotonic())
        return _ticket(entry, stands, entry.scope, joined=True)

    async def _begin(self, entry: Entry, request: GenerationRequest, key: ApiKey, origin: str) -> str:
        """The id of the record that stands for it."""
        before = await self._recorded(entry.key, entry.identity)
        if before is not None:
            return before.id
        if self.draining:
            raise Unavailable(GOING, retry_after=2)
        prepared = await self.engine.prepare(request, key, entry.generation, entry.scope)
        try:
            entry.job = await self.engine.begin(prepared, entry.identity, origin)
        except KeyTaken as taken:
            return await self._elsewhere(taken.generation, entry.identity)
        self._work(entry, self.engine.run(entry.job, prepared))
        return entry.generation

    async def _recorded(self, key: str, identity: Identity) -> Generation | None:
        """What a repeat finds in the records; what bought nothing is no answer."""
        now, found = int(self.clock.now()), None
        if identity.idempotency is not None:
            found = await self.records.by_idempotency(key, identity.idempotency, now - DAY)
        elif identity.retried:
            found = await self.records.by_digest(key, identity.digest, now - REJOIN)
        elif missed := self.roster.missed(key, identity.digest, self.clock.monotonic()):
            found = await self.records.get(missed)
        if found is None or await self._bought_nothing(found):
            return None
        refuse_other(found.digest, identity)
        return found

    async def _bought_nothing(self, generation: Generation) -> bool:
        if generation.status not in _NOTHING:
            return False
        entries = await self.records.entries(generation.id)
        return not any(entry.state in (LedgerState.SETTLED, LedgerState.UNRESOLVED) for entry in entries)

    async def _elsewhere(self, generation: str, identity: Identity) -> str:
        """Another process began under this Idempotency-Key in the same moment."""
        found = await self.records.get(generation)
        if found is not None:
            refuse_other(found.digest, identity)
        return generation

    # At work

    def _work(self, entry: Entry, running: Coroutine[Any, Any, GenerationResult]) -> None:
        """A task of its own: connections only watch it, and may go."""
        if entry.job is not None:
            entry.job.heard = lambda: entry.watchers > 0
        entry.task = asyncio.create_task(self._tidied(running))
        self.tasks.add(entry.task)
        entry.task.add_done_callback(lambda task: self._worked(entry, task))

    async def _tidied(self, running: Coroutine[Any, Any, GenerationResult]) -> GenerationResult:
        try:
            return await running
        except Overtaken as overtaken:
            await self._remove(overtaken.artifacts)
            raise

    async def _remove(self, artifacts: Sequence[Artifact]) -> None:
        """Pictures that were stored for nothing. A picture of the other process may be the same one: it stays."""
        with contextlib.suppress(StorageUnavailable):
            for artifact in artifacts:
                recorded = {row.id for row in await self.records.artifacts(artifact.generation)}
                if artifact.id not in recorded:
                    await self.archive.artifacts.remove([artifact.location])

    def _worked(self, entry: Entry, task: asyncio.Task[GenerationResult]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Refused | OneBrushError | LeaseLost):
            log.error("work broke", generation=entry.generation, exc_info=error)
        self.roster.strike(entry, self.clock.monotonic())
        self._close_when_left(entry)

    async def adopt(self, generation: Generation) -> None:
        """Take up a generation of a process that is gone; somebody else may be quicker. Not while we go ourselves."""
        if self.draining:
            return
        try:
            job = await self.recovery.claim(generation)
        except LeaseLost:
            return
        except ValueError as error:
            log.error("cannot be taken up", generation=generation.id, reason=str(error))
            await self.recovery.give_up(generation)
            return
        begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        begun.set_result(generation.id)
        identity = Identity(digest=generation.digest or "", idempotency=generation.idempotency)
        entry = Entry(
            generation=generation.id,
            key=generation.key,
            identity=identity,
            scope=job.ask.scope,
            begun=begun,
            job=job,
            watchers=0,
            dropped=not generation.asynchronous,
        )
        self.roster.enlist(entry)
        self._work(entry, self.recovery.run(job))

    # Waiting

    async def result(self, ticket: Ticket, seconds: float | None = None) -> GenerationResult | None:
        """What came of it; None where it is not finished within `seconds`. Raises Refused or OneBrushError."""
        entry = ticket.entry
        if entry is None or entry.task is None:
            return await self._read(ticket, seconds)
        await asyncio.wait({entry.task}, timeout=seconds)
        if not entry.task.done():
            return None
        if entry.task.cancelled():
            _refuse_let_go(entry)
            return None
        try:
            return entry.task.result()
        except LeaseLost:
            return await self._read(ticket, seconds)

    async def _read(self, ticket: Ticket, seconds: float | None) -> GenerationResult | None:
        """From the record, once it is finished: by another process, or before."""
        ends = None if seconds is None else self.clock.monotonic() + seconds
        while True:
            found = await self.records.get(ticket.generation)
            if found is None:
                raise NotFound(GONE)
            if found.status.finished:
                return await self._replayed(found, ticket.scope)
            if ends is not None and self.clock.monotonic() >= ends:
                return None
            await self.clock.sleep(LOOK)

    async def _replayed(self, generation: Generation, scope: Scope) -> GenerationResult:
        result, error = await self.archive.outcome(generation, scope)
        if error is not None:
            raise Refused(result, error) if result is not None else error
        if result is None or not result.images:
            raise NotFound(GONE)
        return result

    def steps(self, generation_id: str) -> AsyncIterator[Step]:
        """How far it has come, each time that changes, until it is finished."""
        entry = self.roster.entries.get(generation_id)
        if entry is None or entry.job is None:
            return steps_elsewhere(generation_id, self.records, self.clock)
        return steps_here(entry, entry.job)

    # Going

    def leave(self, ticket: Ticket, *, served: bool) -> None:
        """The connection is over; `served`: it had its whole answer."""
        entry = ticket.entry
        if entry is None or ticket.joined:
            ticket.scope.close()
        if entry is not None:
            if not served and entry.watchers == 1:
                self._drop(entry)
            self._unwatch(entry)
        if not served and (entry is None or (entry.over and entry.dropped)):
            self.roster.remember(ticket.key, ticket.digest, ticket.generation, self.clock.monotonic())

    def _drop(self, entry: Entry) -> None:
        """Nobody waits any more: an equal body that comes now is a repeat."""
        entry.dropped = True
        if entry.job is not None and not entry.job.record.asynchronous:
            self._later(MarkDropped(generation=entry.generation))

    def _later(self, change: Change) -> None:
        task = asyncio.create_task(self._written(change))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _written(self, change: Change) -> None:
        with contextlib.suppress(StorageUnavailable):
            await self.engine.pursuit.sending.journal.commit(change)

    def _unwatch(self, entry: Entry) -> None:
        entry.watchers -= 1
        self._close_when_left(entry)

    def _close_when_left(self, entry: Entry) -> None:
        """Its pictures' bytes are let go when both the work and the last answer are over."""
        if entry.over and entry.watchers <= 0:
            entry.scope.close()
            if entry.job is not None:
                entry.job.paid.close()

    async def cancel(self, generation: Generation) -> None:
        """Ask it to stop; whoever works on it. Raises StorageUnavailable."""
        await self.engine.pursuit.sending.journal.commit(RequestCancel(generation=generation.id))
        self.halt(generation.id)

    def halt(self, generation_id: str) -> None:
        """It was asked to stop, here or at another process."""
        entry = self.roster.entries.get(generation_id)
        if entry is not None and entry.job is not None:
            entry.job.halt()

    def close_door(self) -> None:
        """Take no new work from now on. Asynchronous generations of which nothing was sent are the next start's."""
        self.draining = True
        for entry in list(self.roster.entries.values()):
            if entry.task is not None and entry.job is not None and entry.job.may_wait:
                entry.task.cancel()

    async def drain(self, seconds: float) -> None:
        """Wait for what is at work, but at most `seconds` from when this was first asked.

        The rest is let go: it stays in the records as it stands there, and is taken up again.
        """
        self.draining = True
        self.ends = self.clock.monotonic() + seconds if self.ends is None else self.ends
        while (left := {*self.tasks, *self.engine.closing}) and (rest := self.ends - self.clock.monotonic()) > 0:
            await asyncio.wait(left, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
        if self.tasks:
            log.error("generations left for the next start", count=len(self.tasks))
            # Before connections close: what still waits for a place would be written down as sent, and not leave.
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(self.tasks, timeout=LETTING_GO)


def _refuse_let_go(entry: Entry) -> None:
    """The gateway stops: an asynchronous caller has its record to go by, another one is told."""
    if entry.job is None or not entry.job.record.asynchronous:
        raise ProviderError(CUT_OFF, retry=False)


def _ticket(entry: Entry, stands: str, scope: Scope, *, joined: bool) -> Ticket:
    return Ticket(
        generation=stands,
        joined=joined,
        scope=scope,
        key=entry.key,
        digest=entry.identity.digest,
        entry=entry if stands == entry.generation else None,
    )
