"""Outbound DashScope multimodal generation (Qwen-Image): a fitted request as a call, the reply as events.

Facts are from www.alibabacloud.com/help/en/model-studio: qwen-image-api, error-code, unless said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Picture, Usage
from onebrush.domain.exchange import Call, JsonBody, ReplyHead
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Places
from onebrush.wires import faults, options, pictures
from onebrush.wires.dashscope import shapes

_PATH = "/services/aigc/multimodal-generation/generation"
_PLACES = Places()  # results are links, never bytes

# By the whole code, then by what stands before its dot. `Arrearage` is a 400 and a bill may be a 429: the
# code decides, the status only where the code is unknown.
_KINDS: Mapping[str, FaultKind] = {
    "InvalidParameter": FaultKind.BAD_REQUEST,
    "BadRequest": FaultKind.BAD_REQUEST,
    "InvalidInputLength": FaultKind.BAD_REQUEST,
    "UnsupportedOperation": FaultKind.BAD_REQUEST,
    "InvalidURL": FaultKind.BAD_REQUEST,
    "InvalidImage": FaultKind.BAD_REQUEST,
    "InvalidImageResolution": FaultKind.BAD_REQUEST,
    "InvalidImageFormat": FaultKind.BAD_REQUEST,
    "DataInspectionFailed": FaultKind.CONTENT_BLOCKED,
    "IPInfringementSuspect": FaultKind.CONTENT_BLOCKED,
    "FaqRuleBlocked": FaultKind.CONTENT_BLOCKED,
    "CustomRoleBlocked": FaultKind.CONTENT_BLOCKED,
    "InvalidApiKey": FaultKind.CREDENTIAL,
    "invalid_api_key": FaultKind.CREDENTIAL,
    "AccessDenied": FaultKind.CREDENTIAL,
    "Model.AccessDenied": FaultKind.CREDENTIAL,
    "Workspace.AccessDenied": FaultKind.CREDENTIAL,
    "App.AccessDenied": FaultKind.CREDENTIAL,
    "WorkSpaceNotFound": FaultKind.CREDENTIAL,  # a 404, but of the operator's workspace, not of the model
    "Arrearage": FaultKind.QUOTA,
    "AllocationQuota": FaultKind.QUOTA,
    "Throttling.AllocationQuota": FaultKind.QUOTA,
    "insufficient_quota": FaultKind.QUOTA,
    "CommodityNotPurchased": FaultKind.QUOTA,
    "PrepaidBillOverdue": FaultKind.QUOTA,
    "PostpaidBillOverdue": FaultKind.QUOTA,
    "ModelNotFound": FaultKind.MODEL_GONE,
    "model_not_found": FaultKind.MODEL_GONE,
    "Model.NotExist": FaultKind.MODEL_GONE,
    "ModelNotExist": FaultKind.MODEL_GONE,
    "model_not_supported": FaultKind.MODEL_GONE,
    "Throttling": FaultKind.RATE_LIMITED,
    "limit_requests": FaultKind.RATE_LIMITED,
    "limit_burst_rate": FaultKind.RATE_LIMITED,
    "ServiceUnavailable": FaultKind.UNAVAILABLE,
    "ModelUnavailable": FaultKind.UNAVAILABLE,
    "RequestTimeOut": FaultKind.OUTCOME_UNKNOWN,
    "InternalError": FaultKind.OUTCOME_UNKNOWN,
    "GatewayTimeout": FaultKind.OUTCOME_UNKNOWN,
}
# The moderation code also covers a picture the vendor could not fetch, told apart by its message alone.
_NOT_FETCHED = "unable to download the media resource"


class DashScopeOutbound(options.Guarded):
    """The synchronous route, which serves every Qwen image model."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {"seed", "negative_prompt", "prompt_extend", "prompt_extend_mode", "enable_thinking", "watermark"}
    )
    reserved: ClassVar[options.Reserved] = options.Reserved(
        fields={
            "model": "model",
            "input.messages": "contents",
            "input.prompt": "prompt",
            "input.images": "image",
            "input.negative_prompt": "negative_prompt",
            **{f"parameters.{name}": name for name in ("size", "n", *sorted(fields))},
            "parameters.stream": "stream",
            "stream": "stream",
        },
    )

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request`: one message, the pictures in order, then the one text."""
        images = [{"image": pictures.data_uri(image)} for image in request.references]
        content: list[object] = [*images, {"text": request.prompt}]
        body = {
            "model": request.model,
            "input": {"messages": [{"role": "user", "content": content}]},
            "parameters": _parameters(request, self.fields),
        }
        return Call(path=_PATH, body=JsonBody(value=options.merged(body, request.options)), places=_PLACES)

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame]) -> AsyncIterator[Event]:
        """The reply as events; a fault without index is the last of them, else Done is."""
        return faults.events(head, frames, _events)


def _parameters(request: FittedRequest, fields: frozenset[str]) -> dict[str, object]:
    parameters: dict[str, object] = {}
    if (size := _size(request.size)) is not None:
        parameters["size"] = size
    if request.send_n:
        parameters["n"] = request.n
    return parameters | {name: value for name, value in request.fields.items() if name in fields}


def _size(size: FittedSize) -> str | None:
    """Pixels with an asterisk; the OpenAI-style route alone takes an x."""
    if size.pixels is None:
        return size.keyword or size.tier
    return f"{size.pixels.width}*{size.pixels.height}"


def _events(head: ReplyHead, frame: Frame) -> Iterator[Event]:
    reply = faults.shaped(frame.data, shapes.Reply)
    code = faults.code(reply.code) if reply else None
    if reply is None or not (head.ok or code):
        yield faults.unreadable(head, frame)
    elif code:  # success is 2xx, no code and a picture
        yield _refusal(head, reply, code)
    else:
        yield from _answer(head, reply)


def _refusal(head: ReplyHead, reply: shapes.Reply, code: str) -> Fault:
    message = faults.words(reply.message)
    kind = _KINDS.get(code) or _KINDS.get(code.partition(".")[0]) or faults.by_status(head.status)
    if kind is FaultKind.CONTENT_BLOCKED and _NOT_FETCHED in (message or "").lower():
        kind = FaultKind.BAD_REQUEST
    said = faults.Said(code=code, message=message, request_id=_request_id(head, reply))
    return faults.fault(kind, head, said)


def _answer(head: ReplyHead, reply: shapes.Reply) -> Iterator[Event]:
    output = faults.shaped(reply.output, shapes.Output)
    parts = [] if output is None else _parts(output)
    texts = [text for part in parts if (text := faults.words(part.text))]
    images = [part.image for part in parts if part.image]
    if output is None or not images:
        yield _no_picture(head, reply, output, texts)
        return
    # Beside pictures a text is the prompt as rewritten (z-image-turbo).
    rewritten = texts[0] if texts else None
    for index, image in enumerate(images):
        yield _picture(head, reply, image, index, rewritten)
    usage = faults.shaped(reply.usage, shapes.Usage) or shapes.Usage()
    yield from _usage(usage)
    yield Done(request_id=_request_id(head, reply), facts=_facts(output, usage))


def _parts(output: shapes.Output) -> list[shapes.Part]:
    """All parts of all choices: how n pictures are split over them differs (unverified)."""
    choices = [faults.shaped(choice, shapes.Choice) for choice in output.choices or ()]
    messages = [choice.message for choice in choices if choice and choice.message]
    parts = [faults.shaped(part, shapes.Part) for message in messages for part in message.content or ()]
    return [part for part in parts if part is not None]


def _no_picture(head: ReplyHead, reply: shapes.Reply, output: shapes.Output | None, texts: list[str]) -> Fault:
    kind = FaultKind.NO_IMAGE if output and output.choices is not None else FaultKind.BAD_RESPONSE
    message = "The vendor answered without a picture"
    quoted = f"{message}: {' '.join(texts)}" if texts else message
    return faults.fault(kind, head, faults.Said(message=quoted, request_id=_request_id(head, reply)))


def _picture(head: ReplyHead, reply: shapes.Reply, image: object, index: int, rewritten: str | None) -> Picture | Fault:
    url = pictures.link(image)  # http:// at times
    if url is None:
        said = faults.Said(message="The vendor's result is no link to a picture", request_id=_request_id(head, reply))
        return faults.fault(FaultKind.BAD_RESPONSE, head, said, index=index)
    return Picture(source=url, index=index, revised_prompt=rewritten)


def _request_id(head: ReplyHead, reply: shapes.Reply) -> str | None:
    return faults.words(reply.request_id) or faults.request_id(head)


def _usage(usage: shapes.Usage) -> Iterator[Usage]:
    count = usage.image_count if usage.image_count is not None else usage.output_image_count
    if count is not None:
        yield Usage(record=UsageRecord(images=count))


def _facts(output: shapes.Output, usage: shapes.Usage) -> dict[str, str]:
    facts: dict[str, str] = {}
    width, height = usage.width or usage.output_width, usage.height or usage.output_height
    if width and height:
        facts["size"] = f"{width}x{height}"
    if (status := faults.words(output.rewrite_status)) is not None:
        facts["rewrite_status"] = status
    return facts
