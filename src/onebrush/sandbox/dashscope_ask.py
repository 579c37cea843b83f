"""DashScope's multimodal-generation request, checked per model as the reference states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onebrush.sandbox import dashscope_errors as errors
from onebrush.sandbox.fields import Fields
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import DashScopeModel, sized
from onebrush.sandbox.shapes import Size, at_area, parse, snap

FIVE_SIZES = ("1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664")
SMALLEST, LARGEST = 512 * 512, 2048 * 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the one message says: its text and its pictures, still as text."""

    prompt: str
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one call's parameters ask for."""

    n: int
    size: Size
    seed: int | None
    watermark: bool
    extends: bool


def read_words(values: Mapping[str, Any]) -> Words:
    """Take exactly one user message with exactly one text."""
    messages = _input(values, ("messages",)).items("messages") or []
    if len(messages) != 1 or not isinstance(messages[0], dict):
        raise errors.invalid("input.messages", "exactly one message is expected.")
    return _message(Fields(messages[0], errors.invalid, "input.messages[0]."))


def read_legacy_words(values: Mapping[str, Any]) -> Words:
    """Take the prompt of the legacy body, beside which its negative_prompt stands."""
    given = _input(values, ("prompt", "negative_prompt"))
    given.text("negative_prompt")
    prompt = given.text("prompt")
    if prompt is None or not prompt.strip():
        raise given.wrong("prompt", "a non-empty text is expected.")
    return Words(prompt=prompt, images=())


def _input(values: Mapping[str, Any], known: tuple[str, ...]) -> Fields:
    body = Fields(values, errors.invalid)
    for name in body.unknown(("model", "input", "parameters")):
        raise errors.invalid(name, "unknown field.")
    given = body.group("input")
    if given is None:
        raise errors.refusal(400, "BadRequest.EmptyInput", "Required input is missing from the request.")
    for name in given.unknown(known):
        raise given.wrong(name, "unknown field.")
    return given


def _message(message: Fields) -> Words:
    for name in message.unknown(("role", "content")):
        raise message.wrong(name, "unknown field.")
    if message.text("role") != "user":
        raise message.wrong("role", "the role must be user.")
    parts = [_part(part) for part in message.items("content") or []]
    texts = [text for kind, text in parts if kind == "text"]
    if len(texts) != 1 or not texts[0].strip():
        raise message.wrong("content", "exactly one non-empty text is expected.")
    return Words(prompt=texts[0], images=tuple(text for kind, text in parts if kind == "image"))


def _part(part: Any) -> tuple[str, str]:
    entries = list(part.items()) if isinstance(part, dict) else []
    if len(entries) != 1 or entries[0][0] not in ("text", "image") or not isinstance(entries[0][1], str):
        raise errors.invalid("input.messages[0].content", "each part is an object with either text or image.")
    kind, text = entries[0]
    return kind, text


def count_pictures(words: Words, row: DashScopeModel) -> None:
    """Refuse a number of pictures the model does not work on."""
    low, high = row.references
    count, path = len(words.images), "input.messages[0].content"
    if count and high == 0:
        raise errors.invalid(path, "this model does not accept images.")
    if count < low:
        raise errors.invalid(path, "this model needs at least one image.")
    if count > high:
        raise errors.invalid(path, f"at most {high} images are supported by this model.")


def read(values: Mapping[str, Any], row: DashScopeModel, pictures: tuple[Picture, ...]) -> Ask:
    """Check the parameters and resolve the size."""
    fields = Fields(values.get("parameters") or {}, errors.invalid, "parameters.")
    _names(fields, row)
    extends = fields.flag("prompt_extend")
    _thinking(fields, row, pictures)
    fields.text("negative_prompt")
    fields.choice("result_format", ("message",))
    fields.flag("is_async")
    return Ask(
        n=_n(fields, row),
        size=_size(fields, row, pictures),
        seed=fields.whole("seed", 0, 2_147_483_647),
        watermark=bool(fields.flag("watermark")),
        extends="prompt_extend" in row.takes and extends is not False,
    )


def _names(fields: Fields, row: DashScopeModel) -> None:
    # Two are sent unasked by the vendor's SDK: result_format (dashscope 2.0.2 `multimodal/chat.py`), and is_async with
    # a task (`aigc/image_generation.py`).
    known = {"n", "seed", "watermark", "result_format", "is_async", *row.takes} - {"thinking"}
    if row.rule != "none":
        known.add("size")
    if "thinking" in row.takes:
        known |= {"prompt_extend_mode", "enable_thinking"}
    for name in fields.unknown(known):
        raise fields.wrong(name, "unknown or not supported by this model.")


def _thinking(fields: Fields, row: DashScopeModel, pictures: tuple[Picture, ...]) -> None:
    fields.flag("enable_thinking")
    mode = fields.choice("prompt_extend_mode", ("direct", "agent"))
    if mode == "agent" and pictures and not row.agent_with_picture:
        raise fields.wrong("prompt_extend_mode", "agent is not supported with images.")


def _n(fields: Fields, row: DashScopeModel) -> int:
    n = fields.whole("n", -(2**31), 2**31)
    if n is not None and row.most == 1 and n != 1:
        raise fields.wrong("n", "num_images_per_prompt must be 1.")
    n = fields.whole("n", 1, row.most)
    return n or 1


def _size(fields: Fields, row: DashScopeModel, pictures: tuple[Picture, ...]) -> Size:
    text = fields.text("size")
    if text is None:
        # An edit keeps the ratio of the last picture at about one megapixel.
        return at_area(pictures[-1].ratio) if pictures else sized(row.default, "*")
    size = parse(text, "*")
    if size is None:
        raise fields.wrong("size", f"'{text}' is not supported, expected width*height.")
    if row.rule == "list" and text not in FIVE_SIZES:
        raise fields.wrong("size", f"'{text}' is not supported, allowed: {', '.join(FIVE_SIZES)}.")
    if row.rule == "side":
        return _sides(fields, size)
    return size if row.rule == "list" else _area(fields, row, size)


def _sides(fields: Fields, size: Size) -> Size:
    if not all(512 <= side <= 2048 for side in size):
        raise fields.wrong("size", "each side must be between 512 and 2048.")
    return snap(size[0], 16), snap(size[1], 16)


def _area(fields: Fields, row: DashScopeModel, size: Size) -> Size:
    if not SMALLEST <= size[0] * size[1] <= LARGEST:
        raise fields.wrong("size", "the pixel count must be between 512*512 and 2048*2048.")
    if row.ratio and max(size) > row.ratio * min(size):
        raise fields.wrong("size", f"the ratio must be between 1:{row.ratio} and {row.ratio}:1.")
    return size
