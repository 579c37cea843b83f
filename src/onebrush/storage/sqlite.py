"""SQLite as the journal's thread meets it: a connection that is durable, and what its errors mean."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from onebrush.storage.errors import ChangeRefused, unavailable

LOCK_SLICE = 0.25  # seconds SQLite waits for a lock before the journal looks who has waited too long
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection whose commits are on the disk when they return."""
    database = sqlite3.connect(path, isolation_level=None, timeout=LOCK_SLICE)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")
    return database


def is_locked(error: Exception) -> bool:
    """Whether another connection holds the database."""
    # The low byte is the plain code; the rest says which kind of busy.
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in BUSY


def verdict(error: Exception) -> Exception:
    """What the caller is told: the storage's state, its own contradiction, or a fault of ours as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return ChangeRefused(f"The record contradicts this change: {error}")
    # The plain DatabaseError is a file that is no database, or a damaged one.
    state = isinstance(error, sqlite3.OperationalError | sqlite3.InternalError)
    if state or type(error) is sqlite3.DatabaseError:
        return unavailable("The record could not be written", error)
    return error
