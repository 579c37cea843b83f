"""`onebrush serve`: the gateway, until it is stopped."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import resource
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn

from onebrush.bootstrap import Gateway, running
from onebrush.cli.banner import banner
from onebrush.domain.errors import StorageUnavailable
from onebrush.settings import Settings, SettingsError

DRAIN_SECONDS = 600

Message = dict[str, Any]


class Lifespan:
    """The ASGI callable uvicorn runs: opens the gateway at start-up, closes it at shutdown."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.gateway: Gateway | None = None
        self.failure: Exception | None = None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Requests go to the gateway's app; the lifespan is ours."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self.gateway is not None:
            await self.gateway.app(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own shapes

    async def _live(
        self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        await receive()
        try:
            async with self._open() as gateway:
                self.gateway = gateway
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except (SettingsError, StorageUnavailable, OSError) as error:
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[Gateway]:
        async with running(self._settings) as gateway:
            yield gateway


def _settle_memory() -> None:
    """What the start made lives as long as the process: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Server(uvicorn.Server):
    """A server that says what it is only once it really listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            _settle_memory()
            self._listening()


def serve(settings: Settings) -> int:
    """Serve until stopped; the exit status."""
    _raise_file_limit()
    _hush(settings)
    try:
        listener = listen(settings)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        print(f"onebrush: cannot listen on {where}: {reason}. Choose another --port.", file=sys.stderr)
        return 1
    app = Lifespan(settings)
    url = url_of(settings.host, listener.getsockname()[1])
    server = Server(server_config(app), lambda: _tell(url, settings, app.gateway))
    with listener:
        server.run(sockets=[listener])
    if app.failure is not None:
        print(f"onebrush: {app.failure}", file=sys.stderr)
        return 1
    return 0


def _hush(settings: Settings) -> None:
    """A migration's steps are no news to who did not ask for them; what goes wrong still is."""
    if settings.log_level != "debug":
        logging.getLogger("alembic").setLevel(logging.WARNING)


def listen(settings: Settings) -> socket.socket:
    """A socket on the address of the settings. Raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=2048)


def server_config(app: Lifespan) -> uvicorn.Config:
    """How uvicorn serves a gateway."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def _raise_file_limit() -> None:
    """Each waiting call takes two descriptors; the usual soft limit of 1024 would be the gateway's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))


def url_of(host: str, port: int) -> str:
    """The origin of an address."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(url: str, settings: Settings, gateway: Gateway | None) -> None:
    assert gateway is not None
    print(banner(url, settings, gateway), flush=True)
