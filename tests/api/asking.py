"""Requests without a server: headers and scopes, and an ASGI app asked in place."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.types import ASGIApp

from onebrush.domain.key import ApiKey, Mode

KEY = ApiKey(id="key_1", mode=Mode.TEST)
OTHER = ApiKey(id="key_2", mode=Mode.TEST)


class Ring:
    """Two callers' keys."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, secret: str) -> ApiKey | None:
        self.asked.append(secret)
        return {"sk-test-example": KEY, "sk-test-other": OTHER}.get(secret)


def headers(**named: str) -> list[tuple[bytes, bytes]]:
    """Headers as a server hands them over; underscores stand for hyphens."""
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in named.items()]


def scope(path: str = "/v1/images/generations", query: str = "", **named: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "path": path,
        "query_string": query.encode(),
        "headers": headers(**named),
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
    }


async def ask(app: ASGIApp, method: str, path: str, **sent: Any) -> httpx.Response:
    """The answer of an app, in process."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gate.example") as client:
        return await client.request(method, path, **sent)
