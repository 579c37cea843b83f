"""Something to look at while a picture is drawn: a spinner on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

LINE_EVERY_SECONDS = 15.0


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on standard error that `what` goes on, with the seconds since, until the block ends."""
    with _spinner(what) if sys.stderr.isatty() else _lines(what):
        yield


@contextmanager
def _spinner(what: str) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


@contextmanager
def _lines(what: str) -> Iterator[None]:
    print(f"{what} …", file=sys.stderr, flush=True)
    over = threading.Event()
    thread = threading.Thread(target=_tell, args=(what, over, monotonic()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _tell(what: str, over: threading.Event, begun: float) -> None:
    while not over.wait(LINE_EVERY_SECONDS):
        print(f"{what} … {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
