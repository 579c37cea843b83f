"""How long each phase of a generation took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Seconds by phase; phases that run beside one another count from the first start to the last end."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._spans: dict[str, tuple[float, float]] = {}

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Time what is inside as part of `phase`."""
        start = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            first, last = self._spans.get(phase, (start, end))
            self._spans[phase] = (min(first, start), max(last, end))

    def seconds(self) -> Mapping[str, float]:
        """Phase -> seconds to the millisecond, `total` since the start."""
        spans = {phase: round(end - start, 3) for phase, (start, end) in self._spans.items()}
        return {**spans, "total": round(time.monotonic() - self._started, 3)}
