"""One try at one deployment: submit, wait where the vendor made a task of it, read the events to their end."""

from __future__ import annotations

from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Pending, Picture, Usage
from onebrush.domain.exchange import Call
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.engine.ports import Transport, TransportFault, Wire
from onebrush.engine.secrecy import without
from onebrush.kit.blobs import Scope
from onebrush.kit.lift import LiftError


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What an attempt brought: pictures in order, faults (of the whole, or of one picture), usage, facts.

    `task` is the vendor's handle while nothing else has come.
    """

    pictures: list[Picture] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    usage: UsageRecord | None = None
    done: Done = field(default_factory=Done)
    task: str | None = None

    def take(self, event: Event) -> None:
        """Fold one event in."""
        if isinstance(event, Picture):
            self.pictures.append(event)
        elif isinstance(event, Fault):
            self.faults.append(event)
        elif isinstance(event, Usage):
            self.usage = event.record
        elif isinstance(event, Done):
            self.done = event
        elif isinstance(event, Pending):
            self.task = event.task

    @property
    def pending(self) -> bool:
        """Whether the vendor is still at work."""
        return self.task is not None and not self.pictures and not self.faults

    @property
    def failure(self) -> Fault | None:
        """Why there is no picture at all; None where there is one."""
        return None if self.pictures else self.faults[0] if self.faults else _NOTHING

    @property
    def ended(self) -> str:
        """How the attempt ended, in one sentence for the record."""
        fault = self.failure
        return f"{fault.kind}: {fault.message}"[:500] if fault else f"{_counted(len(self.pictures))} came."


_NOTHING = Fault(kind=FaultKind.NO_IMAGE, message="The vendor answered without a picture.")


def _counted(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures} pictures"


def failed(fault: Fault) -> Outcome:
    """The outcome of an attempt that only has this to tell."""
    return Outcome(faults=[fault])


def as_task(request: FittedRequest, deployment: Deployment) -> bool:
    """Whether the vendor is asked to make a task of it."""
    return deployment.mode == "task" and request.card.capability.task != ""


async def submit(
    request: FittedRequest, deployment: Deployment, wire: Wire, transport: Transport, scope: Scope
) -> Outcome:
    """Send once and read to the end; every way to fail is a Fault in the outcome, never an exception."""
    task = as_task(request, deployment)
    outcome = await exchange(
        wire.submit_task(request) if task else wire.submit(request), deployment, wire, transport, scope
    )
    if outcome.pending and not task:
        message = f"The vendor answered with task {outcome.task} where a picture was due."
        outcome.faults.append(Fault(kind=FaultKind.BAD_RESPONSE, message=message))
    return outcome


async def exchange(call: Call, deployment: Deployment, wire: Wire, transport: Transport, scope: Scope) -> Outcome:
    """One call and its reply, as an outcome."""
    outcome = Outcome()
    try:
        async with transport.send(call, deployment, scope) as reply:
            async for event in wire.read(reply.head, reply.frames, call):
                outcome.take(event)
    except TransportFault as error:
        outcome.faults.insert(0, error.fault)
    except LiftError as error:
        outcome.faults.insert(0, _unreadable(error))
    outcome.faults = [without(deployment.credential, fault) for fault in outcome.faults]
    return outcome


def _unreadable(error: LiftError) -> Fault:
    return Fault(kind=FaultKind.BAD_RESPONSE, message=f"The vendor's answer could not be read: {error}")
