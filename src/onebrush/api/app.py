"""The gateway's routes under one ASGI callable: image doors plain and fast, the rest through Starlette."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from onebrush.api.auth import header
from onebrush.api.doors import ImageDoor
from onebrush.api.envelope import WRAPPED_BASE, envelope_of
from onebrush.api.errors import error_answer, error_headers
from onebrush.api.generations import GenerationRoutes, is_of_records
from onebrush.api.models import ModelRoutes
from onebrush.api.pictures import PictureRoutes
from onebrush.api.reading import EDITS, GENERATIONS
from onebrush.domain.errors import InvalidRequest, MethodNotAllowed, NotFound, OneBrushError
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.render import Envelope, render_error

log = get_logger()

_DOORS = frozenset(base + path for base in ("", WRAPPED_BASE) for path in (GENERATIONS, EDITS))
_DOUBLED = re.compile(r"^(?:/v1)+(?=/v1/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What the app serves. `ready` says why the gateway is not ready; None when it is.

    While it is `draining`, every answer closes its connection: the caller's next one is for another process.
    """

    door: ImageDoor
    generations: GenerationRoutes
    pictures: PictureRoutes
    models: ModelRoutes
    ready: Callable[[], str | None]
    draining: Callable[[], bool] = lambda: False
    envelope: Envelope = "plain"


class App:
    """The ASGI callable."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._rest = _starlette(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Image doors first; whatever breaks inside, the caller gets JSON."""
        if scope["type"] != "http":
            return
        scope["path"] = _tidy(scope["path"])
        begun = _Begun(send, self._routes.draining)
        started = time.monotonic()
        try:
            if is_of_records(scope):
                await self._routes.generations(scope, receive, begun)
            elif scope["path"] in _DOORS:
                await self._routes.door(scope, receive, begun)
            else:
                await self._rest(scope, receive, begun)
        except Exception as error:
            await self._broken(scope, begun, error)
        finally:
            _log(scope, begun, time.monotonic() - started)

    async def _broken(self, scope: Scope, begun: _Begun, error: Exception) -> None:
        request_id = new_id("req")
        log.error("request broke", path=scope["path"], request=request_id, exc_info=error)
        if begun.started:
            raise error  # the head is out: the connection is broken off, never ended as if whole
        told = OneBrushError(
            f"The gateway failed on its own side. Give its operator this id: {request_id}", retry=False
        )
        await error_answer(told, envelope_of(scope, self._routes.envelope), request_id).send(begun)


class _Begun:
    """A send that remembers whether the answer's head is out, and adds to it what every answer has."""

    def __init__(self, send: Send, draining: Callable[[], bool]) -> None:
        self._send = send
        self._draining = draining
        self.status: int | None = None
        self.request_id = ""

    @property
    def started(self) -> bool:
        """Whether the head is out."""
        return self.status is not None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.request_id = header(message["headers"], "x-request-id") or ""
            if self._draining():
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await self._send(message)


# Asked many times a minute by whoever watches the gateway.
_QUIET = ("/healthz", "/readyz")


def _log(scope: Scope, begun: _Begun, seconds: float) -> None:
    """One line a request: no query (it may hold a signature), no body, no key."""
    if scope["path"] in _QUIET:
        return
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"][:200],
        status=begun.status,
        ms=round(seconds * 1000, 1),
        id=begun.request_id,
    )


def _tidy(path: str) -> str:
    """A doubled /v1 and a trailing slash are tolerated: base URLs are pasted in both ways."""
    path = _DOUBLED.sub("", path)
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _starlette(routes: Routes) -> Starlette:
    pictures, models = routes.pictures, routes.models
    return Starlette(
        routes=[
            Route("/healthz", _healthy),
            Route("/readyz", _readiness(routes.ready)),
            Route("/", _welcome),
            Route("/v1/models", models.list),
            Route("/v1/models/{id}", models.get),
            Route("/v1/images/variations", _later, methods=["POST"]),
            Route("/v1/images/models", models.capabilities),
            Route("/v1/images/models/{id}", models.capability),
            Route("/v1/images/{id}", pictures.describe, methods=["GET"]),
            Route("/v1/images/{id}", pictures.delete, methods=["DELETE"]),
            Route("/v1/images/{id}/content", pictures.content, methods=["GET"]),
        ],
        exception_handlers={OneBrushError: _told, HTTPException: _http_error},
    )


async def _later(request: Request) -> Response:
    raise NotFound(
        f"{request.url.path} is not served by this version of the gateway yet; "
        "send the picture in `image` to POST /v1/images/edits, and words that say how it may vary."
    )


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _readiness(ready: Callable[[], str | None]) -> Callable[[Request], Response]:
    async def answer(_request: Request) -> Response:
        reason = ready()
        if reason:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})

    return answer  # type: ignore[return-value]  # Starlette takes coroutine functions


async def _welcome(request: Request) -> Response:
    return JSONResponse(
        {
            "name": "OneBrush",
            "generate": "POST /v1/images/generations",
            "generations": "GET /v1/images/generations",
            "models": "GET /v1/models",
            "health": "/healthz",
        }
    )


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, OneBrushError)
    request_id = new_id("req")
    body = render_error(error, "plain", request_id)
    return JSONResponse(body, status_code=error.status, headers=dict(error_headers(error, request_id)))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path[:200]
    if error.status_code == 405:
        told: OneBrushError = MethodNotAllowed(f"{path} does not take {request.method}.")
    elif error.status_code == 404:
        told = NotFound(f"There is no {path} here. Pictures are made by POST /v1/images/generations.")
    else:
        told = InvalidRequest(f"The request could not be read: {error.detail}")
    return await _told(request, told)
