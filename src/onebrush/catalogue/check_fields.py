"""What must hold of a row's field rules: every field and every value they name exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onebrush.domain.field import FIELDS
from onebrush.domain.model import FieldRule, ModelCard, Treatment

# What the gateway can make of a picture when the vendor cannot.
EMULABLE = frozenset({"output_format", "output_compression"})

_SENT = (Treatment.NATIVE, Treatment.MAPPED)
_BOOLEANS = frozenset({"True", "False"})


def check_fields(card: ModelCard) -> Iterable[str]:
    """What is wrong with the rules of a card, in words."""
    for name, rule in card.fields.items():
        if name not in FIELDS:
            yield f"'{name}' is no field; fields are: {', '.join(sorted(FIELDS))}"
        else:
            yield from _words(name, rule)
            yield from _treatment(name, rule)
            yield from _beside(name, rule, card)
            yield from _operation(name, rule, card)
    yield from _layers(card)


def _words(name: str, rule: FieldRule) -> Iterable[str]:
    known = FIELDS[name].values
    if known and (strange := set(rule.values) - set(known)):
        yield f"field {name} never has the value {_list(strange)}"
    if rule.values and (off := set(rule.mapping.values()) - set(rule.values)):
        yield f"field {name} maps to {_list(off)}, which is not among its values"
    if off := (set(rule.on_edit) | set(rule.on_edit.values())) - set(rule.values):
        yield f"field {name} turns {_list(off)} in edits, which is not among its values"
    if off := set(rule.one_a_call) - set(rule.values):
        yield f"field {name} is one a call with {_list(off)}, which is not among its values"
    if off := set(rule.emulated) - set(rule.mapping):
        yield f"field {name} has {_list(off)} emulated, but mapped to nothing"


def _treatment(name: str, rule: FieldRule) -> Iterable[str]:
    if rule.treatment is Treatment.MAPPED and not (rule.mapping or rule.values):
        yield f"field {name} is mapped, but to nothing"
    if (rule.treatment is Treatment.EMULATED or rule.emulated) and name not in EMULABLE:
        yield f"field {name} is emulated; the gateway can emulate {_list(EMULABLE)}"
    if rule.default is not None and rule.treatment in (Treatment.IGNORED, Treatment.REJECTED):
        yield f"field {name} is {rule.treatment} and cannot have a default"


def _beside(name: str, rule: FieldRule, card: ModelCard) -> Iterable[str]:
    """Rules that name another field: it is one, it is sent there, it can have the value."""
    pairs = [("needs", rule.needs), *((f"{value}, forbids", others) for value, others in rule.forbids.items())]
    for what, others in pairs:
        for other, values in others.items():
            if other not in FIELDS or not _is_known(card.fields.get(other)):
                yield f"field {name} {what} {other}, which the model has no use for"
            elif strange := _strange(other, filter(None, values), card.fields):
                yield f"field {name} {what} {other} {_list(strange)}, which it never is"
    if strange := _strange(name, tuple(rule.forbids), card.fields):
        yield f"field {name} forbids something beside {_list(strange)}, which it never is"


def _is_sent(rule: FieldRule | None) -> bool:
    return rule is not None and rule.treatment in _SENT


def _is_known(rule: FieldRule | None) -> bool:
    return _is_sent(rule) or (rule is not None and rule.treatment is Treatment.EMULATED)


def _strange(name: str, values: Iterable[str], rules: Mapping[str, FieldRule]) -> set[str]:
    """Those of `values` that the field can never have when it is sent. No words known: any may be."""
    known = _BOOLEANS if FIELDS[name].kind == "boolean" else _possible(name, rules[name])
    return set(values) - known if known else set()


def _possible(name: str, rule: FieldRule) -> set[str]:
    return {*rule.values, *rule.emulated} if rule.values else set(FIELDS[name].values)


def _operation(name: str, rule: FieldRule, card: ModelCard) -> Iterable[str]:
    can = card.capability
    if (rule.on == "edit" and not can.edits) or (rule.on == "generate" and not can.text_to_image):
        yield f"field {name} goes with {rule.on} only, which the model does not do"
    if rule.on_edit and not can.edits:
        yield f"field {name} turns words in edits, which the model does not do"


def _layers(card: ModelCard) -> Iterable[str]:
    if bool(card.capability.layers) != _is_sent(card.fields.get("layer_decomposition")):
        yield "capability layers and the field layer_decomposition go together"


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
