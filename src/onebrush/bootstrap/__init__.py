"""Settings in, running gateway out; the one floor that knows everybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from onebrush.api.app import App
from onebrush.api.library import OwnPictures
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.bootstrap.keeping import keys_of, open_store, prepare_folder, spool_of
from onebrush.bootstrap.selling import Market, sandbox_of
from onebrush.bootstrap.serving import Premises, app_of, payloads
from onebrush.bootstrap.working import Works, set_to_work
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.key import Mode
from onebrush.engine.health import Health
from onebrush.kit.clock import SystemClock
from onebrush.settings import Settings, SettingsError
from onebrush.storage.secret import derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway: its app, and the keys its first run made (mode -> secret, shown once)."""

    app: App
    new_keys: Mapping[Mode, str]
    works: Works
    market: Market

    @property
    def live_providers(self) -> tuple[str, ...]:
        """Providers at which a live key buys."""
        return tuple(self.market.live)

    def close_door(self) -> None:
        """From now on it says that it is not ready, and begins no generation."""
        self.works.desk.close_door()

    async def drained(self, seconds: float) -> None:
        """Until nothing is at work any more, but at most `seconds`."""
        await self.works.desk.drain(seconds)

    def reload(self) -> None:
        """Read accounts and routes again; what cannot be used is told in the log, and nothing changes."""
        self.market.reload()


@asynccontextmanager
async def running(settings: Settings, environ: Mapping[str, str] = os.environ) -> AsyncIterator[Gateway]:
    """A gateway with everything it needs, until the block ends. Raises SettingsError or StorageUnavailable."""
    async with AsyncExitStack() as stack:
        prepare_folder(settings.data)
        catalogue, clock = _catalogue(settings), SystemClock()
        sandbox = await sandbox_of(settings, stack)
        health = Health(clock)
        market = Market(settings, catalogue, sandbox.url, environ, health.latency)
        store = await open_store(settings, clock, stack)
        keys, new_keys = await keys_of(settings, store, market.live, clock)
        refreshing = asyncio.create_task(keys.keep_fresh())
        stack.callback(refreshing.cancel)
        premises = Premises(
            settings=settings,
            store=store,
            keys=keys,
            links=Links([derived(store.secret, "links")], clock.now),
            origin=Origin(public_url=settings.public_url),
            spool=await spool_of(settings, store),
            clock=clock,
        )
        library = OwnPictures(rows=store.artifacts, objects=store.objects, links=premises.links)
        works = await set_to_work(
            settings, catalogue, market, health, store, premises.spool, library, payloads(premises), clock, stack
        )
        app = app_of(premises, works, catalogue, sandbox)
        yield Gateway(app=app, new_keys=new_keys, works=works, market=market)


def _catalogue(settings: Settings) -> Catalogue:
    try:
        catalogue = Catalogue.load(settings.catalogue)
    except (CatalogueError, OSError, ValueError) as error:
        raise SettingsError(f"The catalogue {settings.catalogue or ''} cannot be used: {error}") from error
    if settings.default_model and catalogue.get(settings.default_model) is None:
        raise SettingsError(f"Setting default_model is {settings.default_model!r}; no such model is known.")
    return catalogue
