"""One slot pursued until it has its pictures or nothing more may be tried: tries, deployments, other models, in order.

`resilience.decide` says what a fault allows; this file only does it. Nothing is sent before it is written that it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, OneBrushError
from onebrush.domain.event import Fault
from onebrush.domain.ledger import LedgerState
from onebrush.engine import judging, resilience
from onebrush.engine.ask import Taken
from onebrush.engine.attempt import Outcome
from onebrush.engine.budget import RetryBudget
from onebrush.engine.gates import Full, Gates
from onebrush.engine.job import UNKNOWN, Job
from onebrush.engine.ports import LeaseLost
from onebrush.engine.routing import Choice
from onebrush.engine.sending import Sending, Sent, Warnings
from onebrush.engine.slots import Slot
from onebrush.engine.taking import OURS, Taking, faults_of, nothing
from onebrush.engine.terms import terms_of
from onebrush.kit.logs import get_logger

log = get_logger()

LONGEST_PAUSE = 60.0  # seconds between rounds in which nobody could serve, unless a vendor names more


class Guide(Protocol):
    """Who else may serve an ask, and how it is shaped to them."""

    def successor(self, job: Job, choice: Choice) -> Choice | None:
        """Where a model that is gone is served by another one; None where it is not or may not be."""
        ...

    async def shape(self, job: Job, choice: Choice, slot: Slot) -> tuple[tuple[Slot, ...], Warnings]:
        """The calls for the slot's places there, and what to tell of them. Raises OneBrushError where it cannot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pursuit:
    """What buying needs: how a call is made, how its answer is taken in, and the limits of both.

    `trial` is the retry budget of test calls, whose faults are asked for; None: they share the other.
    """

    sending: Sending
    taking: Taking
    gates: Gates
    budget: RetryBudget
    trial: RetryBudget | None = None

    async def all(self, job: Job, choices: Sequence[Choice], slots: Sequence[Slot], guide: Guide) -> list[Taken]:
        """Every slot at once, as far as the deployments' limits allow; in the slots' order.

        Slots are shaped to the first choice. Raises LeaseLost where the generation is another process's by now.
        """
        chases = (_Chase(self, job, guide).run(tuple(choices), slot) for slot in slots)
        return _all(await asyncio.gather(*chases, return_exceptions=True))


def _all(gathered: Sequence[list[Taken] | BaseException]) -> list[Taken]:
    """What all of them brought, once every one has ended. Raises what one of them raised."""
    for found in gathered:
        if isinstance(found, BaseException):
            raise found
    return [taken for found in gathered if isinstance(found, list) for taken in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passed:
    """A deployment that could do nothing, and the last call it refused, if one was made."""

    fault: Fault
    sent: Sent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """The same deployment may be tried once more after `delay` seconds; `passed` if it is not."""

    delay: float
    tries: int
    passed: _Passed


class _Chase:
    """One slot on its way."""

    def __init__(self, pursuit: Pursuit, job: Job, guide: Guide) -> None:
        self._pursuit = pursuit
        self._job = job
        self._guide = guide
        self._budget = pursuit.trial if job.record.test and pursuit.trial else pursuit.budget

    async def run(self, choices: tuple[Choice, ...], slot: Slot) -> list[Taken]:
        """What came of it. Raises LeaseLost only."""
        self._budget.began()
        try:
            return await self._guarded(choices, slot, ())
        finally:
            self._budget.ended()

    async def _guarded(self, choices: tuple[Choice, ...], slot: Slot, warnings: Warnings) -> list[Taken]:
        """A slot, or a part of one, that breaks never takes others along: their calls may be paid already."""
        try:
            return await self._along(choices, slot, warnings)
        except LeaseLost:
            raise
        except OneBrushError as error:
            return [self._nothing(choices[0], slot, error)]
        except Exception as error:
            log.error("slot broke", generation=self._job.record.id, slot=slot.first, exc_info=error)
            self._job.doubt = True
            return [self._nothing(choices[0], slot, OneBrushError(OURS, retry=False))]

    def _nothing(self, choice: Choice, slot: Slot, error: OneBrushError) -> Taken:
        self._job.tell(failed=slot.request.n)
        return nothing(choice, terms_of(slot), error)

    async def _along(self, choices: tuple[Choice, ...], slot: Slot, warnings: Warnings) -> list[Taken]:
        """The first choice, and where that could do nothing the next one that can."""
        choice, rest, rounds = choices[0], choices[1:], 0
        while True:
            found = await self._at(choice, slot, warnings, rest)
            if isinstance(found, Taken):
                return [found]
            for others in self._onward(choice, rest, found.fault):
                turned = await self._turned(others, slot, again=found.sent is not None)
                if turned is not None:
                    return turned
            if not await self._sat_out(found.fault, rounds):
                self._job.tell(failed=slot.request.n)
                return [_told(found, choice, slot)]
            rounds += 1

    async def _sat_out(self, fault: Fault, rounds: int) -> bool:
        """Nobody can serve now: an asynchronous generation has time, and asks less and less often."""
        least = min(2.0**rounds, LONGEST_PAUSE)
        return self._job.record.asynchronous and await self._waited_out(fault, least)

    async def _waited_out(self, fault: Fault, least: float = 0.0) -> bool:
        """What passes by waiting is waited for, where there is time."""
        passing = fault.kind is FaultKind.RATE_LIMITED or not fault.sent
        if fault.retry_after is None or not passing:
            return False
        wait = max(fault.retry_after, least)
        if wait > self._patience():
            return False
        await self._job.nap(wait)
        return True

    def _onward(self, choice: Choice, rest: tuple[Choice, ...], fault: Fault) -> Iterator[tuple[Choice, ...]]:
        """Who may be turned to after this fault, each with those after it."""
        if fault.kind is FaultKind.MODEL_GONE:
            successor = self._guide.successor(self._job, choice)
            # The same model is gone at other accounts of its vendor too; another vendor's copy may still be there.
            rest = (*([successor] if successor else []), *rest)
        if fault.kind is FaultKind.CONTENT_BLOCKED:
            rest = tuple(other for other in rest if other.on_refusal)
        return (rest[number:] for number in range(len(rest)))

    async def _turned(self, choices: tuple[Choice, ...], slot: Slot, *, again: bool) -> list[Taken] | None:
        """The slot at other choices; None where the first of them cannot have it, or nothing more may be tried.

        `again`: a call was made for it before, so that this is a further try. One that was only passed over is none.
        """
        self._job.refuse_if_stopped()
        try:
            slots, warnings = await self._guide.shape(self._job, choices[0], slot)
        except OneBrushError as error:
            model = choices[0].card.id
            log.info("cannot be served instead", generation=self._job.record.id, model=model, reason=error.message)
            return None
        # The budget is there against storms on who is ill: who is well is what fallbacks are for.
        costs = again and not self._pursuit.sending.health.well(choices[0].deployment, slots[0].request.model)
        if costs and not self._budget.take():
            log.warning("retry budget used up", generation=self._job.record.id, deployment=choices[0].deployment.id)
            return None
        try:
            parts = [self._guarded(choices, part, warnings) for part in slots]
            return _all(await asyncio.gather(*parts, return_exceptions=True))
        finally:
            if costs:
                self._budget.gave_back()

    # At one deployment

    async def _at(self, choice: Choice, slot: Slot, warnings: Warnings, rest: tuple[Choice, ...]) -> Taken | _Passed:
        """What came of it there, or the fault after which another may be asked."""
        found = await self._tried(choice, slot, warnings, rest, tries=1)
        while isinstance(found, _Again):
            if not self._budget.take():
                return found.passed
            try:
                await self._job.nap(found.delay)
                found = await self._tried(choice, slot, warnings, rest, tries=found.tries + 1)
            finally:
                self._budget.gave_back()
        return found

    async def _tried(
        self, choice: Choice, slot: Slot, warnings: Warnings, rest: tuple[Choice, ...], *, tries: int
    ) -> Taken | _Passed | _Again:
        """One call, and what follows from it."""
        sent = await self._try(choice, slot, warnings, alone=not rest)
        if isinstance(sent, Fault):
            return _Passed(fault=sent)
        fault = sent.outcome.failure
        decision = self._decision(sent.outcome, fault, tries, rest) if fault else resilience.Stop()
        if fault is None or isinstance(decision, resilience.Stop):
            return await self._taken(slot, sent)
        state = judging.state_of(sent.outcome, 0)
        self._job.close(sent.served.attempt, state, UNKNOWN, sent.outcome.ended)
        passed = _Passed(fault=fault, sent=sent)
        if isinstance(decision, resilience.Again):
            return _Again(delay=decision.delay, tries=tries, passed=passed)
        return passed

    def _decision(self, outcome: Outcome, fault: Fault, tries: int, rest: tuple[Choice, ...]) -> resilience.Decision:
        decision = resilience.decide(
            fault,
            tries=tries,
            seconds_left=self._job.seconds_left,
            on_refusal=any(other.on_refusal for other in rest),
        )
        # Whatever else is thought of it: what may be paid is not bought again, but where a route says so of refusals.
        paid = judging.state_of(outcome, 0) is not LedgerState.RELEASED
        return resilience.Stop() if paid and fault.kind is not FaultKind.CONTENT_BLOCKED else decision

    async def _taken(self, slot: Slot, sent: Sent) -> Taken:
        with self._job.ask.watch.of("store"):
            taken = await self._pursuit.taking.take(self._job, sent.served, sent.outcome)
        if sent.outcome.failure is not None:
            self._job.tell(failed=slot.request.n)
        return taken

    async def _try(self, choice: Choice, slot: Slot, warnings: Warnings, *, alone: bool) -> Sent | Fault:
        """One call, once there is a place for it; the fault that kept it from being sent."""
        while True:
            self._job.refuse_if_stopped()
            found = await self._placed(choice, slot, warnings)
            if isinstance(found, Sent) or not alone or not await self._waited_out(found):
                return found

    async def _placed(self, choice: Choice, slot: Slot, warnings: Warnings) -> Sent | Fault:
        """One call at a deployment that is well and has a place."""
        deployment, model, health = choice.deployment, slot.request.model, self._pursuit.sending.health
        if self._job.seconds_left <= 0:
            return Fault(
                kind=FaultKind.UNAVAILABLE, message="the request's time was over before it was sent", sent=False
            )
        # Asked twice: nobody queues for one that rests, and it may have failed while we queued.
        if wait := health.wait(deployment, model):
            return health.reason(deployment, model, wait)
        async with AsyncExitStack() as place:
            full = await self._place(deployment, place)
            if full is not None:
                return full
            if wait := health.enter(deployment, model):
                return health.reason(deployment, model, wait)
            return await self._pursuit.sending.send(self._job, choice, slot, warnings)

    def _patience(self) -> float:
        """Seconds that a place is waited for where nobody else can serve: an asynchronous generation has time."""
        longest = self._job.seconds_left
        return longest if self._job.record.asynchronous else min(longest, resilience.SHORT_WAIT)

    async def _place(self, deployment: Deployment, place: AsyncExitStack) -> Fault | None:
        gate = self._pursuit.gates.gate(deployment)
        try:
            async with self._job.stoppable():
                await place.enter_async_context(gate.enter(self._job.seconds_left))
        except Full as full:
            message = f"{gate.waiting} calls wait for it already"
            return Fault(kind=FaultKind.RATE_LIMITED, message=message, retry_after=full.retry_after, sent=False)
        except TimeoutError:
            self._job.refuse_if_stopped()
            message = "no place came free in the time that was left"
            return Fault(kind=FaultKind.RATE_LIMITED, message=message, retry_after=5.0, sent=False)
        return None


def _told(passed: _Passed, choice: Choice, slot: Slot) -> Taken:
    """What is told of a slot that nobody could serve."""
    terms, sent = terms_of(slot), passed.sent
    if sent is None:
        return nothing(choice, terms, resilience.error_for(passed.fault, choice.deployment))
    failures = tuple(faults_of(sent.outcome, terms, choice.deployment))
    return Taken(choice=choice, outcome=sent.outcome, failures=failures, warnings=sent.served.warnings)
