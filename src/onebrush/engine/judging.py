"""What an attempt's end means for its money: settled, released because the vendor did no work, or not known."""

from __future__ import annotations

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.domain.ledger import LedgerState
from onebrush.engine.attempt import Outcome

# Refusals before any work. A 503 is one: the closed table of faults says so.
_NO_WORK = frozenset(
    {
        FaultKind.BAD_REQUEST,
        FaultKind.CREDENTIAL,
        FaultKind.QUOTA,
        FaultKind.RATE_LIMITED,
        FaultKind.UNAVAILABLE,
        FaultKind.MODEL_GONE,
    }
)
# The vendor looked, and gives nothing: what came of the call is known, what it costs may not be.
_NOTHING_GIVEN = frozenset({FaultKind.CONTENT_BLOCKED, FaultKind.NO_IMAGE})


def state_of(outcome: Outcome, delivered: int) -> LedgerState:
    """The final state of an attempt that `delivered` so many of its pictures."""
    if delivered:
        return LedgerState.SETTLED
    fault = outcome.failure
    if fault is None:
        return LedgerState.UNRESOLVED  # made and paid, but none could be had
    refused = fault.kind is FaultKind.CONTENT_BLOCKED and outcome.usage is None
    if refused or not charged(fault):
        return LedgerState.RELEASED
    return LedgerState.UNRESOLVED


def charged(fault: Fault) -> bool:
    """Whether the vendor may have charged for a call that ended so."""
    if not fault.sent or fault.kind in _NO_WORK:
        return False
    refused = fault.status is not None and fault.status >= 400
    return not (fault.kind in (FaultKind.BAD_RESPONSE, FaultKind.NO_IMAGE) and refused)


def doubtful(outcome: Outcome, delivered: int) -> bool:
    """Whether it is not known what became of the call, so that nobody may buy it again by themselves."""
    if state_of(outcome, delivered) is not LedgerState.UNRESOLVED:
        return False
    fault = outcome.failure
    return fault is None or fault.kind not in _NOTHING_GIVEN
