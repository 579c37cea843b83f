"""A model card as a descriptor: typed, complete, enough to build a form or a validator from it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec

from onebrush.domain.model import AnswerForm, Capability, ModelCard, Status
from onebrush.domain.money import Price, Unit
from onebrush.wires.openai.capability_fields import FieldDescriptor, field_descriptors
from onebrush.wires.openai.capability_sizes import SizeDescriptor, size_descriptor
from onebrush.wires.openai.words import PROMPT_LIMIT

MOST_PICTURES = 10


class References(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures given: how many, and what the vendor takes. `max_bytes` is per picture; other formats are converted."""

    min: int
    max: int
    formats: tuple[str, ...]
    max_bytes: int


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """`n`: the gateway makes as many calls as it takes, each giving up to `per_call` pictures."""

    min: int
    max: int
    per_call: int


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """`max` is in characters; `beyond` is what becomes of a longer prompt."""

    max: int
    beyond: Literal["refused", "cut"]


class Forms(msgspec.Struct, frozen=True, kw_only=True):
    """`response_format`: what the vendor gives unasked, and what callers may ask for."""

    native: AnswerForm
    values: tuple[AnswerForm, ...] = ("url", "b64_json")


class PriceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`amount` is a decimal number of `currency` for one `unit`; `max_area` is in pixels, inclusive."""

    unit: Unit
    amount: str
    currency: str
    platform: str = ""
    tier: str | None = None
    max_area: int | None = None
    unverified: bool = False
    source: str = ""


class Descriptor(msgspec.Struct, frozen=True, kw_only=True):
    """One model. `fields` has every field of every family; `layers` is how many pictures a split gives at most."""

    id: str
    object: Literal["image.model"] = "image.model"
    provider: str
    title: str
    aliases: tuple[str, ...]
    status: Status
    created: date | None
    shutdown_date: date | None
    successor: str | None
    operations: tuple[Literal["generate", "edit"], ...]
    prompt: Prompt
    references: References
    mask: Literal["native", "emulated", "none"]
    markup: Literal["native", "none"]
    multi_turn: Literal["native", "flattened"]
    layers: int | None
    max_input_tokens: int | None
    max_output_tokens: int | None
    count: Count
    size: SizeDescriptor
    response_format: Forms
    fields: Mapping[str, FieldDescriptor]
    prices: tuple[PriceLine, ...]
    sources: tuple[str, ...]
    note: str


def descriptor(card: ModelCard, status: Status, successor: str | None) -> Descriptor:
    """The model, where it is in its life on the day asked, and who takes over."""
    can = card.capability
    return Descriptor(
        id=card.id,
        provider=card.provider,
        title=card.title,
        aliases=card.aliases,
        status=status,
        created=card.created,
        shutdown_date=card.shutdown_date,
        successor=successor,
        operations=_operations(can),
        prompt=_prompt(can),
        references=_references(can),
        mask="native" if can.mask else "emulated" if can.edits else "none",
        markup="native" if can.markup else "none",
        multi_turn="native" if can.multi_turn else "flattened",
        layers=can.layers or None,
        max_input_tokens=can.max_input_tokens,
        max_output_tokens=can.max_output_tokens,
        count=Count(min=1, max=MOST_PICTURES, per_call=can.native_count),
        size=size_descriptor(card.size),
        response_format=Forms(native=can.answer_form),
        fields=field_descriptors(card.fields),
        prices=tuple(map(_price, card.prices)),
        sources=card.sources,
        note=card.note,
    )


def encoded(descriptor: Descriptor) -> bytes:
    """`GET /v1/images/models/{id}`."""
    return msgspec.json.encode(descriptor)


def encoded_list(descriptors: Sequence[Descriptor]) -> bytes:
    """`GET /v1/images/models`."""
    return msgspec.json.encode({"object": "list", "data": descriptors})


def _operations(can: Capability) -> tuple[Literal["generate", "edit"], ...]:
    if not can.edits:
        return ("generate",)
    return ("generate", "edit") if can.text_to_image else ("edit",)


def _prompt(can: Capability) -> Prompt:
    most = min(can.prompt_limit or PROMPT_LIMIT, PROMPT_LIMIT)
    return Prompt(max=most, beyond="cut" if can.prompt_cut and can.prompt_limit else "refused")


def _references(can: Capability) -> References:
    formats = can.input_formats if can.edits else ()
    return References(
        min=can.min_references, max=can.max_references, formats=formats, max_bytes=can.max_input_bytes if formats else 0
    )


def _price(price: Price) -> PriceLine:
    return PriceLine(
        unit=price.unit,
        amount=price.money.decimal,
        currency=price.money.currency,
        platform=price.platform,
        tier=price.tier,
        max_area=price.max_area,
        unverified=price.unverified,
        source=price.source,
    )
