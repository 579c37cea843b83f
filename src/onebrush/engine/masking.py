"""Where only a part of the first picture is to change: the vendor's own mask, or one held to afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from onebrush.domain.errors import ConflictingParameters, MissingParameter
from onebrush.domain.finish import Patch
from onebrush.domain.model import ModelCard
from onebrush.domain.request import GenerationRequest
from onebrush.domain.size import Ratio, SizeAsk
from onebrush.domain.turn import Image
from onebrush.domain.warning import RequestWarning
from onebrush.engine import legal_sizes
from onebrush.engine.sizing import SAME_RATIO

USUAL_AREA = 1_048_576  # pixels: what Qwen's edits have unless told (help.aliyun.com: qwen-image-edit-api)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """What is sent (`mask`, `markup`), what is held to afterwards (`patch`), and the size to ask with it."""

    size: SizeAsk
    mask: Image | None = None
    markup: Image | None = None
    patch: Patch | None = None
    warnings: tuple[RequestWarning, ...] = ()


def plan(request: GenerationRequest, card: ModelCard) -> Masked:
    """Raises MissingParameter without a picture, ConflictingParameters where mask and markup are both given."""
    if request.mask is not None and request.markup is not None:
        raise ConflictingParameters("mask and markup exclude each other; send one of them.", param=request.markup.param)
    if request.markup is not None:
        _subject(request, request.markup)
        return _marked_up(request, request.markup, card)
    if request.mask is None:
        return Masked(size=request.size)
    original = _subject(request, request.mask)
    if card.capability.mask:
        return Masked(size=request.size, mask=request.mask)
    return _emulated(request, request.mask, card, original)


def _subject(request: GenerationRequest, overlay: Image) -> Image:
    """The picture it belongs to: the first of the last user turn, else the last that the model gave, else the first."""
    last = next((turn for turn in reversed(request.turns) if turn.role == "user"), None)
    painted = [image for turn in request.turns if turn.role == "model" for image in turn.images]
    found = [*(last.images if last else ()), *reversed(painted), *request.images]
    if not found:
        raise MissingParameter(f"{overlay.param} belongs to a picture; give the picture in `image`.", param="image")
    return found[0]


def _marked_up(request: GenerationRequest, markup: Image, card: ModelCard) -> Masked:
    if card.capability.markup:
        return Masked(size=request.size, markup=markup)
    message = f"Model '{card.id}' has no use for {markup.param}; it was not sent."
    warning = RequestWarning(code="field_ignored", message=message, param=markup.param)
    return Masked(size=request.size, warnings=(warning,))


def _emulated(request: GenerationRequest, mask: Image, card: ModelCard, original: Image) -> Masked:
    """The model is not told: the picture it gives is laid over the original where the mask lets it."""
    size = _in_shape(request.size, card, original)
    shape = (
        f" The size asked for is the picture's shape, {size.pixels or size.ratio}." if size is not request.size else ""
    )
    shape += _cut(request.size, original)
    message = (
        f"Model '{card.id}' takes no mask: it edits the whole picture, and outside of the mask the original is put "
        f"back.{shape}"
    )
    return Masked(
        size=size,
        patch=Patch(original=original, mask=mask),
        warnings=(
            RequestWarning(
                code="mask_emulated", message=message, param=mask.param, allowed=("models with masks of their own",)
            ),
        ),
    )


def _in_shape(asked: SizeAsk, card: ModelCard, original: Image) -> SizeAsk:
    """Without a shape the original's: another one could not be laid over it."""
    said = asked.pixels or asked.ratio or asked.keyword
    if said or card.size.kind in ("none", "adaptive"):
        return asked
    ratio = _reduced(*original.upright)
    shaped = replace(asked, ratio=ratio, size_text=asked.size_text or str(ratio))
    if asked.tier or card.size.kind != "free" or card.size.tables:
        return shaped
    # Of a ratio alone these make their largest, which costs more than what they make of a picture unasked.
    return replace(shaped, ratio=None, pixels=legal_sizes.of_area(ratio, USUAL_AREA, card.size))


def _cut(asked: SizeAsk, original: Image) -> str:
    """A word where the size that was said has another shape than the picture."""
    wanted = asked.pixels or asked.ratio
    width, height = original.upright
    if wanted is None or abs(wanted.log_ratio - math.log(width / height)) <= SAME_RATIO:
        return ""
    return f" The picture is {width}x{height}: it is cut to the shape of {asked.size_text}."


def _reduced(width: int, height: int) -> Ratio:
    divisor = math.gcd(width, height) or 1
    return Ratio(width=width // divisor, height=height // divisor)
