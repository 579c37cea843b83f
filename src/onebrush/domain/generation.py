"""The durable record of one ask, its attempts, and the moves its status may make."""

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
    """The record written before money can be spent. `created` and `finished` are unix seconds.

    `model` and `provider` are who serves it, `request` the model name as it was asked. `ask` is the whole ask and
    `result` what came of it, as engine.keeping writes them. `digest` identifies the caller's body, `idempotency` is the
    caller's Idempotency-Key. `origin` is what links are built on. `owner` is the process that works on it; an
    `asynchronous` one is taken up by another when that is gone. `cancel`: its owner was asked to stop. `dropped`: its
    first connection went before the answer.
    """

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
    owner: str = ""
    asynchronous: bool = False
    ask: str | None = None
    result: str | None = None
    digest: str | None = None
    idempotency: str | None = None
    origin: str = ""
    cancel: bool = False
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call to a vendor that may be paid: written as sent before its first byte leaves.

    `slot` is the place of its first picture in the answer. `terms` is what is needed to take its reply in without the
    request, as engine.keeping writes it.
    """

    id: str
    generation: str
    slot: int
    deployment: str
    model: str
    created: int
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """An attempt and what is known of it.

    `task` is the vendor's handle, `reply` what its answer held (engine.keeping), both durable before they are acted on;
    `ended` is how it ended, in one sentence; None while nobody knows.
    """

    attempt: Attempt
    task: str | None = None
    reply: str | None = None
    ended: str | None = None
