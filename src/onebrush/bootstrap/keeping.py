"""Where things are kept: the database with its journal, the pictures' folder, the secret and the keys."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from onebrush.domain.deployment import Deployment
from onebrush.domain.key import Mode
from onebrush.engine.keeping import Landed, read_reply
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.settings import Settings, SettingsError
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import database_url, migrate, open_engine
from onebrush.storage.inputs import LocalInputs
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.keys import KeyRows, Keys
from onebrush.storage.objects import LocalObjects
from onebrush.storage.presence import Presence
from onebrush.storage.records import Records
from onebrush.storage.secret import CALLER_KEYS, derived, made_secret


def prepare_folder(data: Path) -> None:
    try:
        # Records and pictures are their owner's alone; a folder that stands keeps the mode it has.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data folder {data} cannot be made: {error.strerror}. Set --data.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The open stores of one data folder; `process` is who we are among those that share it."""

    secret: bytes
    process: str
    presence: Presence
    records: Records
    inputs: LocalInputs
    journal: SqliteJournal
    artifacts: ArtifactRows
    keys: KeyRows
    objects: LocalObjects


async def open_store(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Store:
    database = settings.data / "onebrush.db"
    url = database_url(database)
    await asyncio.to_thread(migrate, url)
    engine = open_engine(url)
    stack.callback(engine.dispose)
    process = new_id("proc")
    presence = Presence(settings.data / "processes", process)
    stack.callback(presence.close)
    journal = SqliteJournal(database)
    await journal.start()
    stack.push_async_callback(journal.close)
    return Store(
        secret=_secret(settings),
        process=process,
        presence=presence,
        records=Records(engine),
        inputs=LocalInputs(settings.data / "inputs", clock),
        journal=journal,
        artifacts=ArtifactRows(engine),
        keys=KeyRows(engine),
        objects=LocalObjects(settings.data / "pictures", reserve_bytes=settings.disk_reserve, clock=clock),
    )


def _secret(settings: Settings) -> bytes:
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    try:
        return made_secret(settings.data / "secret")
    except ValueError as error:
        raise SettingsError(str(error)) from error


async def keys_of(
    settings: Settings, store: Store, live: Mapping[str, Sequence[Deployment]], clock: Clock
) -> tuple[Keys, Mapping[Mode, str]]:
    """The keyring, and what a first run had to make: a test key, and a live one where a vendor is configured."""
    keys = Keys(store.keys, pepper=derived(store.secret, CALLER_KEYS), clock=clock)
    await keys.load()
    keys.add_fixed(settings.keys)
    if settings.keys:
        return keys, {}
    wanted = [Mode.TEST, Mode.LIVE] if live else [Mode.TEST]
    missing = [mode for mode in wanted if not keys.of_mode(mode)]
    return keys, {mode: (await keys.create(mode))[1] for mode in missing}


async def spool_of(settings: Settings, store: Store) -> Spool:
    """Where bytes wait, cleared of what nobody will take up."""
    spool = Spool(store.objects.spool_root, memory_budget=settings.blob_memory)
    spool.sweep(keep={picture.spool for picture in await open_pictures(store.records) if picture.spool})
    return spool


async def open_pictures(records: Records) -> list[Landed]:
    """The pictures of answers that are written down and not yet taken in, by whatever process."""
    found: list[Landed] = []
    for reply in await records.open_replies():
        with contextlib.suppress(ValueError):
            found.extend(read_reply(reply).pictures)
    return found
