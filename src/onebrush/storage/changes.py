"""What each change of the journal does to the tables, as plain SQL for the writer's thread."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from operator import attrgetter
from typing import assert_never

from onebrush.domain.generation import Attempt, Generation
from onebrush.domain.result import Artifact
from onebrush.engine.ports import BeginGeneration, Change, FinishGeneration, ForgetArtifacts, MarkSent
from onebrush.storage.errors import ChangeRefused


def _columns(kind: type) -> list[str]:
    # Columns are named as the fields; a test holds the schema to it.
    return [field.name for field in fields(kind)]


def _insert(table: str, kind: type) -> str:
    names = [f'"{name}"' for name in _columns(kind)]
    return f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'


def _update(table: str, kind: type) -> str:
    names = ", ".join(f'"{name}"=?' for name in _columns(kind))
    return f'UPDATE "{table}" SET {names} WHERE "id"=?'


INSERT_GENERATION = _insert("generations", Generation)
UPDATE_GENERATION = _update("generations", Generation)
INSERT_ATTEMPT = _insert("attempts", Attempt)
END_ATTEMPT = 'UPDATE "attempts" SET "ended"=? WHERE "id"=?'
INSERT_ARTIFACT = _insert("artifacts", Artifact)
DELETE_ARTIFACT = 'DELETE FROM "artifacts" WHERE "id"=?'

# Each gives the field values in the order of the columns above.
generation_row = attrgetter(*_columns(Generation))
attempt_row = attrgetter(*_columns(Attempt))
artifact_row = attrgetter(*_columns(Artifact))


def apply(database: sqlite3.Connection, change: Change) -> None:
    """Make one change inside the transaction that is open."""
    match change:
        case BeginGeneration():
            begin(database, change)
        case MarkSent():
            mark_sent(database, change)
        case FinishGeneration():
            finish(database, change)
        case ForgetArtifacts():
            forget(database, change)
        case _:
            assert_never(change)


def begin(database: sqlite3.Connection, change: BeginGeneration) -> None:
    """A new generation."""
    database.execute(INSERT_GENERATION, generation_row(change.generation))


def mark_sent(database: sqlite3.Connection, change: MarkSent) -> None:
    """An attempt of a recorded generation."""
    database.execute(INSERT_ATTEMPT, attempt_row(change.attempt))


def finish(database: sqlite3.Connection, change: FinishGeneration) -> None:
    """The outcome of a recorded generation; an attempt that was never marked sent has no row to end."""
    generation = change.generation
    updated = database.execute(UPDATE_GENERATION, [*generation_row(generation), generation.id])
    if updated.rowcount != 1:
        raise ChangeRefused(f"Generation {generation.id} was never begun, so it cannot be finished")
    database.executemany(INSERT_ARTIFACT, [artifact_row(artifact) for artifact in change.artifacts])
    database.executemany(END_ATTEMPT, [(ended, attempt) for attempt, ended in change.attempts.items()])


def forget(database: sqlite3.Connection, change: ForgetArtifacts) -> None:
    """Pictures that are deleted; unknown ones are no error."""
    database.executemany(DELETE_ARTIFACT, [(artifact,) for artifact in change.ids])
