"""The two bodies in which DashScope is asked for a picture."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.wires import pictures

FIELDS = frozenset({"seed", "negative_prompt", "prompt_extend", "prompt_extend_mode", "enable_thinking", "watermark"})


def with_messages(request: FittedRequest) -> Mapping[str, object]:
    """One message: the pictures in order, then the one text."""
    images = [{"image": pictures.data_uri(image)} for image in request.references]
    content: list[object] = [*images, {"text": request.prompt}]
    return {
        "model": request.model,
        "input": {"messages": [{"role": "user", "content": content}]},
        "parameters": _parameters(request),
    }


def with_prompt(request: FittedRequest) -> Mapping[str, object]:
    """The legacy body, for words alone, in which `negative_prompt` stands beside the prompt.

    Raises TypeError for a request with pictures, which it has no place for.
    """
    if request.references:
        raise TypeError(f"model '{request.model}' takes no pictures as a task")
    parameters = _parameters(request)
    negative = {name: parameters.pop(name) for name in ("negative_prompt",) if name in parameters}
    return {"model": request.model, "input": {"prompt": request.prompt, **negative}, "parameters": parameters}


def _parameters(request: FittedRequest) -> dict[str, object]:
    parameters: dict[str, object] = {}
    if (size := _size(request.size)) is not None:
        parameters["size"] = size
    if request.send_n:
        parameters["n"] = request.n
    return parameters | {name: value for name, value in request.fields.items() if name in FIELDS}


def _size(size: FittedSize) -> str | None:
    """Pixels with an asterisk; the OpenAI-style route alone takes an x."""
    if size.pixels is None:
        return size.keyword or size.tier
    return f"{size.pixels.width}*{size.pixels.height}"
