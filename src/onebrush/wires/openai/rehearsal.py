"""A rehearsal -> the answer of a dry run: the request as fitted, the calls, what they may cost; no picture's bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onebrush.domain.exchange import Call, FormBody, JsonBody
from onebrush.domain.finish import Finish
from onebrush.domain.rehearsal import PlannedCall, Rehearsal
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.domain.turn import Image, Text, Turn
from onebrush.kit.blobs import Blob
from onebrush.kit.pour import Base64, Field, FilePart
from onebrush.wires.openai.render import Envelope, Json, cost_json, warnings_json


def render_rehearsal(rehearsal: Rehearsal, envelope: Envelope) -> Json:
    """The answer's JSON; wrapped, `data` is null, as nothing was made."""
    own: Json = {
        "id": rehearsal.id,
        "model": rehearsal.fitted.card.id,
        "provider": rehearsal.provider,
        "test": rehearsal.test,
        "dry_run": {
            "request": _request(rehearsal.fitted),
            "calls": [_call(planned, rehearsal.fitted) for planned in rehearsal.calls],
            "price_bound": cost_json(rehearsal.bound),
            "price_estimate": cost_json(rehearsal.estimate),
        },
        "warnings": warnings_json(rehearsal.warnings),
    }
    if envelope == "wrapped":
        return {"code": 200, "msg": "Success", "data": None, "onebrush": own}
    return {"onebrush": own}


# The request


def _request(fitted: FittedRequest) -> Json:
    return {
        "model": fitted.model,
        "operation": fitted.operation.value,
        "prompt": fitted.prompt,
        **({"contents": [_turn(turn) for turn in fitted.turns]} if len(fitted.turns) > 1 else {}),
        **({"images": [_handle(image) for image in fitted.references]} if fitted.references else {}),
        **({"mask": _handle(fitted.mask)} if fitted.mask else {}),
        **({"markup": _handle(fitted.markup)} if fitted.markup else {}),
        "n": fitted.n,
        "size": _size(fitted.size),
        "response_format": fitted.answer_form,
        "fields": dict(fitted.fields),
        **({"provider_options": dict(fitted.options)} if fitted.options else {}),
        **({"finish": finish} if (finish := _finish(fitted.finish)) else {}),
    }


def _turn(turn: Turn) -> Json:
    parts: list[Json] = []
    for part in turn.parts:
        if isinstance(part, Image):
            parts.append({"image": _handle(part)})
        elif isinstance(part, Text):
            parts.append({"text": part.text})
    return {"role": turn.role, "parts": parts}


def _size(size: FittedSize) -> Json:
    said = {name: getattr(size, name) for name in ("pixels", "ratio", "tier", "keyword", "expected")}
    return {name: str(value) for name, value in said.items() if value is not None}


def _finish(finish: Finish) -> Json:
    """What is done here to the pictures that come."""
    said: Json = {
        "media_type": finish.media_type,
        "quality": finish.quality,
        "size": str(finish.size) if finish.size else None,
        "ratio": str(finish.ratio) if finish.ratio else None,
        "mask": _handle(finish.patch.mask) if finish.patch else None,
    }
    return {name: value for name, value in said.items() if value is not None}


# Pictures


def _handle(image: Image, prefix: str = "") -> Json:
    """What stands for a picture, and for the text it is written behind."""
    about: Json = {"media_type": image.media_type, "width": image.width, "height": image.height}
    known = {name: value for name, value in about.items() if value is not None}
    size: Json = {} if isinstance(image.source, str) else {"bytes": image.source.size}
    return {"picture": {"param": image.param, **known, **size, **({"prefix": prefix} if prefix else {})}}


def _handle_of(blob: Blob, fitted: FittedRequest, prefix: str = "") -> Json:
    """The same, for bytes inside a call; those that are none of the request's pictures have no name."""
    image = next((image for image in _images(fitted) if image.source is blob), None)
    return _handle(image, prefix) if image else {"picture": {"bytes": blob.size}}


def _images(fitted: FittedRequest) -> Iterator[Image]:
    yield from fitted.references
    for turn in fitted.turns:
        yield from turn.images
    yield from (image for image in (fitted.mask, fitted.markup) if image is not None)


# Calls


def _call(planned: PlannedCall, fitted: FittedRequest) -> Json:
    shown: Json = {"method": planned.method, "url": planned.url, "headers": dict(planned.headers)}
    body = _body(planned.call, fitted)
    return {**shown, "body": body} if body else shown


def _body(call: Call, fitted: FittedRequest) -> Json | None:
    if isinstance(call.body, JsonBody):
        return {"json": _json(call.body.value, fitted)}
    if isinstance(call.body, FormBody):
        return {"form": [_part(part, fitted) for part in call.body.parts]}
    return None


def _json(value: object, fitted: FittedRequest) -> object:
    """A body's value with handles where its pictures are."""
    if isinstance(value, Base64):
        return _handle_of(value.blob, fitted, value.prefix)
    if isinstance(value, Mapping):
        return {key: _json(inner, fitted) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner, fitted) for inner in value]
    return value


def _part(part: Field | FilePart, fitted: FittedRequest) -> Json:
    if isinstance(part, Field):
        return {"name": part.name, "value": part.value}
    about: Json = {"name": part.name, "filename": part.filename, "media_type": part.media_type}
    return {**about, **_handle_of(part.blob, fitted)}
