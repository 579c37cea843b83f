"""The durable record of one ask, and the moves its status may make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GenerationStatus(StrEnum):
    """Where a generation stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COLLECTING = "collecting"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self in _FINISHED


_FINISHED = frozenset(
    {
        GenerationStatus.SUCCEEDED,
        GenerationStatus.PARTIAL,
        GenerationStatus.FAILED,
        GenerationStatus.CANCELED,
        GenerationStatus.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The record written before money can be spent. `created` and `finished` are unix seconds."""

    id: str
    key: str
    test: bool
    model: str
    status: GenerationStatus
    created: int
    request: str
    finished: int | None = None
    provider: str | None = None
    error: str | None = None
    cost_nano: int | None = None
    currency: str | None = None
    basis: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call to a vendor that may be paid: written as sent before its first byte leaves."""

    id: str
    generation: str
    slot: int
    deployment: str
    model: str
    created: int
