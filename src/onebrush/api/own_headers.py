"""The gateway's own request headers: those that say what a field says too, and those that look like one of them."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping

from onebrush.api.auth import header
from onebrush.api.intake import Headers
from onebrush.domain.errors import NotBuiltYet, UnknownParameter
from onebrush.domain.warning import RequestWarning
from onebrush.wires.openai.own import HEADERS

_OURS = b"x-onebrush-"
_MOST_TOLD = 20


def own_headers(headers: Headers) -> Mapping[str, tuple[str, ...]]:
    """The headers that say what a field may say too, each with every value it came with."""
    found = {
        name: tuple(value.decode("latin-1") for key, value in headers if key.lower() == name.lower().encode())
        for name in HEADERS
    }
    return {name: values for name, values in found.items() if values}


def refuse_guards(headers: Headers) -> None:
    """A header that is to keep from buying is no header to overlook. Raises NotBuiltYet and UnknownParameter."""
    if header(headers, "x-onebrush-max-cost") is not None:
        raise NotBuiltYet(
            "X-OneBrush-Max-Cost is not served by this version of the gateway yet; leave it out.",
            param="X-OneBrush-Max-Cost",
        )
    for name in _strange(headers):
        meant = difflib.get_close_matches(name, ("x-onebrush-strict", "x-onebrush-dry-run"), n=1, cutoff=0.85)
        if meant:
            raise UnknownParameter(f"The header {name} is not known. If {meant[0]} is meant, write it so.", param=name)


def unknown_headers(headers: Headers) -> Iterator[RequestWarning]:
    """A word on each that looks like ours and is not."""
    names = ", ".join(HEADERS)
    for name in itertools.islice(_strange(headers), _MOST_TOLD):
        message = f"The header {name} is not known; it had no effect. Known: {names}."
        yield RequestWarning(code="header_ignored", message=message, param=name, allowed=tuple(HEADERS))


def _strange(headers: Headers) -> Iterator[str]:
    known = {name.lower().encode() for name in HEADERS}
    for name, _ in headers:
        if name.lower().startswith(_OURS) and name.lower() not in known:
            yield name.lower().decode("latin-1")[:100]
