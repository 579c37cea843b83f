"""Slots -> pictures: every slot is attempted, its pictures collected, checked and stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, OneBrushError
from onebrush.domain.event import Fault, Picture
from onebrush.domain.generation import Attempt
from onebrush.domain.money import Cost
from onebrush.domain.request import GenerationRequest
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
from onebrush.engine.signatures import place_of
from onebrush.engine.slots import Slot
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger

log = get_logger()

UNFETCHED = 86_400  # seconds after which a picture nobody wanted stored goes, where nothing said of its link


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
        """Every slot at once, as far as the deployment's concurrency allows; in the slots' order."""
        return await asyncio.gather(*(self._guarded(ask, choice, slot) for slot in slots))

    async def _guarded(self, ask: Ask, choice: Choice, slot: Slot) -> Taken:
        """A slot that breaks never takes the others along: their calls may be paid already."""
        try:
            return await self._one(ask, choice, slot)
        except OneBrushError as error:
            return _broken(slot, error)
        except Exception as error:
            log.error("slot broke", generation=ask.id, slot=slot.first, exc_info=error)
            return _broken(slot, OneBrushError(_OURS, retry=False))

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
        if outcome.failure is not None:
            log.warning(
                "attempt failed",
                generation=ask.id,
                deployment=deployment.id,
                model=slot.request.model,
                fault=outcome.failure.kind.value,
                status=outcome.failure.status,
                code=outcome.failure.code,
            )
        return outcome

    async def _taken(self, ask: Ask, choice: Choice, slot: Slot, outcome: Outcome) -> Taken:
        images: list[ResultImage] = []
        failures: list[Failure] = []
        warnings: list[RequestWarning] = []
        # Never more pictures than asked, whatever a vendor sends.
        wanted = outcome.pictures[: slot.most]
        for kept, said in await asyncio.gather(*(self._kept(ask, choice, slot, picture) for picture in wanted)):
            if isinstance(kept, ResultImage):
                images.append(kept)
            else:
                failures.append(kept)
            warnings.extend(said)
        failures.extend(_faults(outcome, slot, choice.deployment))
        warnings.extend(_surplus(len(outcome.pictures) - len(wanted)))
        return Taken(
            slot=slot,
            outcome=outcome,
            images=tuple(images),
            failures=tuple(failures),
            warnings=tuple(warnings),
            cost=_cost(choice, slot, outcome, images),
        )

    async def _kept(
        self, ask: Ask, choice: Choice, slot: Slot, picture: Picture
    ) -> tuple[ResultImage | Failure, tuple[RequestWarning, ...]]:
        """A picture that breaks never takes its neighbours along: they are paid as well."""
        try:
            return await self._keep(ask, choice, slot, picture)
        except Exception as error:
            log.error("picture broke", generation=ask.id, index=slot.first + picture.index, exc_info=error)
            return Failure(index=slot.first + picture.index, error=OneBrushError(_OURS, retry=False)), ()

    async def _keep(
        self, ask: Ask, choice: Choice, slot: Slot, picture: Picture
    ) -> tuple[ResultImage | Failure, tuple[RequestWarning, ...]]:
        collected = await collect(picture, slot.request.finish, choice.deployment, self.transport, ask.scope)
        index = slot.first + picture.index
        if isinstance(collected, Fault):
            return Failure(index=index, error=resilience.error_for(collected, choice.deployment)), ()
        image = await store(collected, picture, self._owner(ask, choice, slot), self.artifacts)
        return image, collected.warnings

    def _owner(self, ask: Ask, choice: Choice, slot: Slot) -> Owner:
        return Owner(
            first=slot.first,
            place=place_of(choice.deployment, slot.request.model),
            generation=ask.id,
            key=ask.key.id,
            test=choice.deployment.test,
            now=int(self.clock.now()),
            retention=_kept_for(ask.request, self.retention),
            once=not ask.request.store,
        )


def _kept_for(request: GenerationRequest, retention: int) -> int:
    """Seconds; a picture that is not to be stored outlives its link in no case, fetched or not."""
    return retention if request.store else request.link_ttl or UNFETCHED


_OURS = "The gateway failed on its own side; what this picture's call brought is not known. Tell its operator."


def _broken(slot: Slot, error: OneBrushError) -> Taken:
    places = range(slot.first, slot.first + slot.request.n)
    failures = tuple(Failure(index=place, error=error) for place in places)
    return Taken(slot=slot, outcome=Outcome(), failures=failures)


def _surplus(count: int) -> Iterable[RequestWarning]:
    if count > 0:
        message = (
            f"The vendor sent {count} more pictures than were asked; they were dropped, and may have been charged."
        )
        yield RequestWarning(code="pictures_dropped", message=message, param="n", stage="result")


def _faults(outcome: Outcome, slot: Slot, deployment: Deployment) -> Iterable[Failure]:
    """Every place without a picture: by its own fault, else by that of the whole call, else as not given."""
    named = {fault.index: fault for fault in outcome.faults if fault.index is not None}
    whole = next((fault for fault in outcome.faults if fault.index is None), None)
    came = {picture.index for picture in outcome.pictures}
    for place in _places(slot, {*named, *came}, sorted(named), whole is not None):
        if place not in came:
            fault = named.get(place) or whole or _not_given(slot, outcome)
            yield Failure(index=slot.first + place, error=resilience.error_for(fault, deployment))


def _places(slot: Slot, spoken: set[int], failed: list[int], cut: bool) -> Iterable[int]:
    """A series may rightly be shorter than its bound: only what went wrong in it is told."""
    if not slot.varies:
        return range(slot.request.n)
    return [*failed, max(spoken, default=-1) + 1] if cut or not spoken else failed


def _not_given(slot: Slot, outcome: Outcome) -> Fault:
    message = f"The vendor gave {len(outcome.pictures)} of the {slot.request.n} pictures asked of it."
    return Fault(kind=FaultKind.NO_IMAGE, message=message)


def _cost(choice: Choice, slot: Slot, outcome: Outcome, images: list[ResultImage]) -> Cost:
    delivered = [Pixels(width=image.artifact.width, height=image.artifact.height) for image in images]
    references = len(slot.request.references)
    if metering.unpriced(slot.request.fields):
        return Cost(basis="unknown")
    return metering.price(choice.card, choice.deployment, outcome.usage, delivered, references)
