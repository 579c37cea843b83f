"""Small records to store, and what they are stored in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from onebrush.domain.generation import Attempt, Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery
from onebrush.engine.ports import Artifacts, BeginGeneration, FinishGeneration, InputStore, Journal, MarkSent, Records
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.inputs import LocalInputs
from onebrush.storage.keys import Keys, KeyStore
from onebrush.storage.memory import MemoryArtifactRows, MemoryInputs, MemoryObjects, MemoryReads
from onebrush.storage.objects import LocalObjects
from onebrush.storage.records import Records as RecordRows

PEPPER = b"a pepper of the tests"
NOW = 1_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that keeps something."""

    journal: Journal
    rows: RecordRows | MemoryReads
    artifacts: ArtifactRows | MemoryArtifactRows
    objects: LocalObjects | MemoryObjects
    given: LocalInputs | MemoryInputs
    key_store: KeyStore
    clock: FixedClock
    spool: Spool

    @property
    def blobs(self) -> Artifacts:
        """The objects, as the engine sees them."""
        return self.objects

    @property
    def records(self) -> Records:
        """The rows, as the engine sees them."""
        return self.rows

    @property
    def inputs(self) -> InputStore:
        """The given pictures, as the engine sees them."""
        return self.given

    def keys(self) -> Keys:
        """The keys as a fresh process would know them."""
        return Keys(self.key_store, pepper=PEPPER, clock=self.clock)


def generation(name: str = "gen_a", **changes: Any) -> Generation:
    usual = Generation(
        id=name,
        key="key_a",
        test=True,
        model="gpt-image-2",
        status=GenerationStatus.QUEUED,
        created=NOW,
        request="gpt-image-2",
        owner="proc_a",
        ask='{"n":1}',
        digest="d1",
        origin="http://127.0.0.1:8000",
    )
    return replace(usual, **changes)


def outcome(name: str = "gen_a", **changes: Any) -> Generation:
    """The same generation with what came of it."""
    known = {
        "status": GenerationStatus.SUCCEEDED,
        "finished": NOW + 9,
        "provider": "openai",
        "cost_nano": 39_000_000,
        "currency": "USD",
        "basis": "computed",
        "result": '{"images":1}',
    }
    return generation(name, **{**known, **changes})


def attempt(name: str = "att_a", of: str = "gen_a", slot: int = 0) -> Attempt:
    return Attempt(
        id=name,
        generation=of,
        slot=slot,
        deployment="sandbox",
        model="gpt-image-2",
        created=NOW + 1,
        terms='{"n":1}',
    )


def artifact(name: str = "img_abcd", of: str = "gen_a", index: int = 0, expires: int | None = None) -> Artifact:
    return Artifact(
        id=name,
        generation=of,
        key="key_a",
        index=index,
        media_type="image/png",
        width=1024,
        height=768,
        size=1234,
        created=NOW + 8,
        location=f"ab/{name}.png",
        test=True,
        expires=expires,
    )


def entry(state: LedgerState = LedgerState.RESERVED, of: str = "gen_a", **changes: Any) -> LedgerEntry:
    usual = LedgerEntry(
        attempt="att_a",
        generation=of,
        key="key_a",
        test=True,
        state=state,
        created=NOW + 1,
        nano=39_000_000,
        currency="USD",
        basis="computed",
    )
    return replace(usual, **changes)


def delivery(name: str = "msg_a", of: str = "gen_a", **changes: Any) -> Delivery:
    usual = Delivery(id=name, generation=of, url="https://hooks.example/a", secret="main", created=NOW, due=NOW)
    return replace(usual, **changes)


def begin(name: str = "gen_a", *entries: LedgerEntry, **changes: Any) -> BeginGeneration:
    return BeginGeneration(generation=generation(name, **changes), entries=entries)


def send(name: str = "att_a", of: str = "gen_a", slot: int = 0, owner: str = "proc_a", **more: Any) -> MarkSent:
    return MarkSent(attempt=attempt(name, of, slot), owner=owner, **more)


def finish(
    name: str = "gen_a", *artifacts: Artifact, attempts: dict[str, str] | None = None, **changes: Any
) -> FinishGeneration:
    return FinishGeneration(generation=outcome(name, **changes), artifacts=artifacts, attempts=attempts or {})
