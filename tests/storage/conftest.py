"""Storage to test against: SQLite and a folder, or memory, with the same promises."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import database_url, migrate, open_engine
from onebrush.storage.inputs import LocalInputs
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.keys import KeyRows
from onebrush.storage.memory import (
    MemoryArtifactRows,
    MemoryInputs,
    MemoryJournal,
    MemoryKeyRows,
    MemoryObjects,
    MemoryReads,
    MemoryRecords,
)
from onebrush.storage.objects import LocalObjects
from onebrush.storage.records import Records
from tests.storage.values import Store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of today's schema, to copy from."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate(database_url(path))
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """A migrated database of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "onebrush.db"))


@pytest.fixture
async def journal(database: Path) -> AsyncIterator[SqliteJournal]:
    """A running journal over `database`."""
    running = SqliteJournal(database)
    await running.start()
    yield running
    await running.close()


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Every backend in turn."""
    if request.param == "memory":
        yield in_memory(FixedClock())
        return
    path = request.getfixturevalue("database")
    running = SqliteJournal(path)
    await running.start()
    engine = open_engine(database_url(path))
    clock = FixedClock()
    objects = LocalObjects(tmp_path / "artifacts", reserve_bytes=0, clock=clock)
    yield Store(
        journal=running,
        rows=Records(engine),
        artifacts=ArtifactRows(engine),
        objects=objects,
        given=LocalInputs(tmp_path / "inputs", clock),
        key_store=KeyRows(engine),
        clock=clock,
        spool=Spool(objects.spool_root, per_blob=64),
    )
    await running.close()
    engine.dispose()


def in_memory(clock: FixedClock) -> Store:
    """A store of doubles."""
    records = MemoryRecords()
    return Store(
        journal=MemoryJournal(records),
        rows=MemoryReads(records),
        artifacts=MemoryArtifactRows(records),
        objects=MemoryObjects(clock),
        given=MemoryInputs(),
        key_store=MemoryKeyRows(),
        clock=clock,
        spool=Spool(None),
    )
