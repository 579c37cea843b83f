"""Settings in, running gateway out; the one file that knows everybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from onebrush.api.app import App, Routes
from onebrush.api.doors import DoorSettings, ImageDoor
from onebrush.api.library import OwnPictures
from onebrush.api.links import Links
from onebrush.api.models import ListShape, ModelRoutes
from onebrush.api.origin import Origin
from onebrush.api.pictures import PictureRoutes
from onebrush.bootstrap.keeping import Store, keys_of, open_store, prepare_folder, spool_of
from onebrush.bootstrap.selling import Sandbox, alternatives_of, live_deployments, router_of, sandbox_of
from onebrush.bootstrap.wires import WIRES
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.deployment import Deployment
from onebrush.domain.key import Mode
from onebrush.engine.generate import Engine
from onebrush.engine.inputs import InputCaps
from onebrush.engine.purchase import Purchase
from onebrush.engine.retention import Retention
from onebrush.kit.clock import Clock, SystemClock
from onebrush.kit.lift import LiftLimits
from onebrush.settings import Settings, SettingsError
from onebrush.storage.keys import Keys
from onebrush.storage.secret import derived
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from onebrush.wires.gemini import models as gemini_models
from onebrush.wires.openai import models as openai_models


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway: its app, and the keys its first run made (mode -> secret, shown once)."""

    app: App
    new_keys: Mapping[Mode, str]
    live_providers: tuple[str, ...]


@asynccontextmanager
async def running(settings: Settings, environ: Mapping[str, str] = os.environ) -> AsyncIterator[Gateway]:
    """A gateway with everything it needs, until the block ends. Raises SettingsError or StorageUnavailable."""
    async with AsyncExitStack() as stack:
        prepare_folder(settings.data)
        catalogue = _catalogue(settings)
        live = live_deployments(catalogue, settings, environ)
        sandbox = await sandbox_of(settings, stack)
        clock = SystemClock()
        store = await open_store(settings, clock, stack)
        keys, new_keys = await keys_of(settings, store, live, clock)
        yield Gateway(
            app=await _app(settings, catalogue, live, sandbox, store, keys, clock, stack),
            new_keys=new_keys,
            live_providers=tuple(live),
        )


def _catalogue(settings: Settings) -> Catalogue:
    try:
        catalogue = Catalogue.load(settings.catalogue)
    except (CatalogueError, OSError, ValueError) as error:
        raise SettingsError(f"The catalogue {settings.catalogue or ''} cannot be used: {error}") from error
    if settings.default_model and catalogue.get(settings.default_model) is None:
        raise SettingsError(f"Setting default_model is {settings.default_model!r}; no such model is known.")
    return catalogue


async def _app(
    settings: Settings,
    catalogue: Catalogue,
    live: Mapping[str, Sequence[Deployment]],
    sandbox: Sandbox,
    store: Store,
    keys: Keys,
    clock: Clock,
    stack: AsyncExitStack,
) -> App:
    limits = LiftLimits(blob=settings.max_picture, total=settings.max_body)
    links = Links([derived(store.secret, "links")], clock.now)
    engine = Engine(
        router=router_of(settings, catalogue, live, sandbox.url),
        purchase=await _purchase(settings, store, clock, limits, stack),
        others=alternatives_of(catalogue),
        marks=store.artifacts,
        library=OwnPictures(rows=store.artifacts, objects=store.objects, links=links),
        caps=InputCaps(
            pictures=settings.max_pictures,
            picture_bytes=settings.max_picture,
            picture_pixels=settings.max_pixels,
            picture_frames=settings.max_frames,
        ),
    )
    retention = Retention(rows=store.artifacts, journal=store.journal, artifacts=store.objects, clock=clock)
    sweeping = asyncio.create_task(retention.keep_sweeping())
    stack.callback(sweeping.cancel)
    refreshing = asyncio.create_task(keys.keep_fresh())
    stack.callback(refreshing.cancel)
    origin, spool = Origin(public_url=settings.public_url), spool_of(settings, store)
    door = ImageDoor(
        engine=engine,
        keys=keys,
        links=links,
        origin=origin,
        spool=spool,
        forget=retention.forget,
        settings=DoorSettings(
            link_ttl=settings.link_ttl,
            default_model=settings.default_model,
            envelope=settings.envelope,
            limits=limits,
        ),
    )
    stack.push_async_callback(door.drain, settings.drain)
    pictures = PictureRoutes(
        rows=store.artifacts,
        objects=store.objects,
        keys=keys,
        links=links,
        origin=origin,
        spool=spool,
        link_ttl=settings.link_ttl,
        forget=retention.forget,
    )
    models = ModelRoutes(
        catalogue=catalogue,
        keys=keys,
        today=lambda: _today(clock),
        plain=ListShape(list=openai_models.model_list, one=openai_models.model),
        shapes={"x-goog-api-key": ListShape(list=gemini_models.model_list, one=gemini_models.model)},
    )
    return App(
        Routes(
            door=door,
            pictures=pictures,
            models=models,
            ready=lambda: _not_ready(store, sandbox),
            envelope=settings.envelope,
        )
    )


def _not_ready(store: Store, sandbox: Sandbox) -> str | None:
    if not store.journal.healthy:
        return "the journal does not write"
    if not store.objects.has_room():
        return "less disk is free than the reserve"
    return None if sandbox.up else "the sandbox is starting"


async def _purchase(
    settings: Settings, store: Store, clock: Clock, limits: LiftLimits, stack: AsyncExitStack
) -> Purchase:
    guard = GuardedDoor(networks=settings.fetch_networks, ports=settings.fetch_ports)
    transport = HttpTransport(guard, limits=limits)
    stack.push_async_callback(transport.close)
    return Purchase(
        wires=WIRES,
        transport=transport,
        journal=store.journal,
        artifacts=store.objects,
        clock=clock,
        retention=settings.retention,
    )


def _today(clock: Clock) -> date:
    return datetime.fromtimestamp(clock.now(), UTC).date()
