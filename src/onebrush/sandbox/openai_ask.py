"""OpenAI's request fields, checked as the reference states them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.fields import Fields
from onebrush.sandbox.limits import OpenAIModel
from onebrush.sandbox.shapes import Size, parse

SHARED = (
    "prompt", "model", "n", "size", "quality", "background", "output_format", "output_compression",
    "moderation",
    "stream", "partial_images", "complexity", "frame_count", "frame_duration_ms", "svg",
    "safety_identifier", "user",
)  # fmt: skip
DALLE = ("prompt", "model", "n", "size", "quality", "style", "response_format", "user")
EDIT_ONLY = ("input_fidelity",)
LONGEST_PROMPT = 32_000
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one Images call asks for."""

    model: str
    prompt: str
    n: int
    size: Size
    quality: str
    clear: bool
    output_format: str
    compression: int
    frames: int
    frame_ms: int
    by_link: bool
    safety_identifier: str | None
    svg_model: str


def read(values: Mapping[str, Any], row: OpenAIModel, model: str, *, edit: bool) -> Ask:
    """Check every field and resolve what was left open."""
    fields = Fields(values, errors.invalid)
    _names(fields, row, edit=edit)
    _stream(fields)
    output_format = _format(fields, row)
    svg_model = _svg(fields, output_format)
    _fidelity(fields, row, model)
    _extras(fields, row)
    return Ask(
        model=model,
        prompt=_prompt(fields),
        n=_n(fields, row, output_format),
        size=_size(fields, row),
        quality=_quality(fields, row),
        clear=_clear(fields, output_format),
        output_format=output_format,
        compression=_compression(fields, output_format),
        frames=_animation(fields, "frame_count", output_format, 2, 16) or 9,
        frame_ms=_animation(fields, "frame_duration_ms", output_format, 20, 655_350) or 200,
        by_link=row.dalle and (fields.choice("response_format", ("url", "b64_json")) or "url") == "url",
        safety_identifier=fields.text("safety_identifier", 128),
        svg_model=svg_model,
    )


def _names(fields: Fields, row: OpenAIModel, *, edit: bool) -> None:
    known = DALLE if row.dalle else (*SHARED, *EDIT_ONLY) if edit else SHARED
    for name in fields.unknown(known):
        raise errors.unknown(name)


def _prompt(fields: Fields) -> str:
    prompt = fields.text("prompt", LONGEST_PROMPT)
    if not prompt:
        raise errors.missing("prompt")
    return prompt


def _stream(fields: Fields) -> None:
    partials = fields.whole("partial_images", 0, 3)
    if fields.flag("stream"):
        raise errors.invalid("stream", "The sandbox does not stream yet.")
    if partials:
        raise errors.invalid("partial_images", "'partial_images' needs 'stream' to be true.")


def _n(fields: Fields, row: OpenAIModel, output_format: str) -> int:
    n = fields.whole("n", 1, row.most) or 1
    if n > 1 and output_format == "svg":
        raise errors.invalid("n", "'n' must be 1 for svg output.")
    return n


def _format(fields: Fields, row: OpenAIModel) -> str:
    return fields.choice("output_format", row.formats) or "png"


def _quality(fields: Fields, row: OpenAIModel) -> str:
    quality = fields.choice("quality", ("auto", *row.qualities))
    default = "standard" if row.dalle else "medium"
    return default if quality in (None, "auto") else quality or default


def _clear(fields: Fields, output_format: str) -> bool:
    clear = fields.choice("background", ("auto", "opaque", "transparent")) == "transparent"
    if clear and output_format not in ("png", "webp"):
        message = f"A transparent background needs 'output_format' png or webp, not {output_format}."
        raise errors.invalid("background", message)
    return clear


def _compression(fields: Fields, output_format: str) -> int:
    level = fields.whole("output_compression", 0, 100)
    if level is not None and output_format not in ("jpeg", "webp") and (output_format != "png" or level < 100):
        raise errors.invalid("output_compression", f"'output_compression' is not supported for {output_format}.")
    return 100 if level is None else level


def _animation(fields: Fields, name: str, output_format: str, low: int, high: int) -> int | None:
    value = fields.whole(name, low, high)
    if value is not None and output_format != "gif":
        raise errors.invalid(name, f"'{name}' is only for gif output.")
    return value


def _svg(fields: Fields, output_format: str) -> str:
    svg = fields.group("svg")
    if svg is None:
        return "svg-author"
    if output_format != "svg":
        raise errors.invalid("svg", "'svg' is only for svg output.")
    for name in svg.unknown(("model", "reasoning")):
        raise errors.unknown(svg.path(name))
    reasoning = svg.group("reasoning")
    if reasoning:
        for name in reasoning.unknown(("effort",)):
            raise errors.unknown(reasoning.path(name))
        reasoning.choice("effort", EFFORTS)
    return svg.text("model") or "svg-author"


def _fidelity(fields: Fields, row: OpenAIModel, model: str) -> None:
    if "input_fidelity" in fields and not row.fidelity:
        message = f"The model '{model}' does not support the 'input_fidelity' parameter."
        raise errors.refusal(400, message, param="input_fidelity", code="invalid_input_fidelity_model")
    fields.choice("input_fidelity", row.fidelity)


def _extras(fields: Fields, row: OpenAIModel) -> None:
    fields.choice("moderation", ("auto", "low"))
    fields.choice("style", row.styles)
    fields.text("user")
    if fields.choice("complexity", ("low", "medium", "high")) and not row.complexity:
        raise errors.invalid("complexity", "'complexity' is not supported by this model.")


def _size(fields: Fields, row: OpenAIModel) -> Size:
    text = fields.text("size") or "auto"
    if (text == "auto" and not row.dalle) or "size" not in fields:
        return (1024, 1024)
    if row.sizes:
        fields.choice("size", row.sizes if row.dalle else (*row.sizes, "auto"))
    size = parse(text, "x")
    if size is None:
        raise errors.invalid("size", f"Invalid size '{text}'. Expected 'auto' or WIDTHxHEIGHT.")
    return size if row.sizes else _free(text, size)


def _free(text: str, size: Size) -> Size:
    """The rules for free sizes (developers.openai.com/api/docs/guides/image-generation)."""
    width, height = size
    checks = (
        (width % 16 == 0 and height % 16 == 0, "both edges must be multiples of 16"),
        (max(size) <= 3840, "the longest edge must be at most 3840"),
        (max(size) <= 3 * min(size), "the ratio of the edges must be at most 3:1"),
        (655_360 <= width * height <= 8_294_400, "the pixel count must be between 655360 and 8294400"),
    )
    for holds, rule in checks:
        if not holds:
            raise errors.invalid("size", f"Invalid size '{text}': {rule}.")
    return size
