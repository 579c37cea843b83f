"""A gateway under uvicorn: quiet about what we tell, and stopped in an order that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import MemoryHandler
from types import FrameType

import uvicorn

from onebrush.api.protocol import BoundedProtocol
from onebrush.cli.lifespan import Lifespan
from onebrush.cli.signals import Terminal, hung_up, say
from onebrush.kit.logs import get_logger
from onebrush.settings import Settings

log = get_logger()

# For answers that are written to reach their callers, once nothing else is waited for.
LAST_SECONDS = 2
TICK = 0.1
MOST_LINES_HELD = 10_000
CLOSE = (b"connection", b"close")


class Server(uvicorn.Server):
    """A server that says what it is only once it really listens, and stops in this order.

    The door is closed while the socket still accepts: who asks is told so instead of finding nobody. What was begun is
    finished. Then uvicorn's own end: the socket, the connections, the gateway. `draining` is told how many callers are
    waited for. A second signal ends the process where it stands, which is no worse than losing power: every step of a
    generation is durable before the next.
    """

    def __init__(
        self,
        app: Lifespan,
        listening: Callable[[], None],
        draining: Callable[[int], None] = lambda number: None,
    ) -> None:
        super().__init__(server_config(app))
        self._app = app
        self._listening = listening
        self._draining = draining
        self._terminal = Terminal()
        self._reload = self._leaving = False

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

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: what signals asked for, and headers of the time."""
        if self._reload:
            self._reload = False
            self._app.reload()
        over = await super().on_tick(counter)
        if self._leaving and CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        return over

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the door, finish what was begun, and end."""
        self._leaving = True
        self._app.close_door()
        await self.on_tick(0)
        await self._finish()
        # What runs on without its caller past its time is broken off, to be taken up by the next start: no news.
        logging.getLogger("uvicorn.error").disabled = True
        self._turn_away()
        await super().shutdown(sockets)

    async def _finish(self) -> None:
        """Until no caller waits and no generation runs, each within its limit."""
        self._turn_away()
        drained = asyncio.ensure_future(self._app.drained())
        now = asyncio.get_running_loop().time
        end, ticks = now() + self._app.patience, 0
        while self._answering() or not drained.done():
            if ticks == 1:  # what is over at once is no news
                self._draining(self._answering())
            if now() >= end:
                log.error("callers still wait as the gateway ends", count=self._answering())
                break
            await asyncio.sleep(TICK)
            ticks += 1
            await self.on_tick(ticks)
        drained.cancel()

    def _connections(self) -> Iterator[BoundedProtocol]:
        return (one for one in list(self.server_state.connections) if isinstance(one, BoundedProtocol))

    def _answering(self) -> int:
        return sum(one.answering for one in self._connections())

    def _turn_away(self) -> None:
        """Connections are not kept for another request, and nobody waits for the rest of a slow one."""
        for connection in self._connections():
            connection.leave()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear signals from here on."""
        with super().capture_signals(), hung_up(self.handle_hangup):
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal stops at once."""
        # uvicorn's own notes the signal and raises it again after a clean end, which then looks like a crash.
        if self.should_exit:
            self.stop_at_once(sig)
        self.should_exit = True

    def handle_hangup(self, sig: int, frame: FrameType | None) -> None:
        """Read the settings again; stop where it means that the terminal was closed."""
        if self._terminal.lost():
            self._terminal.leave()
            self.should_exit = True
        else:
            self._reload = True

    def stop_at_once(self, sig: int) -> None:
        """End the process with the status that a signal gives."""
        say("Stopped at once.")
        os._exit(128 + sig)


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
        timeout_graceful_shutdown=LAST_SECONDS,
    )


def url_of(host: str, port: int) -> str:
    """The origin of an address."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
