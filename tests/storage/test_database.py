"""The schema and the way to it."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, inspect

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import Attempt, AttemptRecord, Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery
from onebrush.storage import schema
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import HEAD, VERSIONS, database_url, fetch, migrate, open_engine
from onebrush.storage.keys import KeyRows
from onebrush.storage.records import Records

Columns = dict[str, list[tuple[str, str, bool, int]]]


def columns(path: Path) -> Columns:
    """Every table's columns: name, type, whether null is refused, place in the primary key."""
    engine = open_engine(database_url(path))
    tables = [name for name in inspect(engine).get_table_names() if name != "alembic_version"]
    with closing(sqlite3.connect(path)) as database:
        read = {name: database.execute(f'PRAGMA table_info("{name}")').fetchall() for name in tables}
    engine.dispose()
    return {name: [(row[1], row[2], bool(row[3]), row[5]) for row in rows] for name, rows in read.items()}


def test_the_migrations_make_the_schema(migrated: Path, tmp_path: Path) -> None:
    direct = tmp_path / "direct.db"
    engine = open_engine(database_url(direct))
    schema.metadata.create_all(engine)
    engine.dispose()
    assert columns(migrated) == columns(direct)


def test_nothing_is_left_to_migrate(migrated: Path) -> None:
    engine = open_engine(database_url(migrated))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_the_last_version_is_the_one_the_start_looks_for() -> None:
    assert ScriptDirectory(str(VERSIONS)).get_heads() == [HEAD]


@pytest.mark.parametrize(
    ("table", "kind", "before"),
    [
        (schema.generations, Generation, []),
        (schema.artifacts, Artifact, []),
        (schema.ledger, LedgerEntry, ["seq"]),
        (schema.deliveries, Delivery, []),
    ],
)
def test_columns_are_named_as_the_fields_and_in_their_order(table: Table, kind: type, before: list[str]) -> None:
    fields = [field.name for field in dataclasses.fields(kind)]
    assert [column.name for column in table.columns] == before + fields


def test_an_attempts_columns_are_its_fields_and_what_is_known_of_it() -> None:
    known = {field.name for field in dataclasses.fields(AttemptRecord)} - {"attempt"}
    fields = {field.name for field in dataclasses.fields(Attempt)}
    assert {column.name for column in schema.attempts.columns} == fields | known


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A database that version 0001 wrote, with rows."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "0001.sql").read_text("utf-8"))
    return path


@pytest.mark.anyio
async def test_what_the_first_version_wrote_reads_on(first_version: Path) -> None:
    migrate(database_url(first_version))
    engine = open_engine(database_url(first_version))
    records = Records(engine)
    done = await records.get("gen_done")
    assert done == Generation(
        id="gen_done",
        key="key_a",
        test=True,
        model="gpt-image-2",
        status=GenerationStatus.SUCCEEDED,
        created=1_800_000_000,
        request="gpt-image-2",
        finished=1_800_000_009,
        provider="openai",
        cost_nano=39_000_000,
        currency="USD",
        basis="computed",
    )
    (called,) = await records.attempts("gen_done")
    assert (called.attempt.id, called.attempt.terms, called.ended) == ("att_done", "", "One picture came")
    assert [picture.id for picture in await records.artifacts("gen_done")] == ["img_done"]
    assert [stored.key.id for stored in await KeyRows(engine).all()] == ["key_a"]
    assert await ArtifactRows(engine).recorded(["do/img_done.png", "do/img_none.png"]) == {"do/img_done.png"}
    engine.dispose()


@pytest.mark.anyio
async def test_what_the_first_version_left_open_is_closed_and_what_may_be_paid_is_unresolved(
    first_version: Path,
) -> None:
    migrate(database_url(first_version))
    engine = open_engine(database_url(first_version))
    records = Records(engine)
    left, idle = await records.get("gen_left"), await records.get("gen_idle")
    assert left is not None
    assert idle is not None
    assert (left.status, idle.status) == (GenerationStatus.UNKNOWN, GenerationStatus.FAILED)
    assert left.finished == idle.finished == 1_800_000_100
    (entry,) = await records.entries("gen_left")
    assert (entry.attempt, entry.state, entry.nano) == ("att_left", LedgerState.UNRESOLVED, None)
    assert await records.entries("gen_idle") == await records.entries("gen_done") == []
    assert await records.owned([""]) == []
    engine.dispose()


def test_a_migrated_old_database_has_todays_tables(first_version: Path, migrated: Path) -> None:
    migrate(database_url(first_version))
    assert columns(first_version) == columns(migrated)
    assert made_things(first_version) == made_things(migrated)


def made_things(path: Path) -> list[tuple[str, str]]:
    """The names of its indexes and triggers, and the tables they are on."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY 1"
        ).fetchall()


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from onebrush.storage.database import database_url, migrate
from pathlib import Path

def die(connection, cursor, statement, *rest):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", die)
migrate(database_url(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    "moment", ["ADD COLUMN owner", "CREATE TABLE ledger", "UPDATE generations", "version_num='0002'"]
)
def test_a_migration_that_is_killed_is_made_by_the_next_start(first_version: Path, migrated: Path, moment: str) -> None:
    before = columns(first_version)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent / "src")}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(first_version), moment], env=environment)
    assert ended.returncode == -signal.SIGKILL
    assert columns(first_version) == before
    migrate(database_url(first_version))
    assert columns(first_version) == columns(migrated)
    with closing(sqlite3.connect(first_version)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM generations").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (1,)


def test_a_migration_can_be_taken_back_and_made_again(first_version: Path, migrated: Path) -> None:
    first, things = columns(first_version), made_things(first_version)
    migrate(database_url(first_version))
    go_to(first_version, "0001")
    assert (columns(first_version), made_things(first_version)) == (first, things)
    migrate(database_url(first_version))
    assert columns(first_version) == columns(migrated)


def go_to(path: Path, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    engine = open_engine(database_url(path))
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, version)
    engine.dispose()


@pytest.mark.parametrize(
    "move",
    [
        "UPDATE ledger SET nano=0",
        "UPDATE ledger SET nano=0 WHERE seq=1",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE generation='gen_left'",
        "INSERT OR REPLACE INTO ledger SELECT * FROM ledger",
        "INSERT INTO ledger SELECT * FROM ledger WHERE true ON CONFLICT (seq) DO UPDATE SET nano=0",
    ],
)
def test_a_row_of_the_ledger_can_be_neither_changed_nor_deleted(first_version: Path, move: str) -> None:
    migrate(database_url(first_version))
    with closing(sqlite3.connect(first_version)) as connection:
        before = connection.execute("SELECT * FROM ledger").fetchall()
        assert len(before) == 1
        with pytest.raises(sqlite3.IntegrityError, match="only appended to"):
            connection.execute(move)
        assert connection.execute("SELECT * FROM ledger").fetchall() == before


def test_migrating_again_changes_nothing(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO api_keys VALUES ('key_a', 'test', 'sk-test-', x'00', 1)")
        connection.commit()
    before = columns(database)
    migrate(database_url(database))
    assert columns(database) == before
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id FROM api_keys").fetchall() == [("key_a",)]


def test_a_current_database_starts_without_loading_the_migration_tool(database: Path) -> None:
    code = (
        "import sys; from onebrush.storage.database import migrate; migrate(sys.argv[1]); "
        "print('alembic' in sys.modules)"
    )
    source = Path(__file__).parent.parent.parent / "src"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(source)!r}); {code}"]
    ran = subprocess.run([*command, database_url(database)], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    path = tmp_path / "100% new.db"
    source = Path(__file__).parent.parent.parent / "src"
    code = (
        f"import sys; sys.path.insert(0, {str(source)!r}); "
        "from onebrush.storage.database import migrate; migrate(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, database_url(path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(process.communicate()[1], process.returncode) for process in both]
    assert ends == [("", 0), ("", 0)]
    assert set(columns(path)) == set(schema.metadata.tables)


def test_a_migration_turns_on_the_write_ahead_log(migrated: Path) -> None:
    with closing(sqlite3.connect(migrated)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num='9999'")
        connection.commit()
    with pytest.raises(StorageUnavailable, match="another version"):
        migrate(database_url(database))
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 100)
    with pytest.raises(StorageUnavailable, match="not a database"):
        migrate(database_url(path))
    assert path.read_text() == "Buy milk. " * 100


@pytest.mark.anyio
async def test_a_read_that_fails_is_storage_unavailable(tmp_path: Path) -> None:
    engine = open_engine(database_url(tmp_path / "empty.db"))
    with pytest.raises(StorageUnavailable, match="no such table"):
        await fetch(engine, schema.artifacts.select())
    engine.dispose()


@pytest.mark.anyio
async def test_a_read_that_gets_no_connection_in_time_is_storage_unavailable(database: Path) -> None:
    engine = open_engine(database_url(database), patience=0.05)
    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(engine.connect())
        with pytest.raises(StorageUnavailable, match="in time"):
            await fetch(engine, schema.processes.select())
    assert await fetch(engine, schema.processes.select()) == []
    engine.dispose()
