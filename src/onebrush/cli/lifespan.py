"""A gateway's life under an ASGI server: opened before the first request, closed after the last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from onebrush.bootstrap import Gateway, running
from onebrush.catalogue.rows import CatalogueError
from onebrush.cli.failures import CommandFailed, WrongUsage, os_words
from onebrush.cli.safety import longest_wait
from onebrush.domain.errors import StorageUnavailable
from onebrush.kit.logs import get_logger
from onebrush.settings import Settings, SettingsError

log = get_logger()

Message = dict[str, Any]


class Doorkeeper(Protocol):
    """What stopping and reading again ask of a gateway."""

    def close_door(self) -> None:
        """From now on it says that it is not ready, and begins no generation."""
        ...

    def drained(self, seconds: float) -> Awaitable[None]:
        """Until no generation runs any more, but at most `seconds`."""
        ...

    def reload(self) -> None:
        """Read the settings again; what cannot be used is told in the log, and nothing changes."""
        ...


class Lifespan:
    """The ASGI callable uvicorn runs: opens the gateway at start-up, closes it at shutdown.

    `failure` is what kept it from opening, or went wrong in closing. `filed`: whether settings were read from a file,
    which may be read again.
    """

    def __init__(self, settings: Settings, *, filed: bool = False) -> None:
        self._settings = settings
        self._filed = filed
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

    def close_door(self) -> None:
        """Begin nothing new from now on."""
        self._keeper().close_door()

    @property
    def patience(self) -> float:
        """Seconds that callers are waited for when it stops."""
        return longest_wait(self.gateway.market.deadline if self.gateway else self._settings.deadline)

    async def drained(self) -> None:
        """Until no generation runs any more, but at most as long as the settings say."""
        await self._keeper().drained(self._settings.drain)

    def reload(self) -> None:
        """Read the settings' file again, where there is one."""
        if not self._filed:
            log.warning("there is nothing to read again: the gateway was started without --config")
            return
        try:
            self._keeper().reload()
        except Exception as error:
            # A gateway that serves goes on serving, whatever it is asked to read.
            log.error("the settings could not be read again; those in force stay", exc_info=error)

    def _keeper(self) -> Doorkeeper:
        assert self.gateway is not None, "asked of a gateway that serves"
        return self.gateway


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
