"""Reading what the journal wrote: generations, their attempts, money and webhooks, and the processes at work."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, case, func, literal_column, select, tuple_, union_all

from onebrush.domain.generation import Attempt, AttemptRecord, Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery, DeliveryStatus
from onebrush.engine.ports import Wanted
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import fetch
from onebrush.storage.schema import attempts, deliveries, generations, idempotency, ledger, processes

# The order in which rows were written: ids are random, and a second holds many.
WRITTEN: ColumnElement[int] = literal_column("rowid")
Rows = Select[tuple[object, ...]]


class Records:
    """The records of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._artifacts = ArtifactRows(engine)

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        return await self._first(select(generations).where(generations.c.id == generation_id))

    async def attempts(self, generation_id: str) -> list[AttemptRecord]:
        """The calls made for a generation, in their order."""
        statement = select(attempts).where(attempts.c.generation == generation_id)
        return [_attempt(row) for row in await fetch(self._engine, statement.order_by(WRITTEN))]

    async def entries(self, generation_id: str) -> list[LedgerEntry]:
        """Its rows of the ledger, in their order."""
        statement = select(ledger).where(ledger.c.generation == generation_id)
        return [_entry(row) for row in await fetch(self._engine, statement.order_by(ledger.c.seq))]

    async def artifacts(self, generation_id: str) -> list[Artifact]:
        """Its pictures, in their order."""
        return await self._artifacts.of_generation(generation_id)

    async def page(self, wanted: Wanted) -> list[Generation]:
        """Records of a list, newest first; one more than `wanted.limit` where there are more.

        Nothing where `wanted.before` is no record of this key.
        """
        statement = _listed(wanted)
        if wanted.before is not None:
            last = await self.get(wanted.before)
            if last is None or last.key != wanted.key:
                return []
            place = tuple_(generations.c.created, generations.c.id)
            statement = statement.where(place < tuple_(last.created, last.id))
        newest = statement.order_by(generations.c.created.desc(), generations.c.id.desc())
        return await self._all(newest.limit(wanted.limit + 1))

    async def by_idempotency(self, key: str, name: str, since: int) -> Generation | None:
        """What this Idempotency-Key of this key began at or after `since`."""
        owned = select(idempotency.c.generation).where(
            idempotency.c.key == key, idempotency.c.name == name, idempotency.c.created >= since
        )
        return await self._first(select(generations).where(generations.c.id == owned.scalar_subquery()))

    async def by_digest(self, key: str, digest: str, since: int) -> Generation | None:
        """The newest generation of this key and body that is unfinished, or finished at or after `since`."""
        same = select(generations.c.id, generations.c.created).where(
            generations.c.key == key, generations.c.digest == digest
        )
        # Two ranges of one index: joined by OR they would be all rows of this body, however old.
        recent = union_all(
            same.where(generations.c.finished.is_(None)), same.where(generations.c.finished >= since)
        ).subquery()
        newest = select(recent.c.id).order_by(recent.c.created.desc(), recent.c.id.desc()).limit(1)
        return await self._first(select(generations).where(generations.c.id == newest.scalar_subquery()))

    async def owned(self, owners: Collection[str]) -> list[Generation]:
        """The unfinished generations of these processes, oldest first."""
        unfinished = select(generations).where(generations.c.finished.is_(None), generations.c.owner.in_(owners))
        return await self._all(unfinished.order_by(generations.c.created, generations.c.id))

    async def beats(self) -> Mapping[str, int]:
        """Process -> its counter, of every process that is not forgotten; -1 for one that owns work and never beat."""
        unfinished = generations.c.finished.is_(None) & (generations.c.owner >= "")
        owners = await fetch(self._engine, select(generations.c.owner).where(unfinished).distinct())
        beating = {row["id"]: row["count"] for row in await fetch(self._engine, select(processes))}
        return {**{row["owner"]: -1 for row in owners}, **beating}

    async def to_stop(self, owner: str) -> list[str]:
        """The unfinished generations of a process that it is asked to stop."""
        unfinished = generations.c.finished.is_(None) & (generations.c.owner == owner)
        statement = select(generations.c.id).where(unfinished, generations.c.cancel.is_(True))
        return [row["id"] for row in await fetch(self._engine, statement)]

    async def due(self, now: int, limit: int) -> list[Delivery]:
        """Pending deliveries due by `now`, longest due first."""
        pending = select(deliveries).where(deliveries.c.status == DeliveryStatus.PENDING, deliveries.c.due <= now)
        rows = await fetch(self._engine, pending.order_by(deliveries.c.due, WRITTEN).limit(limit))
        return [_delivery(row) for row in rows]

    async def delivery_of(self, generation_id: str) -> Delivery | None:
        """The newest delivery of a generation."""
        statement = select(deliveries).where(deliveries.c.generation == generation_id)
        rows = await fetch(self._engine, statement.order_by(deliveries.c.created.desc(), WRITTEN.desc()).limit(1))
        return _delivery(rows[0]) if rows else None

    async def open_replies(self) -> list[str]:
        """What the answers of unfinished generations held: they name spool files that are still needed."""
        # Every owner is at or after "": said only to have the small index of unfinished ones used.
        unfinished = select(generations.c.id).where(generations.c.finished.is_(None), generations.c.owner >= "")
        statement = select(attempts.c.reply).where(attempts.c.generation.in_(unfinished), attempts.c.reply.is_not(None))
        return [row["reply"] for row in await fetch(self._engine, statement)]

    async def _first(self, statement: Rows) -> Generation | None:
        found = await self._all(statement)
        return found[0] if found else None

    async def _all(self, statement: Rows) -> list[Generation]:
        return [_generation(row) for row in await fetch(self._engine, statement)]


# A list shows a hundred records: asks that are long are left to be read one by one.
LONGEST_LISTED = 32_768
_ask = generations.c.ask
_LISTED = (
    *(column for column in generations.c if column.name != "ask"),
    case((func.length(_ask) <= LONGEST_LISTED, _ask), else_=None).label("ask"),
)


def _listed(wanted: Wanted) -> Rows:
    statement = select(*_LISTED).where(generations.c.key == wanted.key)
    if wanted.status is not None:
        statement = statement.where(generations.c.status == wanted.status)
    if wanted.model is not None:
        statement = statement.where(generations.c.model == wanted.model)
    if wanted.created_from is not None:
        statement = statement.where(generations.c.created >= wanted.created_from)
    if wanted.created_to is not None:
        statement = statement.where(generations.c.created <= wanted.created_to)
    return statement


def _generation(row: RowMapping) -> Generation:
    return Generation(**{**row, "status": GenerationStatus(row["status"])})


def _attempt(row: RowMapping) -> AttemptRecord:
    values = dict(row)
    known = {name: values.pop(name) for name in ("task", "reply", "ended")}
    return AttemptRecord(attempt=Attempt(**values), **known)


def _entry(row: RowMapping) -> LedgerEntry:
    values = {**row, "state": LedgerState(row["state"])}
    del values["seq"]
    return LedgerEntry(**values)


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{**row, "status": DeliveryStatus(row["status"])})
