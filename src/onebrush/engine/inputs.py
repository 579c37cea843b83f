"""The caller's pictures made ready: fetched, measured, within the caps, in a format the vendor takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from onebrush.domain.errors import InvalidImage
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.turn import Image, Part, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.engine.converting import convert
from onebrush.engine.ports import Transport
from onebrush.kit import pictures
from onebrush.kit.blobs import Scope

ACCEPTED = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/heic",
    "image/heif",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCaps:
    """Caps on one request's pictures: count, bytes and pixels each."""

    pictures: int = 16
    picture_bytes: int = 50_000_000
    picture_pixels: int = 50_000_000


async def prepare(request: GenerationRequest, transport: Transport, scope: Scope, caps: InputCaps) -> GenerationRequest:
    """The same request with every picture at hand and measured. Raises InvalidImage naming the field."""
    if len(request.images) > caps.pictures:
        raise InvalidImage(
            f"{len(request.images)} pictures were given; at most {caps.pictures} are taken.", param="image"
        )
    # Every fetch ends before the first refusal is told: none may write into a scope that is closed by then.
    made = await asyncio.gather(
        *(_ready(image, transport, scope, caps) for image in request.images), return_exceptions=True
    )
    ready: dict[int, Image] = {}
    for image, done in zip(request.images, made, strict=True):
        if isinstance(done, BaseException):
            raise done
        ready[id(image)] = done
    return replace(request, turns=tuple(_with(turn, ready) for turn in request.turns))


def _with(turn: Turn, ready: dict[int, Image]) -> Turn:
    parts: list[Part] = [ready[id(part)] if isinstance(part, Image) else part for part in turn.parts]
    return replace(turn, parts=tuple(parts))


async def _ready(image: Image, transport: Transport, scope: Scope, caps: InputCaps) -> Image:
    source = image.source
    if isinstance(source, str):
        try:
            source = await transport.fetch_input(source, scope)
        except InvalidImage as error:
            raise InvalidImage(f"{image.param}: {error.message}", param=image.param) from error
    return _measured(replace(image, source=source), caps)


def _measured(image: Image, caps: InputCaps) -> Image:
    try:
        measured = pictures.measure(image.blob)
    except pictures.NotAPicture as error:
        raise InvalidImage(f"{image.param} cannot be used: {error}.", param=image.param) from error
    if measured.media_type not in ACCEPTED:
        raise InvalidImage(
            f"{image.param} is {measured.media_type}; taken are PNG, JPEG, WEBP, GIF, BMP, TIFF and HEIC.",
            param=image.param,
        )
    _check_caps(image, measured.width * measured.height, caps)
    return replace(image, media_type=measured.media_type, width=measured.width, height=measured.height)


def _check_caps(image: Image, area: int, caps: InputCaps) -> None:
    if image.blob.size > caps.picture_bytes:
        raise InvalidImage(
            f"{image.param} has {image.blob.size} bytes; at most {caps.picture_bytes} are taken.",
            param=image.param,
        )
    if area > caps.picture_pixels:
        raise InvalidImage(
            f"{image.param} has {area} pixels; at most {caps.picture_pixels} are taken.", param=image.param
        )


async def suit(fitted: FittedRequest, scope: Scope) -> tuple[FittedRequest, tuple[RequestWarning, ...]]:
    """The same fitted request with pictures in formats the vendor takes; every conversion is a warning."""
    changed: dict[int, Image] = {}
    warnings: list[RequestWarning] = []
    for image in fitted.references:
        if image.media_type not in fitted.card.capability.input_formats:
            changed[id(image)] = await _converted(image, fitted.card, scope)
            warnings.append(_converted_warning(image, changed[id(image)], fitted.card))
    if not changed:
        return fitted, ()
    ready = {id(image): changed.get(id(image), image) for image in fitted.references}
    turns = tuple(_with(turn, ready) for turn in fitted.turns)
    references = tuple(image for turn in turns for image in turn.images)
    return replace(fitted, turns=turns, references=references), tuple(warnings)


async def _converted(image: Image, card: ModelCard, scope: Scope) -> Image:
    target = _target(card.capability)
    try:
        converted = await convert(image.blob, target, scope)
    except pictures.NotAPicture as error:
        raise InvalidImage(f"{image.param} could not be converted: {error}.", param=image.param) from error
    return replace(image, source=converted, media_type=target)


def _target(capability: Capability) -> str:
    return "image/png" if "image/png" in capability.input_formats else "image/jpeg"


def _converted_warning(image: Image, ready: Image, card: ModelCard) -> RequestWarning:
    message = f"Model '{card.id}' does not take {image.media_type}; the picture was sent as {ready.media_type}."
    return RequestWarning(
        code="converted", message=message, param=image.param, asked=image.media_type, sent=ready.media_type
    )
