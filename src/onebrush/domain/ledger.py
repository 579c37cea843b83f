"""The ledger: what became of the money of each attempt. Rows are appended, never changed; the last one counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LedgerState(StrEnum):
    """reserved -> sent -> settled | released | unresolved; what is unresolved may still be settled or released."""

    RESERVED = "reserved"
    SENT = "sent"
    SETTLED = "settled"
    RELEASED = "released"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One row. `nano` is the amount in nano-units of `currency`; None: unknown, never zero.

    Of a reserved, sent or unresolved entry it is the most the call can cost. `created` is in unix seconds. `why` says
    in one sentence what led here, for released and unresolved ones.
    """

    attempt: str
    generation: str
    key: str
    test: bool
    state: LedgerState
    created: int
    nano: int | None = None
    currency: str | None = None
    basis: str = "unknown"
    why: str | None = None
