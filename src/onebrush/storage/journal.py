"""The one hot writer: a thread that drains its queue into one durable SQLite transaction after another."""

from __future__ import annotations

import asyncio
import math
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
from onebrush.storage.errors import unavailable
from onebrush.storage.sqlite import is_full, is_locked, open_for_writing, verdict
from onebrush.storage.transactions import transact

NOT_RUNNING = "The record of generations is not being written: its writer has stopped. Restart the gateway."

Waiter = asyncio.Future[None]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One caller's changes, until when they may wait (a patient one for ever), and whom to tell."""

    changes: tuple[Change, ...]
    deadline: float
    done: Waiter

    @property
    def patient(self) -> bool:
        """Whether it waits for a full disk too."""
        return self.deadline == math.inf


class SqliteJournal:
    """Commits changes in groups; whoever waits is answered, whatever happens to the thread."""

    def __init__(
        self,
        path: Path,
        *,
        patience: float = 5.0,
        pause: float = 0.5,
        connect: Callable[[Path], sqlite3.Connection] = open_for_writing,
    ) -> None:
        """`patience` is how many seconds a caller waits for another process's lock, `pause` how many pass between
        two tries of what waits for room on the disk.
        """
        self._path = path
        self._patience = patience
        self._pause = pause
        self._connect = connect
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._waiting: list[Entry] = []
        # Patient entries that the disk had no room for: kept apart, so that they fail nobody else's transaction.
        self._parked: list[Entry] = []
        self._again = 0.0  # when they are tried next
        self._closed_by = math.inf  # when nobody waits any longer
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

    async def commit(self, *changes: Change, patient: bool = False) -> None:
        """Make the changes durable, all or none; a caller that is cancelled does not take them back.

        A `patient` one waits for a lock or a full disk as long as that lasts. Raises StorageUnavailable, the changes'
        own exceptions, or ChangeRefused for changes that contradict the record.
        """
        with self._gate:
            if not self._running:
                raise StorageUnavailable(NOT_RUNNING)
            deadline = math.inf if patient else time.monotonic() + self._patience
            entry = Entry(changes, deadline, self._loop.create_future())
            self._queue.put(entry)
        await entry.done

    async def close(self) -> None:
        """Write what is queued, then stop; commits that come later are refused.

        From now on a patient commit waits no longer than any other.
        """
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
            if self._parked and time.monotonic() >= self._again:
                self._try_again(database)

    def _gather(self) -> None:
        """Take all that is queued; block only while there is nothing to do."""
        with suppress(Empty):
            entry = self._queue.get_nowait() if self._waiting else self._queue.get(timeout=self._leisure())
            while entry is not None:
                self._waiting.append(entry)
                entry = self._queue.get_nowait()
            self._last_round()

    def _leisure(self) -> float | None:
        return max(0.0, self._again - time.monotonic()) if self._parked else None

    def _last_round(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._closed_by = time.monotonic() + self._patience
        self._waiting += self._parked
        self._parked = []

    def _write(self, database: sqlite3.Connection, entries: list[Entry]) -> list[Entry]:
        """Write and answer them; those that may wait for a lock a little longer are given back."""
        if not entries:
            return []
        try:
            outcomes = transact(database, [entry.changes for entry in entries])
        except Exception as error:
            return self._put_off(database, entries, error)
        self._tell(entry.done for entry, refusal in zip(entries, outcomes, strict=True) if refusal is None)
        for entry, refusal in zip(entries, outcomes, strict=True):
            if refusal is not None:
                self._tell([entry.done], partial(verdict, refusal))
        return []

    def _put_off(self, database: sqlite3.Connection, entries: list[Entry], error: Exception) -> list[Entry]:
        """Nothing was written: who may wait, who is tried alone, who is told."""
        if is_locked(error):
            return self._still_waiting(entries, error)
        if len(entries) > 1:  # one that needs much room must not fail its neighbours
            return self._one_by_one(database, entries)
        if entries[0].patient and is_full(error) and not self._closing:
            self._park(entries)
        else:
            self._tell([entries[0].done], partial(verdict, error))
        return []

    def _one_by_one(self, database: sqlite3.Connection, entries: list[Entry]) -> list[Entry]:
        left: list[Entry] = []
        for entry in sorted(entries, key=lambda entry: entry.patient):
            if entry.patient and self._parked:  # the disk had no room for one: the others wait with it
                self._park([entry])
            else:
                left += self._write(database, [entry])
        return left

    def _still_waiting(self, entries: list[Entry], error: Exception) -> list[Entry]:
        now = time.monotonic()
        self._tell((entry.done for entry in entries if self._last_call(entry) <= now), partial(verdict, error))
        return [entry for entry in entries if self._last_call(entry) > now]

    def _last_call(self, entry: Entry) -> float:
        return min(entry.deadline, self._closed_by)

    def _park(self, entries: list[Entry]) -> None:
        if not self._parked:
            self._again = time.monotonic() + self._pause
        self._parked += entries

    def _try_again(self, database: sqlite3.Connection) -> None:
        # The one that was refused first comes last now, so that none is kept waiting by a larger one.
        self._waiting, self._parked = [*self._waiting, *self._parked[1:], self._parked[0]], []
        self._waiting = self._write(database, self._waiting)

    def _refuse_the_rest(self) -> None:
        with self._gate:
            self._running = False
        while not self._queue.empty():
            self._gather()
        left = [*self._waiting, *self._parked]
        self._tell((entry.done for entry in left), lambda: StorageUnavailable(NOT_RUNNING))

    def _tell(self, waiting: Iterable[Waiter], error: Callable[[], Exception] | None = None) -> None:
        """Answer them all with one call to the loop, each failure with an exception of its own."""
        told = list(waiting)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if told:
                self._loop.call_soon_threadsafe(resolve, told, error)


def resolve(waiting: list[Waiter], error: Callable[[], Exception] | None) -> None:
    """On the loop: wake those who still wait."""
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error())
