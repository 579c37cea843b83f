"""An outbox in memory, and a receiver that answers as a test says: the postman's world."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.webhook import Delivery, DeliveryStatus
from onebrush.engine.fairness import endpoint_of
from onebrush.engine.ports import KeepDelivery
from onebrush.engine.postman import Postman
from onebrush.kit.clock import Clock, FixedClock

SECRET = "whsec_bm90LWEtc2VjcmV0LW5vdC1hLXNlY3JldC1ub3Q="
NEW_SECRET = "whsec_dGhlLW5ldy1vbmUtdGhlLW5ldy1vbmUtdGhlLW5ldw=="
NOW = 1_800_000_000


def a_delivery(number: int = 1, url: str = "https://hooks.example/", **changes: Any) -> Delivery:
    """A delivery that is due."""
    told: dict[str, Any] = {"secret": "main", "created": NOW, "due": NOW, **changes}
    return Delivery(id=f"msg_{number}", generation=f"gen_{number}", url=url, **told)


class Outbox:
    """Rows of deliveries: what the postman needs of Records and Journal. `locked` refuses all."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.rows = {delivery.id: delivery for delivery in deliveries}
        self.written: list[Delivery] = []
        self.locked = False

    async def due(self, now: int, limit: int) -> list[Delivery]:
        self._check()
        due = [row for row in self.rows.values() if row.status is DeliveryStatus.PENDING and row.due <= now]
        return sorted(due, key=lambda row: row.due)[:limit]

    async def delivery_of(self, generation_id: str) -> Delivery | None:
        self._check()
        return next((row for row in self.rows.values() if row.generation == generation_id), None)

    async def commit(self, *changes: KeepDelivery, patient: bool = False) -> None:
        self._check()
        for change in changes:
            self.rows[change.delivery.id] = change.delivery
            self.written.append(change.delivery)

    def _check(self) -> None:
        if self.locked:
            raise StorageUnavailable("The database is locked.")

    @property
    def standing(self) -> Counter[str]:
        """How many stand where."""
        return Counter(row.status.value for row in self.rows.values())


Answer = Callable[[str], Awaitable[int]]


@dataclass(slots=True)
class Street:
    """The way out: every try with its body and headers; `answer` says what an address answers, or raises."""

    answer: Answer
    tries: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    at_once: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)

    async def post_webhook(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.tries.append((url, body, headers))
        endpoint = endpoint_of(url)
        self.at_once.update([endpoint, "all"])
        self.most |= self.at_once
        try:
            return await self.answer(url)
        finally:
            self.at_once.subtract([endpoint, "all"])

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each try."""
        return [headers["webhook-id"] for _, _, headers in self.tries]


def always(status: int) -> Answer:
    """The same answer for everybody."""

    async def answer(_url: str) -> int:
        return status

    return answer


async def settle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(100):
        await asyncio.sleep(0)


BODY = '{"type":"image.generation.succeeded","data":{"id":"gen_1","prompt":"Ein Löwe 🦁"}}'.encode()


async def body_of(generation_id: str) -> bytes:
    return BODY.replace(b"gen_1", generation_id.encode())


def a_postman(outbox: Outbox, transport: Any, clock: Clock, **changes: Any) -> Postman:
    secrets = {"main": [SECRET]}
    parts: dict[str, Any] = {"secrets": secrets.get, "payload": body_of, **changes}
    store = cast(Any, outbox)
    return Postman(records=store, journal=store, transport=transport, clock=clock, **parts)


@asynccontextmanager
async def at_work(*postmen: Postman) -> AsyncIterator[None]:
    """The postmen run, and have done what there is to do now."""
    tasks = [asyncio.create_task(postman.run()) for postman in postmen]
    await settle()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def pass_time(clock: FixedClock, seconds: float) -> None:
    clock.advance(seconds)
    await settle()


def a_clock() -> FixedClock:
    """Past the second that is left to the process which wrote the row."""
    return FixedClock(NOW + 1)
