"""Slots -> pictures: every slot is attempted, its pictures collected, checked and stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, OneBrushError
from onebrush.domain.event import Fault, Picture
from onebrush.domain.generation import Attempt
from onebrush.domain.model import ModelCard, Treatment
from onebrush.domain.money import Cost
from onebrush.domain.result import Failure, ResultImage
from onebrush.domain.size import Pixels
from onebrush.domain.warning import RequestWarning
from onebrush.engine import metering, resilience
from onebrush.engine.artifacts import Owner, store
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.attempt import Outcome, attempt
from onebrush.engine.collect import collect
from onebrush.engine.ports import Artifacts, Journal, MarkSent, Transport, Wire
from onebrush.engine.routing import Choice
from onebrush.engine.slots import Slot
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """The ports that buying needs. `retention` is in seconds, 0 is for ever."""

    wires: Mapping[str, Wire]
    transport: Transport
    journal: Journal
    artifacts: Artifacts
    clock: Clock
    retention: int
    limits: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    async def all(self, ask: Ask, choice: Choice, slots: Sequence[Slot]) -> list[Taken]:
        """Every slot at once, as far as the deployment's concurrency allows; in the slots' order.

        A slot that breaks never takes the others along: their calls may be paid already.
        """
        taken = await asyncio.gather(*(self._guarded(ask, choice, slot) for slot in slots), return_exceptions=True)
        broken = [part for part in taken if isinstance(part, BaseException)]
        if broken:
            raise broken[0]
        return [part for part in taken if isinstance(part, Taken)]

    async def _guarded(self, ask: Ask, choice: Choice, slot: Slot) -> Taken:
        try:
            return await self._one(ask, choice, slot)
        except OneBrushError as error:
            places = range(slot.first, slot.first + slot.request.n)
            failures = tuple(Failure(index=place, error=error) for place in places)
            return Taken(slot=slot, outcome=Outcome(), failures=failures)

    async def _one(self, ask: Ask, choice: Choice, slot: Slot) -> Taken:
        deployment = choice.deployment
        limit = self.limits.setdefault(deployment.id, asyncio.Semaphore(deployment.concurrency))
        async with limit:
            with ask.watch.of("provider"):
                outcome = await resilience.persist(lambda: self._send(ask, slot, deployment), self.clock.sleep)
        with ask.watch.of("store"):
            return await self._taken(ask, choice, slot, outcome)

    async def _send(self, ask: Ask, slot: Slot, deployment: Deployment) -> Outcome:
        """One call that may be paid: marked as sent, durably, before its first byte leaves."""
        sent = Attempt(
            id=new_id("att"),
            generation=ask.id,
            slot=slot.first,
            deployment=deployment.id,
            model=slot.request.model,
            created=int(self.clock.now()),
        )
        await self.journal.commit(MarkSent(attempt=sent))
        wire = self.wires[deployment.wire]
        outcome = await attempt(slot.request, deployment, wire, self.transport, ask.scope)
        outcome.attempts[sent.id] = outcome.ended
        return outcome

    async def _taken(self, ask: Ask, choice: Choice, slot: Slot, outcome: Outcome) -> Taken:
        images: list[ResultImage] = []
        failures = _faults(outcome, slot, choice.deployment)
        warnings: list[RequestWarning] = []
        # Never more pictures than asked, whatever a vendor sends.
        for picture in outcome.pictures[: _most(slot)]:
            kept, said = await self._keep(ask, choice, slot, picture)
            if isinstance(kept, ResultImage):
                images.append(kept)
            else:
                failures.append(kept)
            warnings.extend(said)
        failures.extend(_missing(slot, len(images) + len(failures), choice.deployment))
        return Taken(
            slot=slot,
            outcome=outcome,
            images=tuple(images),
            failures=tuple(failures),
            warnings=tuple(warnings),
            cost=_cost(choice, slot, outcome, images),
        )

    async def _keep(
        self, ask: Ask, choice: Choice, slot: Slot, picture: Picture
    ) -> tuple[ResultImage | Failure, tuple[RequestWarning, ...]]:
        wanted = _wanted(ask, choice.card)
        collected = await collect(picture, wanted, choice.deployment, self.transport, ask.scope)
        index = slot.first + picture.index
        if isinstance(collected, Fault):
            return Failure(index=index, error=resilience.error_for(collected, choice.deployment)), ()
        image = await store(collected, index, picture.revised_prompt, self._owner(ask, choice), self.artifacts)
        return image, collected.warnings

    def _owner(self, ask: Ask, choice: Choice) -> Owner:
        return Owner(
            generation=ask.id,
            key=ask.key.id,
            test=choice.deployment.test,
            now=int(self.clock.now()),
            retention=self.retention,
        )


def _wanted(ask: Ask, card: ModelCard) -> str | None:
    """The media type to convert to, where the caller named one and the vendor has no field for it."""
    rule = card.fields.get("mime_type")
    asked = ask.request.fields.get("mime_type")
    emulated = rule is not None and rule.treatment is Treatment.EMULATED
    return asked if emulated and isinstance(asked, str) else None


def _most(slot: Slot) -> int:
    bound = slot.request.fields.get("max_images")
    return bound if isinstance(bound, int) else 15 if _is_series(slot) else slot.request.n


def _is_series(slot: Slot) -> bool:
    return slot.request.fields.get("sequential_image_generation") == "auto"


def _faults(outcome: Outcome, slot: Slot, deployment: Deployment) -> list[Failure]:
    """Faults of single pictures beside pictures that came; a fault of the whole call once for each of its places."""
    failure = outcome.failure
    if failure is None or failure.index is not None:
        return [_failure(fault, slot, deployment) for fault in outcome.faults]
    error = resilience.error_for(failure, deployment)
    return [Failure(index=slot.first + place, error=error) for place in range(slot.request.n)]


def _failure(fault: Fault, slot: Slot, deployment: Deployment) -> Failure:
    return Failure(index=slot.first + (fault.index or 0), error=resilience.error_for(fault, deployment))


def _missing(slot: Slot, accounted: int, deployment: Deployment) -> Iterable[Failure]:
    """Places the vendor said nothing of; a series may rightly be shorter than its bound."""
    if _is_series(slot):
        return
    for place in range(accounted, slot.request.n):
        message = f"The vendor gave {accounted} of the {slot.request.n} pictures asked of it."
        fault = Fault(kind=FaultKind.NO_IMAGE, message=message, index=place)
        yield _failure(fault, slot, deployment)


def _cost(choice: Choice, slot: Slot, outcome: Outcome, images: list[ResultImage]) -> Cost:
    delivered = [Pixels(width=image.artifact.width, height=image.artifact.height) for image in images]
    references = len(slot.request.references)
    return metering.price(choice.card, choice.deployment, outcome.usage, delivered, references)
