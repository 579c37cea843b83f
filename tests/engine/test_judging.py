"""What an attempt's end means for its money, by the table of faults: settled, released, unresolved."""

from __future__ import annotations

import pytest

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Picture
from onebrush.domain.ledger import LedgerState
from onebrush.domain.money import UsageRecord
from onebrush.engine.attempt import Outcome
from onebrush.engine.judging import charged, doubtful, state_of
from tests.engine.doubles import fault

RELEASED, UNRESOLVED, SETTLED = LedgerState.RELEASED, LedgerState.UNRESOLVED, LedgerState.SETTLED
USED = UsageRecord(output_tokens=12)
MADE = Picture(source="https://pictures.example/one.png")


def ended(kind: FaultKind, *, status: int | None = None, sent: bool = True, used: bool = False) -> Outcome:
    return Outcome(faults=[fault(kind, status=status, sent=sent)], usage=USED if used else None)


# kind, status, reached the vendor, usage told -> the end of its money, and whether anybody knows what became of it.
TABLE = [
    # refused before any work
    (FaultKind.BAD_REQUEST, 400, True, False, RELEASED, False),
    (FaultKind.CONTENT_BLOCKED, 400, True, False, RELEASED, False),
    (FaultKind.CREDENTIAL, 401, True, False, RELEASED, False),
    (FaultKind.QUOTA, 402, True, False, RELEASED, False),
    (FaultKind.RATE_LIMITED, 429, True, False, RELEASED, False),
    (FaultKind.MODEL_GONE, 404, True, False, RELEASED, False),
    (FaultKind.UNAVAILABLE, 503, True, False, RELEASED, False),
    # never sent
    (FaultKind.UNAVAILABLE, None, False, False, RELEASED, False),
    (FaultKind.BAD_RESPONSE, None, False, False, RELEASED, False),
    (FaultKind.OUTCOME_UNKNOWN, None, False, False, RELEASED, False),
    (FaultKind.TIMED_OUT, None, False, False, RELEASED, False),
    # sent, then 500, 502, 504, cut or silence
    (FaultKind.OUTCOME_UNKNOWN, 500, True, False, UNRESOLVED, True),
    (FaultKind.OUTCOME_UNKNOWN, 504, True, False, UNRESOLVED, True),
    (FaultKind.OUTCOME_UNKNOWN, None, True, False, UNRESOLVED, True),
    (FaultKind.TIMED_OUT, None, True, False, UNRESOLVED, True),
    # an answer that makes no sense
    (FaultKind.BAD_RESPONSE, 200, True, False, UNRESOLVED, True),
    (FaultKind.BAD_RESPONSE, None, True, False, UNRESOLVED, True),
    (FaultKind.BAD_RESPONSE, 200, True, True, UNRESOLVED, True),
    (FaultKind.BAD_RESPONSE, 404, True, False, RELEASED, False),
    # an answer without a picture: what came of the call is known, what it costs is not
    (FaultKind.NO_IMAGE, 200, True, False, UNRESOLVED, False),
    (FaultKind.NO_IMAGE, 200, True, True, UNRESOLVED, False),
    (FaultKind.NO_IMAGE, None, True, False, UNRESOLVED, False),
    (FaultKind.NO_IMAGE, 404, True, False, RELEASED, False),
    (FaultKind.NO_IMAGE, None, False, False, RELEASED, False),
    (FaultKind.CONTENT_BLOCKED, 200, True, True, UNRESOLVED, False),
]


@pytest.mark.parametrize(("kind", "status", "sent", "used", "state", "doubt"), TABLE)
def test_the_end_of_a_call_without_a_picture_follows_the_table(
    kind: FaultKind, status: int | None, sent: bool, used: bool, state: LedgerState, doubt: bool
) -> None:
    outcome = ended(kind, status=status, sent=sent, used=used)

    assert (state_of(outcome, 0), doubtful(outcome, 0)) == (state, doubt)


def test_the_table_has_every_kind_of_fault() -> None:
    assert {row[0] for row in TABLE} == set(FaultKind)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_picture_that_was_delivered_is_settled_whatever_came_after_it(kind: FaultKind) -> None:
    outcome = Outcome(pictures=[MADE], faults=[fault(kind)])

    assert (state_of(outcome, 1), doubtful(outcome, 1)) == (SETTLED, False)


def test_pictures_that_were_made_and_could_not_be_had_are_unresolved() -> None:
    outcome = Outcome(pictures=[MADE, MADE])

    assert (state_of(outcome, 0), doubtful(outcome, 0)) == (UNRESOLVED, True)


@pytest.mark.parametrize("usage", [None, USED])
def test_an_answer_with_nothing_in_it_at_all_is_one_without_a_picture(usage: UsageRecord | None) -> None:
    outcome = Outcome(usage=usage)

    assert (state_of(outcome, 0), doubtful(outcome, 0)) == (UNRESOLVED, False)


@pytest.mark.parametrize("kind", FaultKind)
def test_what_never_left_was_never_charged(kind: FaultKind) -> None:
    assert not charged(fault(kind, sent=False))
