"""Caller keys: random, never stored, found by their digest."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.key import ApiKey, Mode
from onebrush.kit.clock import FixedClock
from onebrush.storage.database import database_url, open_engine
from onebrush.storage.keys import LENGTH, LETTERS, KeyRows, Keys, StoredKey
from onebrush.storage.memory import MemoryKeyRows
from tests.storage.values import PEPPER, Store

pytestmark = pytest.mark.anyio


def keys(store: MemoryKeyRows | None = None, pepper: bytes = PEPPER) -> Keys:
    return Keys(store or MemoryKeyRows(), pepper=pepper, clock=FixedClock())


def pieces(secret: str, length: int) -> set[bytes]:
    return {secret[start : start + length].encode() for start in range(len(secret) - length + 1)}


def test_a_key_holds_at_least_160_random_bits() -> None:
    assert LENGTH * math.log2(len(set(LETTERS))) >= 160


@pytest.mark.parametrize(("mode", "scheme"), [(Mode.TEST, "sk-test-"), (Mode.LIVE, "sk-")])
async def test_a_key_says_its_mode_and_shows_little_of_itself(mode: Mode, scheme: str) -> None:
    key, secret = await keys().create(mode)
    assert secret.startswith(scheme)
    assert len(secret) == len(scheme) + LENGTH
    assert key == ApiKey(id=key.id, mode=mode, prefix=secret[: len(scheme) + 4])
    assert secret not in repr(key)


async def test_no_two_keys_are_alike() -> None:
    made = [await keys().create(Mode.TEST) for _ in range(50)]
    assert len({secret for _, secret in made}) == len({key.id for key, _ in made}) == 50


async def test_the_database_holds_nothing_of_a_secret_beyond_the_prefix(database: Path) -> None:
    engine = open_engine(database_url(database))
    _, secret = await Keys(KeyRows(engine), pepper=PEPPER, clock=FixedClock()).create(Mode.TEST)
    engine.dispose()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT prefix, created FROM api_keys").fetchall() == [(secret[:12], 1_800_000_000)]
    files = b"".join(path.read_bytes() for path in database.parent.glob("onebrush.db*"))
    beyond_the_prefix = secret[12:]
    assert secret[:12].encode() in files
    assert [piece for piece in pieces(beyond_the_prefix, 8) if piece in files] == []


async def test_another_pepper_opens_nothing() -> None:
    store = MemoryKeyRows()
    _, secret = await keys(store).create(Mode.TEST)
    other = keys(store, pepper=b"another pepper of the tests")
    await other.load()
    assert other.find(secret) is None


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        keys(pepper=b"salt")


STRANGE = ["", "sk-test-", "sk-' OR 1=1 --", "sk-\x00", "sk-é", "sk-\udcff", "x" * 100_000]


@pytest.mark.parametrize("secret", STRANGE)
async def test_a_secret_of_nobody_is_none(secret: str) -> None:
    table = keys()
    await table.create(Mode.LIVE)
    assert table.find(secret) is None


def test_fixed_keys_open_the_doors_and_keep_their_id_over_restarts() -> None:
    fixed = ["sk-test-example", "sk-example", "sandbox"]
    first, second = keys(), keys()
    added = first.add_fixed(fixed)
    assert [(key.mode, key.prefix) for key in added] == [
        (Mode.TEST, "sk-test-"),
        (Mode.LIVE, "sk-"),
        (Mode.LIVE, ""),
    ]
    assert [first.find(secret) for secret in fixed] == added == second.add_fixed(fixed)
    assert len({key.id for key in added}) == 3


async def test_fixed_keys_are_not_stored() -> None:
    store = MemoryKeyRows()
    keys(store).add_fixed(["sk-test-example"])
    assert store.kept == []


async def test_a_fixed_key_that_was_made_here_stays_the_same_key() -> None:
    table = keys()
    made, secret = await table.create(Mode.TEST)
    assert table.add_fixed([secret]) == [made]
    assert table.find(secret) == made


def test_an_empty_fixed_key_is_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        keys().add_fixed(["sk-test-example", ""])


async def test_a_key_that_could_not_be_kept_opens_nothing() -> None:
    class Full(MemoryKeyRows):
        async def add(self, stored: StoredKey) -> None:
            raise StorageUnavailable("The disk is full")

    table = keys(Full())
    with pytest.raises(StorageUnavailable):
        await table.create(Mode.TEST)
    assert table.of_mode(Mode.TEST) == []


async def test_a_lock_on_the_database_is_storage_unavailable(database: Path) -> None:
    engine = open_engine(database_url(database), patience=0.05)
    table = Keys(KeyRows(engine), pepper=PEPPER, clock=FixedClock())
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await table.create(Mode.TEST)
    engine.dispose()


@pytest.mark.anyio
async def test_a_key_made_by_another_process_is_known_a_second_later(store: Store) -> None:
    ours, theirs = store.keys(), store.keys()
    watching = asyncio.create_task(ours.keep_fresh(every=1.0))
    _, secret = await theirs.create(Mode.TEST)
    await asyncio.sleep(0)  # the watcher falls asleep
    assert ours.find(secret) is None
    store.clock.advance(1.0)
    for _ in range(1000):
        if ours.find(secret):
            break
        await asyncio.sleep(0.01)
    watching.cancel()
    assert ours.find(secret) is not None
