"""A mistake in the settings, as a sentence that names the setting and what it may be."""

from __future__ import annotations

from pydantic import ValidationError


class SettingsError(Exception):
    """Settings that cannot be used: which one, why, and what it may be."""


def explained(error: ValidationError) -> str:
    """The first mistake as a sentence; a secret is not repeated in it."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    needs = _NEEDS.get(first["type"], first["msg"].removeprefix("Value error, ").lower())
    bound = "".join(f" {value}" for value in first.get("ctx", {}).values() if isinstance(value, str | int | float))
    if first["type"] in _NEEDS and "parsing" not in first["type"]:
        needs += bound
    value = "" if _private(name, first["input"]) else f" is {str(first['input'])[:60]!r}"
    variable = f"ONEBRUSH_{name.upper()}" if "." not in name else f"[{name.rpartition('.')[0]}] of the file"
    return f"Setting {name}{value}; it {'' if needs.startswith('must') else 'must be '}{needs} ({variable})."


def _private(name: str, value: object) -> bool:
    """Whether it may hold a secret: by its name, as a whole table, or as what stands in a table's place."""
    if any(word in name for word in ("secret", "key")) or not isinstance(value, str | int | float):
        return True
    table, *inner = name.split(".")
    return table in ("providers", "deployments") and len(inner) < 2


_NEEDS = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "literal_error": "one of",
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "extra_forbidden": "left out: there is no such setting",
    "missing": "set",
}
