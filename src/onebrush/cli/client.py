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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from onebrush.cli.failures import CommandFailed, WrongUsage, os_words

Json = dict[str, Any]

GENERATIONS = "/v1/images/generations"

# The gateway ends a call long before: 600 s an attempt, and few attempts.
PATIENCE_SECONDS = 3600.0
GREETING_SECONDS = 3.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Unreachable(CommandFailed):
    """Nothing answers at the address; `reason` says where and why, without the advice."""

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(f"{reason} {advice}".rstrip())
        self.reason = reason


class Refusal(CommandFailed):
    """The gateway's own sentence, with the code and the field it names, and what it says of asking again.

    `http` is the status, `retry` x-should-retry, `retry_after` in seconds, `generation` the id of what was refused.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        http: int | None = None,
        retry: bool | None = None,
        retry_after: float | None = None,
        generation: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.http = http
        self.retry = retry
        self.retry_after = retry_after
        self.generation = generation


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

    def generate(self, body: Json, *, path: str = GENERATIONS, idempotency: str | None = None) -> Json:
        """The plain answer to one request for pictures, or the record of one that asks not to be waited for.

        Raises Refusal or Unreachable.
        """
        return self._ask(path, body, {"Idempotency-Key": idempotency} if idempotency else {})

    def record(self, generation: str) -> Json:
        """The record of a generation. Raises Refusal or Unreachable."""
        return self._ask(f"{GENERATIONS}/{quote(generation)}")

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
        url: str = datum["url"]
        # Its owner's key opens a link that has ended, too; it is shown to nobody but the gateway.
        return _read(urllib.request.Request(url, headers=self._pass() if url.startswith(f"{self.url}/") else {}))

    def _pass(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {_sendable(self.key)}"} if self.key else {}

    def _ask(self, path: str, body: Json | None = None, more: Mapping[str, str] | None = None) -> Json:
        headers = {"Accept": "application/json", "X-Response-Envelope": "plain", **self._pass(), **(more or {})}
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
        f"No answer from {where}: {_why(reason)}.", "Start a gateway with `onebrush serve`, or name one by --url."
    )


def _why(reason: object) -> str:
    if isinstance(reason, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(reason, socket.gaierror):
        return "there is no such host"
    return os_words(reason) if isinstance(reason, OSError) else str(reason)


def _refusal(error: urllib.error.HTTPError) -> Refusal:
    told: Json = {
        "http": error.code,
        "retry": {"true": True, "false": False}.get(error.headers.get("x-should-retry", "")),
        "retry_after": _seconds(error.headers.get("retry-after", "")),
        "generation": error.headers.get("x-request-id"),
    }
    try:
        said = json.loads(error.read())["error"]
        return Refusal(for_a_prompt(said["message"]), code=said.get("code"), param=said.get("param"), **told)
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
        return Refusal(f"{error.url} answered {error.code} without a reason. Is it a gateway?", **told)


def _seconds(retry_after: str) -> float | None:
    """The header in seconds; as a date it is nothing that a gateway says."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
