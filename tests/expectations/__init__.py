"""The expectations table: what each model is sent and what comes back, read from the references by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROMPT = "A paper boat on a quiet pond"
FAMILIES = ("openai", "gemini", "ark", "dashscope")

WARNINGS = frozenset({
    "size_adjusted", "size_dropped", "tier_adjusted", "field_ignored", "effect_unverified",
    "seed_varied", "converted", "history_reshaped",
})  # fmt: skip
CORE_SIZES = {None, "1024x1024", "16:9", "2K"}
ROW_KEYS = {"ids", "kin", "aliases", "path", "answer", "media_type", "sent", "absent", "near", "case"}
CASE_KEYS = {
    "models", "ask", "path", "sent", "each", "absent", "pictures", "picture_keys", "pixels", "near",
    "media_type", "count", "calls", "warnings", "answer", "refused",
}  # fmt: skip
EXAMPLE_KEYS = CASE_KEYS - {"models", "ask", "refused"} | {"file", "model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error that comes back before any vendor is called."""

    status: int
    code: str
    param: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A shape known only roughly: the ratio within 3 %, the area (where known) within 15 %."""

    ratio: tuple[int, int]
    area: int | None = None

    def holds(self, width: int, height: int) -> bool:
        """Say whether measured pixels have this shape."""
        wide, high = self.ratio
        if abs(width * high / (height * wide) - 1) > 0.03:
            return False
        return self.area is None or abs(width * height / self.area - 1) <= 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One ask of one model, and everything the table says about it; None means the table does not say."""

    name: str
    family: str
    model: str
    ask: Mapping[str, Any]
    images: int = 0
    example: str | None = None
    path: str | None = None
    sent: Mapping[str, Any]
    each: tuple[Mapping[str, Any], ...] = ()
    absent: frozenset[str] = frozenset()
    pictures: int = 0
    picture_keys: tuple[str, ...] | None = None
    pixels: tuple[int, int] | None = None
    near: Near | None = None
    media_type: str | None = None
    count: int = 1
    calls: int | None = 1
    warnings: frozenset[str] = frozenset()
    answer: str | None = None
    refused: Refusal | None = None

    def body(self, pictures: list[str]) -> dict[str, Any]:
        """The request as posted, with the first of the given data URIs as its pictures."""
        body: dict[str, Any] = {"model": self.model, "prompt": PROMPT, **self.ask}
        chosen = pictures[: self.images]
        if chosen:
            body["image"] = chosen[0] if len(chosen) == 1 else chosen
        return body


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


def _family(family: str) -> Iterator[Case]:
    table = _read(family)
    for label, row in table["rows"].items():
        _known(row, ROW_KEYS, f"{family}.toml, rows.{label}")
        kin = {name: name for name in row.get("kin", ())} | row.get("aliases", {})
        upstream = {name: name for name in row["ids"]} | kin
        for entry in row["case"]:
            _known(entry, CASE_KEYS, f"{family}.toml, rows.{label}")
            asked = entry.get("models", upstream if _is_core(entry["ask"]) else row["ids"])
            for model in asked:
                yield _case(family, model, upstream[model], (table["defaults"], row, entry))


def _is_core(ask: Mapping[str, Any]) -> bool:
    """Say whether an ask is put to kin and aliases as well: the common sizes, counts and pictures."""
    return set(ask) <= {"size", "n", "images"} and ask.get("size") in CORE_SIZES


def _case(family: str, model: str, upstream: str, layers: tuple[Mapping[str, Any], ...]) -> Case:
    entry = layers[-1]
    ask = dict(entry["ask"])
    images = ask.pop("images", 0)
    name = f"{family}: {model} {_said(entry['ask'])}"
    if "refused" in entry:
        refused = Refusal(**entry["refused"])
        known = {"name": name, "family": family, "model": model, "ask": ask, "images": images}
        return Case(**known, sent={}, refused=refused, calls=0, count=0)
    sent, path = _sent(layers), _last("path", layers)
    if "{id}" in path:
        path = path.replace("{id}", upstream) if upstream else path.rpartition("{id}")[2]
    elif upstream:
        sent["model"] = upstream
    common = _common(name, layers, sent)
    return Case(family=family, model=model, ask=ask, images=images, path=path, pictures=images, **common)


def _example(entry: Mapping[str, Any]) -> Case:
    _known(entry, EXAMPLE_KEYS, "examples.toml")
    common = _common(f"example: {entry['file']}", (entry,), _sent((entry,)))
    return Case(
        family="examples",
        model=entry["model"],
        ask={},
        example=entry["file"],
        path=entry["path"],
        pictures=entry.get("pictures", 0),
        **common,
    )


def _common(name: str, layers: tuple[Mapping[str, Any], ...], sent: dict[str, Any]) -> dict[str, Any]:
    entry = layers[-1]
    each = tuple(flatten(call) for call in entry.get("each", ()))
    count = entry.get("count", 1)
    calls = entry.get("calls", 1 if count == 1 else None)
    if each and len(each) != calls:
        raise ValueError(f"{name}: 'each' tells of {len(each)} calls, 'calls' of {calls}.")
    warnings = frozenset(entry.get("warnings", ()))
    if warnings - WARNINGS:
        raise ValueError(f"{name}: unknown warnings {sorted(warnings - WARNINGS)}.")
    told_apart = {key for call in each for key in call}
    return {
        "name": name,
        "sent": {key: value for key, value in sent.items() if key not in told_apart},
        "each": each,
        "absent": _absent(name, layers, [*sent, *told_apart]),
        "picture_keys": tuple(entry["picture_keys"]) if "picture_keys" in entry else None,
        "media_type": _last("media_type", layers),
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


def _absent(name: str, layers: tuple[Mapping[str, Any], ...], sent: list[str]) -> frozenset[str]:
    """What must not be sent: the general lists less what this case says is sent, and the case's own list."""
    own = frozenset(layers[-1].get("absent", ()))
    general = frozenset(key for layer in layers[:-1] for key in layer.get("absent", ()))
    both = [key for key in sent for parent in own if under(key, parent)]
    if both:
        raise ValueError(f"{name}: {both} cannot be both sent and absent.")
    return own | {parent for parent in general if not any(under(key, parent) for key in sent)}


def _shape(layers: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    if "pixels" in layers[-1]:
        width, height = layers[-1]["pixels"]
        return {"pixels": (width, height)}
    near = _last("near", layers)
    return {"near": Near(ratio=tuple(near["ratio"]), area=near.get("area"))} if near else {}


def _last(key: str, layers: tuple[Mapping[str, Any], ...]) -> Any:
    return next((layer[key] for layer in reversed(layers) if key in layer), None)


def _known(entry: Mapping[str, Any], keys: set[str], where: str) -> None:
    if set(entry) - keys:
        raise ValueError(f"{where}: unknown keys {sorted(set(entry) - keys)}. Known: {sorted(keys)}.")


def _said(ask: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in flatten(ask).items()) or "(nothing else)"
