"""Outbound OpenAI Images: a fitted request as a call, the reply as events.

Facts are from developers.openai.com/api/docs and github.com/openai/openai-python 3.54.0 unless said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Picture, Usage
from onebrush.domain.exchange import Call, FormBody, JsonBody, ReplyHead
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest, Operation
from onebrush.domain.size import FittedSize
from onebrush.domain.turn import Image
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Lifted, Places
from onebrush.kit.pour import Field, FilePart
from onebrush.wires import faults, options, pictures, untasked
from onebrush.wires.openai import shapes

_PLACES = Places("data[].b64_json")
_EDIT_FIELDS = frozenset({"input_fidelity"})
# In the JSON form of an edit, not in the multipart one (openai-python types/image_edit_params.py).
_GENERATION_FIELDS = frozenset({"moderation"})
_FACTS = ("size", "quality", "background", "output_format")

# A code decides before the status: a 429 may be a bill, a 400 a refusal.
_KINDS: Mapping[str, FaultKind] = {
    "moderation_blocked": FaultKind.CONTENT_BLOCKED,
    "content_policy_violation": FaultKind.CONTENT_BLOCKED,
    "invalid_image_file": FaultKind.BAD_REQUEST,
    "unsupported_file_mimetype": FaultKind.BAD_REQUEST,
    "unknown_parameter": FaultKind.BAD_REQUEST,
    "invalid_value": FaultKind.BAD_REQUEST,
    "invalid_input_fidelity_model": FaultKind.BAD_REQUEST,
    "invalid_api_key": FaultKind.CREDENTIAL,
    "model_not_found": FaultKind.MODEL_GONE,
    "billing_hard_limit_reached": FaultKind.QUOTA,  # legacy; reported by third parties, unverified
    "insufficient_quota": FaultKind.QUOTA,
    "credit_balance_exhausted": FaultKind.QUOTA,
    "organization_spend_limit_exceeded": FaultKind.QUOTA,
    "project_spend_limit_exceeded": FaultKind.QUOTA,
    "organization_usage_limit_exceeded": FaultKind.QUOTA,
    "rate_limit_exceeded": FaultKind.RATE_LIMITED,
    "server_is_overloaded": FaultKind.UNAVAILABLE,
    "service_unavailable_error": FaultKind.UNAVAILABLE,
    "server_error": FaultKind.OUTCOME_UNKNOWN,
}


class OpenAIOutbound(options.Guarded, untasked.Untasked):
    """The Images API: `/images/generations` as JSON, `/images/edits` as a form where pictures are sent."""

    fields: ClassVar[frozenset[str]] = (_EDIT_FIELDS | _GENERATION_FIELDS) | {
        "quality",
        "background",
        "output_format",
        "output_compression",
        "style",
        "complexity",
        "frame_count",
        "frame_duration_ms",
        "svg",
        "user",
        "safety_identifier",
    }
    reserved: ClassVar[options.Reserved] = options.Reserved(
        fields={
            **{name: name for name in ("model", "prompt", "n", "size", "image", "mask", "markup", *sorted(fields))},
            "images": "image",
            "response_format": "response_format",
            "stream": "stream",
            "partial_images": "partial_images",
            "input_image_mask": "mask",
        },
    )

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request`."""
        if request.operation is Operation.EDIT:
            values = _values(request, self.fields - _GENERATION_FIELDS)
            return Call(path="/images/edits", body=_form(request, values), places=_PLACES)
        values = _values(request, self.fields - _EDIT_FIELDS)
        return Call(path="/images/generations", body=JsonBody(value=values), places=_PLACES)

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call | None = None) -> AsyncIterator[Event]:
        """The reply as events; a fault without index is the last of them, else Done is."""
        return faults.events(head, frames, _events)


def _values(request: FittedRequest, fields: frozenset[str]) -> dict[str, object]:
    """Everything but the pictures. `response_format` is never sent: GPT image models refuse it."""
    values: dict[str, object] = {"model": request.model, "prompt": request.prompt}
    if request.send_n:
        values["n"] = request.n
    if (size := _size(request.size)) is not None:
        values["size"] = size
    values |= {name: value for name, value in request.fields.items() if name in fields}
    return options.merged(values, request.options)


def _size(size: FittedSize) -> str | None:
    return size.keyword if size.pixels is None else str(size.pixels)


def _form(request: FittedRequest, values: Mapping[str, object]) -> FormBody:
    texts = [part for name, value in values.items() for part in _texts(name, value)]
    # A repeated `image` is refused as a duplicate (third parties, unverified): `image[]` for several.
    name = "image" if len(request.references) == 1 else "image[]"
    files = [_file(name, image, f"image-{place}") for place, image in enumerate(request.references, 1)]
    layers = (("mask", request.mask), ("markup", request.markup))
    files += [_file(name, image, name) for name, image in layers if image is not None]
    return FormBody(parts=(*texts, *files))


def _file(name: str, image: Image, stem: str) -> FilePart:
    """Every file needs a name and its true type, or it is a 400 `unsupported_file_mimetype`."""
    return FilePart(name, pictures.filename(image, stem), pictures.media_type(image), image.blob)


def _texts(name: str, value: object) -> Iterator[Field]:
    """A value as form fields: numbers as text, objects in brackets (`svg[reasoning][effort]`), null not at all."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(f"{name}[{key}]", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(f"{name}[]", inner)
    elif value is None:
        return
    elif isinstance(value, bool):
        yield Field(name, "true" if value else "false")
    else:
        yield Field(name, str(value))


def _events(head: ReplyHead, frame: Frame) -> Iterator[Event]:
    reply = faults.shaped(frame.data, shapes.ImagesReply)
    if reply is None or not (reply.error or (head.ok and reply.data is not None)):
        yield faults.unreadable(head, frame)
    elif reply.error:
        yield _refusal(head, faults.said(reply.error))
    elif not reply.data:
        said = faults.Said(message="The vendor answered without a picture")
        yield faults.fault(FaultKind.NO_IMAGE, head, said)
    else:
        yield from (_picture(head, entry, index) for index, entry in enumerate(reply.data))
        yield from _usage(reply.usage)
        yield Done(request_id=faults.request_id(head), facts=_facts(frame.data))


def _refusal(head: ReplyHead, said: faults.Said) -> Fault:
    kind = _KINDS.get(said.code or "") or _KINDS.get(said.type or "") or faults.by_status(head.status)
    return faults.fault(kind, head, said)


def _picture(head: ReplyHead, entry: object, index: int) -> Picture | Fault:
    image = faults.shaped(entry, shapes.Image) or shapes.Image()
    source = image.b64_json.blob if isinstance(image.b64_json, Lifted) else pictures.link(image.url)
    if source is None:
        said = faults.Said(message="The vendor's entry holds neither a picture nor a link to one")
        return faults.fault(FaultKind.BAD_RESPONSE, head, said, index=index)
    return Picture(source=source, index=index, revised_prompt=faults.words(image.revised_prompt))


def _usage(value: object) -> Iterator[Usage]:
    usage = faults.shaped(value, shapes.Usage)
    if usage is not None:
        given = usage.input_tokens_details or shapes.TokenDetails()
        made = usage.output_tokens_details or shapes.TokenDetails()
        record = UsageRecord(
            text_input_tokens=given.text_tokens,
            image_input_tokens=given.image_tokens,
            text_output_tokens=made.text_tokens,
            image_output_tokens=made.image_tokens,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            total_tokens=usage.total_tokens,
        )
        yield Usage(record=record)


def _facts(body: object) -> dict[str, str]:
    given = body if isinstance(body, dict) else {}
    return {name: value for name in _FACTS if (value := faults.words(given.get(name))) is not None}
