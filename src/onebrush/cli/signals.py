"""Signals that say stop or read again: held back until a gateway can act on them, and heard from then on."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

HEARD = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_STREAMS = (0, 1, 2)

Handler = Callable[[int, FrameType | None], None]


def hold_signals() -> None:
    """Keep them waiting: one that comes while modules are still imported is acted on later, and kills nothing."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)


@contextmanager
def hung_up(handler: Handler) -> Iterator[None]:
    """`handler` gets SIGHUP, and signals that were held are let through, until the block ends.

    Only a process's main thread hears signals; in any other nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGHUP, handler)
    held = signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    try:
        yield
    finally:
        # Held again, where they were: one that comes after the end must not turn it into a crash.
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        signal.signal(signal.SIGHUP, before)


class Terminal:
    """The terminal this process was started from; closed, it sends the same signal as who wants settings read again."""

    def __init__(self) -> None:
        self._had = os.isatty(0)

    def lost(self) -> bool:
        """Whether there was one and it is closed by now."""
        return self._had and not os.isatty(0)

    def leave(self) -> None:
        """Write no more to it: what is printed or logged from now on would fail."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in _STREAMS:
            if not os.isatty(stream) and _is_device(stream):
                os.dup2(nowhere, stream)
        os.close(nowhere)


def _is_device(descriptor: int) -> bool:
    """A file or a pipe goes on working without the terminal."""
    with suppress(OSError):
        return stat.S_ISCHR(os.fstat(descriptor).st_mode)
    return False


def say(words: str) -> None:
    """Write a line from inside a signal's handler, where `print` may be interrupted by itself."""
    with suppress(OSError, ValueError):
        os.write(sys.stdout.fileno(), f"{words}\n".encode())
