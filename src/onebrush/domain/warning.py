"""What we changed or dropped, told to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["request", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWarning:
    """One change: what was asked, what was sent instead (None: nothing), and why.

    `stage` is `result` for what only the answer reveals. `allowed` is what the model would have taken as it was,
    for the refusal that a strict request gets instead.
    """

    code: str
    message: str
    param: str | None = None
    asked: object | None = None
    sent: object | None = None
    stage: Stage = "request"
    allowed: tuple[str, ...] = ()
