"""The gateway over HTTP, as the command line speaks to it.

The standard library's urllib does: a command asks for one thing and waits, and so starts in a fraction of the time
the gateway's own HTTP client takes to import, which belongs to `upstream` alone.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from onebrush.cli.failures import CommandFailed, WrongUsage, os_words

Json = dict[str, Any]

# The gateway ends a call long before: 600 s an attempt, and few attempts.
PATIENCE_SECONDS = 3600.0
GREETING_SECONDS = 3.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Unreachable(CommandFailed):
    """Nothing answers at the address."""


class Refusal(CommandFailed):
    """The gateway's own sentence, with the code and the field it names."""

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A gateway's address (without a path) and a key to it."""

    url: str
    key: str | None = None

    def greets(self) -> bool:
        """Whether a gateway answers here, and not something else or nothing."""
        try:
            said = json.loads(_read(urllib.request.Request(self.url + "/"), GREETING_SECONDS))
        except (CommandFailed, ValueError):
            return False
        return isinstance(said, dict) and said.get("name") == "OneBrush"

    def generate(self, body: Json) -> Json:
        """The plain answer to one request for pictures. Raises Refusal or Unreachable."""
        return self._ask("/v1/images/generations", body)

    def model_ids(self) -> list[str]:
        """Ids of the models served here, in the gateway's order."""
        return [row["id"] for row in self._models()]

    def first_models(self) -> list[str]:
        """Of each vendor the model that the gateway lists first."""
        firsts: dict[str, str] = {}
        for row in self._models():
            firsts.setdefault(row["owned_by"], row["id"])
        return list(firsts.values())

    def model_id(self, name: str) -> str:
        """The id of the model that is served under a name. Raises Refusal."""
        found: str = self._ask(f"/v1/models/{quote(name)}")["id"]
        return found

    def _models(self) -> list[Json]:
        rows: list[Json] = self._ask("/v1/models")["data"]
        return rows

    def picture(self, datum: Json) -> bytes:
        """The bytes of one picture of an answer, from its link or out of the answer itself."""
        if "b64_json" in datum:
            return base64.b64decode(datum["b64_json"])
        return _read(urllib.request.Request(datum["url"]))

    def _ask(self, path: str, body: Json | None = None) -> Json:
        headers = {"Accept": "application/json", "X-Response-Envelope": "plain"}
        if self.key:
            headers["Authorization"] = f"Bearer {_sendable(self.key)}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            answer = _read(urllib.request.Request(self.url + path, data, headers))
        except Refusal as refusal:
            raise self._explained(refusal) from refusal
        try:
            said: Json = json.loads(answer)
        except ValueError as error:
            raise CommandFailed(f"{self.url}{path} answered something that is no JSON. Is it a gateway?") from error
        return said

    def _explained(self, refusal: Refusal) -> CommandFailed:
        """A person at a prompt sets no header."""
        if refusal.code != "invalid_api_key" or self.key:
            return refusal
        return CommandFailed(
            f"The gateway at {self.url} wants a key: set ONEBRUSH_KEY or say --key. "
            "Its first start showed one; `onebrush keys create` makes another."
        )


def address(url: str) -> str:
    """An address as people write it -> origin and base path, without `/v1` and slash."""
    url = url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    url = url if "://" in url else f"http://{url}"
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise WrongUsage(f"{url} is no address of a gateway; write it as http://127.0.0.1:8000.")
    return url


def for_a_prompt(message: str) -> str:
    """A gateway's sentence, with the command for what it sends a program to."""
    return f"{message} So does `onebrush models`." if "GET /v1/models" in message else message


def _sendable(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise WrongUsage("The key has characters that no key has; copy it again.")
    return key


def _read(request: urllib.request.Request, patience: float = PATIENCE_SECONDS) -> bytes:
    try:
        with _opener(request).open(request, timeout=patience) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise _refusal(error) from error
    except urllib.error.URLError as error:
        raise _unreachable(request, error.reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(request, error) from error


def _opener(request: urllib.request.Request) -> urllib.request.OpenerDirector:
    """Proxies of the environment are for the way out, never for this machine."""
    own = urlsplit(request.full_url).hostname in _LOOPBACK
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if own else []))


def _unreachable(request: urllib.request.Request, reason: object) -> Unreachable:
    where = f"{request.type}://{request.host}"
    return Unreachable(
        f"No answer from {where}: {_why(reason)}. Start a gateway with `onebrush serve`, or name one by --url."
    )


def _why(reason: object) -> str:
    if isinstance(reason, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(reason, socket.gaierror):
        return "there is no such host"
    return os_words(reason) if isinstance(reason, OSError) else str(reason)


def _refusal(error: urllib.error.HTTPError) -> CommandFailed:
    try:
        said = json.loads(error.read())["error"]
        return Refusal(for_a_prompt(said["message"]), code=said.get("code"), param=said.get("param"))
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
        return CommandFailed(f"{error.url} answered {error.code} without a reason. Is it a gateway?")
