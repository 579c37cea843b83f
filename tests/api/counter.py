"""A desk and an archive to put behind the routes: what a test lays down comes of every generation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from onebrush.domain.errors import OneBrushError
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult, ResultImage
from onebrush.engine.archive import Dossier
from onebrush.engine.desk import Ticket
from onebrush.engine.identity import Identity
from onebrush.engine.job import Step
from onebrush.engine.ports import Wanted
from onebrush.kit.blobs import Scope, Spool

PICTURE = b"\x89PNG a picture that is none " * 20
BLOB = Spool(None).from_bytes(PICTURE)
NOW = 1_800_000_000


def a_generation(name: str = "gen_1", **changes: Any) -> Generation:
    settings: dict[str, Any] = {
        "id": name, "key": "key_1", "test": True, "model": "painter-1", "provider": "acme", "request": "painter",
        "status": GenerationStatus.RUNNING, "created": NOW, "origin": "https://asked.example",
    }  # fmt: skip
    return Generation(**{**settings, **changes})


def an_image(index: int = 0, **changes: Any) -> ResultImage:
    artifact = Artifact(
        id=f"img_{index}", generation="gen_1", key="key_1", index=index, media_type="image/png", width=64, height=48,
        size=len(PICTURE), created=NOW + 5, location="where", test=True,
    )  # fmt: skip
    return ResultImage(artifact=artifact, blob=BLOB, **changes)


def a_result(name: str = "gen_1", **changes: Any) -> GenerationResult:
    settings: dict[str, Any] = {
        "id": name, "created": NOW, "model": "painter-1", "provider": "acme", "test": True,
        "answer_form": "b64_json", "images": (an_image(),),
    }  # fmt: skip
    return GenerationResult(**{**settings, **changes})


@dataclass
class Counter:
    """A desk. `outcome` is what comes of a generation: a result or an error; it comes when `ready` is set."""

    outcome: GenerationResult | Exception = field(default_factory=a_result)
    refuses: OneBrushError | None = None
    joins: str | None = None
    draining: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    entered: list[tuple[GenerationRequest, Identity, str]] = field(default_factory=list)
    left: list[tuple[str, bool]] = field(default_factory=list)
    waited: list[float | None] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    told: asyncio.Queue[Step | None] = field(default_factory=asyncio.Queue)
    waiting: int = 0
    scopes: list[Scope] = field(default_factory=list)

    async def enter(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope, identity: Identity, origin: str
    ) -> Ticket:
        self.entered.append((request, identity, origin))
        self.scopes.append(scope)
        if self.refuses is not None:
            raise self.refuses
        return Ticket(generation=self.joins or generation, joined=self.joins is not None, scope=scope)

    async def result(self, ticket: Ticket, seconds: float | None = None) -> GenerationResult | None:
        self.waited.append(seconds)
        if seconds is not None and not self.ready.is_set():
            return None
        self.waiting += 1
        try:
            await self.ready.wait()
        finally:
            self.waiting -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return replace(self.outcome, id=ticket.generation)

    def leave(self, ticket: Ticket, *, served: bool) -> None:
        self.left.append((ticket.generation, served))
        ticket.scope.close()

    async def cancel(self, generation: Generation) -> None:
        self.stopped.append(generation.id)

    async def steps(self, generation_id: str) -> AsyncIterator[Step]:
        while (step := await self.told.get()) is not None:
            yield step


@dataclass
class Drawer:
    """An archive of what a test lays in; any unknown id is a generation at work, if it is `open`."""

    dossiers: dict[str, Dossier] = field(default_factory=dict)
    open: bool = False
    asked: list[Wanted] = field(default_factory=list)
    read: list[tuple[str, bool]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def lay(self, dossier: Dossier) -> None:
        self.dossiers[dossier.generation.id] = dossier

    async def dossier(self, generation_id: str, key: str, scope: Scope | None) -> Dossier | None:
        self.read.append((generation_id, scope is not None))
        found = self.dossiers.get(generation_id)
        if found is None and self.open:
            found = Dossier(generation=a_generation(generation_id))
        return found if found is not None and found.generation.key == key else None

    async def opened(self, generation: Generation, scope: Scope | None = None) -> Dossier:
        self.read.append((generation.id, scope is not None))
        return self.dossiers[generation.id]

    async def page(self, wanted: Wanted) -> list[Generation]:
        self.asked.append(wanted)
        return [dossier.generation for dossier in self.dossiers.values()][: wanted.limit + 1]

    async def forget(self, generation_id: str) -> None:
        self.forgotten.append(generation_id)
        del self.dossiers[generation_id]
