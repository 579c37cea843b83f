"""The fitted request's pictures as its vendor takes them: upright, in its formats, below its caps."""

from __future__ import annotations

from dataclasses import replace

from onebrush.domain.errors import InvalidImage
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.request import FittedRequest
from onebrush.domain.turn import Image
from onebrush.domain.warning import RequestWarning
from onebrush.engine import developing
from onebrush.engine.inputs import with_images
from onebrush.kit import pictures
from onebrush.kit.blobs import Scope

SMALLER = ("image/jpeg", "image/webp")

Warnings = tuple[RequestWarning, ...]


async def suit(fitted: FittedRequest, scope: Scope) -> tuple[FittedRequest, Warnings]:
    """The same fitted request with pictures the vendor takes; every change is a warning.

    Raises InvalidImage naming a picture that does not decode, or that stays above the vendor's cap.
    """
    changed: dict[int, Image] = {}
    warnings: list[RequestWarning] = []
    for image in fitted.references:
        ready = await _suited(image, fitted.card, scope, warnings)
        if ready is not image:
            changed[id(image)] = ready
    turns = tuple(with_images(turn, changed) for turn in fitted.turns) if changed else fitted.turns
    references = tuple(changed.get(id(image), image) for image in fitted.references)
    fitted = replace(fitted, turns=turns, references=references)
    await _prove(fitted, scope)
    return await _overlaid(fitted, scope, warnings), tuple(warnings)


async def _suited(image: Image, card: ModelCard, scope: Scope, warnings: list[RequestWarning]) -> Image:
    """One picture after its three questions: its format, its orientation, its weight."""
    can = card.capability
    ready = image
    if image.media_type not in can.input_formats:
        ready = await _converted(image, _target(can), scope)
        warnings.append(_conversion(image, ready, f"Model '{card.id}' does not take {image.media_type}", can))
    elif image.turned != 1 and not can.turns_upright:
        ready = await _converted(image, _written(image, can), scope)
        warnings.append(_turning(image, ready, card))
    if ready.blob.size > can.max_input_bytes:
        ready = await _smaller(image, card, scope)
        warnings.append(_conversion(image, ready, f"Model '{card.id}' takes no picture so large", can))
    return ready


def _target(capability: Capability) -> str:
    return "image/png" if "image/png" in capability.input_formats else "image/jpeg"


def _written(image: Image, capability: Capability) -> str:
    """Its own format where that can be written here."""
    own = image.media_type or ""
    return own if own in ("image/png", *SMALLER) else _target(capability)


async def _converted(image: Image, target: str, scope: Scope) -> Image:
    try:
        made = await developing.convert(image.blob, target, scope)
        measured = pictures.measure(made)
    except pictures.NotAPicture as error:
        raise InvalidImage(f"{image.param} could not be converted: {error}.", param=image.param) from error
    return replace(image, source=made, media_type=target, width=measured.width, height=measured.height, turned=1)


async def _smaller(image: Image, card: ModelCard, scope: Scope) -> Image:
    """The picture in a format that loses a little; refused where no such format is small enough."""
    most = card.capability.max_input_bytes
    for target in SMALLER:
        if target in card.capability.input_formats and target != image.media_type:
            made = await _converted(image, target, scope)
            if made.blob.size <= most:
                return made
    raise InvalidImage(
        f"{image.param} has {image.blob.size} bytes; model '{card.id}' takes at most {most} a picture. "
        "Send a smaller one.",
        param=image.param,
    )


# Masks


async def _overlaid(fitted: FittedRequest, scope: Scope, warnings: list[RequestWarning]) -> FittedRequest:
    """Mask and markup in the vendor's form: PNG, as large as the first picture is when upright."""
    if fitted.mask is not None:
        fitted = replace(fitted, mask=await _masked(fitted.mask, fitted.references[0], scope, warnings))
    if fitted.markup is not None:
        fitted = replace(fitted, markup=await _marked_up(fitted.markup, fitted, scope, warnings))
    return fitted


async def _masked(mask: Image, picture: Image, scope: Scope, warnings: list[RequestWarning]) -> Image:
    width, height = picture.upright
    try:
        made, resized = await developing.native_mask(mask.blob, width, height, scope)
    except pictures.NotAPicture as error:
        raise InvalidImage(f"{mask.param} cannot be used: {error}.", param=mask.param) from error
    if resized:
        warnings.append(_fitted_mask(mask, width, height))
    return replace(mask, source=made, media_type="image/png", width=width, height=height, turned=1)


async def _marked_up(markup: Image, fitted: FittedRequest, scope: Scope, warnings: list[RequestWarning]) -> Image:
    ready = markup
    if markup.media_type != "image/png" or markup.turned != 1:
        ready = await _converted(markup, "image/png", scope)
        why = f"Model '{fitted.card.id}' takes markup as PNG"
        warnings.append(_conversion(markup, ready, why, fitted.card.capability))
    if ready.upright != fitted.references[0].upright:
        own, picture = ("{}x{}".format(*image.upright) for image in (ready, fitted.references[0]))
        raise InvalidImage(
            f"{markup.param} is {own} and its picture {picture}; markup must be of the same size.", param=markup.param
        )
    return ready


async def _prove(fitted: FittedRequest, scope: Scope) -> None:
    """What an emulated mask needs after the purchase is known to decode before it."""
    patch = fitted.finish.patch
    for image in (patch.original, patch.mask) if patch else ():
        try:
            await developing.proven(image.blob, scope)
        except pictures.NotAPicture as error:
            raise InvalidImage(f"{image.param} cannot be used: {error}.", param=image.param) from error


# What is said


def _conversion(image: Image, ready: Image, why: str, can: Capability) -> RequestWarning:
    return RequestWarning(
        code="converted",
        message=f"{why}; the picture was sent as {ready.media_type}, {ready.blob.size} bytes.",
        param=image.param,
        asked=image.media_type,
        sent=ready.media_type,
        allowed=(*can.input_formats, f"at most {can.max_input_bytes} bytes"),
    )


def _turning(image: Image, ready: Image, card: ModelCard) -> RequestWarning:
    message = (
        f"{image.param} is turned by its EXIF data, which '{card.id}' is not known to honour; it was sent upright, "
        f"encoded anew as {ready.media_type}."
    )
    return RequestWarning(
        code="turned_upright",
        message=message,
        param=image.param,
        asked=f"EXIF orientation {image.turned}",
        sent="upright",
        allowed=("pictures that are stored upright",),
    )


def _fitted_mask(mask: Image, width: int, height: int) -> RequestWarning:
    asked, sent = "{}x{}".format(*mask.upright), f"{width}x{height}"
    return RequestWarning(
        code="mask_adjusted",
        message=f"The mask is {asked}, its picture {sent}; the mask was scaled to the picture.",
        param=mask.param,
        asked=asked,
        sent=sent,
        allowed=(sent,),
    )
