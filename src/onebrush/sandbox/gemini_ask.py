"""Gemini's generateContent request, checked per model as the reference states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onebrush.sandbox import gemini_errors as errors
from onebrush.sandbox import gemini_schema
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import GeminiModel, gemini_pixels, sized
from onebrush.sandbox.shapes import Size, nearest

WORDS = {
    "ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "EIGHT": 8, "NINE": 9, "SIXTEEN": 16,
    "TWENTY_ONE": 21
}  # fmt: skip
ENUM_SIZES = {
    "IMAGE_SIZE_FIVE_TWELVE": "512",
    "IMAGE_SIZE_ONE_K": "1K",
    "IMAGE_SIZE_TWO_K": "2K",
    "IMAGE_SIZE_FOUR_K": "4K",
}
# The image categories and JAILBREAK are Vertex AI's.
CATEGORIES = tuple(
    f"HARM_CATEGORY_{name}"
    for name in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT", "CIVIC_INTEGRITY")
)
THRESHOLDS = ("BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF")
# Unverified: the pages give no bounds for topK; a count of candidates cannot be below one.
SAMPLING = (("temperature", 0, 2), ("topP", 0, 1), ("topK", 1, 2**31 - 1), ("seed", -(2**31), 2**31 - 1))
# Ratios only 2.1 and 3.1-flash-image take.
TALL = ("1:4", "4:1", "1:8", "8:1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one generateContent call asks to be drawn."""

    size: Size
    tier: str
    seed: int | None
    with_text: bool
    with_thoughts: bool
    thinks: bool
    searches: tuple[str, ...]
    media_type: str


def read(body: Mapping[str, Any], row: GeminiModel, first: Picture | None) -> Ask:
    """Check the configuration and resolve the size."""
    config = body.get("generationConfig", {})
    _sampling(config)
    _safety(body)
    _elsewhere(body)
    modalities = _modalities(config)
    thinking = _thinking(config, row)
    ratio, tier, media = _image(config, row)
    ratio = ratio or (nearest(first.ratio, _ratios(row)) if first else "1:1")
    return Ask(
        size=sized(gemini_pixels()[ratio][tier]),
        tier=tier,
        seed=config.get("seed"),
        with_text="TEXT" in modalities,
        with_thoughts=bool(thinking.get("includeThoughts")),
        thinks=row.always_thinks or bool(row.thinking),
        searches=_searches(body, row),
        media_type=media or f"image/{row.media}",
    )


def _sampling(config: Mapping[str, Any]) -> None:
    if config.get("candidateCount", 1) != 1:
        raise errors.invalid("generation_config.candidate_count", "Multiple candidates is not enabled for this model.")
    for name, low, high in SAMPLING:
        if not low <= config.get(name, low) <= high:
            path = f"generation_config.{gemini_schema.snake(name)}"
            raise errors.wrong_value(path, f"must be between {low} and {high}.")


def _safety(body: Mapping[str, Any]) -> None:
    for index, setting in enumerate(body.get("safetySettings", [])):
        path = f"safety_settings[{index}]"
        if setting.get("category", "") not in CATEGORIES:
            raise errors.wrong_value(f"{path}.category", f'"{setting.get("category")}"')
        if setting.get("threshold", "") not in THRESHOLDS:
            raise errors.wrong_value(f"{path}.threshold", f'"{setting.get("threshold")}"')
    if body.get("serviceTier", "standard") not in ("standard", "flex", "priority"):
        raise errors.wrong_value("service_tier", f'"{body["serviceTier"]}"')


def _elsewhere(body: Mapping[str, Any]) -> None:
    """Refuse names of things kept at the vendor, of which the sandbox keeps none."""
    if body.get("cachedContent"):
        raise errors.refusal(403, "PERMISSION_DENIED", "CachedContent not found (or permission denied)")


def _searches(body: Mapping[str, Any], row: GeminiModel) -> tuple[str, ...]:
    """What the model may look for: the web unless it is told otherwise."""
    asked: list[str] = []
    for index, tool in enumerate(body.get("tools", [])):
        if "googleSearch" not in tool:
            raise errors.invalid(f"tools[{index}]", f"* tools[{index}].tool_type: required one_of must be initialized.")
        kinds = tool["googleSearch"].get("searchTypes") or {"webSearch": {}}
        asked += [kind.removesuffix("Search") for kind in kinds]
    for kind in asked:
        if kind not in row.search:
            what = "Search Grounding" if kind == "web" else "Image search"
            raise errors.invalid("tools", f"{what} is not supported for this model.")
    return tuple(asked)


def _modalities(config: Mapping[str, Any]) -> list[str]:
    path = "generation_config.response_modalities"
    asked: list[str] = config.get("responseModalities") or ["TEXT", "IMAGE"]
    for index, name in enumerate(asked):
        if name not in ("TEXT", "IMAGE"):
            raise errors.wrong_value(f"{path}[{index}]", f'"{name}"')
    if "IMAGE" not in asked:
        raise errors.invalid(path, "The requested combination of response modalities is not supported by the model.")
    return asked


def _thinking(config: Mapping[str, Any], row: GeminiModel) -> Mapping[str, Any]:
    thinking: Mapping[str, Any] = config.get("thinkingConfig", {})
    if thinking and not (row.thinking or row.always_thinks):
        raise errors.invalid("generation_config.thinking_config", "Thinking is not enabled for this model.")
    level = thinking.get("thinkingLevel")
    if level is not None and level.lower() not in row.thinking:
        message = f"Thinking level {level} is not supported for this model."
        raise errors.invalid("generation_config.thinking_config.thinking_level", message)
    if "thinkingBudget" in thinking:
        message = "Thinking budget is not supported for this model."
        raise errors.invalid("generation_config.thinking_config.thinking_budget", message)
    return thinking


def _image(config: Mapping[str, Any], row: GeminiModel) -> tuple[str | None, str, str | None]:
    if "imageConfig" in config and "responseFormat" in config:
        raise errors.invalid("generation_config", "image_config and response_format must not be set together.")
    plain, newer = config.get("imageConfig", {}), config.get("responseFormat", {}).get("image", {})
    ratio, size, media = plain.get("aspectRatio"), plain.get("imageSize"), None
    if newer:
        ratio, size, media = _newer(newer)
    return _ratio(ratio, row), _tier(size, row), media


def _newer(image: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """The twin with enum names; delivery is refused live and only JPEG is taken."""
    path = "generation_config.response_format.image"
    if "delivery" in image:
        raise errors.invalid(f"{path}.delivery", "delivery is not supported.")
    media = image.get("mimeType")
    if media not in (None, "IMAGE_JPEG", "image/jpeg"):
        raise errors.wrong_value(f"{path}.mime_type", f'"{media}"')
    size = image.get("imageSize")
    if size is not None and size not in ENUM_SIZES:
        raise errors.wrong_value(f"{path}.image_size", f'"{size}"')
    return _enum_ratio(image.get("aspectRatio"), path), ENUM_SIZES.get(size or ""), media and "image/jpeg"


def _enum_ratio(name: str | None, path: str) -> str | None:
    if name is None:
        return None
    width, _, height = name.removeprefix("ASPECT_RATIO_").partition("_BY_")
    if not name.startswith("ASPECT_RATIO_") or width not in WORDS or height not in WORDS:
        raise errors.wrong_value(f"{path}.aspect_ratio", f'"{name}"')
    return f"{WORDS[width]}:{WORDS[height]}"


def _ratios(row: GeminiModel) -> list[str]:
    return [ratio for ratio in gemini_pixels() if row.tall or ratio not in TALL]


def _ratio(ratio: str | None, row: GeminiModel) -> str | None:
    if ratio is not None and ratio not in _ratios(row):
        allowed = ", ".join(_ratios(row))
        message = f'Aspect ratio "{ratio}" is not supported by this model. Supported: {allowed}.'
        raise errors.invalid("generation_config.image_config.aspect_ratio", message)
    return ratio


def _tier(size: str | None, row: GeminiModel) -> str:
    path = "generation_config.image_config.image_size"
    if row.fixed:
        if size is not None:
            raise errors.invalid(path, "Image size is not supported by this model.")
        return "fixed"
    if size is not None and size not in row.tokens:
        allowed = ", ".join(row.tokens)
        raise errors.invalid(path, f'Image size "{size}" is not supported by this model. Supported: {allowed}.')
    return size or "1K"
