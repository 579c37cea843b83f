"""Generations of a process that is gone, taken up where its record ends. Nothing that may be paid is sent again.

An answer that is written down is taken in, a vendor's task is asked about, a call that was sent and has no answer is
not known. What was never sent is bought for an asynchronous generation, and left for a synchronous one: its caller is
gone, and its SDK asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pybase64 import b64decode

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import (
    Canceled,
    ModelNotFound,
    OneBrushError,
    ProviderError,
    StorageUnavailable,
    Unavailable,
)
from onebrush.domain.event import Picture
from onebrush.domain.finish import Finish
from onebrush.domain.generation import AttemptRecord, Generation, GenerationStatus
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.money import Cost, Money
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.domain.size import SizeRule
from onebrush.domain.warning import RequestWarning
from onebrush.engine import keeping
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.attempt import Outcome
from onebrush.engine.generate import Brought, Engine, Prepared
from onebrush.engine.job import UNKNOWN, Job
from onebrush.engine.job import Money as OpenMoney
from onebrush.engine.keeping import KeptReply, Landed
from onebrush.engine.ports import ClaimGeneration, FinishGeneration, LeaseLost, MarkDropped, Records
from onebrush.engine.routing import Choice, Router
from onebrush.engine.slots import SEED_LIMIT, Slot
from onebrush.engine.taking import OURS, Served, nothing
from onebrush.engine.terms import Terms
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.logs import get_logger

log = get_logger()

CUT_OFF = (
    "The gateway was stopped in the middle of this call; the vendor may have charged for it, so it was not sent again."
)
NEVER_SENT = "The gateway was stopped before this picture was asked of the vendor; nothing was bought. Ask again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a process left of a generation: the calls whose end is not written, and what was reserved."""

    calls: tuple[AttemptRecord, ...]
    open: Mapping[str, OpenMoney]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The ports that taking up needs."""

    engine: Engine
    records: Records
    spool: Spool

    async def claim(self, generation: Generation) -> Job:
        """Make it ours. Raises LeaseLost where somebody was quicker, ValueError where its ask cannot be read."""
        ask = self._ask(generation)
        owned = replace(generation, owner=self.engine.process, dropped=not generation.asynchronous)
        changes = [ClaimGeneration(generation=generation.id, owner=owned.owner, former=generation.owner)]
        dropped = [] if generation.asynchronous else [MarkDropped(generation=generation.id)]
        await self.engine.pursuit.sending.journal.commit(*changes, *dropped)
        job = self.engine.job_of(ask, owned, of=ask.request.n)
        if generation.cancel:
            job.halt()
        return job

    async def give_up(self, generation: Generation) -> None:
        """Close one of which too little is known to go on with: what it had sent stays unresolved."""
        owner, now = self.engine.process, int(self.engine.pursuit.sending.clock.now())
        last = {entry.attempt: entry for entry in await self.records.entries(generation.id)}
        left = tuple(_left_open(entry, now) for entry in last.values() if entry.state in _OPEN)
        cut = {call.attempt.id: CUT_OFF for call in await self.records.attempts(generation.id) if call.ended is None}
        doubt = bool(cut) or any(entry.state is LedgerState.UNRESOLVED for entry in last.values())
        error = ProviderError(CUT_OFF, retry=False) if doubt else Unavailable(NEVER_SENT, retry_after=1)
        closed = replace(
            generation,
            owner=owner,
            status=GenerationStatus.UNKNOWN if doubt else GenerationStatus.FAILED,
            finished=max(now, generation.created),
            error=error.message,
            result=keeping.error_text(error),
        )
        with contextlib.suppress(LeaseLost):
            await self.engine.pursuit.sending.journal.commit(
                ClaimGeneration(generation=generation.id, owner=owner, former=generation.owner),
                FinishGeneration(generation=closed, artifacts=(), attempts=cut, entries=left),
            )

    def _ask(self, generation: Generation) -> Ask:
        if generation.ask is None:
            raise ValueError("its ask is not in the record")
        mode = Mode.TEST if generation.test else Mode.LIVE
        return Ask(
            id=generation.id,
            key=ApiKey(id=generation.key, mode=mode),
            request=self._request(generation.ask),
            scope=Scope(self.spool),
            created=generation.created,
        )

    def _request(self, text: str) -> GenerationRequest:
        try:
            return keeping.ask_of(text, self.engine.given.at)
        except OSError:
            return keeping.ask_of(text, None)

    async def run(self, job: Job) -> GenerationResult:
        """Take it up and bring it to its end. Raises what Engine.run raises."""
        left = await self._read(job)
        return await self.engine.concluded(job, self._brought(job, left))

    async def _brought(self, job: Job, left: Left) -> Brought:
        prepared, refusal = await self._prepared(job)
        return Brought(
            taken=await self._taken(job, left, prepared, refusal),
            planned=prepared.choices[0] if prepared else self._choice(job, job.record.model, None),
            warnings=prepared.plan.warnings if prepared else job.ask.request.warnings,
        )

    async def _read(self, job: Job) -> Left:
        """It is ours by now, so nobody else would: a store that is away is asked until it is back."""
        while True:
            try:
                return await self._left(job)
            except StorageUnavailable as error:
                log.warning("not taken up yet", generation=job.record.id, reason=error.message)
                await job.clock.sleep(1.0)

    async def _left(self, job: Job) -> Left:
        last = {entry.attempt: entry for entry in await self.records.entries(job.record.id)}
        job.open.update({name: _open(entry) for name, entry in last.items() if entry.state in _OPEN})
        calls = [call for call in await self.records.attempts(job.record.id) if call.attempt.id in job.open]
        return Left(calls=tuple(calls), open=dict(job.open))

    async def _prepared(self, job: Job) -> tuple[Prepared | None, OneBrushError | None]:
        """The plan again, for what was never sent; why there is none."""
        if not job.record.asynchronous:
            return None, Unavailable(NEVER_SENT, retry_after=1)
        if not keeping.is_whole(job.ask.request):
            return None, Unavailable("The pictures given with this generation are gone; nothing was bought. Ask again.")
        try:
            return await self.engine.planned(job.ask), None
        except OneBrushError as error:
            return None, error
        except Exception as error:
            # What is paid already is taken in all the same.
            log.error("not planned anew", generation=job.record.id, exc_info=error)
            return None, OneBrushError(OURS, retry=False)

    async def _taken(
        self, job: Job, left: Left, prepared: Prepared | None, refusal: OneBrushError | None
    ) -> list[Taken]:
        terms = {call.attempt.id: keeping.read_terms(call.attempt.terms) for call in left.calls}
        finishes = {slot.first: slot.request.finish for slot in prepared.plan.slots} if prepared else {}
        found = await asyncio.gather(*(self._ended(job, call, terms[call.attempt.id], finishes) for call in left.calls))
        told = {place for its in terms.values() for place in range(its.first, its.first + its.n)}
        rest = await self._never_sent(job, told, prepared, refusal)
        return [*found, *rest]

    # A call that had left

    async def _ended(self, job: Job, call: AttemptRecord, terms: Terms, finishes: Mapping[int, Finish]) -> Taken:
        """A call that breaks never takes the others along: their pictures are paid."""
        choice, told = self._choice(job, terms.card, call.attempt.deployment), OneBrushError(OURS, retry=False)
        try:
            return await self._call(job, call, choice, terms, finishes)
        except Canceled as canceled:
            told = canceled
            job.close(call.attempt.id, LedgerState.RELEASED, UNKNOWN, canceled.message)
        except Exception as error:
            log.error("call not taken up", generation=job.record.id, attempt=call.attempt.id, exc_info=error)
            job.doubt = True
        job.tell(failed=terms.n)
        return nothing(choice, terms, told)

    async def _call(
        self, job: Job, call: AttemptRecord, choice: Choice, terms: Terms, finishes: Mapping[int, Finish]
    ) -> Taken:
        finish, lacking = _finish(terms, finishes)
        served = Served(
            attempt=call.attempt.id,
            terms=terms,
            choice=choice,
            model=call.attempt.model,
            finish=finish,
            warnings=lacking,
        )
        if call.reply is not None:
            return await self._from_reply(job, served, keeping.read_reply(call.reply))
        if call.task is not None and choice.deployment.base_url:
            wire = self.engine.pursuit.sending.wires[choice.deployment.wire]
            outcome = await self.engine.pursuit.sending.polling.until_over(call.task, job, choice.deployment, wire)
            return await self.engine.pursuit.taking.take(job, served, outcome)
        job.doubt = True
        job.close(call.attempt.id, LedgerState.UNRESOLVED, UNKNOWN, CUT_OFF)
        job.tell(failed=terms.n)
        return nothing(choice, terms, ProviderError(CUT_OFF, retry=False))

    async def _from_reply(self, job: Job, served: Served, reply: KeptReply) -> Taken:
        sources = [self._source(landed) for landed in reply.pictures]
        pictures = [
            Picture(
                source=source,
                index=landed.index,
                revised_prompt=landed.revised_prompt,
                # A mark is good for the vendor's own bytes only, and what is stored may have been worked on.
                opaque=None if finished and served.finish != Finish() else landed.opaque,
                layer=landed.layer,
            )
            for landed, (source, finished) in zip(reply.pictures, sources, strict=True)
        ]
        outcome = Outcome(pictures=pictures, faults=list(reply.faults), usage=reply.usage, done=reply.done)
        done = [finished for _, finished in sources]
        return await self.engine.pursuit.taking.take_in(job, served, outcome, reply.pictures, done=done)

    def _source(self, landed: Landed) -> tuple[Blob | str, bool]:
        """Where a picture is now, and whether it is as it is to be: stored already, in the spool, or at the vendor."""
        artifacts = self.engine.pursuit.taking.artifacts
        kept = artifacts.kept(landed.id)
        if kept is not None:
            return kept, True
        if landed.bytes is not None:
            return self.spool.from_bytes(b64decode(landed.bytes, validate=True)), False
        spooled = artifacts.spooled(landed.spool) if landed.spool else None
        return spooled or landed.link or Blob.absent(0), False

    def _choice(self, job: Job, card_id: str, deployment_id: str | None) -> Choice:
        """Who served; of a model or deployment that is configured no more, what little is known."""
        router = self.engine.router
        card = _known(router, card_id) or _bare(card_id, job.record.provider or "")
        deployment = router.deployment(deployment_id) if deployment_id else None
        return Choice(
            asked=_known(router, job.record.request) or card,
            card=card,
            deployment=deployment or _forgotten(deployment_id or "", card.provider, test=job.record.test),
        )

    # What had not

    async def _never_sent(
        self, job: Job, told: set[int], prepared: Prepared | None, refusal: OneBrushError | None
    ) -> list[Taken]:
        if prepared is None:
            missing = [place for place in range(job.ask.request.n) if place not in told]
            assert refusal is not None
            return [self._lost(job, place, refusal) for place in missing]
        slots = [part for slot in prepared.plan.slots for part in _untold(slot, told)]
        return await self.engine.pursuit.all(job, prepared.choices, slots, self.engine)

    def _lost(self, job: Job, place: int, error: OneBrushError) -> Taken:
        job.tell(failed=1)
        choice = self._choice(job, job.record.model, None)
        terms = Terms(first=place, n=1, most=1, varies=False, card=choice.card.id, references=0, unpriced=True)
        return nothing(choice, terms, error)


_OPEN = (LedgerState.RESERVED, LedgerState.SENT)


def _left_open(entry: LedgerEntry, now: int) -> LedgerEntry:
    sent = entry.state is LedgerState.SENT
    state = LedgerState.UNRESOLVED if sent else LedgerState.RELEASED
    return replace(entry, state=state, created=now, why=CUT_OFF if sent else NEVER_SENT)


def _open(entry: LedgerEntry) -> OpenMoney:
    money = Money(nano=entry.nano, currency=entry.currency) if entry.nano is not None and entry.currency else None
    bound = Cost(basis="computed", money=money) if money else UNKNOWN
    return OpenMoney(attempt=entry.attempt, bound=bound, sent=entry.state is LedgerState.SENT)


def _untold(slot: Slot, told: set[int]) -> list[Slot]:
    """The slot without the places that calls were made for: another model may have been asked for some of them."""
    if slot.varies:
        return [] if slot.first in told else [slot]
    missing = [place for place in range(slot.first, slot.first + slot.request.n) if place not in told]
    starts = [place for place in missing if place - 1 not in missing]
    return [_stretch(slot, start, missing) for start in starts]


def _stretch(slot: Slot, start: int, missing: list[int]) -> Slot:
    count = next(count for count in itertools.count() if start + count not in missing)
    request = replace(slot.request, n=count)
    seed = request.fields.get("seed")
    if isinstance(seed, int) and seed >= 0:
        varied = (seed + start - slot.first) % SEED_LIMIT
        request = replace(request, fields={**request.fields, "seed": varied})
    return Slot(first=start, request=request)


def _bare(card_id: str, provider: str) -> ModelCard:
    """A model of which only the name is known any more."""
    return ModelCard(id=card_id, provider=provider, title=card_id, capability=Capability(), size=SizeRule(kind="none"))


def _known(router: Router, name: str) -> ModelCard | None:
    try:
        return router.cards.find(name)
    except ModelNotFound:
        return None


def _forgotten(deployment: str, provider: str, *, test: bool) -> Deployment:
    """A deployment of which only the name is known any more: nothing can be asked of it."""
    return Deployment(id=deployment, provider=provider, wire="", base_url="", credential="", test=test)


def _finish(terms: Terms, planned: Mapping[int, Finish]) -> tuple[Finish, tuple[RequestWarning, ...]]:
    """The work on the pictures: as planned anew, else as written down, which has no mask."""
    if terms.first in planned:
        return planned[terms.first], ()
    if not terms.patched:
        return terms.finish, ()
    message = "The gateway was stopped before the mask was laid over this picture; it is as the vendor gave it."
    return terms.finish, (RequestWarning(code="not_converted", message=message, param="mask", stage="result"),)
