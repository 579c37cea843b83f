"""The families' fields x a model card -> what is sent, what the gateway does itself, what is left out and said."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from types import MappingProxyType

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.domain.field import span
from onebrush.domain.model import FieldRule, ModelCard, Treatment
from onebrush.domain.request import Operation
from onebrush.domain.warning import RequestWarning
from onebrush.engine.series import GROUP_LIMIT, group_room, is_series

# Kept for the gateway's own record: no word where the vendor has no field for them.
OWN = frozenset({"user"})

# What says no more than saying nothing, on every model.
UNSAID = (("input_fidelity", "auto"),)


@dataclass(slots=True, kw_only=True)
class FittedFields:
    """`sent` goes to the vendor, `emulated` is the gateway's own work; both by canonical name."""

    card: ModelCard
    operation: Operation
    spelled: Mapping[str, str] = field(default_factory=dict)
    emulate: Set[str] = frozenset()
    sent: dict[str, object] = field(default_factory=dict)
    emulated: dict[str, object] = field(default_factory=dict)
    warnings: list[RequestWarning] = field(default_factory=list)

    @property
    def known(self) -> Mapping[str, object]:
        """What holds of the picture in the end, whoever sees to it."""
        return {**self.sent, **self.emulated}

    def called(self, name: str) -> str:
        """The field as the caller wrote it."""
        return self.spelled.get(name, name)


def fit_fields(
    asked: Mapping[str, object],
    card: ModelCard,
    operation: Operation,
    references: int,
    spelled: Mapping[str, str] = MappingProxyType({}),
    emulate: Set[str] = frozenset(),
) -> FittedFields:
    """Every field the caller said, and the defaults of those that must be said.

    Raises InvalidRequest (or ConflictingParameters) naming a field whose value the model cannot take.
    """
    fitted = FittedFields(card=card, operation=operation, spelled=spelled, emulate=emulate)
    for name, value in asked.items():
        _take(fitted, name, value)
    for name, rule in card.fields.items():
        if name not in asked and rule.default is not None and _goes(rule, operation):
            fitted.sent[name] = rule.default
    _drop_needless(fitted, asked)
    _refuse_forbidden(fitted, asked)
    _bound_series(fitted, references)
    return fitted


def _take(fitted: FittedFields, name: str, value: object) -> None:
    card = fitted.card
    rule = card.fields.get(name)
    if (name, value) in UNSAID:
        return
    if rule is None or str(value) in rule.omit:
        if rule is None and name not in OWN:
            _leave_out(fitted, name, value)
    elif rule.treatment is Treatment.IGNORED:
        _leave_out(fitted, name, value)
    elif rule.treatment is Treatment.REJECTED:
        raise InvalidRequest(
            f"Model '{card.id}' refuses {fitted.called(name)}; leave it out.", param=fitted.called(name)
        )
    elif not _goes(rule, fitted.operation):
        fitted.warnings.append(_ignored(fitted, name, value, f"{fitted.called(name)} {_ON[rule.on]}"))
    else:
        _take_value(fitted, name, value, rule)


def _leave_out(fitted: FittedFields, name: str, value: object) -> None:
    """Told, or done by the gateway where the caller asked for that."""
    if name in fitted.emulate and value:
        fitted.emulated[name] = value
        fitted.warnings.append(_emulated(fitted, name))
    else:
        fitted.warnings.append(_ignored(fitted, name, value))


_ON = {"edit": "without a picture", "generate": "beside a picture"}


def _goes(rule: FieldRule, operation: Operation) -> bool:
    return rule.on in ("", operation.value)


def _take_value(fitted: FittedFields, name: str, value: object, rule: FieldRule) -> None:
    word = value if isinstance(value, str) else None
    if fitted.operation is Operation.EDIT and word in rule.on_edit:
        fitted.warnings.append(_adjusted(fitted, name, str(word), rule.on_edit[str(word)], tuple(rule.on_edit)))
        value = word = rule.on_edit[str(word)]
    if word in rule.emulated:
        fitted.emulated[name] = word
        fitted.sent[name] = rule.mapping[str(word)]
        return
    if word in rule.mapping:
        fitted.warnings.append(_adjusted(fitted, name, str(word), rule.mapping[str(word)]))
        value = word = rule.mapping[str(word)]
    elif word is not None and rule.values and word not in rule.values:
        _off_list(fitted, name, word, rule)
        return
    _check_bounds(fitted, name, value, rule)
    target = fitted.emulated if rule.treatment is Treatment.EMULATED else fitted.sent
    target[name] = value
    if rule.unverified:
        fitted.warnings.append(_unverified(fitted, name, value))


def _off_list(fitted: FittedFields, name: str, word: str, rule: FieldRule) -> None:
    # `medium` is in the callers' contract but in no vendor's list: left out with a warning, never a refusal.
    if name == "input_fidelity":
        fitted.warnings.append(_ignored(fitted, name, word, f"{fitted.called(name)} '{word}'", rule.values))
        return
    allowed = ", ".join(rule.values)
    raise InvalidRequest(
        f"Model '{fitted.card.id}' takes {fitted.called(name)} {allowed}; not '{word[:40]}'.", param=fitted.called(name)
    )


def _check_bounds(fitted: FittedFields, name: str, value: object, rule: FieldRule) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    low, high = rule.minimum, rule.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        param = fitted.called(name)
        raise InvalidRequest(f"Model '{fitted.card.id}' takes {param} {span(low, high)}; not {value}.", param=param)


def _drop_needless(fitted: FittedFields, asked: Mapping[str, object]) -> None:
    """A field that says something only of another one's values goes only beside them."""
    known = fitted.known
    for name, rule in fitted.card.fields.items():
        for other, values in rule.needs.items() if name in known and name in asked else ():
            if str(known.get(other, "")) not in values:
                fitted.sent.pop(name, None)
                fitted.emulated.pop(name, None)
                what = f"{fitted.called(name)} without {other} {' or '.join(filter(None, values))}"
                fitted.warnings.append(_ignored(fitted, name, asked[name], what))
                break


def _refuse_forbidden(fitted: FittedFields, asked: Mapping[str, object]) -> None:
    for name, value in fitted.sent.items():
        rule = fitted.card.fields.get(name)
        for other, refused in (rule.forbids.get(str(value), {}) if rule else {}).items():
            if str(fitted.sent.get(other)) in refused:
                said = fitted.called(name if name in asked else other)
                raise ConflictingParameters(
                    f"Model '{fitted.card.id}' gives no {fitted.called(name)} {value!r} with {fitted.called(other)} "
                    f"{fitted.sent[other]!r}; change one of the two.",
                    param=said,
                )


# A related series


def _bound_series(fitted: FittedFields, references: int) -> None:
    """A series' upper bound goes only with `auto`, and leaves room for the references."""
    most = fitted.sent.get("max_images")
    if not is_series(fitted.sent):
        if fitted.sent.pop("max_images", None) is not None:
            fitted.warnings.append(_no_series(fitted, most))
        return
    room = group_room(references)
    if isinstance(most, int) and most > room:
        fitted.sent["max_images"] = room
        message = f"References and results together are at most {GROUP_LIMIT}; max_images is {room}."
        fitted.warnings.append(
            RequestWarning(
                code="field_adjusted",
                message=message,
                param=fitted.called("max_images"),
                asked=most,
                sent=room,
                allowed=(f"1 to {room}",),
            )
        )


def _no_series(fitted: FittedFields, most: object) -> RequestWarning:
    param = fitted.called("max_images")
    message = f"{param} bounds a related series; without sequential_image_generation 'auto' it was not sent."
    return RequestWarning(code="field_ignored", message=message, param=param, asked=_plain(most))


# What is said


def _ignored(
    fitted: FittedFields, name: str, value: object, what: str = "", allowed: tuple[str, ...] = ()
) -> RequestWarning:
    param = fitted.called(name)
    message = f"Model '{fitted.card.id}' has no use for {what or param}; it was not sent."
    return RequestWarning(code="field_ignored", message=message, param=param, asked=_plain(value), allowed=allowed)


def _adjusted(
    fitted: FittedFields, name: str, asked: str, sent: str, beside_pictures: tuple[str, ...] = ()
) -> RequestWarning:
    param, rule = fitted.called(name), fitted.card.fields[name]
    where = " beside a picture" if beside_pictures else ""
    allowed = tuple(word for word in dict.fromkeys((*rule.values, *rule.emulated)) if word not in beside_pictures)
    return RequestWarning(
        code="field_adjusted",
        message=f"Model '{fitted.card.id}' has no {param} '{asked}'{where}; '{sent}' was sent.",
        param=param,
        asked=asked,
        sent=sent,
        allowed=allowed or (sent,),
    )


def _emulated(fitted: FittedFields, name: str) -> RequestWarning:
    param = fitted.called(name)
    message = f"Model '{fitted.card.id}' has no field for {param}; it was said in the prompt, as asked."
    return RequestWarning(code="field_emulated", message=message, param=param, stage="result")


def _unverified(fitted: FittedFields, name: str, value: object) -> RequestWarning:
    # It was sent as it was asked: whether it did anything only the answer could show.
    param = fitted.called(name)
    message = f"{param} was sent, but its vendor does not document an effect on '{fitted.card.id}'."
    return RequestWarning(
        code="effect_unverified", message=message, param=param, asked=_plain(value), sent=_plain(value), stage="result"
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else None
