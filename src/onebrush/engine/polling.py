"""A vendor's task, asked about until it is over: with back-off, in its time, taken back when nobody wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import Canceled, FaultKind
from onebrush.domain.event import Fault
from onebrush.engine.attempt import Outcome, exchange, failed
from onebrush.engine.job import Job
from onebrush.engine.ports import Transport, Wire

GROWTH = 1.5
# So often in a row a vendor has to say that it knows no such task: it is paid for, and one slip is not the end.
LOST = 3
# Polls a vendor answers within seconds; one that hangs is asked again.
POLL_SECONDS = 30.0
# First about 3 s, then about 10 s, as qwen-image's documents advise: the longest pause is this many first ones.
LONGEST = 10 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """The ports that waiting needs. `task_seconds` says how long a task may take in all."""

    transport: Transport
    task_seconds: Callable[[], float]

    async def until_over(self, task: str, job: Job, deployment: Deployment, wire: Wire) -> Outcome:
        """What the task brought. Raises Canceled where the generation was stopped and the vendor took it back."""
        seconds = self.task_seconds()
        ends = job.clock.monotonic() + seconds
        pause, asked_back, lost = deployment.poll_every, False, 0
        while (left := ends - job.clock.monotonic()) > 0:
            if job.stop.is_set() and not asked_back:
                asked_back = True
                await self._take_back(task, job, deployment, wire)
            await (job.clock.sleep if asked_back else job.nap)(min(pause, left))
            outcome = await self._asked(task, job, deployment, wire)
            lost = lost + 1 if _is_lost(outcome) else 0
            if _is_over(outcome) and lost in (0, LOST):
                return outcome
            pause = min(pause * GROWTH, deployment.poll_every * LONGEST)
        message = f"The vendor's task {task} was not over within {seconds:g} s."
        return failed(Fault(kind=FaultKind.TIMED_OUT, message=message))

    async def _asked(self, task: str, job: Job, deployment: Deployment, wire: Wire) -> Outcome:
        brief = replace(deployment, timeout=min(deployment.timeout, POLL_SECONDS))
        return await exchange(wire.poll(task), brief, wire, self.transport, job.paid)

    async def _take_back(self, task: str, job: Job, deployment: Deployment, wire: Wire) -> None:
        """Only the vendor can say that nothing is bought."""
        call = wire.cancel(task)
        if call is None:
            return
        brief = replace(deployment, timeout=min(deployment.timeout, POLL_SECONDS))
        answer = await exchange(call, brief, wire, self.transport, job.paid)
        if not answer.faults:
            raise Canceled("The generation was canceled by its owner, and the vendor took its task back.")


def _is_lost(outcome: Outcome) -> bool:
    """The vendor says that it knows no such task."""
    return any(fault.kind is FaultKind.OUTCOME_UNKNOWN for fault in outcome.faults)


def _is_over(outcome: Outcome) -> bool:
    """A poll that failed, or whose answer makes no sense, says nothing of the task: it is asked again.

    A task that failed is told by a 2xx, in the vendor's own code.
    """
    if outcome.pictures:
        return True
    fault = next(iter(outcome.faults), None)
    if fault is None:
        return not outcome.pending
    senseless = fault.kind is FaultKind.BAD_RESPONSE and fault.code is None
    return fault.status is not None and 200 <= fault.status < 300 and not senseless
