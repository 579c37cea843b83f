"""What a caller said, gathered from every place the format allows to say it: once each, never two ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.domain.field import FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value and where it stood: `parameters.size`."""

    value: object
    param: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A JSON body unfolded: the fields of the top, of `parameters` and of `extra` under one roof."""

    fields: Mapping[str, tuple[Said, ...]]

    def first(self, name: str) -> Said | None:
        """The one saying of a field; two that differ are refused. null is "did not say"."""
        sayings = self.fields.get(name, ())
        for other in sayings[1:]:
            if _plain(name, other.value) != _plain(name, sayings[0].value):
                raise conflict(sayings[0], other)
        return sayings[0] if sayings else None

    def all(self, name: str) -> tuple[Said, ...]:
        """Every saying of a field, in order."""
        return self.fields.get(name, ())

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)


def conflict(one: Said, other: Said) -> ConflictingParameters:
    """The refusal of one thing said twice, differently."""
    return ConflictingParameters(f"{one.param} and {other.param} say different things; say it once.", param=other.param)


# Fields whose text is a word in any case; that of others (prompts, ids, links) is what it is, letter by letter.
_WORDS = frozenset(
    {
        *("model", "n", "size", "image_size", "aspect_ratio", "resolution", "response_format", "quality"),
        *("strict", "dry_run", "store", "exact_size", "link_ttl", "async"),
        *(field.name for field in FIELDS.values() if field.values or field.kind in ("integer", "number", "boolean")),
    }
)


def _plain(name: str, value: object) -> object:
    """Sizes are written with x or *; numbers and yes or no also as text."""
    if isinstance(value, str):
        return value.strip().lower().replace("*", "x") if name in _WORDS else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, int | float) else value


# Objects whose members are fields themselves, wherever they stand.
FOLDERS = ("parameters", "extra", "extra_body")


def unfold(body: object, beside: Mapping[str, tuple[Said, ...]] | None = None) -> Body:
    """The body's fields, and what was said of them `beside` it. Raises InvalidRequest where it is no object."""
    if not isinstance(body, dict):
        raise InvalidRequest('The body must be a JSON object such as {"model": …, "prompt": …}.')
    fields: dict[str, list[Said]] = {}
    _unfold(body, "", fields)
    for name, sayings in (beside or {}).items():
        fields.setdefault(name, []).extend(sayings)
    return Body(fields={name: tuple(sayings) for name, sayings in fields.items()})


def _unfold(folder: Mapping[str, object], prefix: str, fields: dict[str, list[Said]]) -> None:
    for name, value in folder.items():
        if value is None:
            continue
        if name in FOLDERS and prefix.count(".") < 2:
            _unfold(_object(value, prefix + name), f"{prefix}{name}.", fields)
        else:
            fields.setdefault(name, []).append(Said(value=value, param=prefix + name))


def _object(value: object, param: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"{param} must be an object.", param=param)
    return value
