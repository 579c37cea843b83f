"""The schema and the way to it."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, inspect

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import Attempt, Generation
from onebrush.domain.result import Artifact
from onebrush.storage import schema
from onebrush.storage.database import HEAD, VERSIONS, database_url, fetch, migrate, open_engine

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
    ("table", "kind", "more"),
    [
        (schema.generations, Generation, []),
        (schema.attempts, Attempt, ["ended"]),
        (schema.artifacts, Artifact, []),
    ],
)
def test_columns_are_named_as_the_fields(table: Table, kind: type, more: list[str]) -> None:
    fields = [field.name for field in dataclasses.fields(kind)]
    assert [column.name for column in table.columns] == fields + more


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
