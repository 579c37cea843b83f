"""Reading generations and their attempts; the journal writes them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, select

from onebrush.domain.generation import Attempt, Generation, GenerationStatus
from onebrush.storage.database import fetch
from onebrush.storage.schema import attempts, generations


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """An attempt and how it ended, in one sentence; None while nobody knows."""

    attempt: Attempt
    ended: str | None = None


class GenerationRows:
    """The recorded generations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        rows = await fetch(self._engine, select(generations).where(generations.c.id == generation_id))
        return _generation(rows[0]) if rows else None

    async def unfinished(self, limit: int = 1000) -> list[Generation]:
        """Those without an outcome, oldest first: after a start, what a killed process left behind."""
        statement = select(generations).where(generations.c.finished.is_(None))
        rows = await fetch(self._engine, statement.order_by(generations.c.created).limit(limit))
        return [_generation(row) for row in rows]

    async def attempts(self, generation_id: str) -> list[AttemptRecord]:
        """The calls made for a generation, in their order."""
        statement = select(attempts).where(attempts.c.generation == generation_id)
        in_order = statement.order_by(attempts.c.created, attempts.c.slot, attempts.c.id)
        rows = await fetch(self._engine, in_order)
        return [_attempt(row) for row in rows]


def _generation(row: RowMapping) -> Generation:
    values = dict(row)
    return Generation(**{**values, "status": GenerationStatus(values["status"])})


def _attempt(row: RowMapping) -> AttemptRecord:
    values = dict(row)
    ended = values.pop("ended")
    return AttemptRecord(attempt=Attempt(**values), ended=ended)
