"""One call: written down as sent before its first byte leaves, waited for where the vendor made a task of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import Canceled, StorageUnavailable
from onebrush.domain.generation import Attempt
from onebrush.domain.ledger import LedgerState
from onebrush.domain.warning import RequestWarning
from onebrush.engine import metering
from onebrush.engine.attempt import Outcome, submit
from onebrush.engine.health import Health
from onebrush.engine.job import UNKNOWN, Job
from onebrush.engine.keeping import terms_text
from onebrush.engine.polling import Polling
from onebrush.engine.ports import CancelAsked, Journal, KeepTask, MarkSent, Transport, Wire
from onebrush.engine.routing import Choice
from onebrush.engine.slots import Slot
from onebrush.engine.taking import Served
from onebrush.engine.terms import terms_of
from onebrush.kit.clock import Clock
from onebrush.kit.logs import get_logger

log = get_logger()

Warnings = tuple[RequestWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call that was made, and what came of it."""

    served: Served
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The ports that a call needs."""

    wires: Mapping[str, Wire]
    transport: Transport
    journal: Journal
    clock: Clock
    polling: Polling
    health: Health

    async def send(self, job: Job, choice: Choice, slot: Slot, warnings: Warnings) -> Sent:
        """Marked as sent, durably, before its first byte leaves."""
        deployment, health = choice.deployment, self.health
        started = self.clock.monotonic()
        reported = False
        try:
            attempt = await self._mark(job, choice, slot)
            job.leave(self.clock.monotonic())
            with job.ask.watch.of("provider"):
                outcome = await self._asked(job, attempt, choice, slot)
            reported = True
            health.report(deployment, slot.request.model, outcome.failure, self.clock.monotonic() - started)
        finally:
            if not reported:
                health.forgo(deployment, slot.request.model)
        _note(job, deployment, slot, outcome)
        served = Served(
            attempt=attempt,
            terms=terms_of(slot),
            choice=choice,
            model=slot.request.model,
            finish=slot.request.finish,
            warnings=warnings,
        )
        return Sent(served=served, outcome=outcome)

    async def _mark(self, job: Job, choice: Choice, slot: Slot) -> str:
        known = job.hold(slot, metering.bound(slot.request, choice.deployment))
        attempt, entry = job.send(slot)
        entries, ended = job.flush(closing=False)
        sent = Attempt(
            id=attempt,
            generation=job.record.id,
            slot=slot.first,
            deployment=choice.deployment.id,
            model=slot.request.model,
            created=entry.created,
            terms=terms_text(terms_of(slot)),
        )
        change = MarkSent(attempt=sent, owner=job.record.owner, entries=(*entries, *known, entry), ended=ended)
        job.marking = True
        try:
            await self.journal.commit(change)
        except BaseException as error:
            job.marking = False
            job.unsend(slot, attempt)
            job.put_back((*entries, *known), ended)
            if isinstance(error, CancelAsked):
                job.halt()
                job.refuse_if_stopped()
            raise
        return attempt

    async def _asked(self, job: Job, attempt: str, choice: Choice, slot: Slot) -> Outcome:
        deployment = choice.deployment
        wire = self.wires[deployment.wire]
        within = replace(deployment, timeout=max(0.001, min(deployment.timeout, job.seconds_left)))
        outcome = await submit(slot.request, within, wire, self.transport, job.paid)
        if outcome.task is None or not outcome.pending:
            return outcome
        await self._keep_task(job, attempt, outcome.task)
        try:
            return await self.polling.until_over(outcome.task, job, deployment, wire)
        except Canceled as canceled:
            job.close(attempt, LedgerState.RELEASED, UNKNOWN, canceled.message)
            raise

    async def _keep_task(self, job: Job, attempt: str, task: str) -> None:
        try:
            await self.journal.commit(KeepTask(attempt=attempt, task=task))
        except StorageUnavailable as error:
            # The work is under way and paid: it is waited for all the same.
            log.error("task not written down", generation=job.record.id, task=task, reason=error.message)


def _note(job: Job, deployment: Deployment, slot: Slot, outcome: Outcome) -> None:
    fault = outcome.failure
    if fault is None:
        return
    log.warning(
        "attempt failed",
        generation=job.record.id,
        deployment=deployment.id,
        model=slot.request.model,
        fault=fault.kind.value,
        status=fault.status,
        code=fault.code,
    )
