"""Settings in, running gateway out; the one file that knows everybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from onebrush.api.app import App, Routes
from onebrush.api.doors import DoorSettings, ImageDoor
from onebrush.api.library import OwnPictures
from onebrush.api.links import Links
from onebrush.api.models import ListShape, ModelRoutes
from onebrush.api.origin import Origin
from onebrush.api.pictures import PictureRoutes
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.deployment import Deployment
from onebrush.domain.key import Mode
from onebrush.domain.model import ModelCard
from onebrush.engine.fitting import Alternatives
from onebrush.engine.generate import Engine
from onebrush.engine.inputs import InputCaps
from onebrush.engine.ports import Wire
from onebrush.engine.purchase import Purchase
from onebrush.engine.retention import Retention
from onebrush.engine.routing import Router
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import Clock, SystemClock
from onebrush.kit.lift import LiftLimits
from onebrush.sandbox.minder import SandboxMinder
from onebrush.settings import ProviderSettings, Settings, SettingsError, provider_setting, vendor_key
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import database_url, migrate, open_engine
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.keys import KeyRows, Keys
from onebrush.storage.objects import LocalObjects
from onebrush.storage.secret import CALLER_KEYS, derived, made_secret
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport
from onebrush.wires.ark.outbound import ArkOutbound
from onebrush.wires.dashscope.outbound import DashScopeOutbound
from onebrush.wires.gemini import models as gemini_models
from onebrush.wires.gemini.outbound import GeminiOutbound
from onebrush.wires.openai import models as openai_models
from onebrush.wires.openai.outbound import OpenAIOutbound

WIRES: Mapping[str, Wire] = {
    "openai": OpenAIOutbound(),
    "gemini": GeminiOutbound(),
    "ark": ArkOutbound(),
    "dashscope": DashScopeOutbound(),
}
SANDBOX_KEY = "sandbox"


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
        _prepare_folder(settings.data)
        catalogue = _catalogue(settings)
        live = live_deployments(catalogue, settings, environ)
        sandbox = await _sandbox(settings, stack)
        clock = SystemClock()
        store = await _open_store(settings, clock, stack)
        keys, new_keys = await _keys(settings, store, live, clock)
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


def _prepare_folder(data: Path) -> None:
    try:
        # Records and pictures are their owner's alone; a folder that stands keeps the mode it has.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data folder {data} cannot be made: {error.strerror}. Set --data.") from error


# Who sells


def live_deployments(
    catalogue: Catalogue, settings: Settings, environ: Mapping[str, str]
) -> Mapping[str, Sequence[Deployment]]:
    """Provider -> its deployments, for each provider whose vendor key is there. Raises SettingsError."""
    for provider in catalogue.providers.values():
        if provider.wire not in WIRES:
            raise SettingsError(f"Provider '{provider.name}' names wire '{provider.wire}'. Known: {', '.join(WIRES)}")
    unknown = sorted(set(settings.providers) - set(catalogue.providers))
    if unknown:
        known = ", ".join(catalogue.providers)
        raise SettingsError(f"[providers.{unknown[0]}] names no known provider. Known: {known}")
    found = {name: _live(provider, settings, environ) for name, provider in catalogue.providers.items()}
    return {name: (deployment,) for name, deployment in found.items() if deployment}


def _live(provider: Provider, settings: Settings, environ: Mapping[str, str]) -> Deployment | None:
    own = settings.providers.get(provider.name) or ProviderSettings()
    credential = vendor_key(provider.key_env, own, environ)
    if credential is None:
        return None
    region = provider_setting(provider.name, "region", own.region, environ) or provider.default_platform
    if region not in provider.platforms:
        known = ", ".join(provider.platforms)
        raise SettingsError(f"Provider '{provider.name}' has no region '{region}'. Known: {known}")
    base_url = provider_setting(provider.name, "base_url", own.base_url, environ)
    return Deployment(
        id=provider.name,
        provider=provider.name,
        wire=provider.wire,
        base_url=base_url or provider.platforms[region].base_url,
        credential=credential,
        auth=provider.auth,
        platform=region,
        timeout=own.timeout,
        concurrency=own.concurrency,
    )


def test_deployments(catalogue: Catalogue, sandbox: str, settings: Settings) -> Mapping[str, Deployment]:
    """Provider -> the sandbox standing in for it."""
    return {name: _test(provider, sandbox, settings) for name, provider in catalogue.providers.items()}


def _test(provider: Provider, sandbox: str, settings: Settings) -> Deployment:
    return Deployment(
        id=f"sandbox-{provider.name}",
        provider=provider.name,
        wire=provider.wire,
        base_url=sandbox + _SANDBOX_PATHS[provider.wire],
        credential=SANDBOX_KEY,
        auth=provider.auth,
        platform=provider.default_platform,
        test=True,
        serves_retired=not settings.sandbox_refuse_retired,
        concurrency=8,
        link_hosts=(sandbox.partition("://")[2],),
    )


_SANDBOX_PATHS = {
    "openai": "/openai/v1",
    "gemini": "/gemini/v1beta",
    "ark": "/ark/api/v3",
    "dashscope": "/dashscope/api/v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """Where the sandbox is, and the one who minds it where it is ours."""

    url: str
    minder: SandboxMinder | None = None

    @property
    def up(self) -> bool:
        """Whether it serves, as far as we can tell without asking it."""
        return self.minder is None or self.minder.up


async def _sandbox(settings: Settings, stack: AsyncExitStack) -> Sandbox:
    """The sandbox named in the settings, or one of our own."""
    if settings.sandbox_url:
        return Sandbox(url=settings.sandbox_url.rstrip("/"))
    options = ["--link-life", str(settings.sandbox_link_life)]
    if settings.sandbox_refuse_retired:
        options.append("--refuse-retired")
    minder = SandboxMinder(settings.data / "sandbox", options)
    stack.push_async_callback(minder.stop)
    await minder.start()
    return Sandbox(url=minder.url, minder=minder)


def _settings_to_name(provider: Provider) -> str:
    return " or ".join(provider.key_env)


# Where things are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The open stores of one data folder."""

    secret: bytes
    journal: SqliteJournal
    artifacts: ArtifactRows
    keys: KeyRows
    objects: LocalObjects


async def _open_store(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Store:
    database = settings.data / "onebrush.db"
    url = database_url(database)
    await asyncio.to_thread(migrate, url)
    engine = open_engine(url)
    stack.callback(engine.dispose)
    journal = SqliteJournal(database)
    await journal.start()
    stack.push_async_callback(journal.close)
    return Store(
        secret=_secret(settings),
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


async def _keys(
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


# The app


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
        router=_router(settings, catalogue, live, sandbox.url),
        purchase=await _purchase(settings, store, clock, limits, stack),
        others=_alternatives(catalogue),
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
    origin, spool = Origin(public_url=settings.public_url), _spool(settings, store)
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


def _spool(settings: Settings, store: Store) -> Spool:
    spool = Spool(store.objects.spool_root, memory_budget=settings.blob_memory)
    spool.sweep()
    return spool


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


def _router(settings: Settings, catalogue: Catalogue, live: Mapping[str, Sequence[Deployment]], sandbox: str) -> Router:
    return Router(
        cards=catalogue,
        live=live,
        test=test_deployments(catalogue, sandbox, settings),
        setting_for={name: _settings_to_name(provider) for name, provider in catalogue.providers.items()},
        serve_retired=settings.serve_retired,
    )


def _alternatives(catalogue: Catalogue) -> Mapping[str, Alternatives]:
    return {
        name: Alternatives(editing=catalogue.edit_model_near(first), drawing=catalogue.t2i_model_near(first))
        for name, first in _firsts(catalogue).items()
    }


def _firsts(catalogue: Catalogue) -> Mapping[str, ModelCard]:
    return {card.provider: card for card in reversed(catalogue.cards)}


def _today(clock: Clock) -> date:
    return datetime.fromtimestamp(clock.now(), UTC).date()
