"""The engine put together: what buys, what waits, what takes over, what tells, and what sweeps up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from onebrush.bootstrap.keeping import Store, open_pictures
from onebrush.bootstrap.selling import Market, alternatives_of
from onebrush.bootstrap.wires import WIRES
from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.errors import StorageUnavailable
from onebrush.engine.archive import Archive
from onebrush.engine.budget import RetryBudget
from onebrush.engine.desk import Desk
from onebrush.engine.gates import Gates
from onebrush.engine.generate import Engine
from onebrush.engine.health import Health
from onebrush.engine.inputs import InputCaps
from onebrush.engine.leases import Leases
from onebrush.engine.polling import Polling
from onebrush.engine.ports import ForgetProcess, Library
from onebrush.engine.postman import Postman
from onebrush.engine.pursuit import Pursuit
from onebrush.engine.recovery import Recovery
from onebrush.engine.retention import Retention
from onebrush.engine.sending import Sending
from onebrush.engine.taking import Taking
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import Clock
from onebrush.kit.lift import LiftLimits
from onebrush.kit.logs import get_logger
from onebrush.settings import Settings
from onebrush.storage.sweep import orphans, unneeded
from onebrush.upstream.guarded import GuardedDoor
from onebrush.upstream.transport import HttpTransport

log = get_logger()

HOUR = 3600.0
BEGUN_AGAIN = 3.0  # seconds

Payload = Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What the doors ask of."""

    engine: Engine
    desk: Desk
    archive: Archive
    retention: Retention
    postman: Postman
    transport: HttpTransport


async def set_to_work(
    settings: Settings,
    catalogue: Catalogue,
    market: Market,
    health: Health,
    store: Store,
    spool: Spool,
    library: Library,
    payload: Callable[[Archive], Payload],
    clock: Clock,
    stack: AsyncExitStack,
) -> Works:
    """The engine and everything that works beside it, until the stack is closed: then it drains first."""
    transport = _transport(settings, stack)
    stack.push_async_callback(_farewell, store)
    archive = Archive(
        records=store.records, journal=store.journal, library=library, artifacts=store.objects, given=store.inputs
    )
    postman = Postman(
        records=store.records,
        journal=store.journal,
        transport=transport,
        clock=clock,
        secrets=lambda name: market.webhook_secrets.get(name),
        payload=payload(archive),
    )
    engine = _engine(settings, catalogue, market, health, store, library, transport, clock, postman.nudge)
    recovery = Recovery(engine=engine, records=store.records, spool=spool)
    desk = Desk(engine=engine, archive=archive, records=store.records, recovery=recovery, clock=clock)
    retention = Retention(rows=store.artifacts, journal=store.journal, artifacts=store.objects, clock=clock)
    _beside(_leases(store, desk, clock).keep, stack)
    _beside(postman.run, stack)
    _beside(retention.keep_sweeping, stack)
    _beside(lambda: _keep_clear(store, engine, settings, clock), stack)
    stack.push_async_callback(desk.drain, settings.drain)
    return Works(engine=engine, desk=desk, archive=archive, retention=retention, postman=postman, transport=transport)


def _transport(settings: Settings, stack: AsyncExitStack) -> HttpTransport:
    guard = GuardedDoor(networks=settings.fetch_networks, ports=settings.fetch_ports)
    transport = HttpTransport(guard, limits=_reply_limits(settings))
    stack.push_async_callback(transport.close)
    return transport


def _reply_limits(settings: Settings) -> LiftLimits:
    """What a vendor's answer may hold: what was bought is not bounded by what callers may send."""
    return LiftLimits(blob=settings.max_picture, total=settings.max_reply)


def limits_of(settings: Settings) -> LiftLimits:
    """What a body may hold."""
    return LiftLimits(blob=settings.max_picture, total=settings.max_body)


def _engine(
    settings: Settings,
    catalogue: Catalogue,
    market: Market,
    health: Health,
    store: Store,
    library: Library,
    transport: HttpTransport,
    clock: Clock,
    told: Callable[[], None],
) -> Engine:
    taking = Taking(
        transport=transport,
        journal=store.journal,
        artifacts=store.objects,
        clock=clock,
        retention=settings.retention,
    )
    sending = Sending(
        wires=WIRES,
        transport=transport,
        journal=store.journal,
        clock=clock,
        polling=Polling(transport=transport, task_seconds=lambda: market.task_deadline),
        health=health,
    )
    return Engine(
        router=market.router,
        pursuit=Pursuit(
            sending=sending,
            taking=taking,
            gates=Gates(clock),
            budget=RetryBudget(clock),
            trial=RetryBudget(clock),
        ),
        others=alternatives_of(catalogue),
        marks=store.artifacts,
        library=library,
        given=store.inputs,
        process=store.process,
        caps=InputCaps(
            pictures=settings.max_pictures,
            picture_bytes=settings.max_picture,
            picture_pixels=settings.max_pixels,
            picture_frames=settings.max_frames,
        ),
        seconds=lambda: market.deadline,
        told=told,
    )


def _leases(store: Store, desk: Desk, clock: Clock) -> Leases:
    return Leases(
        process=store.process,
        records=store.records,
        journal=store.journal,
        presence=store.presence,
        clock=clock,
        adopt=desk.adopt,
        halt=desk.halt,
    )


async def _keep_clear(store: Store, engine: Engine, settings: Settings, clock: Clock) -> None:
    """Once an hour, delete files that nobody will ask for: what a process that was killed had stored for no row."""
    # A picture waits for its row no longer than its generation takes, which may be a vendor's task.
    longest = settings.deadline + settings.task_deadline + HOUR
    while True:
        await clock.sleep(HOUR)
        if engine.closing:
            continue  # some rows cannot be written at the moment
        try:
            await _clear(store, longest)
        except StorageUnavailable as error:
            log.warning("orphans not looked for", reason=error.message)


async def _clear(store: Store, longest: float) -> None:
    # Asked first: an answer that is taken in meanwhile has its rows by the time the files are listed.
    awaited = {picture.id for picture in await open_pictures(store.records)}
    found = await orphans(store.objects, store.artifacts, older_than=longest)
    await store.objects.remove([location for location in found if PurePosixPath(location).stem not in awaited])
    for generation in await unneeded(store.inputs, store.records, older_than=longest):
        await store.inputs.drop(generation)


def _beside(work: Callable[[], Coroutine[Any, Any, None]], stack: AsyncExitStack) -> None:
    """Work of its own until the stack is closed."""
    stack.push_async_callback(_ended, asyncio.create_task(_minded(work)))


async def _minded(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What nobody foresaw is told, and the work begun again."""
    while True:
        try:
            await work()
        except Exception as error:
            log.error("work beside the requests broke; it is begun again", exc_info=error)
            await asyncio.sleep(BEGUN_AGAIN)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _farewell(store: Store) -> None:
    """A process that leaves nothing undone need not be looked for."""
    with contextlib.suppress(StorageUnavailable):
        if not await store.records.owned([store.process]):
            await store.journal.commit(ForgetProcess(process=store.process))
