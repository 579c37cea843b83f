"""A gateway under uvicorn: opened before the first request, closed after the last, and quiet about what we tell."""

from __future__ import annotations

import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from logging.handlers import MemoryHandler
from types import FrameType
from typing import Any

import uvicorn

from onebrush.api.protocol import BoundedProtocol
from onebrush.bootstrap import Gateway, running
from onebrush.catalogue.rows import CatalogueError
from onebrush.cli.failures import CommandFailed, WrongUsage, os_words
from onebrush.domain.errors import StorageUnavailable
from onebrush.settings import Settings, SettingsError

DRAIN_SECONDS = 600
MOST_LINES_HELD = 10_000

Message = dict[str, Any]


class Lifespan:
    """The ASGI callable uvicorn runs: opens the gateway at start-up, closes it at shutdown.

    `failure` is what kept it from opening, or went wrong in closing.
    """

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
            async with running(self._settings) as gateway:
                self.gateway = gateway
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            # Whatever it is: who started the server tells, in one place.
            self.failure = error
        stage = "shutdown" if self.gateway else "startup"
        await send({"type": f"lifespan.{stage}.{'failed' if self.failure else 'complete'}"})


class Server(uvicorn.Server):
    """A server that says what it is only once it really listens, and ends without a signal of its own.

    `draining` is told how many requests are waited for, where there are any.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: Callable[[], None],
        draining: Callable[[int], None] = lambda number: None,
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._draining = draining

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell. Where the app did not open, the server ends; the app knows why."""
        with _logs_held() as held:
            try:
                await super().startup(sockets)
            except SystemExit:
                # uvicorn's way to end; ours is one sentence, with a status of our own.
                self.should_exit = True
                held.buffer.clear()
        if self.started:
            _settle_memory()
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell who waits what for."""
        if self.server_state.tasks:
            self._draining(len(self.server_state.tasks))
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second Ctrl-C stops at once."""
        # uvicorn's own notes the signal and raises it again after a clean end, which then looks like a crash.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
            # Each request that is broken off would be logged as an error of the app.
            logging.getLogger("uvicorn.error").disabled = True
        self.should_exit = True


@contextmanager
def _logs_held() -> Iterator[MemoryHandler]:
    """Keep what is logged until it is known whether it is wanted."""
    root, held = logging.getLogger(), MemoryHandler(MOST_LINES_HELD, flushLevel=logging.CRITICAL + 1)
    handlers, root.handlers[:] = root.handlers[:], [held]
    try:
        yield held
    finally:
        root.handlers[:] = handlers
        for record in held.buffer:
            root.handle(record)


def _settle_memory() -> None:
    """What the start made lives as long as the process: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def explained(app: Lifespan) -> CommandFailed:
    """What kept a gateway from running, as a sentence. What nobody foresaw is raised again, to be read whole."""
    error = app.failure
    if error is None:
        return CommandFailed("The gateway ended before it listened.")
    if isinstance(error, SettingsError | CatalogueError):
        return WrongUsage(str(error))
    if isinstance(error, StorageUnavailable):
        return CommandFailed(error.message)
    if isinstance(error, OSError):
        return CommandFailed(f"The gateway cannot run: {os_words(error)}.")
    if isinstance(error, ValueError) and app.gateway is None:
        return WrongUsage(f"The gateway cannot start with these settings: {error}.")
    raise error


def listen(settings: Settings) -> socket.socket:
    """A socket on the address of the settings. Raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=2048)


def server_config(app: Lifespan) -> uvicorn.Config:
    """How uvicorn serves a gateway."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def url_of(host: str, port: int) -> str:
    """The origin of an address."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
