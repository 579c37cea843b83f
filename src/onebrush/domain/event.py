"""What an attempt tells the engine, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onebrush.domain.errors import FaultKind
from onebrush.domain.money import UsageRecord
from onebrush.kit.blobs import Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The vendor is at work; `fraction` is 0..1 where it says."""

    fraction: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """An unfinished preview of picture `index`."""

    index: int
    blob: Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Where a part of a picture lies: its place in the pile (0: the base), and its corners where the vendor says.

    `box` is left, top, right and bottom in pixels of the base.
    """

    order: int
    box: tuple[int, int, int, int] | None = None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture: its bytes, or the vendor's link to them."""

    source: Blob | str
    index: int = 0
    revised_prompt: str | None = None
    opaque: str | None = None
    layer: Layer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The vendor took the work as a task of its own."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the vendor says it used."""

    record: UsageRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the attempt, or one picture of it (`index`), failed. `retry_after` is in seconds.

    `sent` is False where certainly nothing of the call reached the vendor.
    """

    kind: FaultKind
    message: str
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    param: str | None = None
    index: int | None = None
    sent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The reply is read to its end; `facts` are the vendor's resolved `size`, `quality`, `background` …"""

    request_id: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


Event = Progress | Partial | Picture | Pending | Usage | Fault | Done
