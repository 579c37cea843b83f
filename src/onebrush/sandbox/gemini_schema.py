"""The names of a generateContent body, camelCase or snake_case (ai.google.dev/api/generate-content)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from onebrush.sandbox import gemini_errors as errors

# A leaf whose inside is not looked at.
ANY: Final = "any"

PART: Final = {
    "text": "text",
    "inlineData": {"mimeType": "text", "data": "text"},
    "fileData": {"mimeType": "text", "fileUri": "text"},
    "thoughtSignature": "text",
    "thought": "flag",
    "mediaResolution": {"level": "text"},
}
CONTENT: Final = {"role": "text", "parts": [PART]}
CONFIG: Final = {
    "responseModalities": ["text"],
    "imageConfig": {"aspectRatio": "text", "imageSize": "text"},
    "responseFormat": {"image": {"aspectRatio": "text", "imageSize": "text", "mimeType": "text", "delivery": "text"}},
    "candidateCount": "whole",
    "temperature": "number",
    "topP": "number",
    "topK": "number",
    "seed": "whole",
    "maxOutputTokens": "whole",
    "stopSequences": ["text"],
    "mediaResolution": "text",
    "presencePenalty": "number",
    "frequencyPenalty": "number",
    "thinkingConfig": {"thinkingLevel": "text", "includeThoughts": "flag", "thinkingBudget": "whole"},
}
REQUEST: Final = {
    "contents": [CONTENT],
    "systemInstruction": CONTENT,
    "generationConfig": CONFIG,
    "safetySettings": [{"category": "text", "threshold": "text"}],
    "tools": [{"googleSearch": {"searchTypes": {"webSearch": {}, "imageSearch": {}}}}],
    "serviceTier": "text",
    "store": "flag",
    "cachedContent": "text",
    "labels": ANY,
    "continuationToken": "text",
}
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,), "flag": (bool,), "whole": (int, str), "number": (int, float, str)
}  # fmt: skip


def normal(value: Any, schema: Any = REQUEST, path: str = "") -> Any:
    """Give the body with camelCase names, or raise the vendor's complaint about the first wrong one."""
    if schema == ANY:
        return value
    if isinstance(schema, str):
        return _leaf(value, schema, path)
    if isinstance(schema, list):
        if not isinstance(value, list):
            raise errors.wrong_value(path, "expected a list.")
        return [normal(item, schema[0], f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        raise errors.wrong_value(path, "expected an object.")
    return _named(value, schema, path)


def _named(value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        camel = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
        if camel not in schema:
            raise errors.unknown(name, path)
        if camel in found:
            raise errors.wrong_value(path, f'"{name}" is set more than once.')
        if inner is not None:
            found[camel] = normal(inner, schema[camel], f"{path}.{snake(camel)}".lstrip("."))
    return found


def _leaf(value: Any, kind: str, path: str) -> Any:
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "flag"):
        raise errors.wrong_value(path, f"{value!r} is not of the right type.")
    if kind == "whole":
        return _whole(value, path)
    return _number(value, path) if kind == "number" else value


def _whole(value: Any, path: str) -> int:
    """Proto JSON takes an integer as text as well."""
    try:
        return int(value)
    except ValueError as error:
        raise errors.wrong_value(path, f'"{value}" (TYPE_INT32).') from error


def _number(value: Any, path: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise errors.wrong_value(path, f'"{value}" (TYPE_FLOAT).') from error


def snake(name: str) -> str:
    """Spell a camelCase name the other way."""
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)
