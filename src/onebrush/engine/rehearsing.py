"""A plan -> what a dry run tells of it: the calls as they would leave, and what they could cost."""

from __future__ import annotations

from collections.abc import Sequence

from onebrush.domain.rehearsal import PlannedCall, Rehearsal
from onebrush.domain.request import FittedRequest
from onebrush.domain.warning import RequestWarning
from onebrush.engine import metering
from onebrush.engine.ask import Ask
from onebrush.engine.pursuit import Pursuit
from onebrush.engine.routing import Choice
from onebrush.engine.slots import Slot


def rehearsal_of(
    ask: Ask,
    choice: Choice,
    fitted: FittedRequest,
    slots: Sequence[Slot],
    warnings: tuple[RequestWarning, ...],
    pursuit: Pursuit,
) -> Rehearsal:
    """What would be sent, from the same wires and transport that send it."""
    deployment = choice.deployment
    return Rehearsal(
        id=ask.id,
        provider=choice.card.provider,
        test=deployment.test,
        fitted=fitted,
        calls=tuple(_planned(slot, choice, pursuit) for slot in slots),
        bound=metering.add(metering.bound(slot.request, deployment) for slot in slots),
        estimate=metering.add(metering.estimate(slot.request, deployment) for slot in slots),
        warnings=warnings,
    )


def _planned(slot: Slot, choice: Choice, pursuit: Pursuit) -> PlannedCall:
    call = pursuit.sending.wires[choice.deployment.wire].submit(slot.request)
    head = pursuit.sending.transport.addressed(call, choice.deployment)
    return PlannedCall(method=head.method, url=head.url, headers=head.headers, call=call)
