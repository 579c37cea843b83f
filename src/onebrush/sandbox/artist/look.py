"""What the words say about a motif's dress."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the words say about a motif."""

    colour: str | None = None
    scarf: str | None = None
    hat: str | None = None
    bow: str | None = None
