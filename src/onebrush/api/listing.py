"""The query of a list of records: filters, a cursor, and how many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from onebrush.domain.errors import InvalidRequest, UnknownParameter
from onebrush.domain.generation import GenerationStatus
from onebrush.engine.ports import Wanted

MOST = 100
USUAL = 20
FILTERS = ("status", "model", "created_after", "created_before", "limit", "after")

_KNOWN = (*FILTERS, "envelope")
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID = re.compile(r"gen_[A-Za-z0-9_-]{1,100}", re.ASCII)


def wanted_of(query: bytes, key: str) -> Wanted:
    """What a caller wants to see of its own. Raises InvalidRequest and UnknownParameter, naming the parameter."""
    said = _said(query)
    return Wanted(
        key=key,
        limit=_whole(said, "limit", 1, MOST) or USUAL,
        status=_status(said.get("status")),
        model=_model(said.get("model")),
        created_from=_whole(said, "created_after"),
        created_to=_whole(said, "created_before"),
        before=_cursor(said.get("after")),
    )


def _said(query: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise InvalidRequest("The query has more parameters than there are.") from error
    said: dict[str, str] = {}
    for name, value in pairs:
        if name not in _KNOWN:
            raise UnknownParameter(f"{name[:60]} is no parameter of the list. Known: {', '.join(FILTERS)}.", param=name)
        if name in said:
            raise InvalidRequest(f"{name} stands twice in the query; say it once.", param=name)
        said[name] = value
    return said


def _whole(said: Mapping[str, str], name: str, least: int = 0, most: int | None = None) -> int | None:
    text = said.get(name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text) or int(text) < least or (most is not None and int(text) > most):
        bounds = f"from {least} to {most}" if most is not None else "of seconds since 1970"
        raise InvalidRequest(f"{name} is {text[:40]!r}; it must be a whole number {bounds}.", param=name)
    return int(text)


def _status(text: str | None) -> str | None:
    known = [status.value for status in GenerationStatus]
    if text is not None and text not in known:
        raise InvalidRequest(f"status is {text[:40]!r}; it must be one of: {', '.join(known)}.", param="status")
    return text


def _model(text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= 200:
        raise InvalidRequest("model must be a name of at most 200 characters.", param="model")
    return text


def _cursor(text: str | None) -> str | None:
    if text is not None and not _ID.fullmatch(text):
        raise InvalidRequest(f"after is {text[:40]!r}; it must be the id of a generation (gen_…).", param="after")
    return text
