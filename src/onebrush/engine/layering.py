"""A picture taken apart into layers: one picture in, a base and its layers out, at a size that has no shape."""

from __future__ import annotations

from dataclasses import replace

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.domain.request import GenerationRequest
from onebrush.domain.size import SizeAsk
from onebrush.domain.warning import RequestWarning
from onebrush.engine.fields import FittedFields
from onebrush.engine.series import is_layered

Sized = tuple[SizeAsk, tuple[RequestWarning, ...]]


def sized(ask: SizeAsk, request: GenerationRequest, fields: FittedFields, references: int) -> Sized:
    """The size to plan with. Raises InvalidRequest where there is not just one picture, or several are asked.

    Seedream's rule: exactly one picture, and of sizes only tiers (docs.byteplus.com/en/docs/ModelArk/1541523).
    """
    if not is_layered(fields.sent):
        return ask, ()
    if references != 1:
        raise InvalidRequest(
            f"layer_decomposition takes exactly one picture apart; {references} were given.", param="image"
        )
    if request.n > 1:
        raise ConflictingParameters(
            f"layer_decomposition gives as many pictures as there are layers; n {request.n} cannot be met.",
            param="n",
        )
    _refuse_beside(request)
    if ask.pixels is None and ask.ratio is None:
        return ask, ()
    return replace(ask, pixels=None, ratio=None, size_text=ask.tier_text), (_dropped(ask),)


def _refuse_beside(request: GenerationRequest) -> None:
    """What belongs to one whole picture means nothing for its parts."""
    beside = {"mask": request.mask, "markup": request.markup, "exact_size": request.exact_size or None}
    for name, value in beside.items():
        if value is not None:
            raise ConflictingParameters(
                f"{name} and layer_decomposition exclude each other; leave one out.", param=name
            )


def _dropped(ask: SizeAsk) -> RequestWarning:
    message = f"Layers have the shape of their picture; {ask.size_text} is not sent."
    return RequestWarning(
        code="size_dropped", message=message, param="size", asked=ask.size_text, allowed=("a tier", "auto")
    )
