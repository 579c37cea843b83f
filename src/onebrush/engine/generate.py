"""The one path of a request: route, ready its pictures, fit, record, buy, settle. Read this first.

Every step has a file of its own beside this one; this one only tells their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from onebrush.domain.errors import FaultKind, StorageUnavailable
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.engine import fitting, inputs
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.ports import BeginGeneration
from onebrush.engine.purchase import Purchase
from onebrush.engine.routing import Choice, Router
from onebrush.engine.settling import abandon, decisive, finish, result_of
from onebrush.engine.signatures import Marks, replay
from onebrush.engine.slots import Slot, split
from onebrush.kit.blobs import Scope
from onebrush.kit.logs import get_logger

log = get_logger()

Planned = tuple[tuple[Slot, ...], tuple[RequestWarning, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The use case, given its ports.

    `others` is provider -> the models to name when one of its models cannot do what was asked.
    """

    router: Router
    purchase: Purchase
    others: Mapping[str, fitting.Alternatives]
    marks: Marks
    caps: inputs.InputCaps = field(default_factory=inputs.InputCaps)

    async def generate(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope
    ) -> GenerationResult:
        """Buy what is asked and keep it. Raises OneBrushError; nothing is bought before its record is durable."""
        choice = self.router.choose(request.model, key, self._today())
        if choice.card is not choice.asked:
            fitting.refuse_early(request, choice.asked, self.others[choice.asked.provider])
        request = await inputs.prepare(request, self.purchase.transport, scope, self.caps)
        ask = Ask(id=generation, key=key, request=request, scope=scope, created=self._now())
        slots, warnings = await self._plan(ask, choice)
        self._check_room()
        record = await self._begin(ask, choice)
        try:
            return await self._buy(ask, choice, record, slots, warnings)
        except Exception as error:
            await self._abandon(record, error)
            raise

    async def _plan(self, ask: Ask, choice: Choice) -> Planned:
        others = self.others[choice.card.provider]
        request = await self._with_marks(ask, choice)
        fitted, shaped = fitting.fit(request, choice.card, choice.deployment.platform, others)
        fitted, converted = await inputs.suit(fitted, ask.scope)
        slots, counted = split(fitted)
        return slots, (*ask.request.warnings, *choice.warnings, *shaped, *converted, *counted)

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

    async def _buy(
        self,
        ask: Ask,
        choice: Choice,
        record: Generation,
        slots: tuple[Slot, ...],
        warnings: tuple[RequestWarning, ...],
    ) -> GenerationResult:
        taken = tried = await self.purchase.all(ask, choice, slots)
        instead = self.router.substitute(choice, self._today()) if _gone(taken) else None
        if instead is not None:
            choice = instead
            slots, warnings = await self._plan(ask, choice)
            taken = await self.purchase.all(ask, choice, slots)
            tried = [*tried, *taken]
        result = await self._settle(record, tried, result_of(ask, choice, taken, warnings))
        if not result.images:
            raise Refused(result)
        return result

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
