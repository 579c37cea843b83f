"""Where only a part of the first picture is to change: the vendor's own mask, or one held to afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from onebrush.domain.errors import ConflictingParameters, MissingParameter
from onebrush.domain.finish import Patch
from onebrush.domain.model import ModelCard
from onebrush.domain.request import GenerationRequest
from onebrush.domain.size import Ratio, SizeAsk
from onebrush.domain.turn import Image
from onebrush.domain.warning import RequestWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """What is sent (`mask`, `markup`), what is held to afterwards (`patch`), and the size to ask with it."""

    size: SizeAsk
    mask: Image | None = None
    markup: Image | None = None
    patch: Patch | None = None
    warnings: tuple[RequestWarning, ...] = field(default=())


def plan(request: GenerationRequest, card: ModelCard, references: tuple[Image, ...]) -> Masked:
    """Raises MissingParameter without a picture, ConflictingParameters where mask and markup are both given."""
    if request.mask is None and request.markup is None:
        return Masked(size=request.size)
    _check(request, references)
    if request.markup is not None:
        return _marked_up(request, request.markup, card)
    assert request.mask is not None
    if card.capability.mask:
        return Masked(size=request.size, mask=request.mask)
    return _emulated(request, request.mask, card, references[0])


def _check(request: GenerationRequest, references: tuple[Image, ...]) -> None:
    if request.mask is not None and request.markup is not None:
        raise ConflictingParameters("mask and markup exclude each other; send one of them.", param="markup")
    given = "mask" if request.mask is not None else "markup"
    if not references:
        raise MissingParameter(f"A {given} belongs to a picture; give the picture in `image`.", param="image")


def _marked_up(request: GenerationRequest, markup: Image, card: ModelCard) -> Masked:
    if card.capability.markup:
        return Masked(size=request.size, markup=markup)
    message = f"Model '{card.id}' has no use for markup; it was not sent."
    return Masked(size=request.size, warnings=(RequestWarning(code="field_ignored", message=message, param="markup"),))


def _emulated(request: GenerationRequest, mask: Image, card: ModelCard, original: Image) -> Masked:
    """The model is not told: the picture it gives is laid over the original where the mask lets it."""
    size = _in_shape(request.size, card, original)
    shape = f" It was asked for in the picture's shape ({size.ratio})." if size is not request.size else ""
    message = (
        f"Model '{card.id}' takes no mask: it edits the whole picture, and outside of the mask the original is put "
        f"back.{shape}"
    )
    return Masked(
        size=size,
        patch=Patch(original=original, mask=mask),
        warnings=(RequestWarning(code="mask_emulated", message=message, param="mask"),),
    )


def _in_shape(asked: SizeAsk, card: ModelCard, original: Image) -> SizeAsk:
    """Without a size the original's shape: another one could not be laid over it."""
    said = asked.pixels or asked.ratio or asked.tier or asked.keyword
    if said or card.size.kind in ("none", "adaptive"):
        return asked
    width, height = original.upright
    ratio = _reduced(width, height)
    return SizeAsk(ratio=ratio, size_text=str(ratio))


def _reduced(width: int, height: int) -> Ratio:
    divisor = math.gcd(width, height) or 1
    return Ratio(width=width // divisor, height=height // divisor)
