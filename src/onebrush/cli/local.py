"""A gateway of this process: started for one command, on a free port, and stopped after it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onebrush.cli.choices import SANDBOX_MODEL, live_model
from onebrush.cli.client import Client
from onebrush.cli.failures import WrongUsage
from onebrush.cli.names import TEST_SCHEME

if TYPE_CHECKING:
    from onebrush.catalogue.catalogue import Catalogue
    from onebrush.cli.lifespan import Lifespan
    from onebrush.settings import Settings

HEARTBEAT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How to use the gateway while it runs, and which vendors it buys from (none: the sandbox draws).

    `model` is for who names none.
    """

    client: Client
    model: str = SANDBOX_MODEL
    buys_from: tuple[str, ...] = ()


@contextmanager
def own_gateway(settings: Settings, *, key: str | None = None) -> Iterator[Visit]:
    """A running gateway with everything it needs, until the block ends. Raises CommandFailed.

    Without a key it takes one that the data folder always gives: what is drawn today belongs to tomorrow's owner.
    """
    from onebrush.cli.vendors import configured

    catalogue = own_catalogue(settings)
    live = configured(catalogue, settings)
    key = key or own_key(settings, live=bool(live))
    # Links must lead back here, whatever address the folder's usual gateway has.
    told = {"host": "127.0.0.1", "port": 0, "public_url": None, "keys": [*settings.keys, key]}
    with _running(settings.model_copy(update=told)) as url:
        buying = () if key.startswith(TEST_SCHEME) else live
        model = live_model(catalogue, buying) if buying else None
        yield Visit(client=Client(url=url, key=key), model=model or SANDBOX_MODEL, buys_from=buying)


def own_catalogue(settings: Settings) -> Catalogue:
    """This installation's catalogue. Raises WrongUsage for a file that cannot be read."""
    from onebrush.catalogue.catalogue import Catalogue
    from onebrush.catalogue.rows import CatalogueError

    try:
        return Catalogue.load(settings.catalogue)
    except CatalogueError as error:
        raise WrongUsage(str(error)) from error


def own_key(settings: Settings, *, live: bool) -> str:
    """The command line's own key to a data folder, derived from the folder's secret and kept nowhere."""
    from onebrush.cli.folder import folder_secret
    from onebrush.domain.key import Mode
    from onebrush.storage.keys import LENGTH, SCHEMES
    from onebrush.storage.secret import derived

    mode = Mode.LIVE if live else Mode.TEST
    return SCHEMES[mode] + derived(folder_secret(settings), f"command-line/{mode.value}").hex()[:LENGTH]


@contextmanager
def _running(settings: Settings) -> Iterator[str]:
    from onebrush.cli.lifespan import Lifespan
    from onebrush.cli.server import Server, listen, url_of
    from onebrush.kit import logs

    logs.set_up("error")
    app = Lifespan(settings)
    ready = threading.Event()
    server = Server(app, ready.set)
    with listen(settings) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _await(ready, thread, app)
            yield url_of(settings.host, listener.getsockname()[1])
        except KeyboardInterrupt:
            print("Stopping once what was begun is stored; press Ctrl-C again to leave at once.", file=sys.stderr)
            raise
        finally:
            server.should_exit = True
            thread.join()


def _await(ready: threading.Event, thread: threading.Thread, app: Lifespan) -> None:
    from onebrush.cli.lifespan import explained

    while not ready.wait(HEARTBEAT):
        if not thread.is_alive():
            raise explained(app) from app.failure
