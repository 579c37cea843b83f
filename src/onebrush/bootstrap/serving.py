"""The doors put together: routes over the engine, the archive and the pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from onebrush.api.app import App, Routes
from onebrush.api.doors import ImageDoor
from onebrush.api.generations import GenerationRoutes
from onebrush.api.handover import Handover
from onebrush.api.links import Links
from onebrush.api.models import ListShape, ModelRoutes
from onebrush.api.origin import Origin
from onebrush.api.pictures import PictureRoutes
from onebrush.api.reading import DoorSettings, Hooks
from onebrush.bootstrap.keeping import Store
from onebrush.bootstrap.selling import Sandbox
from onebrush.bootstrap.working import Works, limits_of
from onebrush.catalogue.catalogue import Catalogue
from onebrush.engine.archive import Archive
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import Clock
from onebrush.settings import Settings
from onebrush.storage.keys import Keys
from onebrush.wires.gemini import models as gemini_models
from onebrush.wires.openai import models as openai_models
from onebrush.wires.openai.record import webhook_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What every route needs."""

    settings: Settings
    store: Store
    keys: Keys
    links: Links
    origin: Origin
    spool: Spool
    clock: Clock


def app_of(premises: Premises, works: Works, catalogue: Catalogue, sandbox: Sandbox) -> App:
    """The gateway's ASGI callable."""
    settings, store = premises.settings, premises.store
    handover = Handover(links=premises.links, link_ttl=settings.link_ttl, forget=works.retention.forget)
    return App(
        Routes(
            door=_door(premises, works, handover),
            generations=_generations(premises, works, handover),
            pictures=_pictures(premises, works),
            models=_models(premises, catalogue),
            ready=lambda: _not_ready(store, sandbox, draining=works.desk.draining),
            draining=lambda: works.desk.draining,
            envelope=settings.envelope,
        )
    )


def payloads(premises: Premises) -> Callable[[Archive], Callable[[str], Awaitable[bytes | None]]]:
    """The body of a webhook: the record as it stands, its pictures by link."""
    settings, links = premises.settings, premises.links

    def of(archive: Archive) -> Callable[[str], Awaitable[bytes | None]]:
        async def payload(generation_id: str) -> bytes | None:
            generation = await premises.store.records.get(generation_id)
            if generation is None:
                return None
            dossier = await archive.opened(generation)
            handover = Handover(links=links, link_ttl=settings.link_ttl, forget=_nothing)
            return webhook_payload(dossier, handover.linker(dossier.result, generation.origin))

        return payload

    return of


async def _nothing(_: object) -> None:
    return None


def _door(premises: Premises, works: Works, handover: Handover) -> ImageDoor:
    settings = premises.settings
    return ImageDoor(
        rehearse=works.engine.rehearse,
        desk=works.desk,
        archive=works.archive,
        keys=premises.keys,
        origin=premises.origin,
        spool=premises.spool,
        handover=handover,
        hooks=Hooks(knows=works.postman.knows, check=works.transport.check_webhook),
        settings=DoorSettings(
            link_ttl=settings.link_ttl,
            default_model=settings.default_model,
            envelope=settings.envelope,
            limits=limits_of(settings),
        ),
    )


def _generations(premises: Premises, works: Works, handover: Handover) -> GenerationRoutes:
    return GenerationRoutes(
        desk=works.desk,
        archive=works.archive,
        keys=premises.keys,
        origin=premises.origin,
        spool=premises.spool,
        handover=handover,
        redeliver=works.postman.redeliver,
        clock=premises.clock,
        envelope=premises.settings.envelope,
    )


def _pictures(premises: Premises, works: Works) -> PictureRoutes:
    return PictureRoutes(
        rows=premises.store.artifacts,
        objects=premises.store.objects,
        keys=premises.keys,
        links=premises.links,
        origin=premises.origin,
        spool=premises.spool,
        link_ttl=premises.settings.link_ttl,
        forget=works.retention.forget,
    )


def _models(premises: Premises, catalogue: Catalogue) -> ModelRoutes:
    return ModelRoutes(
        catalogue=catalogue,
        keys=premises.keys,
        today=lambda: _today(premises.clock),
        plain=ListShape(list=openai_models.model_list, one=openai_models.model),
        shapes={"x-goog-api-key": ListShape(list=gemini_models.model_list, one=gemini_models.model)},
    )


def _not_ready(store: Store, sandbox: Sandbox, *, draining: bool) -> str | None:
    if draining:
        return "the gateway is being stopped"
    if not store.journal.healthy:
        return "the journal does not write"
    if not store.objects.has_room():
        return "less disk is free than the reserve"
    return None if sandbox.up else "the sandbox is starting"


def _today(clock: Clock) -> date:
    return datetime.fromtimestamp(clock.now(), UTC).date()
