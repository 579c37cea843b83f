"""The engine's values as the text that is kept of them, and back: asks, terms, vendors' answers, outcomes.

The text is JSON whose members are named as the values' fields. Members unknown to this version are passed over, missing
ones take their default, so that a record written by another version can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import cattrs
import msgspec

from onebrush.domain import errors
from onebrush.domain.errors import OneBrushError, VendorSaid
from onebrush.domain.event import Done, Fault, Layer
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.turn import Image
from onebrush.engine.inputs import exchanged, given
from onebrush.engine.terms import Terms
from onebrush.kit.blobs import Blob

T = TypeVar("T")
_GIVEN, _KEPT = "given:", "kept:"
# Bytes of a picture up to which the record holds it: cheaper than a file that the same fsync would have to wait for.
LONGEST_KEPT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A picture of a vendor's answer: the id it is kept under, and where its bytes are.

    They are behind a link, in a spool file of that name, or here as base64 where they are few. None of these: they were
    in memory only.
    """

    id: str
    index: int
    link: str | None = None
    spool: str | None = None
    bytes: str | None = None
    revised_prompt: str | None = None
    opaque: str | None = None
    layer: Layer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReply:
    """What a vendor's answer held."""

    pictures: tuple[Landed, ...] = ()
    faults: tuple[Fault, ...] = ()
    usage: UsageRecord | None = None
    done: Done = field(default_factory=Done)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptError:
    """An error a caller was told."""

    code: str
    message: str
    param: str | None = None
    retry: bool | None = None
    retry_after: float | None = None
    vendor: VendorSaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptImage:
    """A picture of a result; what else is known of it is in its own row."""

    id: str
    revised_prompt: str | None = None
    layer: Layer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOutcome:
    """What came of a generation: `result` without its pictures and failures, which follow; or only the error."""

    error: KeptError | None = None
    result: GenerationResult | None = None
    images: tuple[KeptImage, ...] = ()
    failures: tuple[tuple[int, KeptError], ...] = ()


# Asks


def ask_text(request: GenerationRequest, kept: Mapping[int, str]) -> str:
    """The ask; `kept` is the identity of a given picture -> where its bytes are kept, if they are."""

    def named(image: Image) -> Image:
        location = kept.get(id(image))
        size = image.source.size if isinstance(image.source, Blob) else 0
        return replace(image, source=f"{_KEPT}{location}" if location else f"{_GIVEN}{size}")

    return _text(exchanged(request, {id(image): named(image) for image in given(request)}))


def ask_of(text: str, at: Callable[[str], Blob] | None) -> GenerationRequest:
    """The ask. Pictures whose bytes are not kept, or are not wanted (`at` None), have only their size.

    Raises OSError where kept bytes are gone, ValueError for what is no ask.
    """
    request = _value(text, GenerationRequest)
    return exchanged(request, {id(image): _found(image, at) for image in given(request)})


def _found(image: Image, at: Callable[[str], Blob] | None) -> Image:
    source = str(image.source)
    if source.startswith(_KEPT) and at is not None:
        return replace(image, source=at(source.removeprefix(_KEPT)))
    size = source.removeprefix(_GIVEN)
    return replace(image, source=Blob.absent(int(size) if size.isdigit() else 0))


def is_whole(request: GenerationRequest) -> bool:
    """Whether every picture of a read ask has its bytes."""
    return all(isinstance(image.source, Blob) and not image.source.is_absent for image in given(request))


# Terms and answers


def terms_text(terms: Terms) -> str:
    """The terms of a call."""
    return _text(terms)


def read_terms(text: str) -> Terms:
    """The terms of a call. Raises ValueError."""
    return _value(text, Terms)


def reply_text(reply: KeptReply) -> str:
    """A vendor's answer."""
    return _text(reply)


def read_reply(text: str) -> KeptReply:
    """A vendor's answer. Raises ValueError."""
    return _value(text, KeptReply)


# Outcomes


def outcome_text(result: GenerationResult, error: OneBrushError | None = None) -> str:
    """What came of a generation, with the error its caller was told where no picture came."""
    images = tuple(
        KeptImage(id=image.artifact.id, revised_prompt=image.revised_prompt, layer=image.layer)
        for image in result.images
        if image.stored
    )
    failures = tuple((failure.index, kept_error(failure.error)) for failure in result.failures)
    bare = replace(result, images=(), failures=())
    return _text(KeptOutcome(error=kept_error(error) if error else None, result=bare, images=images, failures=failures))


def error_text(error: OneBrushError) -> str:
    """What came of a generation that ended in an error of its own."""
    return _text(KeptOutcome(error=kept_error(error)))


def read_outcome(text: str) -> KeptOutcome:
    """What came of a generation. Raises ValueError."""
    return _value(text, KeptOutcome)


def result_of(outcome: KeptOutcome, pictures: Mapping[str, tuple[Artifact, Blob]]) -> GenerationResult | None:
    """The result with those of its pictures that are still there; `pictures` is id -> row and bytes."""
    if outcome.result is None:
        return None
    images = tuple(
        ResultImage(
            artifact=pictures[image.id][0],
            blob=pictures[image.id][1],
            revised_prompt=image.revised_prompt,
            layer=image.layer,
        )
        for image in outcome.images
        if image.id in pictures
    )
    failures = tuple(Failure(index=index, error=error_of(error)) for index, error in outcome.failures)
    return replace(outcome.result, images=images, failures=failures)


def kept_error(error: OneBrushError) -> KeptError:
    """An error as it is kept."""
    return KeptError(
        code=error.code,
        message=error.message,
        param=error.param,
        retry=error.retry,
        retry_after=error.retry_after,
        vendor=error.vendor,
    )


def error_of(kept: KeptError) -> OneBrushError:
    """The error again, of the class its code belongs to."""
    kind = _BY_CODE.get(kept.code, OneBrushError)
    return kind(kept.message, param=kept.param, retry=kept.retry, retry_after=kept.retry_after, vendor=kept.vendor)


def _by_code(kind: type[OneBrushError]) -> dict[str, type[OneBrushError]]:
    below = {code: found for child in kind.__subclasses__() for code, found in _by_code(child).items()}
    return {**below, kind.code: kind}


_BY_CODE = _by_code(errors.OneBrushError)


# The converter


def _text(value: object) -> str:
    return msgspec.json.encode(_converter.unstructure(value)).decode()


def _value(text: str, kind: type[T]) -> T:
    try:
        return _converter.structure(msgspec.json.decode(text, type=dict[str, Any]), kind)
    except (msgspec.DecodeError, cattrs.BaseValidationError, KeyError, TypeError) as error:
        raise ValueError(f"a kept {kind.__name__} cannot be read") from error


def _as_it_is(value: Any, _: object) -> Any:
    return value


def _made() -> cattrs.Converter:
    converter = cattrs.Converter(omit_if_default=True)
    # Blobs and exceptions are never in what is kept; a converter is wanted for every type all the same.
    plain = (object, object | None, Blob | str, Blob, OneBrushError)
    converter.register_structure_hook_func(lambda kind: kind in plain, _as_it_is)
    # Numbers stay what JSON made of them: a whole second is no reason to fail.
    converter.register_structure_hook(float, _as_it_is)
    return converter


_converter = _made()
