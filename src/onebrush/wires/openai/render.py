"""A result or an error -> the answer on the main door, plain as OpenAI shapes it, or wrapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from onebrush.domain.errors import OneBrushError, VendorSaid
from onebrush.domain.event import Layer
from onebrush.domain.money import Cost, UsageRecord
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.warning import RequestWarning
from onebrush.kit.pour import Base64

Envelope = Literal["plain", "wrapped"]
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A signed link and when it ends, in unix seconds."""

    url: str
    expires_at: int


class Linker(Protocol):
    """Makes the link of a stored picture."""

    def __call__(self, artifact: Artifact) -> Link: ...


def render(result: GenerationResult, link: Linker, envelope: Envelope) -> Json:
    """The answer's JSON, in which kit.pour.Base64 stands for each inline picture."""
    data = [_datum(image, result, link) for image in result.images]
    own = _own(result, link)
    if envelope == "wrapped":
        filled: Json = {"data": [_filled(datum) for datum in data], "created": result.created}
        return {"code": 200, "msg": "Success", "data": filled, "onebrush": own}
    return {
        "created": result.created,
        "data": data,
        **_facts(result),
        **({"usage": usage} if (usage := _usage(result.usage)) else {}),
        "onebrush": own,
    }


def render_linked(result: GenerationResult, link: Linker) -> Json:
    """The plain answer with links only, whatever was asked: for where no picture's bytes are at hand."""
    kept = tuple(image for image in result.images if image.stored)
    return render(replace(result, images=kept, answer_form="url"), link, "plain")


def _datum(image: ResultImage, result: GenerationResult, link: Linker) -> Json:
    """One picture by link or inline; what could not be stored has no link and goes inline."""
    revised: Json = {"revised_prompt": image.revised_prompt} if image.revised_prompt else {}
    if result.answer_form == "url" and image.stored:
        return {"url": link(image.artifact).url, **revised}
    return {"b64_json": Base64(image.blob), **revised}


def _filled(datum: Json) -> Json:
    return {key: datum.get(key, "") for key in ("url", "b64_json", "revised_prompt")}


def _facts(result: GenerationResult) -> Json:
    """OpenAI's own fields: what the vendor resolved, and size and format as measured of the first picture."""
    facts: Json = {key: result.facts[key] for key, words in _WORDS.items() if result.facts.get(key) in words}
    if result.images:
        first = result.images[0].artifact
        form = first.media_type.removeprefix("image/").removesuffix("+xml")
        if form in _FORMATS:
            facts["output_format"] = form
        facts["size"] = f"{first.width}x{first.height}"
    return facts


# What OpenAI's own answer may say; a typed client refuses other words.
_WORDS = {"background": ("transparent", "opaque"), "quality": ("low", "medium", "high", "xhigh", "max")}
_FORMATS = ("png", "webp", "jpeg", "gif", "svg")


def _usage(record: UsageRecord | None) -> Json | None:
    """Only when the vendor reported tokens; OpenAI's type cannot do without the input's details."""
    if record is None or record.total_tokens is None:
        return None
    asked, text, image = record.input_tokens or 0, record.text_input_tokens, record.image_input_tokens
    usage: Json = {
        "input_tokens": asked,
        # Where the vendor did not tell them apart, all of it counts as words.
        "input_tokens_details": _details(max(0, asked - (image or 0)) if text is None else text, image),
        "output_tokens": record.output_tokens or 0,
        "total_tokens": record.total_tokens,
    }
    if record.text_output_tokens is not None or record.image_output_tokens is not None:
        usage["output_tokens_details"] = _details(record.text_output_tokens, record.image_output_tokens)
    return usage


def _details(text: int | None, image: int | None) -> Json:
    return {"text_tokens": text or 0, "image_tokens": image or 0}


# The `onebrush` object


def _own(result: GenerationResult, link: Linker | None) -> Json:
    own: Json = {
        "id": result.id,
        "model": result.model,
        "provider": result.provider,
        "test": result.test,
        "images": [_described(image, link) for image in result.images],
        "failures": [failure_json(failure) for failure in result.failures],
        "warnings": warnings_json(result.warnings),
        "cost": cost_json(result.cost),
        "timings": dict(result.timings),
    }
    return own


def _described(image: ResultImage, link: Linker | None) -> Json:
    artifact = image.artifact
    described: Json = {
        "index": artifact.index,
        "id": artifact.id,
        "media_type": artifact.media_type,
        "width": artifact.width,
        "height": artifact.height,
        "bytes": artifact.size,
    }
    if image.layer is not None:
        described["layer"] = _layer(image.layer)
    if not image.stored or link is None:
        return {**described, "stored": False}
    made = link(artifact)
    return {**described, "url": made.url, "expires_at": made.expires_at}


def _layer(layer: Layer) -> Json:
    """Its place in the pile and on the base; what the vendor did not say is left out."""
    said: Json = {
        "order": layer.order,
        "box": list(layer.box) if layer.box else None,
        "name": layer.name,
        "description": layer.description,
    }
    return {name: value for name, value in said.items() if value is not None}


def failure_json(failure: Failure) -> Json:
    """One picture that did not come."""
    said: Json = {"index": failure.index, "code": failure.error.code, "message": failure.error.message}
    if failure.error.vendor:
        said["provider_error"] = vendor_json(failure.error.vendor)
    return said


def warnings_json(warnings: Sequence[RequestWarning]) -> list[Json]:
    """Warnings as the answer lists them; what a warning does not know is left out."""
    return [_warning(warning) for warning in warnings]


def _warning(warning: RequestWarning) -> Json:
    said: Json = {"code": warning.code, "message": warning.message}
    for name in ("param", "asked", "sent"):
        if getattr(warning, name) is not None:
            said[name] = getattr(warning, name)
    return {**said, "stage": warning.stage}


def cost_json(cost: Cost) -> Json:
    """What something costs and how that is known."""
    if cost.money is None:
        return {"basis": cost.basis}
    return {"amount": cost.money.decimal, "currency": cost.money.currency, "basis": cost.basis}


# Errors


def render_error(
    error: OneBrushError, envelope: Envelope, generation: str | None, result: GenerationResult | None = None
) -> Json:
    """The error's JSON; `result` is the generation it ended, where one was begun."""
    own: Json = _own(result, None) if result else ({"id": generation} if generation else {})
    if error.vendor:
        own["provider_error"] = vendor_json(error.vendor)
    if envelope == "wrapped":
        return {"code": error.status, "msg": error.message, "data": None, "onebrush": own}
    return {"error": error_json(error), "onebrush": own}


def error_json(error: OneBrushError) -> Json:
    """The error as OpenAI's clients read it."""
    return {"message": error.message, "type": error.type, "param": error.param, "code": error.code}


def vendor_json(said: VendorSaid) -> Json:
    """What the vendor itself said; what it did not say is left out."""
    fields: Mapping[str, object | None] = {
        "provider": said.provider,
        "status": said.status,
        "code": said.code,
        "message": said.message,
        "request_id": said.request_id,
    }
    return {name: value for name, value in fields.items() if value is not None}
