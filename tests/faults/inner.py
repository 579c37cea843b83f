"""A world whose gateway runs in this process: composed as `onebrush serve` composes it, on a loop of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.faults.world import KEY, World
from tests.running import START_SECONDS, Listening


class InnerWorld(World):
    """It starts in a third of the time of a process, which is what the many single faults need."""

    @contextmanager
    def serving(self, **settings: Any) -> Iterator[Listening]:
        """A gateway over the data folder, until the block ends."""
        # Late: the oracle and the rig's other parts need no gateway that imports.
        from onebrush.cli.lifespan import Lifespan, explained
        from onebrush.cli.server import listen, server_config, url_of
        from onebrush.settings import read_settings

        told = read_settings(self.config(**{"drain": 1.0, **settings}), port=0, data=self.data)
        app = Lifespan(told)
        with listen(told) as listener:
            server = uvicorn.Server(server_config(app))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="gateway", daemon=True)
            thread.start()
            try:
                while not server.started:
                    time.sleep(0.01)
                    if not thread.is_alive():
                        raise explained(app)
                yield Listening(
                    url=url_of("127.0.0.1", listener.getsockname()[1]), headers={"Authorization": f"Bearer {KEY}"}
                )
            finally:
                server.should_exit = True
                thread.join(START_SECONDS)
                assert not thread.is_alive(), "the gateway does not stop"
