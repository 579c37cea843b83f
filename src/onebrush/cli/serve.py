"""`onebrush serve`: the gateway, until it is stopped."""

from __future__ import annotations

import contextlib
import resource
import shlex
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn

from onebrush.bootstrap import Gateway, running
from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.key import Mode
from onebrush.sandbox.minder import SandboxDidNotStart
from onebrush.settings import Settings, SettingsError

DRAIN_SECONDS = 600
SAMPLE = '{"model":"seedream-4.0-base","prompt":"A cute orange kitten sitting in a garden","size":"1024x1024"}'

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
        except (SettingsError, StorageUnavailable, SandboxDidNotStart, OSError) as error:
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[Gateway]:
        async with running(self._settings) as gateway:
            yield gateway


class Server(uvicorn.Server):
    """A server that says what it is only once it really listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def serve(settings: Settings) -> int:
    """Serve until stopped; the exit status."""
    _raise_file_limit()
    try:
        listener = _listen(settings)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        print(f"onebrush: cannot listen on {where}: {error.strerror}. Choose another --port.", file=sys.stderr)
        return 1
    app = Lifespan(settings)
    url = _url(settings.host, listener.getsockname()[1])
    server = Server(_config(app), lambda: _tell(url, settings, app.gateway))
    with listener:
        server.run(sockets=[listener])
    if app.failure is not None:
        print(f"onebrush: {app.failure}", file=sys.stderr)
        return 1
    return 0


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=2048)


def _config(app: Lifespan) -> uvicorn.Config:
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


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(url: str, settings: Settings, gateway: Gateway | None) -> None:
    """The first thing anyone reads: where it is, a request that works, where things are kept."""
    assert gateway is not None
    live = ", ".join(gateway.live_providers)
    lines = [f"OneBrush listens on {url}", ""]
    lines += [_key_line(mode, secret) for mode, secret in gateway.new_keys.items()]
    lines += [
        "Try it:" if gateway.new_keys or settings.keys else _LATER_RUN,
        "",
        _curl(url, settings, gateway),
        "",
    ]
    lines += [f"Pictures and records: {settings.data}"]
    lines += [
        f"Vendors: {live} (live keys), sandbox (test keys)" if live else "Vendors: sandbox only; no vendor key is set"
    ]
    print("\n".join(lines), flush=True)


_LATER_RUN = "Try it (the key was shown at the first start; `onebrush keys create` makes another):"


def _key_line(mode: Mode, secret: str) -> str:
    what = "reaches only the sandbox" if mode is Mode.TEST else "buys from the vendors"
    return f"Your {mode.value} key, shown this once ({what}):\n\n    {secret}\n"


def _curl(url: str, settings: Settings, gateway: Gateway) -> str:
    key = gateway.new_keys.get(Mode.TEST) or next(iter(settings.keys), "$ONEBRUSH_KEY")
    quote = '"' if key.startswith("$") else "'"
    return (
        f"    curl {url}/v1/images/generations \\\n"
        f"      -H {quote}Authorization: Bearer {key}{quote} \\\n"
        f"      -H 'Content-Type: application/json' \\\n"
        f"      -d {shlex.quote(SAMPLE)}"
    )
