"""Stand-ins for the engine's ports, and values to feed it: a scripted wire and transport, a clock that hurries."""

from __future__ import annotations

import asyncio
import math
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
from onebrush.engine.ports import Addressed, Reply, TransportFault
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.clock import FixedClock
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Places

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
Fate = Sequence[Event | BaseException] | Callable[[FittedRequest], Sequence[Event | BaseException]]

TAKE_BACK = -1


@dataclass(slots=True, kw_only=True)
class ScriptedVendor:
    """Wire and transport in one: each call meets the next fate, the last one again and again; so does each poll.

    `sent` are calls and polls alike, `polled` and `canceled` the tasks that were asked about and taken back.
    `takes_back` is whether it confirms that (None: it has no call for it).
    """

    fates: list[Fate]
    takes_back: bool | None = None
    asked: list[FittedRequest] = field(default_factory=list)
    sent: list[tuple[Call, Deployment]] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    links: Mapping[str, bytes | Sequence[bytes | Fault]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    before: Callable[[], None] = field(default=lambda: None)
    meanwhile: Callable[[int], Awaitable[None]] | None = None

    def submit(self, request: FittedRequest) -> Call:
        self.asked.append(request)
        number = len(self.asked) + len(self.polled) - 1
        body = JsonBody(value={"call": number, "place": len(self.asked) - 1})
        return Call(path="/draw", body=body, places=Places("image"))

    async def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call) -> AsyncIterator[Event]:
        async for frame in frames:
            assert isinstance(frame.data, int)
            for event in self._fate(frame.data):
                if isinstance(event, BaseException):
                    raise event
                yield event

    def _fate(self, number: int) -> Sequence[Event | BaseException]:
        if number == TAKE_BACK:
            return [Done()] if self.takes_back else [fault(FaultKind.BAD_REQUEST, "it runs already", status=400)]
        fate = self.fates[min(number, len(self.fates) - 1)]
        return fate(self.asked[min(number, len(self.asked) - 1)]) if callable(fate) else fate

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
        self.polled.append(task)
        number = len(self.asked) + len(self.polled) - 1
        return Call(path=f"/tasks/{task}", body=JsonBody(value={"call": number}), places=Places("image"))

    def cancel(self, task: str) -> Call | None:
        if self.takes_back is None:
            return None
        self.canceled.append(task)
        return Call(path=f"/tasks/{task}", body=JsonBody(value={"call": TAKE_BACK}), places=Places("image"))

    @property
    def bought(self) -> list[FittedRequest]:
        """What left and may be paid: calls, not polls."""
        return [self._request(call) for call, _ in self.sent if call.path == "/draw"]

    def _request(self, call: Call) -> FittedRequest:
        assert isinstance(call.body, JsonBody)
        place = call.body.value["place"]
        assert isinstance(place, int)
        return self.asked[place]

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
    """Time passes when everybody waits for it: then the next sleeper wakes. What was slept is written down.

    A clock that let sleepers go on without time passing would have whoever waits for a deadline wait for ever.
    """

    IDLE = 50  # turns of the loop after which nobody has anything to do but wait

    def __init__(self) -> None:
        super().__init__(NOON)
        self.slept: list[float] = []
        self._turning: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._turning is None or self._turning.done():
            self._turning = asyncio.create_task(self._turn())
        await super().sleep(seconds)

    async def _turn(self) -> None:
        while True:
            for _ in range(self.IDLE):
                await asyncio.sleep(0)
            due = min((when for when, _ in self._sleepers), default=math.inf)
            if due == math.inf:
                return
            self.advance(max(0.0, due - self.monotonic()))


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


def a_sandbox(provider: str = "acme", **changes: Any) -> Deployment:
    return a_deployment(provider, id=f"sandbox-{provider}", test=True, **{"serves_retired": True, **changes})
