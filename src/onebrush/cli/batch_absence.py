"""A gateway that nobody finds at its address: told once, however many lines wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from onebrush.cli.client import Unreachable

# Seconds that one line waits for a gateway that does not answer at all.
MOST_SILENT = 120.0


class Absence:
    """Tells when nobody answers, and again only after somebody did. For any thread."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._known = False
        self._lock = threading.Lock()

    def noticed(self, error: Unreachable) -> None:
        """Nobody answers, and it is waited for."""
        with self._lock:
            known, self._known = self._known, True
        if not known:
            self._tell(f"{error.reason} Waiting up to {MOST_SILENT / 60:.0f} minutes for it.")

    def over(self) -> None:
        """Somebody answers."""
        with self._lock:
            self._known = False
