"""Words in a prompt that steer the sandbox into a fault."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_WAIT_S = 600.0
_WORDS = re.compile(
    r"\[\s*sandbox\s*:\s*(?:"
    r"(moderation|429|500|502|503|504|cut|empty|garbage|stuck|lost|backwards|swapped)"
    r"|(slow|queued)\s+(\d+(?:\.\d+)?)"
    r")\s*\]",
    re.IGNORECASE | re.ASCII,
)


class FaultKind(StrEnum):
    """What a prompt can ask to go wrong; the last five of tasks only."""

    MODERATION = "moderation"
    RATE_LIMIT = "429"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    TIMEOUT = "504"
    SLOW = "slow"
    CUT = "cut"
    EMPTY = "empty"
    GARBAGE = "garbage"
    QUEUED = "queued"
    STUCK = "stuck"
    LOST = "lost"
    BACKWARDS = "backwards"
    SWAPPED = "swapped"


# What a vendor says instead of working.
REFUSALS = frozenset(
    {
        FaultKind.MODERATION,
        FaultKind.RATE_LIMIT,
        FaultKind.INTERNAL,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.TIMEOUT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first fault word of a prompt."""

    kind: FaultKind
    seconds: float = 0.0


def find(prompt: str) -> Fault | None:
    """Read the first fault word, wherever it stands and however it is cased."""
    found = _WORDS.search(prompt)
    if found is None:
        return None
    kind = FaultKind((found[1] or found[2]).lower())
    return Fault(kind=kind, seconds=min(float(found[3] or 0), LONGEST_WAIT_S))


def without_words(prompt: str) -> str:
    """Leave the prompt as the artist should see it, without fault words."""
    return _WORDS.sub("", prompt).strip()
