"""A gateway with kill points in it: the real `onebrush serve`, whose ports are wrapped from outside.

`python -m tests.faults.gateway HANDLES [--set WHAT=VALUE]... -- serve …`. HANDLES is a folder through which a
test takes hold of the running process: a file `kill` in it holds the name of a point and the passage at which the
process kills itself; a file `clock` the seconds by which its wall clock is wrong. `--set` replaces a constant, such as
how long a lease lasts, before anything starts.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from onebrush.engine import ports
from onebrush.kit.clock import SystemClock
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.objects import LocalObjects

# Point -> before or after the commit of which change; `before-store` is no commit.
POINTS = {
    "before-sent": ("before", "MarkSent"),
    "after-sent": ("after", "MarkSent"),
    "before-task": ("before", "KeepTask"),
    "after-task": ("after", "KeepTask"),
    "before-reply": ("before", "KeepReply"),
    "after-reply": ("after", "KeepReply"),
    "before-settle": ("before", "FinishGeneration"),
    "after-settle": ("after", "FinishGeneration"),
}


class Handles:
    """The folder that holds what the test wants of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passed = 0

    def passing(self, point: str) -> None:
        """The process is at a point; it may be its last."""
        try:
            wanted, passage = (self._folder / "kill").read_text().split()
        except (OSError, ValueError):
            return
        self._passed += point == wanted
        if point == wanted and self._passed >= int(passage):
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # the signal is on its way: nothing more happens here

    def clock_error(self) -> float:
        """Seconds by which the wall clock is wrong."""
        try:
            return float((self._folder / "clock").read_text())
        except (OSError, ValueError):
            return 0.0


def wrap(handles: Handles) -> None:
    """Put the points around the ports, and the wrong clock into the right one."""
    commit, keep = SqliteJournal.commit, LocalObjects.keep

    async def watched_commit(self: SqliteJournal, *changes: Any, **options: Any) -> None:
        kinds = {type(change).__name__ for change in changes}
        _pass_all(handles, "before", kinds)
        await commit(self, *changes, **options)
        _pass_all(handles, "after", kinds)

    async def watched_keep(self: LocalObjects, *what: Any, **options: Any) -> str:
        handles.passing("before-store")
        return await keep(self, *what, **options)

    for holder, name, wrapped in (
        (SqliteJournal, "commit", watched_commit),
        (LocalObjects, "keep", watched_keep),
        (SystemClock, "now", lambda self: time.time() + handles.clock_error()),
    ):
        setattr(holder, name, wrapped)


def _pass_all(handles: Handles, when: str, kinds: set[str]) -> None:
    for point, (side, change) in POINTS.items():
        if side == when and change in kinds:
            handles.passing(point)


def replace(spelled: str) -> None:
    """`module:NAME=JSON`, or `module:Class(argument)=JSON` for what it is by default.

    Raises AttributeError or KeyError where there is no such thing.
    """
    target, _, value = spelled.partition("=")
    module, _, path = target.partition(":")
    name, _, argument = path.rstrip(")").partition("(")
    holder: Any = importlib.import_module(module)
    held = getattr(holder, name)
    if argument:
        defaults = held.__init__.__kwdefaults__
        defaults[argument], _ = json.loads(value), defaults[argument]
    else:
        setattr(holder, name, json.loads(value))


def main(arguments: list[str]) -> None:
    """Wrap, replace, and be `onebrush`."""
    split = arguments.index("--")
    folder, *said = arguments[:split]
    assert all(hasattr(ports, change) for _, change in POINTS.values()), "a point names a change that is gone"
    for spelled in said[1::2]:
        replace(spelled)
    wrap(Handles(Path(folder)))
    sys.argv = ["onebrush", *arguments[split + 1 :]]
    importlib.import_module("onebrush.__main__").main()


if __name__ == "__main__":
    main(sys.argv[1:])
