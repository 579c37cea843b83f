"""A mistake in the settings, as a sentence that names the setting and what it may be."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class SettingsError(Exception):
    """Settings that cannot be used: which one, why, and what it may be."""


def explained(error: ValidationError) -> str:
    """The first mistake as a sentence; a secret is not repeated in it."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    needs = _needs(first)
    if first["type"] in _BOUNDED:
        needs += "".join(f" {value}" for value in first.get("ctx", {}).values())
    value = "" if _private(name, first["input"]) else f" is {str(first['input'])[:60]!r}"
    variable = f"ONEBRUSH_{name.upper()}" if "." not in name else f"[{name.rpartition('.')[0]}] of the file"
    return f"Setting {name}{value}; it {'' if needs.startswith('must') else 'must be '}{needs} ({variable})."


def _needs(mistake: ErrorDetails) -> str:
    """What the setting must be."""
    place = [str(part) for part in mistake["loc"]]
    if place == ["fetch_networks"] and mistake["type"] == "value_error":
        return f"a network such as 10.0.0.0/8{_stray(mistake['input'])}"
    if mistake["type"] == "extra_forbidden":
        return f"left out: there is no such setting{_meant(place)}"
    return _NEEDS.get(mistake["type"], mistake["msg"].removeprefix("Value error, ").lower())


def _stray(said: object) -> str:
    """Which of several is none, or what is too much in one that nearly is."""
    for one in said if isinstance(said, list) else [said]:
        try:
            ipaddress.ip_network(str(one).strip(), strict=False)
        except ValueError:
            return f", and {str(one)[:60]!r} is none" if isinstance(said, list) else ""
    return " without host bits"


def _meant(place: list[str]) -> str:
    """The member of the table that was perhaps misspelt."""
    near = get_close_matches(place[-1], _members(place[0]), n=1, cutoff=0.7)
    return f"; perhaps {near[0]} is meant" if near else ""


def _members(table: str) -> Iterable[str]:
    # The tables' own module raises SettingsError, and so imports this one.
    from onebrush.settings import accounts

    tables: dict[str, type[accounts.AccountSettings | accounts.RouteSettings]] = {
        "providers": accounts.ProviderSettings,
        "deployments": accounts.DeploymentSettings,
        "routes": accounts.RouteSettings,
    }
    return tables[table].model_fields if table in tables else ()


def _private(name: str, value: object) -> bool:
    """Whether it may hold a secret: by its name, as a whole table, or as what stands in a table's place."""
    if any(word in name for word in ("secret", "key")) or not isinstance(value, str | int | float):
        return True
    table, *inner = name.split(".")
    return table in ("providers", "deployments") and len(inner) < 2


# Their bound, or their choices, are told with them.
_BOUNDED = ("literal_error", "greater_than", "greater_than_equal", "less_than_equal")
_NEEDS = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "literal_error": "one of",
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "tuple_type": 'a list, such as ["a", "b"]',
    "list_type": 'a list, such as ["a", "b"]',
    "string_type": "text in quotes",
    "dict_type": "a table",
    "model_type": "a table",
    "missing": "set",
}
