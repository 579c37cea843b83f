"""The origin our links stand on: the operator's public URL, else the one the request came by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.types import Scope

from onebrush.api.auth import header
from onebrush.api.envelope import WRAPPED_BASE

# A Host header is the caller's to choose: only a plain host and port may become part of a link.
_HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """`public_url` has no trailing slash; None: links are built on the request's own origin."""

    public_url: str | None = None

    def of(self, scope: Scope) -> str:
        """Scheme, host and port, without a trailing slash."""
        if self.public_url:
            return self.public_url
        host = header(scope["headers"], "host") or ""
        if not _HOST.match(host):
            server = scope.get("server") or ("127.0.0.1", 8000)
            host = f"{server[0]}:{server[1]}"
        return f"{scope['scheme']}://{host}"


def base_of(origin: Origin, scope: Scope) -> str:
    """What the routes a caller goes on with stand on: the origin, and the wrapped base where it came by that."""
    wrapped = scope["path"].startswith(WRAPPED_BASE + "/")
    return origin.of(scope) + (WRAPPED_BASE if wrapped else "")
