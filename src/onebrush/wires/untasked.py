"""The task methods of a wire whose vendor answers every call at once."""

from __future__ import annotations

from onebrush.domain.exchange import Call
from onebrush.domain.request import FittedRequest


class Untasked:
    """A wire without tasks: none of its cards has one, so nothing is ever submitted as one or polled."""

    def submit_task(self, request: FittedRequest) -> Call:
        """Raises TypeError: the format has no tasks."""
        raise TypeError(f"{type(self).__name__} has no tasks; model '{request.model}' is asked with submit")

    def poll(self, task: str) -> Call:
        """Raises TypeError: the format has no tasks."""
        raise TypeError(f"{type(self).__name__} has no tasks; nothing could have given it '{task}'")

    def cancel(self, task: str) -> Call | None:
        """None: what has been asked for is never taken back."""
        return None
