"""SQLite as the journal's thread meets it: a connection that is durable, and what its errors mean."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import NoneType

from onebrush.domain.generation import GenerationStatus
from onebrush.domain.ledger import LedgerState
from onebrush.domain.webhook import DeliveryStatus
from onebrush.storage.errors import ChangeRefused, unavailable

LOCK_SLICE = 0.25  # seconds SQLite waits for a lock before the journal looks who has waited too long
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# A full disk shows as either: the log's index, which is mapped into memory, fails to grow with an I/O error.
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
LOG_PAGES = 2000  # 8 MiB: a page that many commits touch is copied into the database once


def _as_it_is(value: None) -> None:
    return value


# What is not plainly an int, a float or a str the driver first asks, in vain, whether it would rather be something
# else. Told at once, the records of a request cost an eighth less.
sqlite3.register_adapter(NoneType, _as_it_is)
sqlite3.register_adapter(bool, int)
for words in (GenerationStatus, LedgerState, DeliveryStatus):
    sqlite3.register_adapter(words, str)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection whose commits are on the disk when they return."""
    database = sqlite3.connect(path, isolation_level=None, timeout=LOCK_SLICE)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")
    database.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
    return database


def is_locked(error: Exception) -> bool:
    """Whether another connection holds the database."""
    return _code(error) in BUSY


def is_full(error: Exception) -> bool:
    """Whether the disk refused, which may pass."""
    return _code(error) in NO_ROOM


def _code(error: Exception) -> int:
    # The low byte is the plain code; the rest says which kind of busy.
    return error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.OperationalError) else sqlite3.SQLITE_OK


def is_state(error: Exception) -> bool:
    """Whether it is the database that fails, so that no change of the transaction is to blame."""
    # The plain DatabaseError is a file that is no database, or a damaged one.
    return isinstance(error, sqlite3.OperationalError | sqlite3.InternalError) or type(error) is sqlite3.DatabaseError


def verdict(error: Exception) -> Exception:
    """What the caller is told: the storage's state, its own contradiction, or what a change says as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return ChangeRefused(f"The record contradicts this change: {error}")
    return unavailable("The record could not be written", error) if is_state(error) else error
