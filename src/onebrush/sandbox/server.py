"""The sandbox as a server: one application for all vendors, and a way to run it."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from secrets import token_bytes
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from onebrush.kit.clock import Clock, SystemClock
from onebrush.sandbox import ark, dashscope, gemini, openai, script
from onebrush.sandbox.count import Count
from onebrush.sandbox.desk import Desk
from onebrush.sandbox.links import Links
from onebrush.sandbox.script import Script
from onebrush.sandbox.settings import SandboxSettings
from onebrush.sandbox.tasks import Tasks

Ready = Callable[[str], None]


def create_app(data: Path, settings: SandboxSettings | None = None, clock: Clock | None = None) -> Starlette:
    """Build the sandbox over a folder that keeps its count, its secret, its tasks and its result files."""
    settings = settings or SandboxSettings()
    data.mkdir(parents=True, exist_ok=True)
    secret = _secret(data / "secret")
    count, links = Count(data / "calls.jsonl"), Links(data / "files", secret, settings.link_life_s)
    plan = Script(settings.script.read_bytes() if settings.script else b"[]")
    desk = Desk(settings, count, links, secret, script=plan, clock=clock or SystemClock())
    tasks = Tasks(data / "tasks.jsonl", desk.clock.now())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        yield
        tasks.close()
        count.close()

    routes = [
        Mount("/openai/v1", openai.create(desk)),
        Mount("/gemini", gemini.create(desk)),
        Mount("/ark/api/v3", ark.create(desk)),
        Mount("/dashscope/api/v1", dashscope.create(desk, tasks)),
        Route("/files/{vendor}/{name}", links.answer),
        Route("/count", _counted(count)),
        Route("/script", script.route(plan), methods=["GET", "PUT"]),
        Route("/healthz", _healthy),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _secret(path: Path) -> bytes:
    """Keep one random secret, so that links and signatures outlive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(token_bytes(32))
    return path.read_bytes()


def _counted(count: Count) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        calls = count.calls(**dict(request.query_params))
        paid = [call for call in calls if call.paid]
        images = sum(call.images for call in paid)
        return JSONResponse({"paid": len(paid), "images": images, "calls": [asdict(call) for call in calls]})

    return answer


async def _healthy(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def run(
    host: str = "127.0.0.1",
    port: int = 0,
    data: Path = Path("sandbox-data"),
    *,
    settings: SandboxSettings | None = None,
    ready: Ready | None = None,
    stop_with_parent: bool = False,
    listener: int | None = None,
) -> None:
    """Serve until stopped; port 0 picks a free one, `ready` gets the address, printed when none is given.

    `listener` is the descriptor of a listening socket to serve on instead, such as a parent hands down.
    With `stop_with_parent` the end of standard input ends the server, so that it never outlives its parent.
    """
    listening = _listen(host, port) if listener is None else socket.socket(fileno=listener)
    host, port = listening.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    tell = ready or (lambda address: print(f"sandbox listening on {address}", flush=True))
    server = _Server(_config(create_app(data, settings)), lambda: tell(url))
    if stop_with_parent:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    with listening:
        server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def _config(app: Starlette) -> uvicorn.Config:
    # Cut connections are deliberate here; the server would report each as an application error.
    return uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True
