"""What comes of a request: artifacts, failures, cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onebrush.domain.errors import OneBrushError
from onebrush.domain.event import Layer
from onebrush.domain.model import AnswerForm
from onebrush.domain.money import Cost, UsageRecord
from onebrush.domain.warning import RequestWarning
from onebrush.kit.blobs import Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One stored picture, measured from its bytes. Times are unix seconds; `expires` is the retention's end
    (None: kept for ever). `once`: deleted when it has been delivered whole.

    `opaque` is the vendor's own mark of it (a thought signature), good only for these bytes (`digest`) at the
    deployment that gave it; only pictures that have one have a digest.
    """

    id: str
    generation: str
    key: str
    index: int
    media_type: str
    width: int
    height: int
    size: int
    created: int
    location: str
    test: bool
    expires: int | None = None
    once: bool = False
    deployment: str | None = None
    digest: str | None = None
    opaque: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultImage:
    """A picture of the answer: the artifact, its bytes at hand, and whether it could be kept."""

    artifact: Artifact
    blob: Blob
    stored: bool = True
    revised_prompt: str | None = None
    layer: Layer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One picture that did not come, and why."""

    index: int
    error: OneBrushError


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationResult:
    """The whole outcome of one generation.

    `model` is the served one, `facts` the vendor's resolved size, quality, background; `timings` are seconds.
    """

    id: str
    created: int
    model: str
    provider: str
    test: bool
    answer_form: AnswerForm
    images: tuple[ResultImage, ...]
    failures: tuple[Failure, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()
    usage: UsageRecord | None = None
    cost: Cost = field(default_factory=lambda: Cost(basis="unknown"))
    facts: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    link_ttl: int | None = None
    store: bool = True
