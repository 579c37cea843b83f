"""`onebrush serve`: the gateway, until it is stopped."""

from __future__ import annotations

import contextlib
import logging
import resource
import sys

from onebrush.bootstrap import Gateway
from onebrush.cli.banner import banner
from onebrush.cli.failures import cannot_listen
from onebrush.cli.lifespan import Lifespan, explained
from onebrush.cli.safety import looked_over
from onebrush.cli.server import Server, listen, url_of
from onebrush.settings import Settings

OTHER_PORT = 'Choose another port: onebrush serve --port 9000, or make run ARGS="--port 9000".'


def serve(settings: Settings, *, filed: bool = False) -> int:
    """Serve until stopped; the exit status. `filed`: a file holds settings. Raises CommandFailed."""
    for sentence in looked_over(settings):
        print(f"onebrush: {sentence}", file=sys.stderr)
    _raise_file_limit()
    _hush(settings)
    try:
        listener = listen(settings)
    except OSError as error:
        raise cannot_listen(error, settings.host, settings.port, OTHER_PORT) from error
    app = Lifespan(settings, filed=filed)
    url = url_of(settings.host, listener.getsockname()[1])
    server = Server(app, lambda: _tell(url, settings, app.gateway), _tell_draining)
    with listener:
        server.run(sockets=[listener])
    if app.failure is not None:
        raise explained(app) from app.failure
    print("Stopped.", flush=True)
    return 0


def _hush(settings: Settings) -> None:
    """A migration's steps are no news to who did not ask for them; what goes wrong still is."""
    if settings.log_level != "debug":
        logging.getLogger("alembic").setLevel(logging.WARNING)


def _raise_file_limit() -> None:
    """Each waiting call takes two descriptors; the usual soft limit of 1024 would be the gateway's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))


def _tell(url: str, settings: Settings, gateway: Gateway | None) -> None:
    assert gateway is not None
    print(banner(url, settings, gateway), flush=True)


def _tell_draining(number: int) -> None:
    requests = "a request" if number == 1 else f"{number} requests"
    what = requests if number else "what was begun for callers who have gone"
    print(f"Finishing {what}; Ctrl-C stops at once.", flush=True)
