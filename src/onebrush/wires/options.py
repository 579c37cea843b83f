"""Provider options: a caller's own members for a vendor's body, which of them are refused, and how they are laid in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from onebrush.domain.errors import ConflictingParameters, InvalidRequest

# Whole or in part, at any depth: whose account pays, which host is asked, and files that may be another caller's.
FORBIDDEN = frozenset(
    {
        *("apikey", "authorization", "headers", "extraheaders", "extraquery", "extrabody", "userconfig"),
        *("apibase", "baseurl", "endpoint", "webhook", "webhookconfig", "callbackurl", "workspace"),
        *("organization", "project", "account"),
        *("fileid", "fileids", "filedata", "fileuri", "imageurl", "imageurls", "cachedcontent"),
        *("previousinteractionid", "previousresponseid", "continuationtoken"),
        # Another tier has another price, which no bound here would hold.
        "servicetier",
    }
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_LINK = re.compile(r"\s*(https?|oss|gs|s3|file|ftp|data):", re.IGNORECASE)
_JSON = (str, int, float, bool, type(None))

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The members a wire sends or reads itself.

    `fields` is a dotted path -> the gateway's field to use instead; "" where there is none, because the gateway
    decides it. A path stands for all below it. Case and underscores do not tell names apart.
    """

    fields: Mapping[str, str]

    def refuse(self, options: Mapping[str, object], provider: str) -> None:
        """Raises ConflictingParameters for a reserved member, InvalidRequest for one that is never passed on.

        `param` is `provider_options.<provider>.<member>`, the member by its whole path.
        """
        known = {tuple(map(plain, path.split("."))): field for path, field in self.fields.items()}
        for path, value in _members((), options):
            param = ".".join(("provider_options", provider, *path))
            _check_name(path, param)
            if (instead := known.get(tuple(map(plain, path)))) is not None:
                raise ConflictingParameters(_taken(param, instead), param=param)
            _check_value(path, value, known, param)


class Guarded:
    """A wire whose reserved members no caller may set; several providers may speak its format."""

    reserved: ClassVar[Reserved]

    def refuse_options(self, options: Mapping[str, object], provider: str) -> None:
        """Raises ConflictingParameters or InvalidRequest for members that are not the caller's to set."""
        self.reserved.refuse(options, provider)


def plain(name: str) -> str:
    """A member's name without what vendors overlook in it: `image_config` is `imageConfig`."""
    return name.replace("_", "").replace("-", "").lower()


def merged(body: Mapping[str, object], options: Mapping[str, object]) -> dict[str, object]:
    """The body with the options laid in: objects member by member, anything else as the caller wrote it."""
    whole = dict(body)
    for name, value in options.items():
        own = next((known for known in body if plain(known) == plain(name)), name)
        held = whole.get(own)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            whole[own] = merged(held, value)
        else:
            whole[own] = value
    return whole


def _members(above: Path, value: object) -> Iterator[tuple[Path, object]]:
    """Every member, outer ones first; those of objects in lists stand below the list's name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield (*above, str(name)), inner
            yield from _members((*above, str(name)), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _members(above, inner)


def _check_name(path: Path, param: str) -> None:
    if not _NAME.match(path[-1]):
        raise InvalidRequest(f"{param[:200]} is no name of a member: letters, digits, _ and - only.", param=param[:200])
    if plain(path[-1]) in FORBIDDEN:
        raise InvalidRequest(
            f"{param} is not passed on: accounts, hosts, tiers and stored files are the operator's.", param=param
        )


def _check_value(path: Path, value: object, known: Mapping[Path, str], param: str) -> None:
    """What stands where the gateway's own object goes must be an object; nothing may hold a picture."""
    here = tuple(map(plain, path))
    if not isinstance(value, Mapping) and any(other[: len(here)] == here for other in known):
        raise ConflictingParameters(f"{param} must be an object: the gateway sends members of it.", param=param)
    if any(isinstance(word, str) and _LINK.match(word) for word in (value if isinstance(value, list) else [value])):
        raise InvalidRequest(
            f"{param} holds a link; vendors fetch nothing here. Give pictures in `image`.", param=param
        )
    if not isinstance(value, (*_JSON, Mapping, list, tuple)):
        raise InvalidRequest(f"{param} cannot hold a picture; give pictures in `image`.", param=param)


def _taken(param: str, instead: str) -> str:
    return f"{param} is sent by the gateway: " + (f"use `{instead}`." if instead else "it cannot be set.")
