"""What each change of the journal does to the tables, inside the transaction of the writer's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import assert_never

from onebrush.domain.generation import Generation
from onebrush.domain.ledger import LedgerEntry, LedgerState
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
from onebrush.storage import statements as sql
from onebrush.storage.errors import ChangeRefused


def apply(database: sqlite3.Connection, change: Change) -> None:
    """Make one change. Raises what its docstring names, ChangeRefused, or sqlite3's own errors."""
    match change:
        case BeginGeneration():
            begin(database, change)
        case MarkSent():
            mark_sent(database, change)
        case KeepReply():
            keep_reply(database, change)
        case FinishGeneration():
            finish(database, change)
        case KeepTask():
            keep_task(database, change)
        case ClaimGeneration():
            claim(database, change)
        case RequestCancel():
            database.execute(sql.CANCEL, (change.generation,))
        case MarkDropped():
            database.execute(sql.DROP, (change.generation,))
        case KeepDelivery():
            row = sql.delivery_row(change.delivery)
            database.execute(sql.KEEP_DELIVERY, (*row, change.delivery.generation))
        case ForgetArtifacts():
            database.executemany(sql.DELETE_ARTIFACT, [(artifact,) for artifact in change.ids])
        case ForgetGeneration():
            forget(database, change)
        case Beat():
            database.execute(sql.BEAT, (change.process, change.count))
        case ForgetProcess():
            database.execute(sql.FORGET_PROCESS, (change.process,))
        case _:
            assert_never(change)


def begin(database: sqlite3.Connection, change: BeginGeneration) -> None:
    """A new generation, its Idempotency-Key and what it may cost."""
    generation = change.generation
    database.execute(sql.INSERT_GENERATION, sql.generation_row(generation))
    if generation.idempotency is not None:
        take_key(database, generation)
    enter(database, change.entries)


def take_key(database: sqlite3.Connection, generation: Generation) -> None:
    """The caller's key for it alone. Raises KeyTaken."""
    name = (generation.key, generation.idempotency)
    if database.execute(sql.TAKE_KEY, (*name, generation.id, generation.created)).rowcount != 1:
        (holder,) = database.execute(sql.KEY_HOLDER, name).fetchone()
        raise KeyTaken(holder)


def claim(database: sqlite3.Connection, change: ClaimGeneration) -> None:
    """A new owner of what nobody finished."""
    row = (change.owner, change.generation, change.former)
    if database.execute(sql.CLAIM, row).rowcount != 1:
        raise LeaseLost(change.generation)


def mark_sent(database: sqlite3.Connection, change: MarkSent) -> None:
    """An attempt of a generation that is still its owner's, and what became of those before it."""
    generation = change.attempt.generation
    if database.execute(sql.RUN, (generation, change.owner)).rowcount != 1:
        check_lease(database, generation, change.owner)
    database.execute(sql.INSERT_ATTEMPT, sql.attempt_row(change.attempt))
    end(database, change.ended)
    enter(database, change.entries)


def check_lease(database: sqlite3.Connection, generation: str, owner: str) -> None:
    """Whether more of it may be sent. Raises LeaseLost, CancelAsked."""
    lease = database.execute(sql.LEASE, (generation, owner)).fetchone()
    if lease is None:
        raise LeaseLost(generation)
    if lease[0]:
        raise CancelAsked(generation)


def keep_task(database: sqlite3.Connection, change: KeepTask) -> None:
    """A fact about a call that was made, whoever owns its generation now."""
    if database.execute(sql.KEEP_TASK, (change.task, change.attempt)).rowcount != 1:
        raise ChangeRefused(f"Attempt {change.attempt} was never marked sent, so it has no task")


def keep_reply(database: sqlite3.Connection, change: KeepReply) -> None:
    """Likewise a fact; the status of a generation that is over stays."""
    if database.execute(sql.KEEP_REPLY, (change.reply, change.attempt, change.generation)).rowcount != 1:
        raise ChangeRefused(f"Attempt {change.attempt} was never marked sent, so it has no reply")
    database.execute(sql.COLLECT, (change.generation,))


def finish(database: sqlite3.Connection, change: FinishGeneration) -> None:
    """The outcome with all that comes of it; an attempt that was never marked sent has no row to end."""
    generation = change.generation
    # `ask` is long: it is touched only to be cleared.
    statement = sql.FINISH_AND_CLEAR if generation.ask is None else sql.FINISH_GENERATION
    row = (*sql.outcome_row(generation), generation.id, generation.owner, generation.status)
    if database.execute(statement, row).rowcount != 1:
        amend(database, change)
        return
    database.executemany(sql.INSERT_ARTIFACT, [sql.artifact_row(artifact) for artifact in change.artifacts])
    end(database, change.attempts)
    enter(database, change.entries)
    if change.delivery is not None:
        apply(database, KeepDelivery(delivery=change.delivery))


def amend(database: sqlite3.Connection, change: FinishGeneration) -> None:
    """More pictures of a generation that ended without them; money that is settled or released stays as it is."""
    generation = change.generation
    row = (*sql.outcome_row(generation), generation.id, len(change.artifacts))
    if not change.artifacts or database.execute(sql.AMEND, row).rowcount != 1:
        raise LeaseLost(generation.id)
    database.executemany(sql.INSERT_NEW_ARTIFACT, [sql.artifact_row(artifact) for artifact in change.artifacts])
    entries = [entry for entry in change.entries if not _is_closed(database, entry)]
    names = {entry.attempt for entry in entries}
    end(database, {name: ended for name, ended in change.attempts.items() if name in names})
    enter(database, entries)
    if change.delivery is not None:
        apply(database, KeepDelivery(delivery=change.delivery))


def _is_closed(database: sqlite3.Connection, entry: LedgerEntry) -> bool:
    last = database.execute(sql.LAST_STATE, (entry.generation, entry.attempt)).fetchone()
    return last is not None and last[0] in (LedgerState.SETTLED, LedgerState.RELEASED)


def forget(database: sqlite3.Connection, change: ForgetGeneration) -> None:
    """A finished record and all that hangs on it; an unknown one is no error."""
    if database.execute(sql.UNFINISHED, (change.generation,)).fetchone():
        raise ChangeRefused(f"Generation {change.generation} is not finished, so it cannot be forgotten")
    for statement in sql.FORGET_GENERATION:
        database.execute(statement, (change.generation,))


def enter(database: sqlite3.Connection, entries: Iterable[LedgerEntry]) -> None:
    """More rows of the ledger."""
    for entry in entries:
        database.execute(sql.INSERT_ENTRY, sql.entry_row(entry))
        if entry.state is LedgerState.SETTLED:
            database.execute(sql.FORGET_REPLY, (entry.attempt,))


def end(database: sqlite3.Connection, attempts: Mapping[str, str]) -> None:
    """How attempts ended, in one sentence each."""
    for attempt, ended in attempts.items():
        database.execute(sql.END_ATTEMPT, (ended, attempt))
