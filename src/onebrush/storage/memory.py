"""Storage without a disk, for tests: the same promises but durability, and faults to order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import AttemptRecord, Generation
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery, DeliveryStatus
from onebrush.engine.ports import Change, Wanted
from onebrush.storage.keys import StoredKey
from onebrush.storage.memory_objects import MemoryInputs, MemoryObjects
from onebrush.storage.memory_rows import MemoryRecords

__all__ = [
    "MemoryArtifactRows",
    "MemoryInputs",
    "MemoryJournal",
    "MemoryKeyRows",
    "MemoryObjects",
    "MemoryReads",
    "MemoryRecords",
]


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

    async def commit(self, *changes: Change, patient: bool = False) -> None:
        """Make the changes, all or none. Raises StorageUnavailable, the changes' own exceptions or ChangeRefused.

        There is nothing to be patient for: `fault` is for good.
        """
        if self.fault is not None:
            raise self.fault
        after = self.records.copy()
        for change in changes:
            after.apply(change)
        self.records.take(after)
        self.committed.append(changes)


class MemoryReads:
    """Reading MemoryRecords as the engine reads the database."""

    def __init__(self, records: MemoryRecords) -> None:
        self._records = records

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        return self._records.generations.get(generation_id)

    async def attempts(self, generation_id: str) -> list[AttemptRecord]:
        """The calls made for a generation, in their order."""
        return [row for row in self._records.attempts.values() if row.attempt.generation == generation_id]

    async def entries(self, generation_id: str) -> list[LedgerEntry]:
        """Its rows of the ledger, in their order."""
        return [row for row in self._records.ledger if row.generation == generation_id]

    async def artifacts(self, generation_id: str) -> list[Artifact]:
        """Its pictures, in their order."""
        return await MemoryArtifactRows(self._records).of_generation(generation_id)

    async def page(self, wanted: Wanted) -> list[Generation]:
        """Records of a list, newest first; one more than `wanted.limit` where there are more."""
        listed = newest_first(row for row in self._records.generations.values() if is_listed(row, wanted))
        if wanted.before is None:
            return listed[: wanted.limit + 1]
        last = self._records.generations.get(wanted.before)
        if last is None or last.key != wanted.key:
            return []
        return [row for row in listed if (row.created, row.id) < (last.created, last.id)][: wanted.limit + 1]

    async def by_idempotency(self, key: str, name: str, since: int) -> Generation | None:
        """What this Idempotency-Key of this key began at or after `since`."""
        holder, created = self._records.names.get((key, name), ("", 0))
        return self._records.generations.get(holder) if created >= since else None

    async def by_digest(self, key: str, digest: str, since: int) -> Generation | None:
        """The newest generation of this key and body that is unfinished, or finished at or after `since`."""
        same = [row for row in self._records.generations.values() if (row.key, row.digest) == (key, digest)]
        recent = newest_first(row for row in same if row.finished is None or row.finished >= since)
        return recent[0] if recent else None

    async def owned(self, owners: Collection[str]) -> list[Generation]:
        """The unfinished generations of these processes, oldest first."""
        left = [row for row in self._records.generations.values() if row.finished is None and row.owner in owners]
        return newest_first(left)[::-1]

    async def beats(self) -> Mapping[str, int]:
        """Process -> its counter, of every process that is not forgotten; -1 for one that owns work and never beat."""
        unfinished = [row for row in self._records.generations.values() if row.finished is None]
        return {**{row.owner: -1 for row in unfinished}, **self._records.processes}

    async def to_stop(self, owner: str) -> list[str]:
        """The unfinished generations of a process that it is asked to stop."""
        rows = self._records.generations.values()
        return [row.id for row in rows if row.finished is None and row.owner == owner and row.cancel]

    async def due(self, now: int, limit: int) -> list[Delivery]:
        """Pending deliveries due by `now`, longest due first."""
        rows = self._records.deliveries.values()
        due = [row for row in rows if row.status is DeliveryStatus.PENDING and row.due <= now]
        return sorted(due, key=lambda row: row.due)[:limit]

    async def delivery_of(self, generation_id: str) -> Delivery | None:
        """The newest delivery of a generation."""
        found = [row for row in self._records.deliveries.values() if row.generation == generation_id]
        return max(reversed(found), key=lambda row: row.created, default=None)

    async def open_replies(self) -> list[str]:
        """What the answers of unfinished generations held."""
        replies = [(row.attempt.generation, row.reply) for row in self._records.attempts.values()]
        return [
            reply
            for generation, reply in replies
            if reply is not None and self._records.generations[generation].finished is None
        ]


def newest_first(rows: Iterable[Generation]) -> list[Generation]:
    """As lists show them."""
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)


def is_listed(row: Generation, wanted: Wanted) -> bool:
    """Whether a list shows it, wherever its page begins."""
    return (
        row.key == wanted.key
        and wanted.status in (None, row.status)
        and wanted.model in (None, row.model)
        and (wanted.created_from is None or row.created >= wanted.created_from)
        and (wanted.created_to is None or row.created <= wanted.created_to)
    )


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
