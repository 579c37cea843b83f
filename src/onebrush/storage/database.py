"""The database: its address, its engine for cold reads, and its migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread
from sqlalchemy import Connection, Engine, Executable, RowMapping, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from onebrush.storage.errors import unavailable

HEAD = "0002"
VERSIONS = Path(__file__).parent / "migrations"


def database_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite+pysqlite:///{path}"


def open_engine(url: str, *, patience: float = 5.0) -> Engine:
    """An engine for reads and rare writes; `patience` is how many seconds a lock or a connection is waited for."""
    engine = create_engine(url, connect_args={"timeout": patience}, pool_timeout=patience)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # We begin transactions ourselves: the driver would begin late, and not at all before a CREATE TABLE.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another writer was quicker, whatever
    # the timeout: whoever will write says so with `writing=True` and takes the lock first.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


async def fetch(engine: Engine, statement: Executable) -> Sequence[RowMapping]:
    """The rows of a read, run in a thread. Raises StorageUnavailable."""
    return await anyio.to_thread.run_sync(_fetch, engine, statement)


def _fetch(engine: Engine, statement: Executable) -> Sequence[RowMapping]:
    try:
        with engine.connect() as connection:
            return connection.execute(statement).mappings().all()
    except DBAPIError as error:
        raise unavailable("The database could not be read", error.orig or error) from error
    except NoConnectionFree as error:
        raise unavailable("The database could not be read in time", error) from error


async def write(engine: Engine, statement: Executable) -> None:
    """A rare write of its own, in a thread; hot ones go through the journal. Raises StorageUnavailable."""
    await anyio.to_thread.run_sync(_write, engine, statement)


def _write(engine: Engine, statement: Executable) -> None:
    try:
        with engine.execution_options(writing=True).begin() as connection:
            connection.execute(statement)
    except DBAPIError as error:
        raise unavailable("The database could not be written", error.orig or error) from error
    except NoConnectionFree as error:
        raise unavailable("The database could not be written in time", error) from error


def migrate(url: str, *, patience: float = 30.0) -> None:
    """Bring the database to this version's schema; one that is there already costs a single query.

    Raises StorageUnavailable, also for a database written by a newer version.
    """
    engine = open_engine(url, patience=patience)
    try:
        if _version(engine) != HEAD:
            _upgrade(engine)
    except DBAPIError as error:
        raise unavailable("The database could not be prepared", error.orig or error) from error
    finally:
        engine.dispose()


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    # Imported late: Alembic costs more time than all the rest of a start that needs no migration.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(VERSIONS).replace("%", "%%"))
    _keep_a_log(engine)
    try:
        with engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise unavailable("The database belongs to another version of OneBrush", error) from error


def _keep_a_log(engine: Engine) -> None:
    # Write-ahead logging stays on in the file; it cannot be switched on inside a transaction.
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA journal_mode=WAL")
