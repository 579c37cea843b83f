"""The reference bodies: what each model must be sent for each documented field, read from the files beside this one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FAMILIES = ("openai", "gemini", "ark", "dashscope")
OPERATIONS = ("generate", "edit")
PROMPT = "A paper boat on a quiet pond"
APART = ("options", "mask", "markup")  # fields that are never asked beside others

FAMILY_KEYS = {"sources", "documented", "place", "generate", "edit", "rows"}
OPERATION_KEYS = {"path", "form", "ask", "body"}
ROW_KEYS = {"models", "operations", "like", "body", "fields"}
FIELD_KEYS = {"same", "ignored", "cases", "on"}
CASE_KEYS = {"ask", "sent", "each", "drop", "on", "refused"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One ask of one model: the bodies it must come to, whole, or the code of its refusal.

    In `ask` the words `$picture`, `$second`, `$third`, `$alpha` and `$mask` stand for pictures.
    """

    family: str
    model: str
    operation: str
    field: str
    ask: Mapping[str, Any]
    path: str
    form: bool
    bodies: tuple[Mapping[str, Any], ...]
    refused: str | None

    @property
    def name(self) -> str:
        """How a report calls it."""
        return f"{self.model} {self.operation} {self.field}: {json.dumps(self.ask)[:90]}"


def load() -> list[Case]:
    """Every case of every family. Raises ValueError for a key or a row that nobody knows."""
    return [case for family in FAMILIES for case, _ in _family(family, read_file(family))]


def read_file(family: str) -> dict[str, Any]:
    """One family's file as it stands, its keys checked."""
    return _known(tomllib.loads((HERE / f"{family}.toml").read_text("utf-8")), FAMILY_KEYS, family)


def rows(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows that have models: name, and what the row says with what it inherits."""
    for name, own in data["rows"].items():
        if own.get("models"):
            yield name, {"operations": OPERATIONS, "body": {}} | _inherited(data["rows"], name)


def _inherited(every: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = _known(every[name], ROW_KEYS, name)
    parent = _inherited(every, own["like"]) if "like" in own else {}
    return {**parent, **own, "fields": parent.get("fields", {}) | own.get("fields", {})}


def _known(table: dict[str, Any], keys: set[str], where: str) -> dict[str, Any]:
    if unknown := table.keys() - keys:
        raise ValueError(f"{where}: unknown {sorted(unknown)}")
    return table


def _family(family: str, data: dict[str, Any]) -> Iterator[tuple[Case, bool]]:
    for name, row in rows(data):
        for model in row["models"]:
            for operation in row["operations"]:
                place = _Place(family=family, data=data, row=row, name=name, model=model, operation=operation)
                first = model == row["models"][0] and operation == row["operations"][0]
                yield from _row(place) if first else _together(list(_once_a_field(_row(place))))


def _once_a_field(cases: Iterator[tuple[Case, bool]]) -> Iterator[tuple[Case, bool]]:
    """The first case of each field and all of this operation alone: the other values were asked once in the row."""
    seen: set[str] = set()
    for case, alone in cases:
        if alone or case.field not in seen:
            seen.add(case.field)
            yield case, alone


def _together(cases: list[tuple[Case, bool]]) -> Iterator[tuple[Case, bool]]:
    """The same with all fields in one ask that do not touch one another."""
    (plain, _), *others = cases
    ask: dict[str, Any] = dict(plain.ask)
    changes: dict[str, Any] = {}
    for case, alone in others:
        change = _change(plain, case)
        if change is None or _contradict(ask, case.ask) or _touch(changes, change):
            yield case, alone
        else:
            ask, changes = {**ask, **case.ask}, laid(changes, change)
    yield replace(plain, field="all at once", ask=ask, bodies=(laid(plain.bodies[0], changes),)), False


def _change(plain: Case, case: Case) -> dict[str, Any] | None:
    """What a case adds to the plain body; None where it does more than add to it."""
    if case.refused or case.field in APART or len(case.bodies) > 1:
        return None
    change = _added(plain.bodies[0], case.bodies[0])
    return change if laid(plain.bodies[0], change) == case.bodies[0] else None


def _added(plain: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Members that differ, in nested objects too."""
    differing = {key: value for key, value in body.items() if plain.get(key) != value}
    return {
        key: _added(plain[key], value) if isinstance(value, dict) and isinstance(plain.get(key), dict) else value
        for key, value in differing.items()
    }


def _contradict(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(one[key] != other[key] for key in one.keys() & other.keys())


def _touch(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    both = [(one[key], other[key]) for key in one.keys() & other.keys()]
    return any(not (isinstance(a, dict) and isinstance(b, dict)) or _touch(a, b) for a, b in both)


@dataclass(frozen=True, kw_only=True)
class _Place:
    family: str
    data: dict[str, Any]
    row: dict[str, Any]
    name: str
    model: str
    operation: str


def _row(place: _Place) -> Iterator[tuple[Case, bool]]:
    """The cases of one model and operation, each with whether it is of that operation alone."""
    yield _case(place, "nothing else", {"ask": {}}), False
    for field, rule in place.row["fields"].items():
        _known(rule, FIELD_KEYS, f"{place.name}.{field}")
        elsewhere = rule.get("on", place.operation) != place.operation
        for case in _written(field, rule, place.data.get("place", [])):
            _known(case, CASE_KEYS, f"{place.name}.{field}")
            if case.get("on", place.operation) == place.operation:
                yield _case(place, field, {"ask": case["ask"]} if elsewhere else case), "on" in case


def _written(field: str, rule: Mapping[str, Any], at: list[str]) -> Iterator[dict[str, Any]]:
    for value in rule.get("same", []):
        yield {"ask": {field: value}, "sent": _below(at, {field: value})}
    for value in rule.get("ignored", []):
        yield {"ask": {field: value}}
    yield from rule.get("cases", [])


def _below(at: list[str], value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(at):
        value = {key: value}
    return value


def _case(place: _Place, field: str, case: Mapping[str, Any]) -> Case:
    rule = _known(place.data[place.operation], OPERATION_KEYS, place.operation)
    ask = {"model": place.model, "prompt": PROMPT} | rule.get("ask", {}) | case["ask"]
    return Case(
        family=place.family,
        model=place.model,
        operation=place.operation,
        field=field,
        ask=ask,
        path=rule["path"].replace("{model}", place.model),
        form=rule.get("form", False),
        bodies=tuple(_body(place, rule, case, sent) for sent in case.get("each", [case.get("sent", {})])),
        refused=case.get("refused"),
    )


def _body(place: _Place, rule: Mapping[str, Any], case: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    base = laid(laid(rule["body"], place.row["body"]), sent)
    body = _named(base, place.model)
    kept = {name: value for name, value in body.items() if name not in case.get("drop", [])}
    return as_form(kept) if rule.get("form") else kept


def _named(value: Any, model: str) -> Any:
    if isinstance(value, dict):
        return {key: _named(inner, model) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, model) for inner in value]
    return {"{model}": model, "{prompt}": PROMPT}.get(value, value) if isinstance(value, str) else value


def laid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One object laid over another: objects merge, anything else is replaced."""
    body = deepcopy(dict(under))
    for key, value in over.items():
        below = body.get(key)
        body[key] = laid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return body


def as_form(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as multipart says it: text for numbers and booleans, bracket names for what is nested."""
    form: dict[str, Any] = {}
    for name, value in body.items():
        form |= dict(_spread(name, value))
    return form


def _spread(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _spread(f"{name}[{key}]", inner)
    else:
        yield name, value if isinstance(value, str | list) else json.dumps(value)
