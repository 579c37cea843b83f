"""One try at one deployment: submit, wait, read the events to their end."""

from __future__ import annotations

from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Pending, Picture, Usage
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.engine.ports import Transport, TransportFault, Wire
from onebrush.engine.secrecy import without
from onebrush.kit.blobs import Scope
from onebrush.kit.lift import LiftError


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What an attempt brought: pictures in order, faults (of the whole, or of one picture), usage, facts.

    `attempts` is attempt id -> how it ended, those before it on the same slot included.
    """

    pictures: list[Picture] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    usage: UsageRecord | None = None
    done: Done = field(default_factory=Done)
    attempts: dict[str, str] = field(default_factory=dict)

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
            self.faults.append(_unasked_task(event))

    @property
    def failure(self) -> Fault | None:
        """Why there is no picture at all; None where there is one."""
        return None if self.pictures else self.faults[0] if self.faults else _NOTHING

    @property
    def ended(self) -> str:
        """How the attempt ended, in one sentence for the record."""
        fault = self.failure
        return f"{fault.kind}: {fault.message}"[:500] if fault else f"{len(self.pictures)} pictures"


_NOTHING = Fault(kind=FaultKind.NO_IMAGE, message="The vendor answered without a picture.")


def _unasked_task(event: Pending) -> Fault:
    message = f"The vendor answered with task {event.task} where a picture was due."
    return Fault(kind=FaultKind.BAD_RESPONSE, message=message)


async def attempt(
    request: FittedRequest, deployment: Deployment, wire: Wire, transport: Transport, scope: Scope
) -> Outcome:
    """Send once and read to the end; every way to fail is a Fault in the outcome, never an exception."""
    outcome = Outcome()
    try:
        async with transport.send(wire.submit(request), deployment, scope) as reply:
            async for event in wire.read(reply.head, reply.frames):
                outcome.take(event)
    except TransportFault as error:
        outcome.faults.insert(0, error.fault)
    except LiftError as error:
        outcome.faults.insert(0, _unreadable(error))
    outcome.faults = [without(deployment.credential, fault) for fault in outcome.faults]
    return outcome


def _unreadable(error: LiftError) -> Fault:
    return Fault(kind=FaultKind.BAD_RESPONSE, message=f"The vendor's answer could not be read: {error}")
