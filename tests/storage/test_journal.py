"""The journal under load, locks, full disks and death."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.engine.ports import CancelAsked, Change, KeyTaken, LeaseLost, MarkSent, RequestCancel
from onebrush.storage.errors import ChangeRefused
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.sqlite import open_for_writing
from tests.storage.values import attempt, begin, finish, send

pytestmark = pytest.mark.anyio


def recorded(path: Path) -> set[str]:
    """The generations that another connection sees."""
    with closing(sqlite3.connect(path)) as other:
        return {row[0] for row in other.execute("SELECT id FROM generations")}


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's write lock."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@asynccontextmanager
async def running(journal: SqliteJournal) -> AsyncIterator[SqliteJournal]:
    await journal.start()
    try:
        yield journal
    finally:
        await journal.close()


async def outcome(journal: SqliteJournal, name: str) -> type[BaseException] | None:
    try:
        await journal.commit(begin(name))
    except Exception as error:
        return type(error)
    return None


async def test_another_connection_sees_the_row_when_commit_returns(database: Path, journal: SqliteJournal) -> None:
    await journal.commit(begin())
    assert recorded(database) == {"gen_a"}


async def test_the_writer_waits_for_the_disk(database: Path) -> None:
    with closing(open_for_writing(database)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


async def test_five_hundred_commits_at_once_are_all_recorded(database: Path, journal: SqliteJournal) -> None:
    names = {f"gen_{number}" for number in range(500)}
    sent = {name: send(name, name) for name in names}
    await asyncio.gather(*(journal.commit(begin(name), sent[name]) for name in names))
    assert recorded(database) == names


async def test_commits_that_wait_together_share_a_transaction(database: Path) -> None:
    statements: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        connection.set_trace_callback(statements.append)
        return connection

    async with running(SqliteJournal(database, connect=traced)) as journal:
        with locked(database) as other:
            waiting = [asyncio.create_task(journal.commit(begin(f"gen_{number}"))) for number in range(20)]
            await asyncio.sleep(0.05)
            other.execute("ROLLBACK")
        await asyncio.gather(*waiting)
    assert statements.count("COMMIT") < 5
    assert len(recorded(database)) == 20


async def test_a_bad_change_set_fails_alone(database: Path, journal: SqliteJournal) -> None:
    await journal.commit(begin("gen_0"))
    names = [f"gen_{number}" for number in range(5)]
    outcomes = await asyncio.gather(*(outcome(journal, name) for name in names))
    assert outcomes == [ChangeRefused, None, None, None, None]
    assert recorded(database) == set(names)


async def test_a_value_that_no_column_takes_fails_alone_and_as_what_it_is(
    database: Path, journal: SqliteJournal
) -> None:
    too_large = attempt(slot=2**70)
    bad = journal.commit(begin("gen_a"), MarkSent(attempt=too_large, owner="proc_a"))
    refused, neighbour = await asyncio.gather(bad, outcome(journal, "gen_b"), return_exceptions=True)
    assert isinstance(refused, OverflowError)
    assert neighbour is None
    assert recorded(database) == {"gen_b"}


async def test_a_lock_that_is_released_in_time_costs_only_the_wait(database: Path) -> None:
    async with running(SqliteJournal(database, patience=30)) as journal:
        with locked(database) as other:
            waiting = [asyncio.create_task(journal.commit(begin(f"gen_{number}"))) for number in range(3)]
            await asyncio.sleep(2)
            assert not any(task.done() for task in waiting)
            other.execute("ROLLBACK")
        await asyncio.gather(*waiting)
    assert recorded(database) == {"gen_0", "gen_1", "gen_2"}


async def test_a_lock_that_outlasts_patience_is_storage_unavailable_and_then_writing_goes_on(
    database: Path,
) -> None:
    async with running(SqliteJournal(database, patience=0.1)) as journal:
        with locked(database):
            outcomes = await asyncio.gather(*(outcome(journal, f"gen_{number}") for number in range(3)))
            with pytest.raises(StorageUnavailable, match="locked"):
                await journal.commit(begin("gen_3"))
        assert outcomes == [StorageUnavailable] * 3
        assert journal.healthy
        await journal.commit(begin("gen_4"))
    assert recorded(database) == {"gen_4"}


async def test_a_full_disk_is_storage_unavailable_and_what_was_there_stays(database: Path) -> None:
    connections: list[sqlite3.Connection] = []

    def cramped(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        connection.execute("PRAGMA max_page_count=1")  # no page more than there are
        connections.append(connection)
        return connection

    async with running(SqliteJournal(database, connect=cramped)) as journal:
        outcomes = [await outcome(journal, f"gen_{number}") for number in range(500)]
        with pytest.raises(StorageUnavailable, match="full"):
            await journal.commit(begin("gen_last"))
        assert journal.healthy
    kept = {f"gen_{number}" for number, error in enumerate(outcomes) if error is None}
    assert set(outcomes) == {None, StorageUnavailable}
    assert recorded(database) == kept


class Disk:
    """A disk to fill and to clear: while it is full, whatever is to be written is refused as SQLite does it."""

    def __init__(self, code: int = sqlite3.SQLITE_FULL) -> None:
        self.code = code
        self.full = False
        self.tries = 0

    def connect(self, path: Path) -> sqlite3.Connection:
        disk = self

        class Cramped(sqlite3.Connection):
            def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
                if sql == "COMMIT" and disk.full:
                    disk.tries += 1
                    super().execute("ROLLBACK")
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorcode = disk.code
                    raise error
                return super().execute(sql, values)

        database = sqlite3.connect(path, isolation_level=None, factory=Cramped, timeout=0.25)
        database.execute("PRAGMA foreign_keys=ON")
        return database


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(20):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE])
async def test_a_patient_commit_outlasts_a_full_disk_while_others_are_told(database: Path, code: int) -> None:
    disk = Disk(code)
    async with running(SqliteJournal(database, patience=0.1, pause=0.02, connect=disk.connect)) as journal:
        disk.full = True
        patient = [asyncio.create_task(journal.commit(begin(f"gen_{number}"), patient=True)) for number in range(20)]
        assert await outcome(journal, "gen_refused") is StorageUnavailable
        await until(lambda: disk.tries > 30)
        assert await outcome(journal, "gen_refused_too") is StorageUnavailable
        assert not any(task.done() for task in patient)
        assert journal.healthy
        disk.full = False
        with anyio.fail_after(5):
            await asyncio.gather(*patient)
    assert recorded(database) == {f"gen_{number}" for number in range(20)}


async def test_a_writer_that_waits_for_room_pauses_between_its_tries(database: Path) -> None:
    disk = Disk()
    async with running(SqliteJournal(database, pause=0.1, connect=disk.connect)) as journal:
        disk.full = True
        patient = [asyncio.create_task(journal.commit(begin(f"gen_{number}"), patient=True)) for number in range(50)]
        await asyncio.sleep(1)
        assert disk.tries < 40  # all together, then one alone, ten times at most
        disk.full = False
        await asyncio.gather(*patient)


async def test_others_are_written_at_once_while_one_waits_for_much_room(database: Path) -> None:
    def cramped(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 40}")
        return connection

    async with running(SqliteJournal(database, patience=0.1, pause=0.02, connect=cramped)) as journal:
        large = asyncio.create_task(journal.commit(begin("gen_large", ask="x" * 400_000), patient=True))
        small = [asyncio.create_task(journal.commit(begin(f"gen_{number}"), patient=True)) for number in range(5)]
        with anyio.fail_after(5):
            await asyncio.gather(*small)
            await journal.commit(begin("gen_hasty"))
        assert not large.done()
        closing_up = asyncio.create_task(journal.close())
        with pytest.raises(StorageUnavailable, match="full"):
            await large
        await closing_up
    assert recorded(database) == {"gen_hasty", *(f"gen_{number}" for number in range(5))}


async def test_a_patient_commit_outlasts_a_lock_that_others_do_not(database: Path) -> None:
    async with running(SqliteJournal(database, patience=0.2)) as journal:
        with locked(database) as other:
            patient = asyncio.create_task(journal.commit(begin("gen_patient"), patient=True))
            assert await outcome(journal, "gen_a") is StorageUnavailable
            assert await outcome(journal, "gen_b") is StorageUnavailable
            assert not patient.done()
            other.execute("ROLLBACK")
            with anyio.fail_after(5):
                await patient
    assert recorded(database) == {"gen_patient"}


async def test_a_patient_commit_is_refused_like_any_other(database: Path, journal: SqliteJournal) -> None:
    await journal.commit(begin())
    with pytest.raises(LeaseLost):
        await journal.commit(send(owner="proc_b"), patient=True)
    with pytest.raises(ChangeRefused):
        await journal.commit(begin(), patient=True)


async def test_closing_tries_what_waits_for_room_once_more(database: Path) -> None:
    disk = Disk()
    journal = SqliteJournal(database, pause=60, connect=disk.connect)
    await journal.start()
    disk.full = True
    patient = asyncio.create_task(journal.commit(begin("gen_patient"), patient=True))
    await until(lambda: disk.tries > 0)
    disk.full = False
    await journal.close()
    await patient
    assert recorded(database) == {"gen_patient"}


async def test_closing_gives_up_what_has_no_room(database: Path) -> None:
    disk = Disk()
    journal = SqliteJournal(database, pause=60, connect=disk.connect)
    await journal.start()
    disk.full = True
    patient = [asyncio.create_task(journal.commit(begin(f"gen_{number}"), patient=True)) for number in range(3)]
    await until(lambda: disk.tries > 0)
    await journal.close()
    ends = await asyncio.gather(*patient, return_exceptions=True)
    assert [type(end) for end in ends] == [StorageUnavailable] * 3
    assert recorded(database) == set()


async def test_closing_waits_for_a_lock_as_long_as_anybody_does(database: Path) -> None:
    journal = SqliteJournal(database, patience=0.3)
    await journal.start()
    with locked(database):
        patient = asyncio.create_task(journal.commit(begin("gen_patient"), patient=True))
        await asyncio.sleep(0)
        with anyio.fail_after(10):
            await journal.close()
        with pytest.raises(StorageUnavailable, match="locked"):
            await patient


async def test_those_who_are_refused_fail_no_neighbour_and_share_its_transaction(database: Path) -> None:
    statements: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        connection.set_trace_callback(statements.append)
        return connection

    async with running(SqliteJournal(database, connect=traced)) as journal:
        await journal.commit(begin("gen_a", idempotency="order-7"), begin("gen_b"), RequestCancel(generation="gen_b"))
        statements.clear()
        with locked(database) as other:
            changes: list[Change] = [
                *(begin(f"gen_{number}", idempotency="order-7") for number in range(5)),
                send("att_a", "gen_a", owner="proc_x"),
                send("att_b", "gen_b"),
                begin("gen_a"),
                *(begin(f"gen_new_{number}") for number in range(5)),
            ]
            waiting = [asyncio.create_task(journal.commit(change)) for change in changes]
            await asyncio.sleep(0.05)
            other.execute("ROLLBACK")
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends[:8]] == [*[KeyTaken] * 5, LeaseLost, CancelAsked, ChangeRefused]
    assert ends[8:] == [None] * 5
    assert statements.count("COMMIT") <= 2
    assert recorded(database) == {"gen_a", "gen_b", *(f"gen_new_{number}" for number in range(5))}


async def test_a_refusal_that_rests_on_what_was_not_written_is_not_told(database: Path) -> None:
    disk = Disk()
    async with running(SqliteJournal(database, connect=disk.connect)) as journal:
        with locked(database) as other:
            disk.full = True
            waiting = [
                asyncio.create_task(journal.commit(begin(f"gen_{number}", idempotency="order-7")))
                for number in range(3)
            ]
            await asyncio.sleep(0.05)
            other.execute("ROLLBACK")
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    # None of them has the key: no one may hear that another has.
    assert [type(end) for end in ends] == [StorageUnavailable] * 3


async def test_a_read_only_database_is_storage_unavailable(database: Path) -> None:
    def read_only(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        connection.execute("PRAGMA query_only=ON")
        return connection

    async with running(SqliteJournal(database, connect=read_only)) as journal:
        with pytest.raises(StorageUnavailable, match="readonly"):
            await journal.commit(begin())


async def test_a_folder_that_is_not_there_fails_the_start(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "nowhere" / "onebrush.db")
    with pytest.raises(StorageUnavailable, match="could not be opened"):
        await journal.start()
    assert not journal.healthy
    with pytest.raises(StorageUnavailable):
        await journal.commit(begin())
    await journal.close()


class Death(BaseException):
    """What no handler expects."""


async def test_a_dead_writer_is_unhealthy_and_leaves_nobody_waiting(database: Path) -> None:
    class Mortal(sqlite3.Connection):
        def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
            if sql.startswith("BEGIN"):
                arrived.wait(10)
                raise Death
            return super().execute(sql, values)

    def mortal(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, factory=Mortal)

    arrived = threading.Event()
    async with running(SqliteJournal(database, connect=mortal)) as journal:
        assert journal.healthy
        waiting = [asyncio.create_task(outcome(journal, f"gen_{number}")) for number in range(5)]
        await asyncio.sleep(0)
        arrived.set()
        assert await asyncio.wait_for(asyncio.gather(*waiting), 10) == [StorageUnavailable] * 5
        assert not journal.healthy
        assert await outcome(journal, "gen_later") is StorageUnavailable


async def test_closing_writes_what_is_queued_and_refuses_what_comes_later(database: Path) -> None:
    journal = SqliteJournal(database)
    await journal.start()
    waiting = [asyncio.create_task(journal.commit(begin(f"gen_{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*waiting)
    assert len(recorded(database)) == 50
    assert await outcome(journal, "gen_later") is StorageUnavailable
    await journal.close()


async def test_a_caller_that_leaves_does_not_take_its_changes_back(database: Path, journal: SqliteJournal) -> None:
    leaving = asyncio.create_task(journal.commit(begin("gen_left")))
    await asyncio.sleep(0)
    leaving.cancel()
    await journal.commit(begin("gen_b"))
    assert recorded(database) == {"gen_left", "gen_b"}


CHILD = """
import asyncio, itertools, sys
from pathlib import Path
from onebrush.domain.ledger import LedgerState
from onebrush.engine.ports import KeepReply
from onebrush.storage.journal import SqliteJournal
from tests.storage.values import artifact, begin, entry, finish, send

async def one(journal, name):
    await journal.commit(begin(f"gen_{name}", entry(of=f"gen_{name}")))
    await journal.commit(send(f"att_{name}", f"gen_{name}", entries=(entry(LedgerState.SENT, of=f"gen_{name}"),)))
    await journal.commit(KeepReply(attempt=f"att_{name}", generation=f"gen_{name}", reply="{}"))
    await journal.commit(finish(f"gen_{name}", artifact(f"img_{name}", of=f"gen_{name}")), patient=True)
    print(name, flush=True)

async def caller(journal, caller):
    for number in itertools.count():
        await one(journal, f"{caller}_{number}")

async def main():
    journal = SqliteJournal(Path(sys.argv[1]))
    await journal.start()
    await asyncio.gather(*(caller(journal, number) for number in range(8)))

asyncio.run(main())
"""


def test_what_was_committed_survives_kill_9_and_nothing_is_half_done(database: Path) -> None:
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    command = [sys.executable, "-c", CHILD, str(database)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = {child.stdout.readline().strip() for _ in range(100)}
        child.send_signal(signal.SIGKILL)
        told |= {line.strip() for line in child.stdout if line.endswith("\n")}
    with closing(sqlite3.connect(database)) as after:
        assert after.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert after.execute("PRAGMA foreign_key_check").fetchall() == []
        finished = {row[0] for row in after.execute("SELECT id FROM generations WHERE status='succeeded'")}
        assert {f"gen_{name}" for name in told} <= finished
        assert {row[0] for row in after.execute("SELECT generation FROM artifacts")} == finished
        sent = {row[0] for row in after.execute("SELECT generation FROM ledger WHERE state='sent'")}
        assert {row[0] for row in after.execute("SELECT generation FROM attempts")} == sent


async def test_an_outcome_that_is_refused_leaves_the_record_as_it_was(database: Path, journal: SqliteJournal) -> None:
    await journal.commit(begin("gen_a"))
    with pytest.raises(ChangeRefused):
        await journal.commit(finish("gen_a"), begin("gen_a"))
    with closing(sqlite3.connect(database)) as other:
        assert other.execute("SELECT status FROM generations").fetchall() == [("queued",)]
