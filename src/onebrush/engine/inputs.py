"""The caller's pictures at hand: fetched or found, measured, within the caps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from onebrush.domain.errors import InvalidImage, NotFound, OneBrushError
from onebrush.domain.request import GenerationRequest
from onebrush.domain.turn import Image, Part, Turn
from onebrush.engine import developing
from onebrush.engine.ports import Library, Transport
from onebrush.kit import pictures
from onebrush.kit.blobs import Blob, Scope

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
    """Caps on one request's pictures: count; bytes, pixels and frames each."""

    pictures: int = 16
    picture_bytes: int = 50_000_000
    picture_pixels: int = 50_000_000
    picture_frames: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where pictures come from, and for whom: links over the transport, kept ones of `key` from the library.

    `test` is whether the sandbox is asked.
    """

    transport: Transport
    library: Library
    key: str
    test: bool
    scope: Scope
    caps: InputCaps

    async def prepare(self, request: GenerationRequest) -> GenerationRequest:
        """The same request with every picture at hand and measured.

        Raises InvalidImage (or NotFound, for a kept picture that is not there) naming the field.
        """
        images = given(request)
        if len(request.images) > self.caps.pictures:
            raise InvalidImage(
                f"{len(request.images)} pictures were given; at most {self.caps.pictures} are taken.", param="image"
            )
        # Every fetch ends before the first refusal is told: none may write into a scope that is closed by then.
        made = await asyncio.gather(*map(self._ready, images), return_exceptions=True)
        ready: dict[int, Image] = {}
        for image, done in zip(images, made, strict=True):
            if isinstance(done, BaseException):
                raise done
            ready[id(image)] = done
        return exchanged(request, ready)

    async def _ready(self, image: Image) -> Image:
        source = image.source
        blob = await self._resolved(source, image.param) if isinstance(source, str) else source
        if blob.size > self.caps.picture_bytes:
            raise InvalidImage(
                f"{image.param} has {blob.size} bytes; at most {self.caps.picture_bytes} are taken.",
                param=image.param,
            )
        return await _measured(replace(image, source=blob), self.caps)

    async def _resolved(self, source: str, param: str) -> Blob:
        try:
            kept = await self.library.take(source, self.key, self.scope, test=self.test)
            return kept or await self.transport.fetch_input(source, self.scope)
        except (InvalidImage, NotFound) as error:
            raise _at(error, param) from error


def given(request: GenerationRequest) -> tuple[Image, ...]:
    """Every picture of a request, the mask and the markup included."""
    beside = (image for image in (request.mask, request.markup) if image is not None)
    return (*request.images, *beside)


def exchanged(request: GenerationRequest, ready: dict[int, Image]) -> GenerationRequest:
    """The request with pictures exchanged for what `ready` has under their identity."""
    return replace(
        request,
        turns=tuple(with_images(turn, ready) for turn in request.turns),
        mask=ready.get(id(request.mask), request.mask),
        markup=ready.get(id(request.markup), request.markup),
    )


def with_images(turn: Turn, ready: dict[int, Image]) -> Turn:
    """The turn with pictures exchanged for what `ready` has under their identity."""
    parts: list[Part] = [ready.get(id(part), part) if isinstance(part, Image) else part for part in turn.parts]
    return replace(turn, parts=tuple(parts))


def _at(error: OneBrushError, param: str) -> OneBrushError:
    return type(error)(f"{param}: {error.message}", param=param)


async def _measured(image: Image, caps: InputCaps) -> Image:
    try:
        measured = await developing.examined(image.blob)
    except pictures.NotAPicture as error:
        raise InvalidImage(f"{image.param} cannot be used: {error}.", param=image.param) from error
    if measured.media_type not in ACCEPTED:
        raise InvalidImage(
            f"{image.param} is {measured.media_type}; taken are PNG, JPEG, WEBP, GIF, BMP, TIFF and HEIC.",
            param=image.param,
        )
    _check_caps(image.param, "pixels", measured.width * measured.height, caps.picture_pixels)
    _check_caps(image.param, "frames", measured.frames, caps.picture_frames)
    return replace(
        image,
        media_type=measured.media_type,
        width=measured.width,
        height=measured.height,
        turned=measured.turned,
    )


def _check_caps(param: str, unit: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidImage(f"{param} has {count} {unit}; at most {most} are taken.", param=param)
