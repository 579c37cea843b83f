"""What a DashScope call or task that succeeded brought, as events.

Facts are from www.alibabacloud.com/help/en/model-studio: qwen-image-api, manage-asynchronous-tasks, unless said.
"""

from __future__ import annotations

from collections.abc import Iterator

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Picture, Usage
from onebrush.domain.exchange import ReplyHead
from onebrush.domain.money import UsageRecord
from onebrush.wires import faults, pictures
from onebrush.wires.dashscope import refusals, shapes


def events(head: ReplyHead, reply: shapes.Reply) -> Iterator[Event]:
    """Its pictures and the faults of single ones, usage and Done; one fault where there is neither."""
    output = faults.shaped(reply.output, shapes.Output)
    parts = [] if output is None else _parts(output)
    texts = [text for part in parts if (text := faults.words(part.text))]
    results = [] if output is None else _results(output, texts, parts)
    if output is None or not results:
        yield _no_picture(head, reply, output, texts)
        return
    yield from (_picture(head, reply, result, index) for index, result in enumerate(results))
    usage = faults.shaped(reply.usage, shapes.Usage) or shapes.Usage()
    yield from _usage(usage)
    yield Done(request_id=request_id(head, reply), facts=_facts(output, usage))


def request_id(head: ReplyHead, reply: shapes.Reply) -> str | None:
    """The vendor's id of the call, in the body or else in a header."""
    return faults.words(reply.request_id) or faults.request_id(head)


def _parts(output: shapes.Output) -> list[shapes.Part]:
    """All parts of all choices: how n pictures are split over them differs (unverified)."""
    choices = [faults.shaped(choice, shapes.Choice) for choice in output.choices or ()]
    messages = [choice.message for choice in choices if choice and choice.message]
    parts = [faults.shaped(part, shapes.Part) for message in messages for part in message.content or ()]
    return [part for part in parts if part is not None]


def _results(output: shapes.Output, texts: list[str], parts: list[shapes.Part]) -> list[shapes.Result]:
    """Every picture there is or should be. Beside pictures a text is the prompt as rewritten (z-image-turbo)."""
    rewritten = texts[0] if texts else None
    drawn = [shapes.Result(url=part.image, actual_prompt=rewritten) for part in parts if part.image]
    listed = [faults.shaped(result, shapes.Result) or shapes.Result() for result in output.results or ()]
    return [*drawn, *listed]


def _no_picture(head: ReplyHead, reply: shapes.Reply, output: shapes.Output | None, texts: list[str]) -> Fault:
    answered = output is not None and (output.choices is not None or output.results is not None)
    message = "The vendor answered without a picture"
    quoted = f"{message}: {' '.join(texts)}" if texts else message
    said = faults.Said(message=quoted, request_id=request_id(head, reply))
    return faults.fault(FaultKind.NO_IMAGE if answered else FaultKind.BAD_RESPONSE, head, said)


def _picture(head: ReplyHead, reply: shapes.Reply, result: shapes.Result, index: int) -> Picture | Fault:
    url = pictures.link(result.url)  # http:// at times
    if url is not None:
        return Picture(source=url, index=index, revised_prompt=faults.words(result.actual_prompt))
    if (code := faults.code(result.code)) is not None:
        said = faults.Said(code=code, message=faults.words(result.message), request_id=request_id(head, reply))
        return refusals.failure(head, said, index=index)
    said = faults.Said(message="The vendor's result is no link to a picture", request_id=request_id(head, reply))
    return faults.fault(FaultKind.BAD_RESPONSE, head, said, index=index)


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
