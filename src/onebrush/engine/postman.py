"""The postman: takes the deliveries that are due out of the outbox, tries them, and writes down how each try went."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from onebrush.domain.errors import NotFound, StorageUnavailable
from onebrush.domain.webhook import Delivery, DeliveryStatus
from onebrush.engine.fairness import FairQueue
from onebrush.engine.ports import Journal, KeepDelivery, Records, Transport, TransportFault
from onebrush.engine.webhooks import answered, hopeless, missed, signed
from onebrush.kit.clock import Clock
from onebrush.kit.logs import get_logger

LOOK_EVERY = 2.0
HEAD_START = 1  # second: what is new is its own process's, which was nudged
LEASE = 40  # seconds that a taken delivery is nobody else's
SPARE = 20  # of these, kept for the try itself
PAGE = 500


class Postman:
    """Delivers webhooks at least once. Each process runs one; what one takes it first pushes ahead for the others."""

    def __init__(
        self,
        *,
        records: Records,
        journal: Journal,
        transport: Transport,
        clock: Clock,
        secrets: Callable[[str], Sequence[str] | None],
        payload: Callable[[str], Awaitable[bytes | None]],
    ) -> None:
        """`secrets` gives the whsec_ secrets of a name, the first being the current one; all of them sign.

        `payload` gives the body that tells of a generation; None where its record is gone.
        """
        self._records = records
        self._journal = journal
        self._transport = transport
        self._clock = clock
        self._secrets = secrets
        self._payload = payload
        self._queue = FairQueue()
        self._woken = asyncio.Event()

    def knows(self, secret: str) -> bool:
        """Whether there is a secret of that name to sign with."""
        return bool(self._secrets(secret))

    def nudge(self) -> None:
        """A delivery has just been written: look now."""
        self._woken.set()

    async def redeliver(self, generation_id: str) -> Delivery:
        """Try the newest delivery of a generation now, whatever became of it, and by the whole schedule if need be.

        Its webhook-id stays. One that is being tried at this moment is left to it. Raises NotFound where there is
        none, and StorageUnavailable.
        """
        delivery = await self._records.delivery_of(generation_id)
        if delivery is None:
            raise NotFound(f"Generation '{generation_id}' has no webhook.")
        if self._queue.trying(delivery.id):
            return delivery
        again = replace(delivery, status=DeliveryStatus.PENDING, due=int(self._clock.now()), tries=0)
        await self._journal.commit(KeepDelivery(delivery=again))
        self.nudge()
        return again

    async def run(self) -> None:
        """Deliver what is due until cancelled; what still waits is then handed back to whoever comes next."""
        try:
            async with asyncio.TaskGroup() as workers:
                while True:
                    await self._look()
                    while (delivery := self._queue.next()) is not None:
                        workers.create_task(self._work(delivery))
                    await self._pause()
        finally:
            await self._hand_back()

    async def _look(self) -> None:
        due_by = int(self._clock.now()) - (0 if self._woken.is_set() else HEAD_START)
        self._woken.clear()
        try:
            while await self._take(due_by):
                pass
        except StorageUnavailable as error:
            get_logger().warning("webhooks_wait", why=error.message)

    async def _take(self, due_by: int) -> bool:
        """Take a page of what is due; whether there may be more."""
        page = await self._records.due(due_by, PAGE)
        until = int(self._clock.now()) + LEASE
        taken = [replace(delivery, due=until) for delivery in page if not self._queue.trying(delivery.id)]
        if taken:
            await self._journal.commit(*(KeepDelivery(delivery=delivery) for delivery in taken))
        self._queue.admit(taken)
        return bool(taken) and len(page) == PAGE

    async def _pause(self) -> None:
        waits = [asyncio.ensure_future(wait) for wait in (self._clock.sleep(LOOK_EVERY), self._woken.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _work(self, first: Delivery) -> None:
        delivery: Delivery | None = first
        while delivery is not None:
            try:
                await self._try(delivery)
            except Exception as error:  # a worker that dies takes all of them with it; the delivery is due again
                get_logger().warning("webhook_left", delivery=delivery.id, error=repr(error))
            finally:
                self._queue.done(delivery)
            delivery = self._queue.next()

    async def _try(self, delivery: Delivery) -> None:
        if not self._lapsed(delivery):
            await self._journal.commit(KeepDelivery(delivery=await self._tried(delivery)), patient=True)

    async def _tried(self, delivery: Delivery) -> Delivery:
        """The delivery as it stands after one try."""
        secrets = self._secrets(delivery.secret)
        if not secrets:
            return hopeless(delivery, f"The secret '{delivery.secret}' that signs it is not in the settings any more.")
        try:
            body = await self._payload(delivery.generation)
            if body is None:
                return hopeless(delivery, "The record it tells of is gone.")
            headers = signed(delivery, body, secrets, self._clock.now())
            status = await self._transport.post_webhook(delivery.url, body, headers)
        except TransportFault as error:
            return missed(delivery, error.fault.message, self._clock.now())
        except Exception as error:  # counted as a try, so that what never works ends by the schedule
            get_logger().warning("webhook_not_made", delivery=delivery.id, error=repr(error))
            return missed(delivery, "The gateway could not make it ready.", self._clock.now())
        return answered(delivery, status, self._clock.now())

    def _lapsed(self, delivery: Delivery) -> bool:
        """Whether the time that it is ours is running out: it is due again, for whoever looks then."""
        return self._clock.now() > delivery.due - SPARE

    async def _hand_back(self) -> None:
        now = int(self._clock.now())
        waiting = [KeepDelivery(delivery=replace(delivery, due=now)) for delivery in self._queue.waiting]
        self._queue.drop(lambda _: True)
        if waiting:
            with suppress(StorageUnavailable):
                await self._journal.commit(*waiting)
