"""One ask of one model and everything the table says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

PROMPT = "A paper boat on a quiet pond"
LATER = "The same boat at dusk, with lanterns"

# What only the answer shows: marked stage "result", and let pass by strict. The pictures the table gives are PNG, which
# every vendor takes, so `converted` is always about a picture that came.
RESULT_WARNINGS = frozenset({"converted", "effect_unverified", "field_emulated", "resized", "pictures_dropped"})
REQUEST_WARNINGS = frozenset({
    "size_adjusted", "size_dropped", "tier_adjusted", "field_ignored", "field_adjusted", "seed_varied", "unknown_field",
    "history_flattened", "history_reshaped", "mask_emulated", "mask_adjusted",
})  # fmt: skip
UNKNOWN = frozenset({"unknown_field", "field_ignored"})  # with strict: 400 unknown_parameter; the rest invalid_value

Mask = Literal["alpha", "black_white", "small"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error, and no vendor is called unless it is theirs; `codes` are alternatives, no `param` is not checked."""

    status: int
    codes: tuple[str, ...]
    param: str | None = None
    by_vendor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A shape known only roughly: the ratio within `within`, the area (where known) within 15 %."""

    ratio: tuple[int, int]
    area: int | None = None
    within: float = 0.03

    def holds(self, width: int, height: int) -> bool:
        """Say whether measured pixels have this shape."""
        wide, high = self.ratio
        if abs(width * high / (height * wide) - 1) > self.within:
            return False
        return self.area is None or abs(width * height / self.area - 1) <= 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What asks are made with: pictures, masks by kind, and a markup, all data URIs."""

    pictures: tuple[str, ...]
    masks: Mapping[Mask, str]
    markup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One ask of one model, and everything the table says about it; None means the table does not say.

    `row` groups models under one rule; `only` are those the ask is put to, if not all; a `shared` ask is the family's.
    """

    name: str
    family: str
    row: str = ""
    model: str
    only: tuple[str, ...] = ()
    shared: bool = False
    ask: Mapping[str, Any]
    images: int = 0
    mask: Mask | None = None
    markup: bool = False
    history: bool = False
    example: str | None = None
    path: str | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    each: tuple[Mapping[str, Any], ...] = ()
    absent: frozenset[str] = frozenset()
    says: tuple[str, ...] = ()
    pictures: int = 0
    picture_keys: tuple[str, ...] | None = None
    mask_part: str | None = None
    pixels: tuple[int, int] | None = None
    near: Near | None = None
    media_type: str | None = None
    count: int = 1
    calls: int | None = 1
    warnings: frozenset[str] = frozenset()
    answer: str | None = None
    refused: Refusal | None = None

    @property
    def patched(self) -> bool:
        """Whether the mask was not sent, so that outside of it the picture has to be the original again."""
        return self.mask is not None and self.mask_part is None and self.refused is None

    def body(self, material: Material) -> dict[str, Any]:
        """The request as posted."""
        body: dict[str, Any] = {"model": self.model, **self._words(material), **self.ask}
        chosen = list(material.pictures[: self.images])
        if chosen:
            body["image"] = chosen[0] if len(chosen) == 1 else chosen
        if self.mask:
            body["mask"] = material.masks[self.mask]
        return {**body, "markup": material.markup} if self.markup else body

    def _words(self, material: Material) -> dict[str, Any]:
        if not self.history:
            return {"prompt": PROMPT}
        first = {"role": "user", "parts": [{"text": PROMPT}]}
        drawn = {"role": "model", "parts": [{"image": material.pictures[0]}]}
        return {"contents": [first, drawn, {"role": "user", "parts": [{"text": LATER}]}]}
