"""Outbound Ark images (Seedream, SeedEdit): a fitted request as a call, the reply as events.

Facts are from docs.byteplus.com/en/docs/ModelArk: 1541523 (image API), 1299023 (errors), unless said.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Layer, Picture, Usage
from onebrush.domain.exchange import Call, JsonBody, ReplyHead
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Lifted, Places
from onebrush.wires import faults, options, pictures, untasked
from onebrush.wires.ark import shapes

_PLACES = Places("data[].b64_json")
_FACTS = ("size", "output_format", "background")
_REQUEST_ID = re.compile(r"[Rr]equest id: ?(\w+)")
_ACTIVATE = "The model is not activated for this account: activate it in the Ark console. The vendor says"

# Codes are dotted and extensible: the longest prefix of this table decides.
_KINDS: Mapping[str, FaultKind] = {
    "MissingParameter": FaultKind.BAD_REQUEST,
    "InvalidParameter": FaultKind.BAD_REQUEST,
    "InvalidImageURL": FaultKind.BAD_REQUEST,
    "InvalidEndpoint.ClosedEndpoint": FaultKind.BAD_REQUEST,
    "InputTextSensitiveContentDetected": FaultKind.CONTENT_BLOCKED,
    "InputImageSensitiveContentDetected": FaultKind.CONTENT_BLOCKED,
    "InputTextRiskDetection": FaultKind.CONTENT_BLOCKED,
    "OutputImageSensitiveContentDetected": FaultKind.CONTENT_BLOCKED,
    "OutputImageRiskDetection": FaultKind.CONTENT_BLOCKED,
    "OutputTextRiskDetection": FaultKind.CONTENT_BLOCKED,
    "SensitiveContentDetected": FaultKind.CONTENT_BLOCKED,
    "ContentSecurityDetectionError": FaultKind.CONTENT_BLOCKED,
    "AuthenticationError": FaultKind.CREDENTIAL,
    "InvalidAccountStatus": FaultKind.CREDENTIAL,
    "AccessDenied": FaultKind.CREDENTIAL,
    "OperationDenied.ServiceNotOpen": FaultKind.CREDENTIAL,
    "AccountOverdueError": FaultKind.QUOTA,
    "OperationDenied.ServiceOverdue": FaultKind.QUOTA,
    "SetLimitExceeded": FaultKind.QUOTA,  # a 429, but no wait helps: the trial cap set in the console
    "QuotaExceeded": FaultKind.QUOTA,  # a 429, but no wait helps: the free trial is used up
    "ModelNotOpen": FaultKind.MODEL_GONE,
    "InvalidEndpointOrModel": FaultKind.MODEL_GONE,
    "InvalidEndpoint.NotFound": FaultKind.MODEL_GONE,
    "ModelAccountIpmRateLimitExceeded": FaultKind.RATE_LIMITED,
    "ModelAccountRpmRateLimitExceeded": FaultKind.RATE_LIMITED,
    "APIAccountRpmRateLimitExceeded": FaultKind.RATE_LIMITED,
    "AccountRateLimitExceeded": FaultKind.RATE_LIMITED,
    "RateLimitExceeded": FaultKind.RATE_LIMITED,
    "RequestBurstTooFast": FaultKind.RATE_LIMITED,
    "InflightBatchsizeExceeded": FaultKind.RATE_LIMITED,
    "ServerOverloaded": FaultKind.UNAVAILABLE,
    "InternalServiceError": FaultKind.OUTCOME_UNKNOWN,
}


class ArkOutbound(options.Guarded, untasked.Untasked):
    """`/images/generations` for words and pictures alike; never `n`, which it ignores."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "seed",
            "guidance_scale",
            "watermark",
            "sequential_image_generation",
            "max_images",
            "optimize_prompt_mode",
            "output_format",
            "background",
            "layer_decomposition",
            "web_search",
        }
    )
    reserved: ClassVar[options.Reserved] = options.Reserved(
        fields={
            **{name: name for name in ("model", "prompt", "n", "size", "image", "response_format", "stream")},
            **{name: name for name in sorted(fields - {"max_images", "optimize_prompt_mode", "web_search"})},
            "images": "image",
            "sequential_image_generation_options.max_images": "max_images",
            "optimize_prompt_options.mode": "optimize_prompt_mode",
            "tools": "web_search",
        },
    )

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request`."""
        body: dict[str, object] = {"model": request.model, "prompt": request.prompt}
        if images := [pictures.data_uri(image) for image in request.references]:
            body["image"] = images[0] if len(images) == 1 else images
        if (size := _size(request.size)) is not None:
            body["size"] = size
        for name in sorted(self.fields & request.fields.keys()):
            body |= _field(name, request.fields[name])
        if body.get("background") == "transparent":
            body.setdefault("output_format", "png")  # unset it is jpeg, which the vendor refuses beside it
        body["response_format"] = request.answer_form
        whole = options.merged(body, request.options)
        return Call(path="/images/generations", body=JsonBody(value=whole), places=_PLACES)

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call | None = None) -> AsyncIterator[Event]:
        """The reply as events; a fault without index is the last of them, else Done is."""
        return faults.events(head, frames, _events)


def _size(size: FittedSize) -> str | None:
    return size.keyword or size.tier if size.pixels is None else str(size.pixels)


def _field(name: str, value: object) -> dict[str, object]:
    """A canonical field in the vendor's spelling."""
    match name:
        case "max_images":
            return {"sequential_image_generation_options": {"max_images": value}}
        case "optimize_prompt_mode":
            return {"optimize_prompt_options": {"mode": value}}
        case "web_search":
            return {"tools": [{"type": "web_search"}]} if value else {}
        case _:
            return {name: value}


def _events(head: ReplyHead, frame: Frame) -> Iterator[Event]:
    reply = faults.shaped(frame.data, shapes.ImagesReply)
    if reply is None or not (reply.error or (head.ok and reply.data is not None)):
        yield faults.unreadable(head, frame)
    elif reply.error:
        yield _refusal(head, reply.error)
    elif not reply.data:
        said = faults.Said(message="The vendor answered without a picture")
        yield faults.fault(FaultKind.NO_IMAGE, head, said)
    else:
        entries = [faults.shaped(entry, shapes.Entry) or shapes.Entry() for entry in reply.data]
        yield from (_picture(head, entry, index) for index, entry in enumerate(entries))
        yield from _usage(reply.usage)
        yield Done(request_id=faults.request_id(head), facts=_facts(entries))


def _refusal(head: ReplyHead, error: object) -> Fault:
    said = _said(error)
    return faults.fault(_kind(said.code) or faults.by_status(head.status), head, said)


def _said(error: object) -> faults.Said:
    """What an error object says; the request id stands at the end of its message."""
    said = faults.said(error)
    found = _REQUEST_ID.search(said.message or "")
    message = f"{_ACTIVATE}: {said.message}" if said.code == "ModelNotOpen" else said.message
    return faults.Said(code=said.code, message=message, param=said.param, request_id=found[1] if found else None)


def _kind(code: str | None) -> FaultKind | None:
    known = [prefix for prefix in _KINDS if code and code.startswith(prefix)]
    return _KINDS[max(known, key=len)] if known else None


def _picture(head: ReplyHead, entry: shapes.Entry, index: int) -> Picture | Fault:
    if entry.error:
        return _entry_refusal(head, entry.error, index)
    source = entry.b64_json.blob if isinstance(entry.b64_json, Lifted) else pictures.link(entry.url)
    if source is None:
        said = faults.Said(message="The vendor's entry holds neither a picture, a link to one nor an error")
        return faults.fault(FaultKind.BAD_RESPONSE, head, said, index=index)
    return Picture(source=source, index=index, layer=_layer(entry))


def _layer(entry: shapes.Entry) -> Layer | None:
    """Only pictures that were taken apart have a place in a pile; the base is 0 and has no box."""
    if not isinstance(entry.z_index, int):
        return None
    box = faults.shaped(entry.bounding_box, shapes.Box)
    return Layer(
        order=entry.z_index,
        box=box.absolute if box else None,
        name=faults.words(entry.name),
        description=faults.words(entry.description),
    )


def _entry_refusal(head: ReplyHead, error: object, index: int) -> Fault:
    """One picture of a 200 failed. That much is then known, and free: only `generated_images` are billed."""
    said = _said(error)
    kind = _kind(said.code) or FaultKind.BAD_RESPONSE
    known = FaultKind.UNAVAILABLE if kind is FaultKind.OUTCOME_UNKNOWN else kind
    return faults.fault(known, head, said, index=index)


def _usage(value: object) -> Iterator[Usage]:
    usage = faults.shaped(value, shapes.Usage)
    if usage is not None:
        record = UsageRecord(
            images=usage.generated_images,
            output_tokens=usage.output_tokens,
            total_tokens=usage.total_tokens,
        )
        yield Usage(record=record)


def _facts(entries: list[shapes.Entry]) -> dict[str, str]:
    """What the first picture says of itself."""
    first = next((entry for entry in entries if not entry.error), shapes.Entry())
    return {name: value for name in _FACTS if (value := faults.words(getattr(first, name))) is not None}
