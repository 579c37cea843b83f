"""One credential extractor: four equal headers, decided before a body is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs

from onebrush.domain.errors import InvalidKey, InvalidRequest
from onebrush.domain.key import ApiKey

_HEADERS = ("authorization", "api-key", "x-api-key", "x-goog-api-key")


class Keyring(Protocol):
    """The keys this gateway gave out."""

    def find(self, secret: str) -> ApiKey | None:
        """The key of a secret, or None; the same for unknown and revoked."""
        ...


def authenticate(headers: list[tuple[bytes, bytes]], query: bytes, keyring: Keyring) -> ApiKey:
    """The caller's key. Raises InvalidKey (none, unknown, in the query) or InvalidRequest (two different ones)."""
    _refuse_query(query)
    secrets = _secrets(headers)
    if len(secrets) > 1:
        raise InvalidRequest("Two different keys were sent in the headers; send one.")
    if not secrets:
        raise InvalidKey("No API key was sent; use the header 'Authorization: Bearer sk-…'.", retry=False)
    key = keyring.find(secrets.pop())
    if key is None:
        raise InvalidKey(
            "The API key is not known here; use one this gateway gave out (the first run prints one).",
            retry=False,
        )
    return key


def _refuse_query(query: bytes) -> None:
    if query and "key" in parse_qs(query.decode("latin-1"), keep_blank_values=True):
        raise InvalidKey(
            "A key in the URL ends up in logs; send it in the header 'Authorization: Bearer sk-…'.",
            retry=False,
        )


def _secrets(headers: list[tuple[bytes, bytes]]) -> set[str]:
    found = set()
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if name in _HEADERS:
            secret = _secret(name, raw_value.decode("latin-1").strip())
            if secret:
                found.add(secret)
    return found


def _secret(name: str, value: str) -> str:
    if name != "authorization":
        return value
    scheme, _, secret = value.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def header(headers: Mapping[str, str] | list[tuple[bytes, bytes]], name: str) -> str | None:
    """A header's value, by lower-case name."""
    if isinstance(headers, Mapping):
        return headers.get(name)
    wanted = name.encode("latin-1")
    return next((value.decode("latin-1") for key, value in headers if key.lower() == wanted), None)
