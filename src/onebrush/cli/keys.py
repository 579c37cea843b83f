"""`onebrush keys`: caller keys of a data folder, made and listed while no gateway needs to run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onebrush.cli.failures import CommandFailed
from onebrush.cli.folder import folder_secret
from onebrush.cli.local import own_catalogue
from onebrush.cli.tables import Row, table
from onebrush.cli.vendors import configured
from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.key import Mode
from onebrush.kit.clock import SystemClock
from onebrush.storage.database import database_url, migrate, open_engine
from onebrush.storage.keys import KeyRows, Keys, StoredKey
from onebrush.storage.secret import CALLER_KEYS, derived

if TYPE_CHECKING:
    from onebrush.settings import Settings


def create(settings: Settings, *, live: bool) -> int:
    """Make a key and show it, this once."""
    mode = Mode.LIVE if live else Mode.TEST
    pepper = derived(folder_secret(settings), CALLER_KEYS)
    with _rows(settings) as rows:
        ring = Keys(rows, pepper=pepper, clock=SystemClock())
        key, secret = asyncio.run(ring.create(mode))
    print(f"{secret}\n")
    print(f"A {mode.value} key ({key.id}); it {_reach(settings, live)}.")
    print("It is shown this once and kept only as a digest. A running gateway takes it within a second or two.")
    return 0


def _reach(settings: Settings, live: bool) -> str:
    if not live:
        return "reaches only the sandbox"
    vendors = configured(own_catalogue(settings), settings)
    if vendors:
        return f"buys from {', '.join(vendors)}"
    return "reaches the sandbox until a vendor's key is set, as none is here; from then on it buys"


def show(settings: Settings) -> int:
    """List the keys that were made."""
    stored: Sequence[StoredKey] = ()
    if (settings.data / "onebrush.db").exists():
        with _rows(settings) as rows:
            stored = asyncio.run(rows.all())
    if stored:
        print(table(("id", "mode", "begins with", "made"), map(_row, stored)))
    else:
        print(f"No keys in {settings.data} yet; `onebrush serve` makes one at its first start.")
    return 0


@contextmanager
def _rows(settings: Settings) -> Iterator[KeyRows]:
    url = database_url(settings.data / "onebrush.db")
    engine = open_engine(url)
    try:
        migrate(url)
        yield KeyRows(engine)
    except StorageUnavailable as error:
        raise CommandFailed(error.message) from error
    finally:
        engine.dispose()


def _row(stored: StoredKey) -> Row:
    made = datetime.fromtimestamp(stored.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (stored.key.id, stored.key.mode.value, f"{stored.key.prefix}…", made)
