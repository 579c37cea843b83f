"""The one path of a request: route, ready its pictures, fit, record, buy, settle. Read this first.

Every step has a file of its own beside this one; this one only tells their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from onebrush.domain.errors import FaultKind, OneBrushError, StorageUnavailable
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.engine import fitting, inputs
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.ports import BeginGeneration, Library
from onebrush.engine.purchase import Purchase
from onebrush.engine.rehearsing import rehearsal_of
from onebrush.engine.routing import Choice, Router
from onebrush.engine.settling import abandon, decisive, finish, result_of
from onebrush.engine.signatures import Marks, replay
from onebrush.engine.slots import Slot, split
from onebrush.engine.strictness import refuse_changes
from onebrush.engine.suiting import suit
from onebrush.kit.blobs import Scope
from onebrush.kit.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request shaped to the model that serves it: as a whole, as calls, and what was changed on the way."""

    fitted: FittedRequest
    slots: tuple[Slot, ...]
    warnings: tuple[RequestWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The use case, given its ports.

    `others` is provider -> the models to name when one of its models cannot do what was asked.
    """

    router: Router
    purchase: Purchase
    others: Mapping[str, fitting.Alternatives]
    marks: Marks
    library: Library
    caps: inputs.InputCaps = field(default_factory=inputs.InputCaps)

    async def generate(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope
    ) -> GenerationResult:
        """Buy what is asked and keep it. Raises OneBrushError; nothing is bought before its record is durable."""
        ask, choice = await self._ready(request, key, generation, scope)
        plan = await self._plan(ask, choice)
        self._check_room()
        record = await self._begin(ask, choice)
        try:
            return await self._buy(ask, choice, record, plan)
        except Exception as error:
            await self._abandon(record, error)
            raise

    async def rehearse(self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope) -> Rehearsal:
        """Everything up to the purchase, and what it would be. Raises what `generate` raises before it buys."""
        ask, choice = await self._ready(request, key, generation, scope)
        plan = await self._plan(ask, choice)
        return rehearsal_of(ask, choice, plan.fitted, plan.slots, plan.warnings, self.purchase)

    async def _ready(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope
    ) -> tuple[Ask, Choice]:
        """Who serves it, with every picture at hand."""
        choice = self.router.choose(request.model, key, self._today())
        if choice.card is not choice.asked:
            fitting.refuse_early(request, choice.asked, self.others[choice.asked.provider])
        intake = inputs.Intake(
            transport=self.purchase.transport,
            library=self.library,
            key=key.id,
            test=choice.deployment.test,
            scope=scope,
            caps=self.caps,
        )
        request = await intake.prepare(request)
        return Ask(id=generation, key=key, request=request, scope=scope, created=self._now()), choice

    async def _plan(self, ask: Ask, choice: Choice) -> Plan:
        request = await self._with_marks(ask, choice)
        card, deployment = choice.card, choice.deployment
        fitted, shaped = fitting.fit(request, card, deployment.platform, self.others[card.provider])
        before = (*request.warnings, *self._unknown_providers(request), *choice.warnings, *shaped)
        if request.strict:
            refuse_changes(before)  # before pictures are worked on for nothing
        self.purchase.wires[deployment.wire].refuse_options(fitted.options, card.provider)
        fitted, suited = await suit(fitted, ask.scope)
        slots, counted = split(fitted)
        warnings = (*before, *suited, *counted)
        if request.strict:
            refuse_changes(warnings)
        return Plan(fitted=fitted, slots=slots, warnings=warnings)

    def _unknown_providers(self, request: GenerationRequest) -> tuple[RequestWarning, ...]:
        """Options of another provider than the one serving pass without a word; of none at all they do not."""
        known = tuple(self.others)
        return tuple(
            RequestWarning(
                code="unknown_field",
                message=f"provider_options.{name[:60]} names no provider; it was not sent. Known: {', '.join(known)}.",
                param=f"provider_options.{name[:60]}",
                allowed=known,
            )
            for name in request.provider_options
            if name not in known
        )

    async def _with_marks(self, ask: Ask, choice: Choice) -> GenerationRequest:
        """History with the vendor's own marks on its pictures, where the vendor asks for them back."""
        if not (choice.card.capability.multi_turn and ask.request.is_conversation):
            return ask.request
        model = choice.card.upstream_id(choice.deployment.platform)
        return await replay(ask.request, ask.key.id, choice.deployment, model, self.marks)

    def _check_room(self) -> None:
        if not self.purchase.artifacts.has_room():
            raise StorageUnavailable(
                "The gateway's disk is nearly full, so nothing was bought. Operator: free space in the data folder.",
                retry_after=30,
            )

    async def _begin(self, ask: Ask, choice: Choice) -> Generation:
        record = Generation(
            id=ask.id,
            key=ask.key.id,
            test=choice.deployment.test,
            model=choice.card.id,
            provider=choice.card.provider,
            status=GenerationStatus.RUNNING,
            created=ask.created,
            request=ask.request.model,
        )
        await self.purchase.journal.commit(BeginGeneration(generation=record))
        return record

    async def _buy(self, ask: Ask, choice: Choice, record: Generation, plan: Plan) -> GenerationResult:
        taken = tried = await self.purchase.all(ask, choice, plan.slots)
        instead = await self._instead(ask, choice) if _gone(taken) else None
        if instead is not None:
            choice, plan = instead
            taken = await self.purchase.all(ask, choice, plan.slots)
            tried = [*tried, *taken]
        result = await self._settle(record, tried, result_of(ask, choice, taken, plan.warnings))
        if not result.images:
            raise Refused(result)
        return result

    async def _instead(self, ask: Ask, choice: Choice) -> tuple[Choice, Plan] | None:
        """The successor of a model that is gone, where it can do the same.

        A strict request is not served by another model than it named.
        """
        instead = None if ask.request.strict else self.router.substitute(choice, self._today())
        if instead is None:
            return None
        try:
            return instead, await self._plan(ask, instead)
        except OneBrushError as error:
            log.info("the successor cannot serve", generation=ask.id, model=instead.card.id, reason=error.message)
            return None

    async def _settle(self, record: Generation, tried: list[Taken], result: GenerationResult) -> GenerationResult:
        """Close the record. Where that cannot be written, what is in hand is still delivered, as not stored."""
        try:
            await self.purchase.journal.commit(finish(record, tried, result, self._now()))
        except Exception as error:
            # Whatever hinders the record, what is paid and in hand is delivered.
            log.error("record not closed", generation=record.id, exc_info=error)
            images = tuple(replace(image, stored=False) for image in result.images)
            return replace(result, images=images)
        return result

    async def _abandon(self, record: Generation, error: Exception) -> None:
        if not isinstance(error, Refused):
            await self.purchase.journal.commit(abandon(record, error, self._now()))

    def _now(self) -> int:
        return int(self.purchase.clock.now())

    def _today(self) -> date:
        return datetime.fromtimestamp(self.purchase.clock.now(), UTC).date()


class Refused(Exception):
    """No picture came: the record is closed, the result says why for each place."""

    def __init__(self, result: GenerationResult) -> None:
        self.error = decisive(result)
        super().__init__(self.error.message)
        self.result = result


def _gone(taken: list[Taken]) -> bool:
    failures = [part.outcome.failure for part in taken]
    return all(failure is not None and failure.kind is FaultKind.MODEL_GONE for failure in failures)
