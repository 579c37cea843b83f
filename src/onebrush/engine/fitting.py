"""Request x model card -> fitted request and warnings; what cannot be is refused before anything is bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from onebrush.domain.errors import InvalidRequest, MissingParameter
from onebrush.domain.model import AnswerForm, FieldRule, ModelCard, Treatment
from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.turn import Image, Opaque, Part, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.engine.sizing import plan

Warnings = tuple[RequestWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Models to name when this one cannot: one that edits, one that draws from words alone."""

    editing: str | None
    drawing: str | None


def fit(
    request: GenerationRequest, card: ModelCard, platform: str, others: Alternatives
) -> tuple[FittedRequest, Warnings]:
    """The ask as this model takes it.

    Raises InvalidRequest (or a kind of it) naming the field when the model cannot do what is asked.
    """
    turns, flattened = _conversation(request, card)
    references = tuple(image for turn in turns for image in turn.images)
    _check_references(references, card, others)
    prompt, cut = _prompt(turns[-1].text, card)
    size, sized = plan(request.size, card.size)
    fields, fielded = _fields(request.fields, card, len(references))
    fitted = FittedRequest(
        card=card,
        model=card.upstream_id(platform),
        turns=turns,
        prompt=prompt,
        references=references,
        n=request.n,
        send_n=card.capability.sends_count,
        size=size,
        fields=fields,
        answer_form=_upstream_form(request.answer_form, card),
    )
    return fitted, (*flattened, *cut, *sized, *fielded)


def refuse_early(request: GenerationRequest, card: ModelCard, others: Alternatives) -> None:
    """Ruling on pictures alone, for a retired id that is validated as what it was before its successor serves."""
    turns, _ = _conversation(request, card)
    _check_references(tuple(image for turn in turns for image in turn.images), card, others)


def _upstream_form(asked: AnswerForm | None, card: ModelCard) -> AnswerForm:
    forms = card.capability.answer_forms
    wanted = asked or card.capability.answer_form
    return wanted if wanted in forms else forms[0]


# Conversation


def _conversation(request: GenerationRequest, card: ModelCard) -> tuple[tuple[Turn, ...], Warnings]:
    if not request.is_conversation:
        return request.turns, ()
    return _reshaped(request.turns) if card.capability.multi_turn else _flattened(request.turns)


def _flattened(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], Warnings]:
    """One user turn: the last model picture, then the last user turn's pictures, and its words."""
    last = max(index for index, turn in enumerate(turns) if turn.role == "user")
    painted = [image for turn in turns if turn.role == "model" for image in turn.images][-1:]
    images = [*painted, *turns[last].images] or [
        image for turn in turns if turn.role == "user" for image in turn.images
    ]
    kept = Turn(role="user", parts=(*images, Text(text=turns[last].text)))
    return (kept,), (_flattened_warning(turns, images, last),)


def _flattened_warning(turns: tuple[Turn, ...], images: list[Image], last: int) -> RequestWarning:
    pictures = sum(len(turn.images) for turn in turns) - len(images)
    texts = sum(bool(turn.text) for index, turn in enumerate(turns) if index != last)
    message = (
        "The model takes no history: the last words and their pictures were sent; left out: "
        f"{texts} earlier text{'s' * (texts != 1)}, {pictures} earlier picture{'s' * (pictures != 1)}."
    )
    return RequestWarning(code="history_flattened", message=message, param="contents")


def _reshaped(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], Warnings]:
    """Pictures of model turns without the vendor's mark behind them go to the user's next turn: the vendor takes
    no others there (ai.google.dev/gemini-api/docs/thought-signatures)."""
    done: list[Turn] = []
    carried: list[Part] = []
    moved = 0
    for turn in turns:
        if turn.role == "model":
            unmarked = _unmarked(turn)
            carried.extend(unmarked)
            moved += len(unmarked)
            parts: tuple[Part, ...] = tuple(part for part in turn.parts if part not in unmarked)
        else:
            parts, carried = (*carried, *turn.parts), []
        if parts:
            _append(done, replace(turn, parts=parts))
    return tuple(done), _reshaped_warning(moved)


def _unmarked(turn: Turn) -> list[Image]:
    """The pictures that no Opaque follows."""
    after = (*turn.parts[1:], None)
    return [
        part
        for part, then in zip(turn.parts, after, strict=True)
        if isinstance(part, Image) and not isinstance(then, Opaque)
    ]


def _append(turns: list[Turn], turn: Turn) -> None:
    """Neighbouring turns of one side become one."""
    if turns and turns[-1].role == turn.role:
        turn = replace(turn, parts=(*turns.pop().parts, *turn.parts))
    turns.append(turn)


def _reshaped_warning(moved: int) -> Warnings:
    if not moved:
        return ()
    pictures = f"{moved} picture{'s' * (moved != 1)}"
    message = f"{pictures} of model turns came without the vendor's signature and went as user parts."
    return (RequestWarning(code="history_reshaped", message=message, param="contents"),)


# Pictures and words


def _check_references(references: tuple[Image, ...], card: ModelCard, others: Alternatives) -> None:
    limits = card.capability
    if len(references) < limits.min_references:
        raise MissingParameter(_needs_picture(card, others), param="image")
    if references and not limits.edits:
        raise InvalidRequest(_takes_none(card, others), param=references[0].param)
    if len(references) > limits.max_references:
        raise InvalidRequest(
            f"Model '{card.id}' takes at most {limits.max_references} pictures; {len(references)} were given.",
            param="image",
        )


def _needs_picture(card: ModelCard, others: Alternatives) -> str:
    can = f" To draw from words alone use '{others.drawing}'." if others.drawing else ""
    return f"Model '{card.id}' edits pictures and needs at least one in `image`.{can}"


def _takes_none(card: ModelCard, others: Alternatives) -> str:
    can = f" To edit pictures use '{others.editing}'." if others.editing else ""
    return f"Model '{card.id}' draws from words alone and takes no `image`.{can}"


def _prompt(prompt: str, card: ModelCard) -> tuple[str, Warnings]:
    limit = card.capability.prompt_limit
    if limit is None or len(prompt) <= limit:
        return prompt, ()
    message = f"The prompt has {len(prompt)} characters; model '{card.id}' takes {limit}."
    if not card.capability.prompt_cut:
        raise InvalidRequest(message, param="prompt")
    return prompt, (RequestWarning(code="prompt_cut", message=f"{message} The vendor cuts the rest.", param="prompt"),)


# Fields


def _fields(asked: Mapping[str, object], card: ModelCard, references: int) -> tuple[Mapping[str, object], Warnings]:
    sent: dict[str, object] = {}
    warnings: list[RequestWarning] = []
    for name, value in asked.items():
        kept, said = _field(name, value, card)
        warnings.extend(said)
        if kept is not None:
            sent[name] = kept
    for name, rule in card.fields.items():
        if name not in asked and rule.default is not None:
            sent[name] = rule.default
    return _group(sent, references, warnings), tuple(warnings)


def _field(name: str, value: object, card: ModelCard) -> tuple[object | None, Warnings]:
    rule = card.fields.get(name)
    if rule is not None and str(value) in rule.omit:
        return None, ()
    if rule is None or rule.treatment is Treatment.IGNORED:
        return None, _ignored(name, value, card)
    if rule.treatment is Treatment.REJECTED:
        raise InvalidRequest(f"Model '{card.id}' refuses {name}; leave it out.", param=name)
    if rule.treatment is Treatment.EMULATED:
        return None, ()
    return _valued(name, value, rule, card)


def _valued(name: str, value: object, rule: FieldRule, card: ModelCard) -> tuple[object | None, Warnings]:
    if isinstance(value, str) and value in rule.mapping:
        return rule.mapping[value], _adjusted(name, value, rule.mapping[value], card)
    if rule.values and isinstance(value, str) and value not in rule.values:
        return _off_list(name, value, rule, card)
    _check_bounds(name, value, rule, card)
    return value, _unverified(name, value, rule, card)


def _off_list(name: str, value: str, rule: FieldRule, card: ModelCard) -> tuple[None, Warnings]:
    # `medium` is in the callers' contract but in no vendor's list: left out with a warning, never a refusal.
    if name == "input_fidelity":
        return None, _ignored(name, value, card, f"{name} '{value}'")
    allowed = ", ".join(rule.values)
    raise InvalidRequest(f"Model '{card.id}' takes {name} {allowed}; not '{value[:40]}'.", param=name)


def _check_bounds(name: str, value: object, rule: FieldRule, card: ModelCard) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    low, high = rule.minimum, rule.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise InvalidRequest(f"Model '{card.id}' takes {name} {low} to {high}; not {value}.", param=name)


def _ignored(name: str, value: object, card: ModelCard, what: str = "") -> Warnings:
    message = f"Model '{card.id}' has no use for {what or name}; it was not sent."
    return (RequestWarning(code="field_ignored", message=message, param=name, asked=_plain(value)),)


def _adjusted(name: str, asked: str, sent: str, card: ModelCard) -> Warnings:
    message = f"Model '{card.id}' has no {name} '{asked}'; '{sent}' was sent."
    return (RequestWarning(code="field_adjusted", message=message, param=name, asked=asked, sent=sent),)


def _unverified(name: str, value: object, rule: FieldRule, card: ModelCard) -> Warnings:
    if not rule.unverified:
        return ()
    message = f"{name} was sent, but its vendor does not document an effect on '{card.id}'."
    return (RequestWarning(code="effect_unverified", message=message, param=name, asked=value, sent=value),)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else None


# Seedream counts references and results together: at most 15 (docs.byteplus.com/en/docs/ModelArk/1541523).
GROUP_LIMIT = 15


def group_room(references: int) -> int:
    """How many pictures a series may have beside its references."""
    return max(1, GROUP_LIMIT - references)


def _no_series(most: object) -> RequestWarning:
    message = "max_images bounds a related series; without sequential_image_generation 'auto' it was not sent."
    return RequestWarning(code="field_ignored", message=message, param="max_images", asked=_plain(most))


def _group(sent: dict[str, object], references: int, warnings: list[RequestWarning]) -> Mapping[str, object]:
    """A related series: its upper bound goes only with `auto`, and leaves room for the references."""
    most = sent.get("max_images")
    if sent.get("sequential_image_generation") != "auto":
        if sent.pop("max_images", None) is not None:
            warnings.append(_no_series(most))
        return sent
    room = group_room(references)
    if isinstance(most, int) and most > room:
        sent["max_images"] = room
        message = f"References and results together are at most {GROUP_LIMIT}; max_images is {room}."
        warnings.append(
            RequestWarning(code="field_adjusted", message=message, param="max_images", asked=most, sent=room)
        )
    return sent
