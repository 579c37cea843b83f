"""What types that are not ours have against a body: the vendors' own SDKs, and OpenAI's published schema."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import new_class
from typing import Any, get_type_hints

import dashscope.v2.resources.images as dashscope_images
from dashscope import ImageSynthesis, MultiModalConversation
from dashscope.aigc.image_generation import ImageGeneration
from google.genai import Client, _common
from google.genai import models as gemini_models
from google.genai import types as gemini
from openai.types.image_edit_params import ImageEditParamsBase
from openai.types.image_generate_params import ImageGenerateParamsBase
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from volcenginesdkarkruntime.resources.images.images import Images as ArkImages
from volcenginesdkarkruntime.types.images.images import OptimizePromptOptions, SequentialImageGenerationOptions

from tests.conformance.schema import breaches
from tests.conformance.wire import Sent

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

# Documented, and sent, but not in the SDK's type: family -> field -> the page that has it.
EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "ark": {
        "background": "docs.byteplus.com/en/docs/ModelArk/1541523, newer than the SDK",
    },
    "dashscope": {
        "prompt_extend_mode": "qwen-image-generation-and-editing-api-reference, newer than the SDK",
        "enable_thinking": "qwen-image-generation-and-editing-api-reference, newer than the SDK",
    },
}


def complaints(family: str, sent: Sent, *, excepted: bool = True) -> list[str]:
    """Everything that is wrong with one call; `excepted=False` makes no exception for fields newer than the SDKs."""
    return list(_JUDGES[family](sent, excepted))


def _held(adapter: Any, value: Any, *, strict: bool = True) -> Iterator[str]:
    try:
        adapter.validate_python(value, strict=strict)
    except ValidationError as error:
        yield from (f"{problem['loc']}: {problem['msg']}" for problem in error.errors())


def _without(body: Mapping[str, Any], names: str, excepted: bool) -> dict[str, Any]:
    return {name: value for name, value in body.items() if not (excepted and name in EXCEPTIONS.get(names, {}))}


# OpenAI


@cache
def _openai_types() -> tuple[Any, Any]:
    return _closed_dict(ImageGenerateParamsBase), _closed_dict(ImageEditParamsBase)


def _closed_dict(shape: Any) -> Any:
    """The SDK's dictionary, made to refuse keys it does not know."""
    closed = new_class(shape.__name__, (shape,), {"total": False}, lambda body: body.update(__pydantic_config__=STRICT))
    return TypeAdapter(closed)


def _openai(sent: Sent, excepted: bool) -> Iterator[str]:
    generate, edit = _openai_types()
    if not sent.form:
        yield from _held(generate, sent.body)
        yield from breaches("generate", sent.body)
        return
    body = as_fields(sent.body)
    files = {name: b"" for name in ("image", "mask", "markup") if name in body}
    # Text is read as the number it spells, as the vendor reads a form.
    yield from _held(edit, _without(body, "openai", excepted) | files, strict=False)
    yield from breaches("edit", body)


def as_fields(form: Mapping[str, Any]) -> dict[str, Any]:
    """Multipart fields as the vendor reads them: brackets are nesting, `image[]` is a list, digits are numbers."""
    body: dict[str, Any] = {}
    for name, value in form.items():
        first, *rest = re.findall(r"[^\[\]]+", name)
        inner = body
        for key in rest:
            inner = inner.setdefault(first, {})
            first = key
        inner[first] = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(body.get("image"), str):
        body["image"] = [body["image"]]
    return body


# Gemini


@cache
def _gemini_client() -> Any:
    return Client(api_key="test")._api_client


def _gemini(sent: Sent, _excepted: bool) -> Iterator[str]:
    body = json.loads(json.dumps(sent.body).replace("<picture>", "AAAA"))
    beside = {name: value for name, value in body.items() if name not in ("contents", "generationConfig")}
    try:
        config = gemini.GenerateContentConfig.model_validate(body.get("generationConfig", {}) | beside)
        contents = [gemini.Content.model_validate(content) for content in body["contents"]]
    except ValidationError as error:
        yield from (f"{problem['loc']}: {problem['msg']}" for problem in error.errors())
        return
    asked = gemini._GenerateContentParameters(model="any", contents=contents, config=config)
    try:
        theirs = gemini_models._GenerateContentParameters_to_mldev(_gemini_client(), asked, None, asked)
    except ValueError as error:  # a field of the other platform
        yield str(error)
        return
    if (built := _camel(_common.encode_unserializable_types(_common.convert_to_dict(theirs)))) != body:
        yield f"the SDK would send {built}"


def _camel(value: Any) -> Any:
    """The SDK leaves some keys in snake case, which the vendor takes too; both become camel case."""
    if isinstance(value, dict):
        return {
            re.sub(r"_([a-z])", lambda match: match[1].upper(), key): _camel(inner)
            for key, inner in value.items()
            if key != "_url"
        }
    return [_camel(inner) for inner in value] if isinstance(value, list) else value


# Ark


@cache
def _ark_types() -> dict[str, Any]:
    # The method is wrapped without a trace of its signature; the wrapper still holds it.
    (generate,) = inspect.getclosurevars(ArkImages.generate).nonlocals.values()
    hints = get_type_hints(generate)
    own = {"extra_headers", "extra_query", "extra_body", "timeout", "stream", "return"}
    plain = {name: TypeAdapter(hint) for name, hint in hints.items() if name not in own | set(_ARK_OPTIONS)}
    return plain | {name: TypeAdapter(_closed(model)) for name, model in _ARK_OPTIONS.items()}


_ARK_OPTIONS = {
    "optimize_prompt_options": OptimizePromptOptions,
    "sequential_image_generation_options": SequentialImageGenerationOptions,
}


def _closed(model: type[BaseModel]) -> type[BaseModel]:
    """The SDK's model, made to refuse members it does not know."""
    return type(model.__name__, (model,), {"model_config": ConfigDict(extra="forbid")})


def _ark(sent: Sent, excepted: bool) -> Iterator[str]:
    known = _ark_types()
    for name, value in _without(sent.body, "ark", excepted).items():
        if name not in known:
            yield f"{name}: not in the SDK"
        elif name == "tools":
            yield from () if value == [{"type": "web_search"}] else (f"tools: {value}",)
        else:
            yield from _held(known[name], value)


# DashScope


@cache
def _dashscope_types() -> dict[str, Any]:
    hints = get_type_hints(dashscope_images.Images.generate)
    named = ("n", "size", "seed", "negative_prompt", "prompt_extend", "watermark", "style")
    return {name: TypeAdapter(hints[name]) for name in named}


def _dashscope(sent: Sent, excepted: bool) -> Iterator[str]:
    known = _dashscope_types()
    for name, value in _without(sent.body["parameters"], "dashscope", excepted).items():
        yield from _held(known[name], value) if name in known else (f"{name}: not in the SDK",)
    if (built := dashscope_body(sent.body)) != sent.body:
        yield f"the SDK would send {built}"


def dashscope_body(body: Mapping[str, Any]) -> Any:
    """What the SDK sends to a stand-in on this machine when it is asked for what a body says."""
    listener = _listener()
    listener.heard.clear()
    messages = json.loads(json.dumps(body["input"]["messages"]))
    MultiModalConversation.call(
        model=body["model"], messages=messages, api_key="test", base_address=listener.url, **body["parameters"]
    )
    return listener.heard[0]


def dashscope_task(body: Mapping[str, Any]) -> tuple[str, str | None, Any]:
    """Where the SDK sends the same ask as a task, under which header, and its body."""
    listener = _listener()
    listener.heard.clear()
    listener.heads.clear()
    given, parameters = json.loads(json.dumps(body["input"])), body["parameters"]
    sdk = ImageSynthesis if "prompt" in given else ImageGeneration
    sdk.async_call(model=body["model"], **given, api_key="test", base_address=listener.url, **parameters)
    built = listener.heard[0]
    # What the SDK's own call was told goes into the body by mistake (2.0.2).
    built["parameters"].pop("is_async", None)
    path, header = listener.heads[0]
    return path, header, built


class _Listener(HTTPServer):
    """Keeps what it is sent; its thread ends with the process."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listening)
        self.heard: list[Any] = []
        self.heads: list[tuple[str, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Listening(BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        self.server.heads.append((self.path, self.headers["X-DashScope-Async"]))
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        data = b'{"output": {"choices": []}, "usage": {}, "request_id": "1"}'
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + data)

    def log_message(self, *_arguments: object) -> None:
        return


_listener = cache(_Listener)


_JUDGES = {"openai": _openai, "gemini": _gemini, "ark": _ark, "dashscope": _dashscope}
