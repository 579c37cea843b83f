"""Stand-ins for the engine's ports, and values to feed it: a scripted wire and transport, a clock that never waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, InvalidImage, InvalidRequest, ModelNotFound, NotFound
from onebrush.domain.event import Done, Event, Fault, Picture
from onebrush.domain.exchange import Call, JsonBody, ReplyHead
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.model import Capability, ModelCard, Status
from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.size import SizeRule
from onebrush.domain.turn import Image, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.engine.budget import RetryBudget
from onebrush.engine.fitting import Alternatives
from onebrush.engine.gates import Gates
from onebrush.engine.generate import Engine
from onebrush.engine.health import Health
from onebrush.engine.identity import Identity
from onebrush.engine.polling import Polling
from onebrush.engine.ports import Addressed, Reply, TransportFault
from onebrush.engine.pursuit import Pursuit
from onebrush.engine.routing import Router
from onebrush.engine.sending import Sending
from onebrush.engine.taking import Taking
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.clock import FixedClock
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Places
from onebrush.storage.memory import MemoryArtifactRows, MemoryJournal
from onebrush.storage.memory_objects import MemoryInputs, MemoryObjects
from onebrush.storage.memory_rows import MemoryRecords

SPOOL = Spool(None)
TODAY = date(2026, 11, 20)
# 2026-11-20 12:00 UTC
NOON = 1_795_176_000.0

LIVE_KEY = ApiKey(id="key_live", mode=Mode.LIVE)
TEST_KEY = ApiKey(id="key_test", mode=Mode.TEST)


def a_card(card_id: str = "painter", *, provider: str = "acme", **changes: Any) -> ModelCard:
    """A model of one picture a call, sizes left to the vendor, unless said otherwise."""
    capability = changes.pop("capability", Capability(max_references=4))
    size = changes.pop("size", SizeRule(kind="none"))
    return ModelCard(id=card_id, provider=provider, title=card_id, capability=capability, size=size, **changes)


def a_deployment(provider: str = "acme", **changes: Any) -> Deployment:
    settings: dict[str, Any] = {"id": provider, "wire": "script", "base_url": "http://acme", "credential": "sk-secret"}
    return Deployment(provider=provider, **{**settings, **changes})


def picture(param: str = "image", source: Blob | str | None = None) -> Image:
    """A caller's picture, already measured."""
    blob = SPOOL.from_bytes(b"picture") if source is None else source
    return Image(source=blob, param=param, media_type="image/png", width=8, height=8)


def user(*parts: Image | str) -> Turn:
    return Turn(role="user", parts=tuple(Text(text=part) if isinstance(part, str) else part for part in parts))


def model(*parts: Image | str) -> Turn:
    return Turn(role="model", parts=user(*parts).parts)


def a_request(*turns: Turn, **changes: Any) -> GenerationRequest:
    return GenerationRequest(model=changes.pop("model", "painter"), turns=turns or (user("a cat"),), **changes)


def by_code(warnings: Sequence[RequestWarning]) -> dict[str, RequestWarning]:
    return {warning.code: warning for warning in warnings}


def fault(kind: FaultKind, message: str = "it failed", **changes: Any) -> Fault:
    return Fault(kind=kind, message=message, **changes)


# A call's fate: events of the reply, or what is raised before, between or instead of them.
Fate = Sequence[Event | Exception] | Callable[[FittedRequest], Sequence[Event | Exception]]


@dataclass(slots=True, kw_only=True)
class ScriptedVendor:
    """Wire and transport in one: each call meets the next fate, the last one again and again."""

    fates: list[Fate]
    asked: list[FittedRequest] = field(default_factory=list)
    sent: list[tuple[Call, Deployment]] = field(default_factory=list)
    links: Mapping[str, bytes | Sequence[bytes | Fault]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    before: Callable[[], None] = field(default=lambda: None)
    meanwhile: Callable[[int], Awaitable[None]] | None = None

    def submit(self, request: FittedRequest) -> Call:
        self.asked.append(request)
        return Call(path="/draw", body=JsonBody(value={"call": len(self.asked) - 1}), places=Places("image"))

    async def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call) -> AsyncIterator[Event]:
        async for frame in frames:
            assert isinstance(frame.data, int)
            for event in self._fate(frame.data):
                if isinstance(event, Exception):
                    raise event
                yield event

    def _fate(self, number: int) -> Sequence[Event | Exception]:
        fate = self.fates[min(number, len(self.fates) - 1)]
        return fate(self.asked[number]) if callable(fate) else fate

    @asynccontextmanager
    async def send(self, call: Call, deployment: Deployment, scope: Scope) -> AsyncIterator[Reply]:
        self.before()
        self.sent.append((call, deployment))
        assert isinstance(call.body, JsonBody)
        number = call.body.value["call"]
        assert isinstance(number, int)
        if self.meanwhile is not None:
            await self.meanwhile(number)
        yield Reply(head=ReplyHead(status=200), frames=_one(Frame(number)))

    def submit_task(self, request: FittedRequest) -> Call:
        return self.submit(request)

    def poll(self, task: str) -> Call:
        """A poll meets the next fate too."""
        self.asked.append(self.asked[0])
        return Call(path=f"/tasks/{task}", body=JsonBody(value={"call": len(self.asked) - 1}), places=Places("image"))

    def cancel(self, task: str) -> Call | None:
        return None

    async def post_webhook(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        raise AssertionError("nobody tells anybody here")

    async def check_webhook(self, url: str) -> None:
        raise AssertionError("nobody tells anybody here")

    def refuse_options(self, options: Mapping[str, object], provider: str) -> None:
        if "model" in options:
            raise InvalidRequest("The model is said in `model`.", param=f"provider_options.{provider}.model")

    def addressed(self, call: Call, deployment: Deployment) -> Addressed:
        return Addressed(
            method=call.method, url=deployment.base_url + call.path, headers={"authorization": "[redacted]"}
        )

    async def fetch_result(self, url: str, deployment: Deployment, scope: Scope) -> Blob:
        found = self.links[url]
        tries = self.fetched.count(url)
        self.fetched.append(url)
        answer = found if isinstance(found, bytes) else found[min(tries, len(found) - 1)]
        if isinstance(answer, Fault):
            raise TransportFault(answer)
        return scope.from_bytes(answer)

    async def fetch_input(self, url: str, scope: Scope) -> Blob:
        found = self.links.get(url)
        if not isinstance(found, bytes):
            raise InvalidImage("the link could not be fetched: it answered with status 404.")
        return scope.from_bytes(found)


async def _one(frame: Frame) -> AsyncIterator[Frame]:
    yield frame


def painted(data: bytes, count: int = 1, **changes: Any) -> list[Event]:
    """A reply of `count` pictures."""
    return [*(Picture(source=SPOOL.from_bytes(data), index=place, **changes) for place in range(count)), Done()]


class NoWait(FixedClock):
    """Sleeping takes no time and is written down."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A small catalogue."""

    cards: Mapping[str, ModelCard]

    def find(self, name: str) -> ModelCard:
        if name not in self.cards:
            raise ModelNotFound(f"No model '{name}'.", param="model")
        return self.cards[name]

    def status_on(self, card: ModelCard, today: date) -> Status:
        return Status.RETIRED if card.shutdown_date and today >= card.shutdown_date else card.status

    def successor(self, card: ModelCard, today: date | None = None) -> ModelCard | None:
        return self.cards[card.successor] if card.successor else None


def shelf(*cards: ModelCard) -> Shelf:
    return Shelf({card.id: card for card in cards})


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Kept pictures by id; a link of ours ends in one."""

    kept: Mapping[str, bytes] = field(default_factory=dict)

    async def take(self, source: str, key: str, scope: Scope, *, test: bool) -> Blob | None:
        name = source.rpartition("/")[2]
        if not name.startswith("img_"):
            return None
        if name not in self.kept:
            raise NotFound(f"There is no picture '{name}' of this key.")
        return scope.from_bytes(self.kept[name])


@dataclass(slots=True, kw_only=True)
class Bench:
    """An engine on stand-ins, and the stand-ins."""

    vendor: ScriptedVendor
    clock: NoWait
    journal: MemoryJournal
    objects: MemoryObjects
    engine: Engine
    scope: Scope

    async def generate(self, request: GenerationRequest, key: ApiKey = LIVE_KEY) -> Any:
        prepared = await self.engine.prepare(request, key, "gen_1", self.scope)
        job = await self.engine.begin(prepared, Identity(digest="body"), "http://gateway")
        return await self.engine.run(job, prepared)


def a_bench(
    *fates: Fate,
    cards: Sequence[ModelCard] = (),
    retention: int = 0,
    kept: Mapping[str, bytes] | None = None,
    **router: Any,
) -> Bench:
    """An engine whose vendor meets `fates`, one a call."""
    cards = cards or (a_card(),)
    vendor = ScriptedVendor(fates=list(fates))
    clock = NoWait()
    records = MemoryRecords()
    journal, objects = MemoryJournal(records), MemoryObjects(clock)
    providers = {card.provider for card in cards}
    settings: dict[str, Any] = {
        "live": {provider: (a_deployment(provider),) for provider in providers},
        "test": {provider: a_sandbox(provider) for provider in providers},
        "setting_for": dict.fromkeys(providers, "ACME_API_KEY"),
    }
    engine = Engine(
        router=Router(cards=shelf(*cards), **{**settings, **router}),
        pursuit=Pursuit(
            sending=Sending(
                wires={"script": vendor},
                transport=vendor,
                journal=journal,
                clock=clock,
                polling=Polling(transport=vendor, task_seconds=lambda: 3600.0),
                health=Health(clock),
            ),
            taking=Taking(
                transport=vendor, journal=journal, artifacts=objects, clock=clock, retention=retention
            ),
            gates=Gates(clock),
            budget=RetryBudget(clock),
        ),
        others=dict.fromkeys(providers, Alternatives(editing="retoucher", drawing="painter")),
        marks=MemoryArtifactRows(records),
        library=Album(kept=kept or {}),
        given=MemoryInputs(),
        process="proc_1",
    )
    return Bench(vendor=vendor, clock=clock, journal=journal, objects=objects, engine=engine, scope=Scope(SPOOL))


def a_sandbox(provider: str = "acme", **changes: Any) -> Deployment:
    return a_deployment(provider, id=f"sandbox-{provider}", test=True, **{"serves_retired": True, **changes})
