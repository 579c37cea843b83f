"""The one hot writer: a thread that drains its queue into one durable SQLite transaction after another."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

import anyio.to_thread

from onebrush.domain.errors import StorageUnavailable
from onebrush.engine.ports import Change
from onebrush.kit.logs import get_logger
from onebrush.storage.changes import apply
from onebrush.storage.errors import unavailable
from onebrush.storage.sqlite import is_locked, open_for_writing, verdict

NOT_RUNNING = "The record of generations is not being written: its writer has stopped. Restart the gateway."

Waiter = asyncio.Future[None]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One caller's changes, until when they may wait for a lock, and whom to tell."""

    changes: tuple[Change, ...]
    deadline: float
    done: Waiter


class SqliteJournal:
    """Commits changes in groups; whoever waits is answered, whatever happens to the thread."""

    def __init__(
        self,
        path: Path,
        *,
        patience: float = 5.0,
        connect: Callable[[Path], sqlite3.Connection] = open_for_writing,
    ) -> None:
        """`patience` is how many seconds a caller waits for another process's lock."""
        self._path = path
        self._patience = patience
        self._connect = connect
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._waiting: list[Entry] = []
        # Closes the gap between "is it running?" and "queue this": nothing is queued once nobody drains.
        self._gate = threading.Lock()
        self._running = False
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def healthy(self) -> bool:
        """Whether the writer is at work."""
        return self._running

    async def start(self) -> None:
        """Open the database and begin to write. Raises StorageUnavailable."""
        self._loop = asyncio.get_running_loop()
        opened: Waiter = self._loop.create_future()
        work = partial(self._work, opened)
        self._thread = threading.Thread(target=work, name="onebrush-journal", daemon=True)
        self._thread.start()
        await opened

    async def commit(self, *changes: Change) -> None:
        """Make the changes durable, all or none; a caller that is cancelled does not take them back.

        Raises StorageUnavailable, or ChangeRefused for changes that contradict the record.
        """
        with self._gate:
            if not self._running:
                raise StorageUnavailable(NOT_RUNNING)
            entry = Entry(changes, time.monotonic() + self._patience, self._loop.create_future())
            self._queue.put(entry)
        await entry.done

    async def close(self) -> None:
        """Write what is queued, then stop; commits that come later are refused."""
        with self._gate:
            self._running = False
            self._queue.put(None)
        if self._thread is not None:
            await anyio.to_thread.run_sync(self._thread.join)

    def _work(self, opened: Waiter) -> None:
        try:
            database = self._connect(self._path)
        except Exception as error:
            what = f"The database {self._path} could not be opened"
            self._tell([opened], partial(unavailable, what, error))
            return
        try:
            self._running = True
            self._tell([opened])
            self._serve(database)
        except BaseException as error:
            get_logger().error("journal_died", error=repr(error))
        finally:
            self._refuse_the_rest()
            database.close()

    def _serve(self, database: sqlite3.Connection) -> None:
        while self._waiting or not self._closing:
            self._gather()
            self._waiting = self._write(database, self._waiting)

    def _gather(self) -> None:
        """Take all that is queued; block only when there is nothing to do."""
        try:
            entry = self._queue.get_nowait() if self._waiting else self._queue.get()
            while entry is not None:
                self._waiting.append(entry)
                entry = self._queue.get_nowait()
            self._closing = True
        except Empty:
            return

    def _write(self, database: sqlite3.Connection, entries: list[Entry]) -> list[Entry]:
        """Write and answer them; those that may wait for a lock a little longer are given back."""
        try:
            transact(database, entries)
        except Exception as error:
            if is_locked(error):
                return self._still_patient(entries, error)
            if len(entries) > 1:  # a bad change set must not fail its neighbours
                return [left for entry in entries for left in self._write(database, [entry])]
            self._tell((entry.done for entry in entries), partial(verdict, error))
        else:
            self._tell(entry.done for entry in entries)
        return []

    def _still_patient(self, entries: list[Entry], error: Exception) -> list[Entry]:
        now = time.monotonic()
        self._tell((entry.done for entry in entries if entry.deadline <= now), partial(verdict, error))
        return [entry for entry in entries if entry.deadline > now]

    def _refuse_the_rest(self) -> None:
        with self._gate:
            self._running = False
        while not self._queue.empty():
            self._gather()
        self._tell((entry.done for entry in self._waiting), lambda: StorageUnavailable(NOT_RUNNING))

    def _tell(self, waiting: Iterable[Waiter], error: Callable[[], Exception] | None = None) -> None:
        """Answer them all with one call to the loop, each failure with an exception of its own."""
        told = list(waiting)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if told:
                self._loop.call_soon_threadsafe(resolve, told, error)


def transact(database: sqlite3.Connection, entries: list[Entry]) -> None:
    """Make the changes of all entries in one transaction, or none."""
    database.execute("BEGIN IMMEDIATE")
    try:
        for entry in entries:
            for change in entry.changes:
                apply(database, change)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # a full disk has rolled back already
            database.execute("ROLLBACK")
        raise


def resolve(waiting: list[Waiter], error: Callable[[], Exception] | None) -> None:
    """On the loop: wake those who still wait."""
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error())
