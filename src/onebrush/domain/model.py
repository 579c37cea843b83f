"""Model cards: what a model is, accepts, costs, and how long it lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from onebrush.domain.money import Price
from onebrush.domain.size import SizeRule


class Status(StrEnum):
    """Where a model is in its life, as stated by its vendor; a third party's word makes it deprecated only."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Treatment(StrEnum):
    """What becomes of a caller's field on a model."""

    NATIVE = "native"
    MAPPED = "mapped"
    EMULATED = "emulated"
    IGNORED = "ignored"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How one canonical field is treated on one model.

    `values` are the allowed words; `mapping` turns a caller's word into an allowed one (a warning unless the
    two mean the same); `default` is sent when the caller did not say; `minimum` and `maximum` bound numbers;
    `unverified` marks an effect the vendor does not document (warning `effect_unverified`); a value in `omit`
    is left out silently because it is what the vendor does anyway.

    `on` is the only operation the field goes with. `needs` is another field -> its values without one of which this
    one is not sent ("" stands for its being unsaid). `forbids` is a value of this field -> another field -> values
    the vendor refuses beside it. `on_edit` turns a word into another one where pictures are sent. `one_a_call` are
    values with which one call gives one picture. `emulated` are values of a native field that the gateway makes
    itself of what `mapping` asks for.
    """

    treatment: Treatment = Treatment.NATIVE
    values: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: object | None = None
    unverified: bool = False
    on: Literal["", "generate", "edit"] = ""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forbids: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    on_edit: Mapping[str, str] = field(default_factory=dict)
    one_a_call: tuple[str, ...] = ()
    emulated: tuple[str, ...] = ()


AnswerForm = Literal["url", "b64_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a model can do: text to image, how many references it takes, how many pictures one call gives.

    `input_formats` are media types the vendor takes. `max_input_bytes` is per picture. `turns_upright` says that the
    vendor honours EXIF orientation. `mask` and `markup`: the vendor has a field for them. `layers`: one call may split
    a picture into so many. `task` is the body in which the vendor takes the work as a task ("": it does not).
    `max_input_tokens` and `max_output_tokens` bound what a call may be charged for.
    """

    text_to_image: bool = True
    min_references: int = 0
    max_references: int = 0
    multi_turn: bool = False
    mask: bool = False
    native_count: int = 1
    sends_count: bool = False
    answer_form: AnswerForm = "b64_json"
    answer_forms: tuple[AnswerForm, ...] = ("b64_json",)
    input_formats: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp")
    max_input_bytes: int = 10_000_000
    prompt_limit: int | None = None
    prompt_cut: bool = False
    markup: bool = False
    turns_upright: bool = False
    layers: int = 0
    task: Literal["", "messages", "prompt"] = ""
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None

    @property
    def edits(self) -> bool:
        """Whether pictures can be given at all."""
        return self.max_references > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A row of the catalogue.

    `upstream` is platform -> the id sent there (`""`: any platform). `sources` are the pages that state it.
    """

    id: str
    provider: str
    title: str
    capability: Capability
    size: SizeRule
    upstream: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    served: bool = True
    status: Status = Status.ACTIVE
    shutdown_date: date | None = None
    successor: str | None = None
    created: date | None = None
    fields: Mapping[str, FieldRule] = field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""

    def upstream_id(self, platform: str) -> str:
        """The id this model has on a platform."""
        return self.upstream.get(platform) or self.upstream.get("") or self.id
