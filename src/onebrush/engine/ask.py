"""One ask on its way through the engine, and what each of its calls brought."""

from __future__ import annotations

from dataclasses import dataclass, field

from onebrush.domain.key import ApiKey
from onebrush.domain.money import Cost
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Failure, ResultImage
from onebrush.domain.warning import RequestWarning
from onebrush.engine.attempt import Outcome
from onebrush.engine.routing import Choice
from onebrush.engine.timing import Stopwatch
from onebrush.kit.blobs import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Its id, whose it is, and the scope that holds its pictures. `created` is in unix seconds."""

    id: str
    key: ApiKey
    request: GenerationRequest
    scope: Scope
    created: int
    watch: Stopwatch = field(default_factory=Stopwatch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one call, or one slot that got none, brought: pictures and failures by place, who served, its cost."""

    choice: Choice
    outcome: Outcome
    images: tuple[ResultImage, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()
    cost: Cost = field(default_factory=lambda: Cost(basis="unknown"))
