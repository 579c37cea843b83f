"""Storage without a disk, for tests: the same promises but durability, and faults to order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar, assert_never

from onebrush.domain.errors import NotFound, StorageUnavailable
from onebrush.domain.generation import AttemptRecord, Generation
from onebrush.domain.result import Artifact
from onebrush.engine.ports import BeginGeneration, Change, FinishGeneration, ForgetArtifacts, MarkSent
from onebrush.kit.blobs import Blob
from onebrush.kit.clock import Clock
from onebrush.storage.errors import ChangeRefused
from onebrush.storage.keys import StoredKey
from onebrush.storage.objects import GONE, checked, location_of

Value = TypeVar("Value")


class MemoryRecords:
    """The rows, as dictionaries by id."""

    def __init__(self) -> None:
        self.generations: dict[str, Generation] = {}
        self.attempts: dict[str, AttemptRecord] = {}
        self.artifacts: dict[str, Artifact] = {}

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

    def apply(self, change: Change) -> None:
        """Make one change."""
        match change:
            case BeginGeneration():
                add(self.generations, change.generation.id, change.generation)
            case MarkSent():
                self.expect(change.attempt.generation)
                add(self.attempts, change.attempt.id, AttemptRecord(attempt=change.attempt))
            case FinishGeneration():
                self.finish(change)
            case ForgetArtifacts():
                for artifact_id in change.ids:
                    self.artifacts.pop(artifact_id, None)
            case _:
                assert_never(change)

    def finish(self, change: FinishGeneration) -> None:
        """The outcome of a recorded generation; an attempt that was never marked sent is passed over."""
        self.expect(change.generation.id)
        self.generations[change.generation.id] = change.generation
        for artifact in change.artifacts:
            self.expect(artifact.generation)
            add(self.artifacts, artifact.id, artifact)
        for attempt_id in change.attempts.keys() & self.attempts.keys():
            self.attempts[attempt_id] = replace(self.attempts[attempt_id], ended=change.attempts[attempt_id])

    def expect(self, generation_id: str) -> None:
        """Refuse what belongs to no recorded generation."""
        if generation_id not in self.generations:
            raise ChangeRefused(f"Generation {generation_id} was never begun")


def add(rows: dict[str, Value], row_id: str, value: Value) -> None:
    """A new row; an id is used once."""
    if row_id in rows:
        raise ChangeRefused(f"{row_id} is recorded already")
    rows[row_id] = value


class MemoryJournal:
    """The journal's promises over MemoryRecords. Set `fault` to have commits fail."""

    def __init__(self, records: MemoryRecords | None = None) -> None:
        self.records = records or MemoryRecords()
        self.committed: list[tuple[Change, ...]] = []
        self.fault: StorageUnavailable | None = None

    @property
    def healthy(self) -> bool:
        """Whether commits work."""
        return self.fault is None

    async def commit(self, *changes: Change) -> None:
        """Make the changes, all or none. Raises StorageUnavailable or ChangeRefused."""
        if self.fault is not None:
            raise self.fault
        after = self.records.copy()
        for change in changes:
            after.apply(change)
        self.records.take(after)
        self.committed.append(changes)


class MemoryGenerationRows:
    """Reads of MemoryRecords' generations."""

    def __init__(self, records: MemoryRecords) -> None:
        self._records = records

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        return self._records.generations.get(generation_id)

    async def unfinished(self, limit: int = 1000) -> list[Generation]:
        """Those without an outcome, oldest first."""
        found = [row for row in self._records.generations.values() if row.finished is None]
        return sorted(found, key=lambda row: row.created)[:limit]

    async def attempts(self, generation_id: str) -> list[AttemptRecord]:
        """The calls made for a generation, in their order."""
        found = [row for row in self._records.attempts.values() if row.attempt.generation == generation_id]
        return sorted(found, key=lambda row: (row.attempt.created, row.attempt.slot, row.attempt.id))


class MemoryArtifactRows:
    """Reads of MemoryRecords' artifacts."""

    def __init__(self, records: MemoryRecords) -> None:
        self._records = records

    async def get(self, artifact_id: str) -> Artifact | None:
        """The picture of that id."""
        return self._records.artifacts.get(artifact_id)

    async def of_generation(self, generation_id: str) -> list[Artifact]:
        """The pictures of a generation, in their order."""
        found = [row for row in self._records.artifacts.values() if row.generation == generation_id]
        return sorted(found, key=lambda row: (row.index, row.id))

    async def expired(self, now: int, limit: int) -> list[Artifact]:
        """Pictures whose retention has ended by `now`, longest past first."""
        rows = self._records.artifacts.values()
        due = [(row.expires, row.id) for row in rows if row.expires is not None and row.expires <= now]
        return [self._records.artifacts[row_id] for _, row_id in sorted(due)[:limit]]

    async def opaque_of(self, digest: str, key: str, deployment: str) -> str | None:
        """The vendor's mark of a picture of these bytes, given to this key at this deployment."""
        wanted = (digest, key, deployment)
        rows = self._records.artifacts.values()
        found = [row for row in rows if (row.digest, row.key, row.deployment) == wanted]
        return max(found, key=lambda row: row.created).opaque if found else None

    async def recorded(self, locations: Collection[str]) -> set[str]:
        """Which of these locations belong to a recorded picture."""
        return {row.location for row in self._records.artifacts.values()} & set(locations)


class MemoryKeyRows:
    """Made keys in a list."""

    def __init__(self, kept: Iterable[StoredKey] = ()) -> None:
        self.kept = list(kept)

    async def all(self) -> Sequence[StoredKey]:
        """Every key, oldest first."""
        return tuple(self.kept)

    async def add(self, stored: StoredKey) -> None:
        """Keep one more."""
        self.kept.append(stored)


class MemoryObjects:
    """Picture bytes in a dictionary. Set `room` or `fault` to have the disk be full or fail."""

    def __init__(self, clock: Clock) -> None:
        self.kept: dict[str, bytes] = {}
        self.room = True
        self.fault: StorageUnavailable | None = None
        self._clock = clock
        self._since: dict[str, float] = {}

    async def keep(self, blob: Blob, artifact_id: str, media_type: str) -> str:
        """Store; the location. Raises StorageUnavailable."""
        location = location_of(artifact_id, media_type)
        if self.fault is not None:
            raise self.fault
        self.kept[location] = blob.read()
        self._since[location] = self._clock.now()
        return location

    async def open(self, location: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, all or `length` of them. Raises NotFound."""
        data = self.kept.get(checked(location))
        if data is None:
            raise NotFound(GONE)
        return _pieces(data[start:] if length is None else data[start : start + length])

    async def size(self, location: str) -> int | None:
        """How many bytes are stored there; None where nothing is."""
        data = self.kept.get(checked(location))
        return None if data is None else len(data)

    async def remove(self, locations: Sequence[str]) -> None:
        """Delete; missing ones are no error."""
        for location in [checked(location) for location in locations]:
            self.kept.pop(location, None)

    def has_room(self) -> bool:
        """Whether the reserve of free space is there."""
        return self.room

    async def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """The locations of what has been there that long."""
        limit = self._clock.now() - seconds
        if locations := [location for location in self.kept if self._since[location] < limit]:
            yield locations


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data
