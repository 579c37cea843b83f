"""The journal's changes on dictionaries, with the conditions that the database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar, assert_never

from onebrush.domain.generation import AttemptRecord, Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery
from onebrush.engine.ports import (
    Beat,
    BeginGeneration,
    CancelAsked,
    Change,
    ClaimGeneration,
    FinishGeneration,
    ForgetArtifacts,
    ForgetGeneration,
    ForgetProcess,
    KeepDelivery,
    KeepReply,
    KeepTask,
    KeyTaken,
    LeaseLost,
    MarkDropped,
    MarkSent,
    RequestCancel,
)
from onebrush.storage.errors import ChangeRefused
from onebrush.storage.statements import KEY_STANDS

Value = TypeVar("Value")

_FREED = (GenerationStatus.FAILED, GenerationStatus.CANCELED)


class MemoryRecords:
    """The rows, as dictionaries by id; `names` is (key, Idempotency-Key) -> the generation that has it, and since."""

    def __init__(self) -> None:
        self.generations: dict[str, Generation] = {}
        self.attempts: dict[str, AttemptRecord] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.ledger: list[LedgerEntry] = []
        self.names: dict[tuple[str, str], tuple[str, int]] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.processes: dict[str, int] = {}

    def copy(self) -> MemoryRecords:
        """Rows that change apart from these."""
        other = MemoryRecords()
        other.take(self)
        return other

    def take(self, other: MemoryRecords) -> None:
        """Become what the other is."""
        self.generations = dict(other.generations)
        self.attempts = dict(other.attempts)
        self.artifacts = dict(other.artifacts)
        self.ledger = list(other.ledger)
        self.names = dict(other.names)
        self.deliveries = dict(other.deliveries)
        self.processes = dict(other.processes)

    def apply(self, change: Change) -> None:
        """Make one change. Raises what its docstring names, or ChangeRefused."""
        match change:
            case BeginGeneration():
                self._begin(change)
            case ClaimGeneration():
                self._claim(change)
            case MarkSent():
                self._mark_sent(change)
            case KeepTask():
                self._tell(change.attempt, task=change.task)
            case KeepReply():
                self._keep_reply(change)
            case FinishGeneration():
                self._finish(change)
            case RequestCancel():
                if self._unfinished(change.generation):
                    self._set(change.generation, cancel=True)
            case MarkDropped():
                self._set(change.generation, dropped=True)
            case ForgetArtifacts():
                for artifact_id in change.ids:
                    self.artifacts.pop(artifact_id, None)
            case ForgetGeneration():
                self._forget(change.generation)
            case KeepDelivery():
                self._keep_delivery(change.delivery)
            case Beat():
                self.processes[change.process] = change.count
            case ForgetProcess():
                self._forget_process(change.process)
            case _:
                assert_never(change)

    def _begin(self, change: BeginGeneration) -> None:
        generation = change.generation
        add(self.generations, generation.id, generation)
        if generation.idempotency is not None:
            self._take_name((generation.key, generation.idempotency), generation)
        self._enter(change.entries)

    def _take_name(self, name: tuple[str, str], generation: Generation) -> None:
        holder, since = self.names.get(name, ("", 0))
        standing = self.generations.get(holder)
        freed = standing is None or (standing.status in _FREED and not self._bought(holder))
        if not freed and since >= generation.created - KEY_STANDS:
            raise KeyTaken(holder)
        self.names[name] = (generation.id, generation.created)

    def _bought(self, generation: str) -> bool:
        bought = (LedgerState.SETTLED, LedgerState.UNRESOLVED)
        return any(row.generation == generation and row.state in bought for row in self.ledger)

    def _claim(self, change: ClaimGeneration) -> None:
        self._leased(change.generation, change.former)
        self._set(change.generation, owner=change.owner)

    def _mark_sent(self, change: MarkSent) -> None:
        attempt = change.attempt
        if self._leased(attempt.generation, change.owner).cancel:
            raise CancelAsked(attempt.generation)
        self._set(attempt.generation, status=GenerationStatus.RUNNING)
        add(self.attempts, attempt.id, AttemptRecord(attempt=attempt))
        self._end(change.ended)
        self._enter(change.entries)

    def _keep_reply(self, change: KeepReply) -> None:
        self._tell(change.attempt, reply=change.reply)
        if self.attempts[change.attempt].attempt.generation != change.generation:
            raise ChangeRefused(f"Attempt {change.attempt} is not one of {change.generation}")
        if self._unfinished(change.generation):
            self._set(change.generation, status=GenerationStatus.COLLECTING)

    def _finish(self, change: FinishGeneration) -> None:
        told = change.generation
        row = self.generations.get(told.id)
        cleared = row is not None and row.status is GenerationStatus.UNKNOWN
        if row is not None and row.status is GenerationStatus.PARTIAL and self._has_more(change):
            change = self._new_of(change)
        elif row is None or not cleared or told.status is GenerationStatus.UNKNOWN:
            row = self._leased(told.id, told.owner)
        ask = None if told.ask is None else row.ask
        kept = {name: getattr(row, name) for name in _SETTLED_AT_THE_BEGINNING}
        self.generations[told.id] = replace(told, ask=ask, **kept)
        for artifact in change.artifacts:
            self._expect(artifact.generation)
            add(self.artifacts, artifact.id, artifact)
        self._end(change.attempts)
        self._enter(change.entries)
        if change.delivery is not None:
            self._keep_delivery(change.delivery)

    def _has_more(self, change: FinishGeneration) -> bool:
        known = [row for row in self.artifacts.values() if row.generation == change.generation.id]
        return len(change.artifacts) > len(known)

    def _new_of(self, change: FinishGeneration) -> FinishGeneration:
        """What is not there yet: settled and released money stays as it is."""
        last = {row.attempt: row.state for row in self.ledger}
        closed = (LedgerState.SETTLED, LedgerState.RELEASED)
        entries = tuple(entry for entry in change.entries if last.get(entry.attempt) not in closed)
        names = {entry.attempt for entry in entries}
        return replace(
            change,
            artifacts=tuple(artifact for artifact in change.artifacts if artifact.id not in self.artifacts),
            entries=entries,
            attempts={name: ended for name, ended in change.attempts.items() if name in names},
        )

    def _forget(self, generation: str) -> None:
        if self._unfinished(generation):
            raise ChangeRefused(f"Generation {generation} is not finished, so it cannot be forgotten")
        self.generations.pop(generation, None)
        self.attempts = {name: row for name, row in self.attempts.items() if row.attempt.generation != generation}
        self.artifacts = {name: row for name, row in self.artifacts.items() if row.generation != generation}
        self.deliveries = {name: row for name, row in self.deliveries.items() if row.generation != generation}
        self.names = {name: row for name, row in self.names.items() if row[0] != generation}

    def _keep_delivery(self, delivery: Delivery) -> None:
        if delivery.generation in self.generations:
            self.deliveries[delivery.id] = delivery

    def _forget_process(self, process: str) -> None:
        left = [row for row in self.generations.values() if row.owner == process and row.finished is None]
        if not left:
            self.processes.pop(process, None)

    def _leased(self, generation: str, owner: str) -> Generation:
        row = self.generations.get(generation)
        if row is None or row.finished is not None or row.owner != owner:
            raise LeaseLost(generation)
        return row

    def _unfinished(self, generation: str) -> bool:
        row = self.generations.get(generation)
        return row is not None and row.finished is None

    def _set(self, generation: str, **values: object) -> None:
        if generation in self.generations:
            self.generations[generation] = replace(self.generations[generation], **values)  # type: ignore[arg-type] # fields by name

    def _tell(self, attempt: str, **values: str | None) -> None:
        if attempt not in self.attempts:
            raise ChangeRefused(f"Attempt {attempt} was never marked sent")
        self.attempts[attempt] = replace(self.attempts[attempt], **values)  # type: ignore[arg-type] # fields by name

    def _enter(self, entries: Iterable[LedgerEntry]) -> None:
        """More rows of the ledger; the reply of a settled attempt is not needed any more."""
        for entry in entries:
            self.ledger.append(entry)
            if entry.state is LedgerState.SETTLED and entry.attempt in self.attempts:
                self._tell(entry.attempt, reply=None)

    def _end(self, attempts: Mapping[str, str]) -> None:
        for attempt in attempts.keys() & self.attempts.keys():
            self._tell(attempt, ended=attempts[attempt])

    def _expect(self, generation: str) -> None:
        """Refuse what belongs to no recorded generation."""
        if generation not in self.generations:
            raise ChangeRefused(f"Generation {generation} was never begun")


_SETTLED_AT_THE_BEGINNING = (
    *("id", "key", "test", "created", "request", "owner", "asynchronous"),
    *("digest", "idempotency", "origin", "cancel", "dropped"),
)


def add(rows: dict[str, Value], row_id: str, value: Value) -> None:
    """A new row; an id is used once."""
    if row_id in rows:
        raise ChangeRefused(f"{row_id} is recorded already")
    rows[row_id] = value
