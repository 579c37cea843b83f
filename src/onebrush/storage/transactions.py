"""Many callers' changes in one SQLite transaction: all together, or apart where one of them is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from onebrush.engine.ports import Change
from onebrush.storage.changes import apply
from onebrush.storage.sqlite import is_state

ChangeSet = tuple[Change, ...]
Outcome = TypeVar("Outcome")


def transact(database: sqlite3.Connection, sets: Sequence[ChangeSet]) -> list[Exception | None]:
    """Make the changes of each set, all of it or none; per set the exception that refused it.

    Raises sqlite3's error when the database itself fails: then nothing at all was written.
    """
    try:
        _in_one(database, lambda: _together(database, sets))
    except Exception as error:
        if is_state(error):
            raise
        if len(sets) == 1:
            return [error]
    else:
        return [None] * len(sets)
    # Rare: savepoints cost as much as the changes, so they are not set before somebody is refused.
    return _in_one(database, lambda: [_apart(database, each) for each in sets])


def _in_one(database: sqlite3.Connection, work: Callable[[], Outcome]) -> Outcome:
    database.execute("BEGIN IMMEDIATE")
    try:
        outcome = work()
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # a full disk has rolled back already
            database.execute("ROLLBACK")
        raise
    return outcome


def _together(database: sqlite3.Connection, sets: Sequence[ChangeSet]) -> None:
    for changes in sets:
        for change in changes:
            apply(database, change)


def _apart(database: sqlite3.Connection, changes: ChangeSet) -> Exception | None:
    database.execute("SAVEPOINT one")
    try:
        for change in changes:
            apply(database, change)
    except Exception as error:
        if is_state(error):
            raise
        database.execute("ROLLBACK TO one")
        return error
    finally:
        if database.in_transaction:
            database.execute("RELEASE one")
    return None
