"""Processes of the gateway on stand-ins: an engine with its desk, stores that several may share, how one is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from onebrush.domain.errors import NotFound
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.ledger import LedgerState
from onebrush.domain.model import ModelCard
from onebrush.domain.money import Money, Price
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.engine.archive import Archive
from onebrush.engine.budget import RetryBudget
from onebrush.engine.desk import Desk
from onebrush.engine.fitting import Alternatives
from onebrush.engine.gates import Gates
from onebrush.engine.generate import Engine, Refused
from onebrush.engine.health import Health
from onebrush.engine.identity import Identity
from onebrush.engine.job import Job
from onebrush.engine.polling import Polling
from onebrush.engine.ports import Change
from onebrush.engine.pursuit import Pursuit
from onebrush.engine.recovery import Recovery
from onebrush.engine.routing import Router
from onebrush.engine.sending import Sending
from onebrush.engine.taking import Taking
from onebrush.kit.blobs import Blob, Scope
from onebrush.storage.memory import MemoryArtifactRows, MemoryJournal, MemoryReads
from onebrush.storage.memory_objects import MemoryInputs, MemoryObjects
from onebrush.storage.memory_rows import MemoryRecords
from tests.engine.doubles import (
    LIVE_KEY,
    SPOOL,
    Album,
    Fate,
    NoWait,
    ScriptedVendor,
    a_card,
    a_deployment,
    a_request,
    a_sandbox,
    shelf,
)

CENTS = Price(unit="image", money=Money(nano=40_000_000, currency="USD"))


class Killed(BaseException):
    """The process ends here: nothing of it runs on."""


class MortalJournal(MemoryJournal):
    """A journal whose process is killed with a change of kind `dies_at`, just after it is durable or just before.

    `spares` so many of them pass unharmed.
    """

    def __init__(self, records: MemoryRecords) -> None:
        super().__init__(records)
        self.dies_at: type[Change] | None = None
        self.written = True
        self.spares = 0
        self.dead = False

    async def commit(self, *changes: Change, patient: bool = False) -> None:
        await asyncio.sleep(0)  # as the writer of a database is another thread
        self.check()
        self.dead = self._is_last(changes)
        if not self.dead or self.written:
            await super().commit(*changes, patient=patient)
        self.check()

    def _is_last(self, changes: Sequence[Change]) -> bool:
        if self.dies_at is None or not any(isinstance(change, self.dies_at) for change in changes):
            return False
        self.spares -= 1
        return self.spares < 0

    def check(self) -> None:
        """Nothing more is done by a process that is dead."""
        if self.dead:
            raise Killed

    def kill(self) -> None:
        """Now."""
        self.dead = True
        raise Killed


class MortalInputs(MemoryInputs):
    """Given pictures that a process which is dead does not drop any more."""

    def __init__(self, kept: MemoryInputs, journal: MortalJournal) -> None:
        self._kept = kept
        self._journal = journal

    async def put(self, blob: Blob, generation: str, number: int) -> str:
        return await self._kept.put(blob, generation, number)

    def at(self, location: str) -> Blob:
        return self._kept.at(location)

    async def drop(self, generation: str) -> None:
        self._journal.check()
        await self._kept.drop(generation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What outlives a process."""

    clock: NoWait = field(default_factory=NoWait)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    objects: MemoryObjects = field(init=False)
    inputs: MemoryInputs = field(default_factory=MemoryInputs)

    def __post_init__(self) -> None:
        object.__setattr__(self, "objects", MemoryObjects(self.clock))

    async def take(self, source: str, key: str, scope: Scope, *, test: bool) -> Blob | None:
        """The bytes of a stored picture, as the library gives them."""
        row = self.records.artifacts.get(source)
        if row is None or row.key != key or row.location not in self.objects.files:
            raise NotFound(f"There is no picture '{source}' of this key.")
        return scope.from_bytes(self.objects.files[row.location])


@dataclass(slots=True, kw_only=True)
class Bench:
    """A process, and the stand-ins it works with."""

    vendor: ScriptedVendor
    clock: NoWait
    journal: MortalJournal
    stores: Stores
    objects: MemoryObjects
    engine: Engine
    archive: Archive
    recovery: Recovery
    desk: Desk
    scope: Scope

    async def generate(self, request: GenerationRequest, key: ApiKey = LIVE_KEY) -> GenerationResult:
        return await self.run(await self.begin(request, key))

    async def begin(self, request: GenerationRequest, key: ApiKey = LIVE_KEY, name: str = "gen_1") -> Begun:
        prepared = await self.engine.prepare(request, key, name, self.scope)
        job = await self.engine.begin(prepared, Identity(digest="body"), "http://gateway")
        return Begun(job=job, prepared=prepared)

    async def run(self, begun: Begun) -> GenerationResult:
        return await self.engine.run(begun.job, begun.prepared)

    async def refusal(self, **asked: Any) -> GenerationResult:
        with pytest.raises(Refused) as refused:
            await self.generate(a_request(**asked))
        return refused.value.result

    @property
    def records(self) -> MemoryRecords:
        return self.journal.records

    @property
    def record(self) -> Generation:
        """The only one, or the one of `generate`."""
        return self.records.generations["gen_1"]

    @property
    def status(self) -> GenerationStatus:
        return self.record.status

    @property
    def changes(self) -> list[str]:
        """The names of what was committed, in order."""
        return [type(change).__name__ for commit in self.journal.committed for change in commit]

    @property
    def ends(self) -> list[str | None]:
        return [attempt.ended for attempt in self.records.attempts.values()]

    @property
    def books(self) -> list[list[str]]:
        """The ledger by attempts, in their order: each row's state and thousandths."""
        return books(self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A generation of which nothing is bought yet."""

    job: Job
    prepared: Any


def books(records: MemoryRecords) -> list[list[str]]:
    """The ledger by attempts, in their order: each row's state and thousandths of its currency."""
    rows: dict[str, list[str]] = {}
    for entry in records.ledger:
        amount = "?" if entry.nano is None else str(entry.nano // 1_000_000)
        rows.setdefault(entry.attempt, []).append(f"{entry.state} {amount}")
    return list(rows.values())


FINAL = (LedgerState.SETTLED, LedgerState.RELEASED, LedgerState.UNRESOLVED)


def assert_closed(records: MemoryRecords) -> None:
    """No generation is left open, and no money: what was reserved is sent or not, and ends once."""
    assert [row.id for row in records.generations.values() if row.finished is None] == []
    for attempt in dict.fromkeys(entry.attempt for entry in records.ledger):
        states = [entry.state for entry in records.ledger if entry.attempt == attempt]
        assert states[0] is LedgerState.RESERVED and states[-1] in FINAL, states
        assert states[1:-1] == [LedgerState.SENT] * (attempt in records.attempts), states
    assert [row.attempt.id for row in records.attempts.values() if row.ended is None] == []


def indexes(result: GenerationResult) -> tuple[list[int], list[int]]:
    """The places of pictures and of failures."""
    return [image.artifact.index for image in result.images], [failure.index for failure in result.failures]


def codes(result: GenerationResult) -> list[str]:
    """The codes of its failures."""
    return [failure.error.code for failure in result.failures]


def a_bench(
    *fates: Fate,
    cards: Sequence[ModelCard] = (),
    retention: int = 0,
    kept: Mapping[str, bytes] | None = None,
    stores: Stores | None = None,
    process: str = "proc_1",
    seconds: float = 900.0,
    **router: Any,
) -> Bench:
    """A process whose vendor meets `fates`, one a call; it shares `stores` with others, if they are given."""
    cards = cards or (a_card(prices=(CENTS,)),)
    vendor = ScriptedVendor(fates=list(fates))
    stores = stores or Stores()
    clock, journal = stores.clock, MortalJournal(stores.records)
    vendor.before = journal.check
    providers = {card.provider for card in cards}
    engine = Engine(
        router=Router(cards=shelf(*cards), **{**_tables(providers), **router}),
        pursuit=_pursuit(vendor, journal, stores, retention),
        others=dict.fromkeys(providers, Alternatives(editing="retoucher", drawing="painter")),
        marks=MemoryArtifactRows(stores.records),
        library=Album(kept=kept or {}),
        given=MortalInputs(stores.inputs, journal),
        process=process,
        seconds=lambda: seconds,
    )
    reads = MemoryReads(stores.records)
    archive = Archive(records=reads, journal=journal, library=stores, artifacts=stores.objects, given=stores.inputs)
    recovery = Recovery(engine=engine, records=reads, spool=SPOOL)
    return Bench(
        vendor=vendor,
        clock=clock,
        journal=journal,
        stores=stores,
        objects=stores.objects,
        engine=engine,
        archive=archive,
        recovery=recovery,
        desk=Desk(engine=engine, archive=archive, records=reads, recovery=recovery, clock=clock),
        scope=Scope(SPOOL),
    )


def _tables(providers: set[str]) -> dict[str, Any]:
    return {
        "live": {provider: (a_deployment(provider),) for provider in providers},
        "test": {provider: a_sandbox(provider) for provider in providers},
        "setting_for": dict.fromkeys(providers, "ACME_API_KEY"),
    }


def _pursuit(vendor: ScriptedVendor, journal: MemoryJournal, stores: Stores, retention: int) -> Pursuit:
    clock = stores.clock
    sending = Sending(
        wires={"script": vendor},
        transport=vendor,
        journal=journal,
        clock=clock,
        polling=Polling(transport=vendor, task_seconds=lambda: 3600.0),
        health=Health(clock),
    )
    return Pursuit(
        sending=sending,
        taking=Taking(transport=vendor, journal=journal, artifacts=stores.objects, clock=clock, retention=retention),
        gates=Gates(clock),
        budget=RetryBudget(clock),
    )
