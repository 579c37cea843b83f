"""The one path of a request: route, ready its pictures, fit, record, buy, settle. Read this first.

Every step has a file of its own beside this one; this one only tells their order. `prepare`, `begin` and `run` are
apart because whoever waits (engine.desk) may answer its caller after any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from onebrush.domain.errors import OneBrushError, StorageUnavailable
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.money import Cost
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.engine import fitting, inputs, metering
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.identity import Identity
from onebrush.engine.job import Job, Step
from onebrush.engine.keeping import LONGEST_KEPT, ask_text
from onebrush.engine.ports import BeginGeneration, FinishGeneration, InputStore, LeaseLost, Library
from onebrush.engine.pursuit import Pursuit
from onebrush.engine.rehearsing import rehearsal_of
from onebrush.engine.routing import Choice, Router
from onebrush.engine.settling import abandon, decisive, finish, result_of
from onebrush.engine.signatures import Marks, replay
from onebrush.engine.slots import Slot, part_of, split
from onebrush.engine.strictness import refuse_changes
from onebrush.engine.suiting import suit
from onebrush.engine.taking import OURS
from onebrush.kit.blobs import Scope
from onebrush.kit.logs import get_logger

log = get_logger()

# Seconds a caller waits for the record to be closed; then it is closed in the background, and the answer is inline.
CLOSING = 5.0
# Seconds after which an asynchronous generation is not begun any more: a vendor that is away so long is gone.
QUEUEING = 86_400.0
# Seconds a request may take in all, unless the settings say otherwise.
USUAL_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request shaped to the model that serves it: as a whole, as calls, and what was changed on the way."""

    fitted: FittedRequest
    slots: tuple[Slot, ...]
    warnings: tuple[RequestWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An ask that can be bought: who may serve it, in order, and the plan for the first of them."""

    ask: Ask
    choices: tuple[Choice, ...]
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What the calls of a generation brought, who was planned to serve it, and what was changed on the way."""

    taken: Sequence[Taken]
    planned: Choice
    warnings: tuple[RequestWarning, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The use case, given its ports.

    `others` is provider -> the models to name when one of its models cannot do what was asked. `process` owns the
    generations begun here. `seconds` says how long a request may take in all. `told` is called when a
    webhook was written.
    """

    router: Router
    pursuit: Pursuit
    others: Mapping[str, fitting.Alternatives]
    marks: Marks
    library: Library
    given: InputStore
    process: str
    caps: inputs.InputCaps = field(default_factory=inputs.InputCaps)
    seconds: Callable[[], float] = field(default=lambda: USUAL_SECONDS)
    told: Callable[[], None] = field(default=lambda: None)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    async def prepare(self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope) -> Prepared:
        """Everything up to the purchase. Raises OneBrushError; nothing is recorded or reserved yet."""
        ask, choices = await self._ready(request, key, generation, scope)
        plan = await self._plan(ask, choices[0])
        return Prepared(ask=ask, choices=choices, plan=plan)

    async def rehearse(self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope) -> Rehearsal:
        """What a purchase would be. Raises what `prepare` raises."""
        prepared = await self.prepare(request, key, generation, scope)
        plan = prepared.plan
        return rehearsal_of(prepared.ask, prepared.choices[0], plan.fitted, plan.slots, plan.warnings, self.pursuit)

    async def begin(self, prepared: Prepared, identity: Identity, origin: str) -> Job:
        """Write the record, with what it can cost, before money can be spent. Raises StorageUnavailable or KeyTaken."""
        self._check_room()
        ask = prepared.ask
        try:
            kept = await self._keep_inputs(ask) if ask.request.asynchronous else {}
            record = self._record(prepared, identity, origin, ask_text(ask.request, kept))
            job = self.job_of(ask, record, of=sum(slot.request.n for slot in prepared.plan.slots))
            deployment = prepared.choices[0].deployment
            reserved = [job.reserve(slot, metering.bound(slot.request, deployment)) for slot in prepared.plan.slots]
            await self.pursuit.sending.journal.commit(BeginGeneration(generation=record, entries=tuple(reserved)))
        except Exception:
            if ask.request.asynchronous:
                await self.given.drop(ask.id)
            raise
        return job

    async def run(self, job: Job, prepared: Prepared) -> GenerationResult:
        """Buy what was begun and keep it.

        Raises Refused where no picture came, LeaseLost where another process has it by now.
        """
        return await self.concluded(job, self._bought(job, prepared))

    async def _bought(self, job: Job, prepared: Prepared) -> Brought:
        taken = await self.pursuit.all(job, prepared.choices, prepared.plan.slots, self)
        return Brought(taken=taken, planned=prepared.choices[0], warnings=prepared.plan.warnings)

    async def concluded(self, job: Job, working: Awaitable[Brought]) -> GenerationResult:
        """The record closed on what `working` brings, whatever becomes of it. Raises as `run`."""
        try:
            brought = await working
            job.close_all(OURS)
            result = result_of(job.ask, brought.planned, brought.taken, brought.warnings)
            change = finish(job, result, self._now())
        except LeaseLost:
            raise
        except Exception as error:
            await self._broken(job, error)
            raise
        result = await self._settled(job, result, change)
        if not result.images:
            raise Refused(result)
        return result

    async def _broken(self, job: Job, error: Exception) -> None:
        log.error("generation broke", generation=job.record.id, exc_info=error)
        job.close_all(OURS)
        told = error if isinstance(error, OneBrushError) else OneBrushError(OURS, retry=False)
        await self._close(job, abandon(job, told, self._now()))

    async def _settled(self, job: Job, result: GenerationResult, change: FinishGeneration) -> GenerationResult:
        """Close the record. While that cannot be written, what is in hand is still delivered, as not stored."""
        try:
            closed = await self._close(job, change)
        except LeaseLost as lost:
            raise Overtaken([image.artifact for image in result.images if image.stored]) from lost
        if closed:
            return result
        return replace(result, images=tuple(replace(image, stored=False) for image in result.images))

    async def _close(self, job: Job, change: FinishGeneration) -> bool:
        """Whether the record was closed soon; if not, it is tried for as long as the process lives."""
        writing = asyncio.create_task(self._write_end(job, change))
        self.closing.add(writing)
        writing.add_done_callback(self.closing.discard)
        done, _ = await asyncio.wait({writing}, timeout=CLOSING)
        if not done:
            log.error("record not closed yet", generation=job.record.id)
            writing.add_done_callback(_noted)
            return False
        try:
            writing.result()
        except StorageUnavailable as error:
            log.error("record not closed", generation=job.record.id, reason=error.message)
            return False
        return True

    async def _write_end(self, job: Job, change: FinishGeneration) -> None:
        await self.pursuit.sending.journal.commit(change, patient=True)
        if job.record.asynchronous:
            await self.given.drop(job.record.id)
        job.tell(status=change.generation.status)
        if change.delivery is not None:
            self.told()

    # Up to the purchase

    async def _ready(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: Scope
    ) -> tuple[Ask, tuple[Choice, ...]]:
        """Who may serve it, with every picture at hand."""
        choices = self._choices(request, key)
        choice = choices[0]
        if choice.card is not choice.asked:
            fitting.refuse_early(request, choice.asked, self.others[choice.asked.provider])
        intake = inputs.Intake(
            transport=self.pursuit.sending.transport,
            library=self.library,
            key=key.id,
            test=choice.deployment.test,
            scope=scope,
            caps=self.caps,
        )
        request = await intake.prepare(request)
        return Ask(id=generation, key=key, request=request, scope=scope, created=self._now()), choices

    def _choices(self, request: GenerationRequest, key: ApiKey) -> tuple[Choice, ...]:
        """A strict request is not served by another model than it named."""
        choices = self.router.choices(request.model, key, self.today())
        if self.router.strategy_of(request.model, self.today()) == "cheapest":
            choices = self.router.cheapest_first(choices, lambda choice: self._usual_cost(request, choice))
        return tuple(choice for choice in choices if not (request.strict and choice.instead))

    def _usual_cost(self, request: GenerationRequest, choice: Choice) -> Cost:
        try:
            fitted, _ = fitting.fit(request, choice.card, choice.deployment.platform, self.others[choice.card.provider])
        except OneBrushError:
            return Cost(basis="unknown")
        return metering.estimate(fitted, choice.deployment)

    async def _plan(self, ask: Ask, choice: Choice) -> Plan:
        request = await self._with_marks(ask, choice)
        card, deployment = choice.card, choice.deployment
        fitted, shaped = fitting.fit(request, card, deployment.platform, self.others[card.provider])
        before = (*request.warnings, *self._unknown_providers(request), *choice.warnings, *shaped)
        if request.strict:
            refuse_changes(before)  # before pictures are worked on for nothing
        self.pursuit.sending.wires[deployment.wire].refuse_options(fitted.options, card.provider)
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

    # The record

    def _check_room(self) -> None:
        if not self.pursuit.taking.artifacts.has_room():
            raise StorageUnavailable(
                "The gateway's disk is nearly full, so nothing was bought. Operator: free space in the data folder.",
                retry_after=30,
            )

    async def _keep_inputs(self, ask: Ask) -> dict[int, str]:
        """The given pictures of a generation that outlives its connection; identity -> where."""
        images = inputs.given(ask.request)
        return {id(image): await self.given.put(image.blob, ask.id, at) for at, image in enumerate(images)}

    def _record(self, prepared: Prepared, identity: Identity, origin: str, text: str) -> Generation:
        ask, choice = prepared.ask, prepared.choices[0]
        asynchronous = ask.request.asynchronous
        return Generation(
            id=ask.id,
            key=ask.key.id,
            test=choice.deployment.test,
            model=choice.card.id,
            provider=choice.card.provider,
            status=GenerationStatus.QUEUED if asynchronous else GenerationStatus.RUNNING,
            created=ask.created,
            request=ask.request.model,
            owner=self.process,
            asynchronous=asynchronous,
            ask=text,
            digest=identity.digest or None,
            idempotency=identity.idempotency,
            origin=origin,
        )

    def job_of(self, ask: Ask, record: Generation, *, of: int) -> Job:
        """The work on a record."""
        clock, seconds = self.pursuit.sending.clock, self.seconds()
        return Job(
            ask=ask,
            record=record,
            paid=Scope(ask.scope.spool, in_memory=LONGEST_KEPT),
            clock=clock,
            seconds=seconds,
            deadline=clock.monotonic() + (self._queueing(record) if record.asynchronous else seconds),
            step=Step(status=record.status, of=of),
        )

    def _queueing(self, record: Generation) -> float:
        """Seconds an asynchronous generation may still wait for its first call, whoever takes it up."""
        return max(0.0, QUEUEING - max(0, self._now() - record.created))

    # Others that may serve (a pursuit's Guide)

    def successor(self, job: Job, choice: Choice) -> Choice | None:
        """Where a model that is gone is served by another one; a strict request is not."""
        return None if job.ask.request.strict else self.router.substitute(choice, self.today())

    async def shape(self, job: Job, choice: Choice, slot: Slot) -> tuple[tuple[Slot, ...], tuple[RequestWarning, ...]]:
        """The calls for the slot's places there. Raises OneBrushError."""
        plan = await self._plan(replace(job.ask, request=part_of(job.ask.request, slot)), choice)
        return tuple(replace(other, first=slot.first + other.first) for other in plan.slots), plan.warnings

    async def planned(self, ask: Ask) -> Prepared:
        """An ask of the record, its pictures at hand, planned anew. Raises OneBrushError."""
        choices = self._choices(ask.request, ask.key)
        return Prepared(ask=ask, choices=choices, plan=await self._plan(ask, choices[0]))

    def _now(self) -> int:
        return int(self.pursuit.sending.clock.now())

    def today(self) -> date:
        """By the clock at hand."""
        return datetime.fromtimestamp(self.pursuit.sending.clock.now(), UTC).date()


def _noted(writing: asyncio.Task[None]) -> None:
    """What became of a record that nobody waited for any more."""
    if not writing.cancelled() and (error := writing.exception()) is not None:
        log.error("record not closed", reason=repr(error))


class Overtaken(LeaseLost):
    """Another process brought the generation to its end meanwhile; `artifacts` are what was stored here for nothing."""

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        super().__init__()
        self.artifacts = artifacts


class Refused(Exception):
    """No picture came: the record is closed, the result says why for each place."""

    def __init__(self, result: GenerationResult, error: OneBrushError | None = None) -> None:
        self.error = error or decisive(result)
        super().__init__(self.error.message)
        self.result = result
