"""OpenAI's published schema as a judge: just the keywords of JSON Schema that the file beside this one uses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parent / "openai-images.schema.json").read_text("utf-8"))

TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "integer": int}
SILENT = {"$schema", "$id", "$comment", "$defs", "title", "then", "else"}


def breaches(name: str, body: Mapping[str, Any]) -> list[str]:
    """What `$defs/name` of the schema has against a body, and what no schema can say of its size."""
    return [*_breaches(SCHEMA["$defs"][name], body, name), *_size(body)]


def _breaches(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    for keyword, rule in schema.items():
        if keyword not in SILENT:
            yield from KEYWORDS[keyword](schema, rule, value, place)


def holds(schema: Mapping[str, Any], value: Any) -> bool:
    """Say whether a value fits."""
    return not list(_breaches(schema, value, ""))


def _said(wrong: bool, place: str, keyword: str, rule: Any) -> Iterator[str]:
    if wrong:
        yield f"{place}: {keyword} {json.dumps(rule)[:200]}"


def _type(_schema: Any, rule: str, value: Any, place: str) -> Iterator[str]:
    right = isinstance(value, TYPES[rule]) and not (rule == "integer" and isinstance(value, bool))
    return _said(not right, place, "type", rule)


def _properties(_schema: Any, rule: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    for name, inner in rule.items():
        if isinstance(value, dict) and name in value:
            yield from _breaches(inner, value[name], f"{place}.{name}")


def _additional(schema: Mapping[str, Any], rule: bool, value: Any, place: str) -> Iterator[str]:
    assert rule is False
    return _said(bool(value.keys() - schema["properties"].keys()), place, "additionalProperties", sorted(value))


def _items(_schema: Any, rule: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    for at, inner in enumerate(value):
        yield from _breaches(rule, inner, f"{place}[{at}]")


def _all(_schema: Any, rule: list[Any], value: Any, place: str) -> Iterator[str]:
    for inner in rule:
        yield from _breaches(inner, value, place)


def _any(_schema: Any, rule: list[Any], value: Any, place: str) -> Iterator[str]:
    return _said(not any(holds(inner, value) for inner in rule), place, "anyOf", rule)


def _if(schema: Mapping[str, Any], rule: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    return _breaches(schema.get("then" if holds(rule, value) else "else", {}), value, place)


def _ref(_schema: Any, rule: str, value: Any, place: str) -> Iterator[str]:
    return _breaches(SCHEMA["$defs"][rule.removeprefix("#/$defs/")], value, place)


Judge = Callable[[Any, Any, Any, str], Iterator[str]]


def _plain(keyword: str, right: Callable[[Any, Any], bool], kind: type = object) -> Judge:
    """A keyword says nothing of values of another kind."""
    return lambda _schema, rule, value, place: _said(
        isinstance(value, kind) and not right(rule, value), place, keyword, rule
    )


KEYWORDS: Mapping[str, Judge] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "allOf": _all,
    "anyOf": _any,
    "if": _if,
    "$ref": _ref,
    "not": _plain("not", lambda rule, value: not holds(rule, value)),
    "enum": _plain("enum", lambda rule, value: value in rule),
    "const": _plain("const", lambda rule, value: bool(value == rule)),
    "required": _plain("required", lambda rule, value: set(rule) <= set(value), dict),
    "pattern": _plain("pattern", lambda rule, value: bool(re.search(rule, value)), str),
    "minimum": _plain("minimum", lambda rule, value: bool(value >= rule), int),
    "maximum": _plain("maximum", lambda rule, value: bool(value <= rule), int),
    "minLength": _plain("minLength", lambda rule, value: len(value) >= rule, str),
    "maxLength": _plain("maxLength", lambda rule, value: len(value) <= rule, str),
    "minItems": _plain("minItems", lambda rule, value: len(value) >= rule, list),
    "maxItems": _plain("maxItems", lambda rule, value: len(value) <= rule, list),
}


def _size(body: Mapping[str, Any]) -> list[str]:
    """The rules of free sizes: developers.openai.com/api/docs/guides/image-generation."""
    match = re.fullmatch(r"(\d+)x(\d+)", body.get("size", ""))
    if match is None or not holds(SCHEMA["$defs"]["free_sizes"], body["model"]):
        return []
    wide, high = int(match[1]), int(match[2])
    legal = wide % 16 == high % 16 == 0 and max(wide, high) <= 3840 and max(wide, high) <= 3 * min(wide, high)
    return [] if legal and 655_360 <= wide * high <= 8_294_400 else [f"size: {body['size']} is no free size"]
