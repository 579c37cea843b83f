"""By what a request is known again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The digest of the caller's body, its Idempotency-Key, and whether its SDK says that it tries again."""

    digest: str = ""
    idempotency: str | None = None
    retried: bool = False
