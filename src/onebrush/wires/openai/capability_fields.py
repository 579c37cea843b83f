"""What of a model's descriptor is about fields: each of them, its type, its values, what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from onebrush.domain.field import FIELDS, Field, Kind
from onebrush.domain.model import FieldRule, Treatment

FieldType = Literal["enum", "range", "boolean", "string", "object", "list"]
Values = tuple[str, ...]

_TYPES: Mapping[Kind, FieldType] = {
    "text": "string",
    "integer": "range",
    "number": "range",
    "boolean": "boolean",
    "object": "object",
    "list": "list",
}
# No model sends it, yet no word is said: the gateway keeps it with its own record.
_SILENT = frozenset({"user"})
# Ignored, but stood in for where the caller names it in `emulate`.
_ON_REQUEST = frozenset({"negative_prompt"})
_WORDS: Mapping[str, str] = {"True": "true", "False": "false"}


class Notes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a field goes and when not.

    `on`: the only operation. `needs`: another field -> its values without one of which this one is left out.
    `forbids`: a value -> another field -> values refused beside it. `on_edit`: a value -> what edits are sent
    instead. `one_a_call`: values with which one call gives one picture. `left_out`: values that are the vendor's own
    way and left out without a warning; `silent`: so is the field itself. `emulate`: `"emulate": ["<field>"]` has the
    gateway stand in for it.
    """

    on: Literal["", "generate", "edit"] = ""
    needs: Mapping[str, Values] = {}
    forbids: Mapping[str, Mapping[str, Values]] = {}
    on_edit: Mapping[str, str] = {}
    one_a_call: Values = ()
    left_out: Values = ()
    silent: bool = False
    emulate: bool = False


class FieldDescriptor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field of one model.

    `values` are an enum's words, or those of a list. `integer` says that a range has whole numbers only. `default` is
    what is sent when the caller says nothing. `mapping` is a word -> the one sent in its place, with a warning, but
    for those in `emulated`, which the gateway then makes itself.
    """

    treatment: Treatment
    type: FieldType
    values: Values = ()
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    default: object = None
    mapping: Mapping[str, str] = {}
    emulated: Values = ()
    notes: Notes | None = None
    effect_unverified: bool = False


_NO_RULE = FieldRule(treatment=Treatment.IGNORED)


def field_descriptors(rules: Mapping[str, FieldRule]) -> Mapping[str, FieldDescriptor]:
    """Every field of every family by its canonical name; one without a rule is ignored."""
    return {name: _described(field, rules.get(name, _NO_RULE)) for name, field in FIELDS.items()}


def _described(field: Field, rule: FieldRule) -> FieldDescriptor:
    values = rule.values or field.values
    kind = _TYPES[field.kind]
    return FieldDescriptor(
        treatment=rule.treatment,
        type="enum" if values and kind == "string" else kind,
        values=values,
        minimum=_whole(field.minimum if rule.minimum is None else rule.minimum),
        maximum=_whole(field.maximum if rule.maximum is None else rule.maximum),
        integer=field.kind == "integer",
        default=rule.default,
        mapping=rule.mapping,
        emulated=rule.emulated,
        notes=_notes(field, rule),
        effect_unverified=rule.unverified,
    )


def _notes(field: Field, rule: FieldRule) -> Notes | None:
    ignored = rule.treatment is Treatment.IGNORED
    notes = Notes(
        on=rule.on,
        needs={name: _words(values) for name, values in rule.needs.items()},
        forbids={
            _word(value): {name: _words(values) for name, values in others.items()}
            for value, others in rule.forbids.items()
        },
        on_edit=rule.on_edit,
        one_a_call=_words(rule.one_a_call),
        left_out=_words(rule.omit),
        silent=ignored and field.name in _SILENT,
        emulate=ignored and field.name in _ON_REQUEST,
    )
    return notes if notes != Notes() else None


def _words(values: Values) -> Values:
    return tuple(map(_word, values))


def _word(value: str) -> str:
    """A value as JSON writes it."""
    return _WORDS.get(value, value)


def _whole(number: float | None) -> float | None:
    """Whole bounds without a point."""
    return int(number) if number is not None and number == int(number) else number
