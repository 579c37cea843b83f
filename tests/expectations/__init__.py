"""The expectations table: what each model is sent and what comes back, read from the references by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.expectations.case import (
    LATER,
    PROMPT,
    REQUEST_WARNINGS,
    RESULT_WARNINGS,
    UNKNOWN,
    Case,
    Material,
    Near,
    Refusal,
)

__all__ = ["FAMILIES", "RESULT_WARNINGS", "Case", "Material", "Refusal", "flatten", "load", "under"]

HERE = Path(__file__).parent
FAMILIES = ("openai", "gemini", "ark", "dashscope")

# The grid that every model is put to; kin and aliases only to the core of it.
SIZES = {None, "1024x1024", "1536x1024", "1024x1536", "16:9", "9:16", "1K", "2K", "3K", "4K", "auto", "adaptive"}
SIZE_FIELDS = {"size", "aspect_ratio", "image_size", "resolution"}
GRID = {"size", "resolution", "n", "images", "response_format", "mask", "history"}
CORE_SIZES = {"1024x1024", "16:9"}

ROW_KEYS = {
    "ids", "sisters", "kin", "aliases", "path", "answer", "media_type", "sent", "absent", "near", "draws", "edits",
    "case",
}  # fmt: skip
CASE_KEYS = {
    "models", "ask", "path", "sent", "each", "absent", "says", "pictures", "picture_keys", "mask_part", "pixels",
    "near", "media_type", "count", "calls", "warnings", "answer", "refused", "strict",
}  # fmt: skip
FIELD_KEYS = CASE_KEYS | {"rows"}
EXAMPLE_KEYS = CASE_KEYS - {"models", "ask", "refused", "strict"} | {"file", "model"}

Layers = tuple[Mapping[str, Any], ...]


def load() -> list[Case]:
    """Read the whole table, checked: the four families, then the contract's thirteen requests."""
    cases = [case for family in FAMILIES for case in _family(family)]
    cases.extend(_example(entry) for entry in _read("examples")["example"])
    names = [case.name for case in cases]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"The table says these twice: {sorted(twice)}")
    return cases


def flatten(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys; lists stay whole."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        dotted = above + key
        flat.update(flatten(inner, f"{dotted}.") if isinstance(inner, Mapping) else {dotted: inner})
    return flat


def under(key: str, parent: str) -> bool:
    """Say whether a dotted key is the parent itself or lies below it."""
    return key == parent or key.startswith(f"{parent}.")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


# Rows


def _family(family: str) -> Iterator[Case]:
    table = _read(family)
    rows = table["rows"]
    shared = table.get("fields", {}).get("case", [])
    for entry in shared:
        _known(entry, FIELD_KEYS, f"{family}.toml, fields")
        _known(dict.fromkeys(entry["rows"]), set(rows), f"{family}.toml, rows of fields")
    for label, row in rows.items():
        _known(row, ROW_KEYS, f"{family}.toml, rows.{label}")
        own = [entry for entry in shared if label in entry["rows"]]
        for entry in row["case"]:
            _known(entry, CASE_KEYS, f"{family}.toml, rows.{label}")
        yield from _row(family, label, [(table["defaults"], row, entry) for entry in [*row["case"], *own]])


def _row(family: str, label: str, cases: list[Layers]) -> Iterator[Case]:
    row = cases[0][1]
    sisters = [*row["ids"], *row.get("sisters", ())]
    upstream = {name: name for name in [*sisters, *row.get("kin", ())]} | row.get("aliases", {})
    for layers in cases:
        entry = layers[-1]
        asked = _asked(entry, row["ids"], sisters, list(upstream))
        for model in asked:
            where = {
                "family": family,
                "row": label,
                "model": model,
                "only": tuple(entry.get("models", ())),
                "shared": "rows" in entry,
            }
            yield _case(where, upstream[model], layers)
            if "strict" in entry and model == asked[0]:
                yield _case(where, upstream[model], (*layers[:-1], _strict(entry)))


def _asked(entry: Mapping[str, Any], ids: list[str], sisters: list[str], everybody: list[str]) -> list[str]:
    """The models an ask is put to: those it names, one for fields that rows share, all, the grid's, or the ids."""
    ask = entry["ask"]
    if "models" in entry:
        return [name for name in entry["models"] if name in everybody or "rows" not in entry]
    if "rows" in entry:
        return ids[:1]
    if (set(ask) == {"size"} and ask["size"] in CORE_SIZES) or ask == {"images": 1}:
        return everybody
    return sisters if set(ask) <= GRID and ask.get("size") in SIZES else ids


def _strict(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same ask with `strict`: refused for what would be changed before it is sent, else as it was."""
    twin = {**entry, "ask": {**entry["ask"], "strict": True}}
    param = twin.pop("strict")
    codes = set(entry.get("warnings", ())) - RESULT_WARNINGS
    if (param is True) == bool(codes):
        raise ValueError(f"{entry['ask']}: 'strict' names the field refused, or is true where nothing is.")
    if codes:
        code = "unknown_parameter" if codes <= UNKNOWN else "invalid_value"
        twin["refused"] = {"status": 400, "code": code, "param": param}
    return twin


# Cases


def _case(where: Mapping[str, Any], upstream: str, layers: Layers) -> Case:
    entry = layers[-1]
    ask = dict(entry["ask"])
    gave = {
        "images": ask.pop("images", 0),
        "mask": ask.pop("mask", None),
        "markup": ask.pop("markup", False),
        "history": ask.pop("history", False),
    }
    known = {**where, **gave, "ask": ask, "name": f"{where['family']}: {where['model']} {_said(entry['ask'])}"}
    refused = _refusal(entry["refused"]) if "refused" in entry else None
    if refused and not refused.by_vendor:
        return Case(**known, refused=refused, calls=0, count=0)
    sent, path = _sent(layers), _last("path", layers)
    if "{id}" in path:
        path = path.replace("{id}", upstream) if upstream else path.rpartition("{id}")[2]
    elif upstream:
        sent["model"] = upstream
    said = (LATER if gave["history"] else PROMPT, *entry.get("says", ()))
    pictures = gave["images"] + gave["history"] + ("mask_part" in entry)
    common = _common(known["name"], layers, sent)
    return Case(**known, path=path, says=said, pictures=pictures, refused=refused, **common)


def _refusal(entry: Mapping[str, Any]) -> Refusal:
    codes = entry["code"] if isinstance(entry["code"], list) else [entry["code"]]
    by_vendor = entry.get("by_vendor", False)
    return Refusal(status=entry["status"], codes=tuple(codes), param=entry.get("param"), by_vendor=by_vendor)


def _example(entry: Mapping[str, Any]) -> Case:
    _known(entry, EXAMPLE_KEYS, "examples.toml")
    name = f"example: {entry['file']}"
    return Case(
        name=name,
        family="examples",
        model=entry["model"],
        ask={},
        example=entry["file"],
        path=entry["path"],
        pictures=entry.get("pictures", 0),
        **_common(name, (entry,), _sent((entry,))),
    )


def _common(name: str, layers: Layers, sent: dict[str, Any]) -> dict[str, Any]:
    entry = layers[-1]
    each = tuple(flatten(call) for call in entry.get("each", ()))
    count = entry.get("count", 1)
    calls = entry.get("calls", 1 if count == 1 else None)
    if each and len(each) != calls:
        raise ValueError(f"{name}: 'each' tells of {len(each)} calls, 'calls' of {calls}.")
    warnings = frozenset(entry.get("warnings", ()))
    if warnings - RESULT_WARNINGS - REQUEST_WARNINGS:
        raise ValueError(f"{name}: unknown warnings {sorted(warnings - RESULT_WARNINGS - REQUEST_WARNINGS)}.")
    told_apart = {key for call in each for key in call}
    return {
        "sent": {key: value for key, value in sent.items() if key not in told_apart},
        "each": each,
        "absent": _absent(name, layers, [*sent, *told_apart]),
        "picture_keys": tuple(entry["picture_keys"]) if "picture_keys" in entry else None,
        "mask_part": entry.get("mask_part"),
        "media_type": _media_type(layers),
        "count": count,
        "calls": calls,
        "warnings": warnings,
        "answer": _last("answer", layers),
        **_shape(layers),
    }


def _sent(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for layer in layers:
        sent.update(flatten(layer.get("sent", {})))
    return sent


def _absent(name: str, layers: Layers, sent: list[str]) -> frozenset[str]:
    """What must not be sent: the general lists less what this case says is sent, and the case's own list."""
    own = frozenset(layers[-1].get("absent", ()))
    general = frozenset(key for layer in layers[:-1] for key in layer.get("absent", ()))
    both = [key for key in sent for parent in own if under(key, parent)]
    if both:
        raise ValueError(f"{name}: {both} cannot be both sent and absent.")
    return own | {parent for parent in general if not any(under(key, parent) for key in sent)}


def _media_type(layers: Layers) -> str | None:
    """No page says in what format a picture is composed; it is checked where the caller chose one."""
    composed = "mask" in layers[-1].get("ask", {}) and "mask_part" not in layers[-1]
    said = layers[-1].get("media_type") if composed else _last("media_type", layers)
    return str(said) if said else None


def _shape(layers: Layers) -> dict[str, Any]:
    """What the case says; else what the row draws when nobody names a size; else what it always draws."""
    entry = layers[-1]
    ask = entry.get("ask", {})
    shape = entry.get("pixels") or entry.get("near")
    if not shape and not SIZE_FIELDS & set(ask):
        shape = _last("edits" if {"images", "history"} & set(ask) else "draws", layers)
    shape = shape or _last("near", layers)
    if not shape:
        return {}
    if isinstance(shape, list):
        return {"pixels": tuple(shape)}
    return {"near": Near(**{**shape, "ratio": tuple(shape["ratio"])})}


def _last(key: str, layers: Layers) -> Any:
    return next((layer[key] for layer in reversed(layers) if key in layer), None)


def _known(entry: Mapping[str, Any], keys: set[str], where: str) -> None:
    if set(entry) - keys:
        raise ValueError(f"{where}: unknown keys {sorted(set(entry) - keys)}. Known: {sorted(keys)}.")


def _said(ask: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in flatten(ask).items()) or "(nothing else)"
