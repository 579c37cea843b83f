"""The shapes a catalogue file may have; a key that is not here is an error."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeVar

import msgspec

from onebrush.domain.deployment import Auth
from onebrush.domain.model import AnswerForm, Status, Treatment
from onebrush.domain.money import Unit
from onebrush.domain.size import SizeKind

Raw = dict[str, Any]


class CatalogueError(ValueError):
    """A catalogue file that cannot be used: which file, which row, and why."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a catalogue file."""


Made = TypeVar("Made", bound=msgspec.Struct)


def shaped(raw: Raw, shape: type[Made], where: str) -> Made:
    """The raw table in its shape. Raises CatalogueError saying where."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{where}: {error}.") from error


class Document(Shape, frozen=True):
    """A whole file. Rows are read later, when what they share is filled in."""

    provider: Raw = {}
    defaults: Raw = {}
    tables: dict[str, dict[str, str]] = {}
    sizes: dict[str, Raw] = {}
    fields: dict[str, Raw] = {}
    capabilities: dict[str, Raw] = {}
    prices: dict[str, list[Raw]] = {}
    model: list[Raw] = []


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """What of a row, or of `[defaults]`, says what it shares."""

    id: str = ""
    like: str = ""
    capabilities: str | list[str] = []
    sizes: str | list[str] = []
    fields: str | list[str] = []
    prices: str | list[str] = []
    capability: Raw = {}
    size: Raw = {}
    field: Raw = {}
    price: list[Raw] = []
    sources: list[str] = []


class PlatformRow(Shape, frozen=True):
    """`ids_of` names the platform whose model ids are used here too."""

    base_url: str
    currency: str | None = None
    ids_of: str | None = None


class ProviderRow(Shape, frozen=True):
    """The `[provider]` table."""

    name: str
    title: str
    wire: str
    auth: Auth
    key_env: tuple[str, ...]
    platforms: dict[str, PlatformRow]
    default_platform: str = ""


class CapabilityRow(Shape, frozen=True):
    """See domain.model.Capability; what is left out has its default there."""

    text_to_image: bool | msgspec.UnsetType = msgspec.UNSET
    min_references: int | msgspec.UnsetType = msgspec.UNSET
    max_references: int | msgspec.UnsetType = msgspec.UNSET
    multi_turn: bool | msgspec.UnsetType = msgspec.UNSET
    mask: bool | msgspec.UnsetType = msgspec.UNSET
    native_count: int | msgspec.UnsetType = msgspec.UNSET
    sends_count: bool | msgspec.UnsetType = msgspec.UNSET
    answer_form: AnswerForm | msgspec.UnsetType = msgspec.UNSET
    answer_forms: tuple[AnswerForm, ...] | msgspec.UnsetType = msgspec.UNSET
    input_formats: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    max_input_bytes: int | msgspec.UnsetType = msgspec.UNSET
    prompt_limit: int | msgspec.UnsetType = msgspec.UNSET
    prompt_cut: bool | msgspec.UnsetType = msgspec.UNSET
    markup: bool | msgspec.UnsetType = msgspec.UNSET
    turns_upright: bool | msgspec.UnsetType = msgspec.UNSET
    layers: int | msgspec.UnsetType = msgspec.UNSET
    task: Literal["", "messages", "prompt"] | msgspec.UnsetType = msgspec.UNSET
    max_input_tokens: int | msgspec.UnsetType = msgspec.UNSET
    max_output_tokens: int | msgspec.UnsetType = msgspec.UNSET


class SizeRow(Shape, frozen=True):
    """See domain.size.SizeRule. Sizes are written "1024x1024"; `tables` is tier -> names of shared tables."""

    kind: SizeKind
    allowed: tuple[str, ...] = ()
    min_area: int = 1
    max_area: int | None = None
    min_edge: int = 1
    max_edge: int | None = None
    multiple: int = 1
    snap: int = 16
    max_ratio: float | None = None
    tables: dict[str, tuple[str, ...]] = {}
    tier_areas: dict[str, int] = {}
    default_tier: str | None = None
    keywords: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()
    default: str | None = None
    sends_tier: bool = True


class FieldRow(Shape, frozen=True):
    """See domain.model.FieldRule."""

    treatment: Treatment = Treatment.NATIVE
    values: tuple[str, ...] = ()
    mapping: dict[str, str] = {}
    omit: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: bool | int | float | str | None = None
    unverified: bool = False
    on: Literal["", "generate", "edit"] = ""
    needs: dict[str, tuple[str, ...]] = {}
    forbids: dict[str, dict[str, tuple[str, ...]]] = {}
    on_edit: dict[str, str] = {}
    one_a_call: tuple[str, ...] = ()
    emulated: tuple[str, ...] = ()


class PriceRow(Shape, frozen=True):
    """See domain.money.Price. Money is text: `amount` for one unit, or `per_million` units."""

    unit: Unit
    amount: str | None = None
    per_million: str | None = None
    currency: str | None = None
    platform: str = ""
    max_area: int | None = None
    tier: str | None = None
    unverified: bool = False
    source: str = ""


class ModelRow(Shape, frozen=True):
    """A `[[model]]` row with everything shared filled in."""

    id: str
    title: str
    capability: CapabilityRow
    size: SizeRow
    field: dict[str, FieldRow]
    price: tuple[PriceRow, ...]
    upstream: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    served: bool = True
    status: Status = Status.ACTIVE
    shutdown_date: date | None = None
    successor: str = ""
    created: date | None = None
    sources: tuple[str, ...] = ()
    note: str = ""
