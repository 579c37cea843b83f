"""Ark's image request, checked by the model's column of the parameter table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onebrush.sandbox import ark_errors as errors
from onebrush.sandbox.fields import Fields
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import ArkModel, ark_table
from onebrush.sandbox.shapes import Size, at_area, nearest, parse, within

# Fields a column must list before they may be sent at all.
GATED = {
    "sequential_image_generation": "group",
    "sequential_image_generation_options": "group",
    "stream": "stream",
    "optimize_prompt_options": "optimize",
    # Unverified for 4.x, where the vendor may ignore it; the sandbox refuses.
    "output_format": "output_format",
    "background": "background",
    "layer_decomposition": "layers",
    "tools": "tools",
}
OPEN = (
    "model", "prompt", "image", "size", "seed", "guidance_scale", "response_format", "watermark",
    "optimize_prompt", "n"
)  # fmt: skip
MOST_PICTURES = 15
SMALLEST_LAYERED, LARGEST_LAYERED = 262_144, 36_000_000
# How many a group gives when no number was said: the model decides, and this one draws four.
UNSAID_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one Ark call asks for."""

    model: str
    prompt: str
    size: Size
    seed: int | None
    count: int
    by_link: bool
    watermark: bool
    output_format: str
    clear: bool
    searches: bool
    layers: bool


def read(values: Mapping[str, Any], row: ArkModel, model: str, pictures: tuple[Picture, ...]) -> Ask:
    """Check every field and resolve what was left open."""
    fields = Fields(values, errors.invalid)
    _names(fields, row, model)
    _unused(fields, row)
    layers = _layers(fields, pictures)
    prompt = fields.text("prompt") or ""
    if not prompt and not layers:
        raise errors.missing("prompt")
    seed = fields.whole("seed", -1, 2_147_483_647)
    output_format = fields.choice("output_format", ("jpeg", "png")) or "jpeg"
    return Ask(
        model=model,
        prompt=prompt,
        size=_layered_size(fields, row, pictures[0]) if layers else _size(fields, row, pictures),
        # Undocumented from 4.0 on: taken without a word and without effect, as third parties report (unverified).
        seed=None if seed == -1 or not row.legacy else seed,
        count=_count(fields, len(pictures)),
        by_link=(fields.choice("response_format", ("url", "b64_json")) or "url") == "url",
        watermark=fields.flag("watermark") is not False,
        output_format=output_format,
        clear=_clear(fields, row, output_format, pictures),
        searches=_searches(fields),
        layers=layers,
    )


def _names(fields: Fields, row: ArkModel, model: str) -> None:
    for name in fields.names():
        if name not in OPEN and name not in GATED:
            raise errors.invalid(name, "unknown parameter.")
        if name in GATED and GATED[name] not in row.takes:
            raise errors.unsupported(name, model)


def _unused(fields: Fields, row: ArkModel) -> None:
    """Fields that change nothing here but must be well-formed."""
    fields.number("guidance_scale", 1, 10)
    fields.flag("optimize_prompt")
    if fields.flag("stream"):
        raise errors.invalid("stream", "the sandbox does not stream yet.")
    options = fields.group("optimize_prompt_options")
    if options:
        for name in options.unknown(("mode", "thinking")):
            raise options.wrong(name, "unknown parameter.")
        options.choice("mode", ("standard", "fast") if "fast" in row.takes else ("standard",))
        options.choice("thinking", ("auto", "enabled", "disabled"))


def _layers(fields: Fields, pictures: tuple[Picture, ...]) -> bool:
    """A picture is taken apart alone: one png or jpeg of a stated size, nothing else asked of it."""
    if not fields.flag("layer_decomposition"):
        return False
    if "background" in fields:
        raise errors.invalid("background", "it is not supported with layer_decomposition.")
    if len(pictures) != 1:
        raise errors.invalid("image", "layer_decomposition needs exactly one input image.")
    if pictures[0].format not in ("png", "jpeg"):
        raise errors.invalid("image", "layer_decomposition needs a png or jpeg image.")
    if not SMALLEST_LAYERED <= pictures[0].width * pictures[0].height <= LARGEST_LAYERED:
        rule = f"layer_decomposition needs an image of {SMALLEST_LAYERED} to {LARGEST_LAYERED} pixels."
        raise errors.invalid("image", rule)
    return True


def _layered_size(fields: Fields, row: ArkModel, picture: Picture) -> Size:
    """A keyword, or the input's own size as far as the model draws it."""
    text = fields.text("size") or "auto"
    if text.upper() in row.tiers:
        table = ark_table(row.tiers[text.upper()])
        return table[nearest(picture.ratio, table)]
    if text.lower() != "auto":
        raise errors.invalid("size", f"with layer_decomposition only {', '.join(row.tiers)} and auto are supported.")
    low, high = row.pixels
    area = picture.width * picture.height
    return (picture.width, picture.height) if low <= area <= high else within(picture.ratio, area, low, high)


def _searches(fields: Fields) -> bool:
    tools = fields.items("tools")
    if tools and any(tool != {"type": "web_search"} for tool in tools):
        raise errors.invalid("tools", "only web_search is supported.")
    return bool(tools)


def _count(fields: Fields, references: int) -> int:
    options = fields.group("sequential_image_generation_options")
    most = None
    if options:
        for name in options.unknown(("max_images",)):
            raise options.wrong(name, "unknown parameter.")
        most = options.whole("max_images", 1, MOST_PICTURES)
    if fields.choice("sequential_image_generation", ("auto", "disabled")) != "auto":
        return 1
    if most is not None and most + references > MOST_PICTURES:
        name = "sequential_image_generation_options.max_images"
        raise errors.invalid(name, f"reference images and outputs must not exceed {MOST_PICTURES} together.")
    return most or min(UNSAID_GROUP, MOST_PICTURES - references)


def _clear(fields: Fields, row: ArkModel, output_format: str, pictures: tuple[Picture, ...]) -> bool:
    newest = row.family == "5.5"
    background = fields.choice("background", ("opaque", "transparent", *(("auto",) if newest else ())))
    if background is None:
        return False
    if not newest and not pictures:
        raise errors.invalid("background", "it is only supported with an input image.")
    if background != "transparent":
        return False
    if output_format == "jpeg":
        raise errors.invalid("background", "transparent needs output_format png.")
    if not newest and not (len(pictures) == 1 and pictures[0].format == "png" and pictures[0].alpha):
        raise errors.invalid("background", "transparent needs exactly one png input with an alpha channel.")
    return True


def _size(fields: Fields, row: ArkModel, pictures: tuple[Picture, ...]) -> Size:
    text = fields.text("size") or row.default
    ratio = pictures[0].ratio if pictures else 1.0
    if row.adaptive:
        if text.lower() != "adaptive":
            raise errors.invalid("size", "only adaptive is supported by this model.")
        return at_area(ratio)
    # Unverified: third parties report that the case of a keyword does not matter.
    if text.upper() in row.tiers:
        table = ark_table(row.tiers[text.upper()])
        return table[nearest(ratio, table)]
    size = parse(text, "x")
    if size is None:
        allowed = ", ".join(("WIDTHxHEIGHT", *row.tiers))
        raise errors.invalid("size", f"'{text}' is not supported by this model. Expected: {allowed}.")
    return _in_range(size, row)


def _in_range(size: Size, row: ArkModel) -> Size:
    low, high = row.pixels
    if not low <= size[0] * size[1] <= high:
        raise errors.invalid("size", f"image size must be between {low} and {high} pixels.")
    if max(size) > 16 * min(size):
        raise errors.invalid("size", "the ratio of the sides must be within [1/16, 16].")
    return size
