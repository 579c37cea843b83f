"""Which of the two answer shapes a caller gets: base path, then header, then query, then the server's default."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.types import Scope

from onebrush.api.auth import header
from onebrush.wires.openai.render import Envelope

WRAPPED_BASE = "/wrapped"


def envelope_of(scope: Scope, default: Envelope) -> Envelope:
    """The shape of this answer."""
    if scope["path"].startswith(WRAPPED_BASE + "/"):
        return "wrapped"
    for said in (header(scope["headers"], "x-response-envelope"), _in_query(scope["query_string"])):
        if said and said.strip().lower() in ("wrapped", "plain"):
            return "wrapped" if said.strip().lower() == "wrapped" else "plain"
    return default


def _in_query(query: bytes) -> str | None:
    return parse_qs(query.decode("latin-1")).get("envelope", [None])[0] if b"envelope" in query else None
