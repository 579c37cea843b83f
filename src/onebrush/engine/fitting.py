"""Request x model card -> fitted request and warnings; what cannot be is refused before anything is bought."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onebrush.domain.errors import InvalidRequest, MissingParameter
from onebrush.domain.model import AnswerForm, ModelCard
from onebrush.domain.request import FittedRequest, GenerationRequest, Operation
from onebrush.domain.turn import Image, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.engine import finishing, layering, masking
from onebrush.engine.conversation import conversation
from onebrush.engine.fields import FittedFields, fit_fields
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
    turns, flattened = conversation(request, card)
    references = tuple(image for turn in turns for image in turn.images)
    _check_references(references, card, others)
    fields = fit_fields(request.fields, card, _operation(references), len(references), request.spelled, request.emulate)
    turns = _with_avoidance(turns, fields)
    cut = _check_prompt(turns[-1].text, card)
    asked, shapeless = layering.sized(request.size, request, fields, len(references))
    masked = masking.plan(replace(request, size=asked), card)
    size, sized = plan(masked.size, card.size)
    fitted = FittedRequest(
        card=card,
        model=card.upstream_id(platform),
        turns=turns,
        prompt=turns[-1].text,
        references=references,
        n=request.n,
        send_n=card.capability.sends_count,
        size=size,
        fields=fields.sent,
        answer_form=_upstream_form(request.answer_form, card),
        mask=masked.mask,
        markup=masked.markup,
        options=request.provider_options.get(card.provider, {}),
        finish=finishing.plan(request, fields.sent, fields.emulated, masked.patch),
    )
    told = _unasked(finishing.unmade(request, sized), masked.size is not asked)
    return fitted, (*flattened, *masked.warnings, *cut, *shapeless, *told, *fields.warnings)


def refuse_early(request: GenerationRequest, card: ModelCard, others: Alternatives) -> None:
    """Ruling on pictures alone, for a retired id that is validated as what it was before its successor serves."""
    turns, _ = conversation(request, card)
    _check_references(tuple(image for turn in turns for image in turn.images), card, others)


def _operation(references: tuple[Image, ...]) -> Operation:
    return Operation.EDIT if references else Operation.GENERATE


def _upstream_form(asked: AnswerForm | None, card: ModelCard) -> AnswerForm:
    forms = card.capability.answer_forms
    wanted = asked or card.capability.answer_form
    return wanted if wanted in forms else forms[0]


# Pictures


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


# Words


def _check_prompt(prompt: str, card: ModelCard) -> Warnings:
    limit = card.capability.prompt_limit
    if limit is None or len(prompt) <= limit:
        return ()
    message = f"The prompt has {len(prompt)} characters; model '{card.id}' takes {limit}."
    if not card.capability.prompt_cut:
        raise InvalidRequest(message, param="prompt")
    return (
        RequestWarning(
            code="prompt_cut",
            message=f"{message} The vendor cuts the rest.",
            param="prompt",
            allowed=(f"at most {limit} characters",),
        ),
    )


def _with_avoidance(turns: tuple[Turn, ...], fields: FittedFields) -> tuple[Turn, ...]:
    """What is not wanted, in words: only for who asked for it, as a model may well draw what it reads."""
    unwanted = fields.emulated.get("negative_prompt")
    if unwanted is None:
        return turns
    return (*turns[:-1], replace(turns[-1], parts=(*turns[-1].parts, Text(text=f"Avoid: {unwanted}"))))


def _unasked(warnings: Warnings, own_shape: bool) -> Warnings:
    """A shape that nobody asked for cannot be missed."""
    return tuple(warning for warning in warnings if not (own_shape and warning.code == "size_adjusted"))
