"""`onebrush keys`: caller keys of a data folder, made and listed while no gateway needs to run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onebrush.cli.failures import CommandFailed
from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.key import Mode
from onebrush.kit.clock import SystemClock
from onebrush.storage.database import database_url, migrate, open_engine
from onebrush.storage.keys import KeyRows, Keys, StoredKey
from onebrush.storage.secret import derived, made_secret

if TYPE_CHECKING:
    from onebrush.settings import Settings


def create(settings: Settings, *, live: bool) -> int:
    """Make a key and show it, this once."""
    mode = Mode.LIVE if live else Mode.TEST
    # The purpose is the one under which bootstrap derives the gateway's own pepper.
    pepper = derived(folder_secret(settings), "caller-keys")
    with _rows(settings) as rows:
        ring = Keys(rows, pepper=pepper, clock=SystemClock())
        key, secret = asyncio.run(ring.create(mode))
    what = "buys from the vendors" if live else "reaches only the sandbox"
    print(f"{secret}\n")
    print(f"A {mode.value} key ({key.id}); it {what}. It is shown this once and kept only as a digest.")
    print(f"A gateway that runs on {settings.data} knows it after a restart.")
    return 0


def show(settings: Settings) -> int:
    """List the keys that were made."""
    stored: Sequence[StoredKey] = ()
    if (settings.data / "onebrush.db").exists():
        with _rows(settings) as rows:
            stored = asyncio.run(rows.all())
    if stored:
        _print(stored)
    else:
        print(f"No keys in {settings.data} yet; `onebrush serve` makes one at its first start.")
    return 0


def folder_secret(settings: Settings) -> bytes:
    """The secret that a folder's digests and links hang on; a new folder gets one. Raises CommandFailed."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        return made_secret(settings.data / "secret")
    except OSError as error:
        raise CommandFailed(f"The data folder {settings.data} cannot be used: {error.strerror}. Set --data.") from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error


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


def _print(stored: Sequence[StoredKey]) -> None:
    from onebrush.cli.tables import plain_table, show_table

    table = plain_table("id", "mode", "begins with", "made")
    for row in stored:
        made = datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(row.key.id, row.key.mode.value, f"{row.key.prefix}…", made)
    show_table(table)
