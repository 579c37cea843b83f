"""Outbound Gemini generateContent: a fitted request as a call, the reply as events.

Facts are from ai.google.dev/gemini-api/docs and github.com/googleapis/python-genai 3.4.0 unless said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar
from urllib.parse import quote

from onebrush.domain.event import Done, Event, Picture, Usage
from onebrush.domain.exchange import Call, JsonBody, ReplyHead
from onebrush.domain.money import UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.domain.turn import Image, Opaque, Text, Turn
from onebrush.kit.blobs import Blob
from onebrush.kit.frames import Frame
from onebrush.kit.lift import Lifted, Places
from onebrush.kit.pour import Base64
from onebrush.wires import faults, options, pictures, untasked
from onebrush.wires.gemini import refusals, shapes

_PLACES = Places("candidates[].content.parts[].inlineData.data")
_PROVIDER = "gemini"
_SAFETY = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")


class GeminiOutbound(options.Guarded, untasked.Untasked):
    """`/models/{model}:generateContent`, one picture a call.

    In a model turn, an Opaque of provider `gemini` right after a picture or text is that part's signature.
    """

    fields: ClassVar[frozenset[str]] = frozenset(
        {"response_modalities", "temperature", "top_p", "seed", "thinking_level", "moderation", "web_search"}
    )
    reserved: ClassVar[options.Reserved] = options.Reserved(
        fields={
            "model": "model",
            "contents": "contents",
            "store": "",
            "stream": "stream",
            "safetySettings": "moderation",
            "tools": "web_search",
            "generationConfig.responseModalities": "response_modalities",
            "generationConfig.imageConfig.aspectRatio": "size",
            "generationConfig.imageConfig.imageSize": "size",
            # The newer twin of imageConfig; never both.
            "generationConfig.responseFormat": "size",
            "generationConfig.candidateCount": "n",
            "generationConfig.temperature": "temperature",
            "generationConfig.topP": "top_p",
            "generationConfig.seed": "seed",
            "generationConfig.thinkingConfig.thinkingLevel": "thinking_level",
            # Vertex' own switches for what the gateway does itself.
            "generationConfig.imageConfig.imageOutputOptions": "output_format",
        },
    )

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request`."""
        body: dict[str, object] = {
            "contents": [_content(turn) for turn in request.turns if turn.parts],
            "generationConfig": _config(request),
            # Since 2026-10-26 new paid projects keep requests unless told not to.
            "store": False,
        }
        if request.fields.get("moderation") == "low":
            body["safetySettings"] = [
                {"category": f"HARM_CATEGORY_{name}", "threshold": "BLOCK_ONLY_HIGH"} for name in _SAFETY
            ]
        if request.fields.get("web_search"):
            body["tools"] = [{"googleSearch": {}}]
        path = f"/models/{quote(request.model, safe='')}:generateContent"
        return Call(path=path, body=JsonBody(value=options.merged(body, request.options)), places=_PLACES)

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call | None = None) -> AsyncIterator[Event]:
        """The reply as events; a fault is the last of them, else Done is."""
        return faults.events(head, frames, _events)


def _content(turn: Turn) -> dict[str, object]:
    parts: list[dict[str, object]] = []
    for part in turn.parts:
        if isinstance(part, Text):
            parts.append({"text": part.text})
        elif isinstance(part, Image):
            data = Base64(part.blob)
            parts.append({"inlineData": {"mimeType": pictures.media_type(part), "data": data}})
        elif parts and _signs(turn, part):
            parts[-1]["thoughtSignature"] = part.value
    return {"role": turn.role, "parts": parts}


def _signs(turn: Turn, part: Opaque) -> bool:
    return turn.role == "model" and part.provider == _PROVIDER


def _config(request: FittedRequest) -> dict[str, object]:
    fields = request.fields
    config: dict[str, object] = {"responseModalities": _modalities(fields.get("response_modalities"))}
    if image := _image_config(request.size):
        config["imageConfig"] = image
    for name, own in (("temperature", "temperature"), ("top_p", "topP"), ("seed", "seed")):
        if name in fields:
            config[own] = fields[name]
    if "thinking_level" in fields:
        config["thinkingConfig"] = {"thinkingLevel": str(fields["thinking_level"]).upper()}
    return config


def _modalities(asked: object) -> list[str]:
    """Pictures alone unless asked: it saves the chatter."""
    return [str(name).upper() for name in asked] if isinstance(asked, Sequence) and asked else ["IMAGE"]


def _image_config(size: FittedSize) -> dict[str, object]:
    config: dict[str, object] = {}
    if size.ratio is not None:
        config["aspectRatio"] = str(size.ratio)
    if size.tier is not None:
        config["imageSize"] = size.tier.upper()  # `2k` is a 400
    return config


def _events(head: ReplyHead, frame: Frame) -> Iterator[Event]:
    reply = faults.shaped(_unwrapped(frame.data), shapes.Reply)
    if reply is None or not (head.ok or reply.error):
        yield faults.unreadable(head, frame)
    elif reply.error:
        yield refusals.of_error(head, reply.error)
    else:
        yield from _answer(head, reply)


def _unwrapped(data: object) -> object:
    """Errors of a stream without `alt=sse` come in a list of one."""
    return data[0] if isinstance(data, list) and len(data) == 1 else data


def _answer(head: ReplyHead, reply: shapes.Reply) -> Iterator[Event]:
    """Refusals come with HTTP 200: only a picture is success."""
    candidates = _list_of(reply.candidates, shapes.Candidate)
    parts = [part for candidate in candidates for part in _parts(candidate)]
    picture = _picked(parts, drafts_count=not refusals.refused(reply, candidates))
    if picture is not None:
        yield picture
    yield from _usage(reply.usage_metadata)
    if picture is None:
        yield refusals.of_answer(head, reply, candidates, parts)
    else:
        yield Done(request_id=refusals.request_id(head, reply), facts=_facts(reply))


def _list_of(value: object, shape: type[faults.Shape]) -> list[faults.Shape]:
    entries = value if isinstance(value, list) else []
    return [entry for raw in entries if (entry := faults.shaped(raw, shape)) is not None]


def _parts(candidate: shapes.Candidate) -> list[shapes.Part]:
    content = faults.shaped(candidate.content, shapes.Content)
    return _list_of(content.parts, shapes.Part) if content else []


def _picked(parts: list[shapes.Part], *, drafts_count: bool) -> Picture | None:
    """The last finished picture; where all are thoughts the last of those (third parties, unverified).

    Thoughts of a refused answer are drafts of what was refused.
    """
    found = [(part, blob) for part in parts if (blob := _blob(part)) is not None]
    finished = [(part, blob) for part, blob in found if not part.thought]
    for part, blob in reversed(finished or (found if drafts_count else [])):
        return Picture(source=blob, opaque=faults.words(part.thought_signature))
    return None


def _blob(part: shapes.Part) -> Blob | None:
    data = part.inline_data.data if part.inline_data else None
    return data.blob if isinstance(data, Lifted) else None


def _usage(value: object) -> Iterator[Usage]:
    usage = faults.shaped(value, shapes.UsageMetadata)
    if usage is not None:
        yield Usage(record=_record(usage))


def _record(usage: shapes.UsageMetadata) -> UsageRecord:
    """Thoughts are billed as text output, outside the candidates' count."""
    given, made = usage.prompt_tokens_details, usage.candidates_tokens_details
    return UsageRecord(
        text_input_tokens=_tokens(given, "TEXT"),
        image_input_tokens=_tokens(given, "IMAGE"),
        image_output_tokens=_tokens(made, "IMAGE"),
        text_output_tokens=_sum(_tokens(made, "TEXT"), usage.thoughts_token_count) if made else None,
        input_tokens=_sum(usage.prompt_token_count, usage.tool_use_prompt_token_count),
        output_tokens=_sum(usage.candidates_token_count, usage.thoughts_token_count),
        total_tokens=usage.total_token_count,
    )


def _tokens(details: list[shapes.Tokens] | None, modality: str) -> int | None:
    return _sum(*(entry.token_count for entry in details or () if entry.modality == modality))


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _facts(reply: shapes.Reply) -> dict[str, str]:
    """`modelStatus` is the only notice of retirement inside a reply."""
    status = reply.model_status if isinstance(reply.model_status, dict) else {}
    message = faults.words(status.get("message"))
    return {} if message is None else {"model_status": message}
