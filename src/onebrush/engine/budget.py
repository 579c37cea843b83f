"""The retry budget: how many further attempts may be made when many calls fail at once."""

from __future__ import annotations

from onebrush.kit.clock import Clock

QUIET = 60.0  # seconds without a retry that give the least back
_DUST = 1e-9  # what adding fifths leaves


class RetryBudget:
    """Two bounds, both kept: on retries under way at once, and on their number in the long run.

    At once: `share` of the slots at work, or `least` where that is more. In the long run: `share` of the slots begun,
    and `least` beside them. A minute without any gives the least back, so that a gateway with little to do may retry.
    """

    def __init__(self, clock: Clock, share: float = 0.2, least: int = 3) -> None:
        self._clock = clock
        self._share = share
        self._least = least
        self._tokens = float(least)
        self._active = 0
        self._retrying = 0
        self._taken = clock.monotonic()

    def began(self) -> None:
        """A slot begins."""
        self._active += 1
        # What is not used up while it is quiet is no stock for a storm.
        self._tokens = min(self._tokens + self._share, self._at_once)

    def ended(self) -> None:
        """A slot is done, whatever came of it."""
        self._active -= 1

    def take(self) -> bool:
        """Whether one more attempt may be made for a slot that had its first; `gave_back` when it is over."""
        now = self._clock.monotonic()
        if now - self._taken >= QUIET:
            self._tokens = max(self._tokens, float(self._least))
        if self._retrying + 1 > self._at_once + _DUST or self._tokens < 1 - _DUST:
            return False
        self._tokens -= 1
        self._retrying += 1
        self._taken = now
        return True

    def gave_back(self) -> None:
        """A retry is over."""
        self._retrying -= 1

    @property
    def _at_once(self) -> float:
        return max(self._least, self._share * self._active)
