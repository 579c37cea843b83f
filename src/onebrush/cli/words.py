"""Numbers as a person reads them."""

from __future__ import annotations

LEAST_SECONDS = 0.001


def seconds_words(seconds: float) -> str:
    """`12.3 s`, and below a second the first digit that says anything: `0.04 s`."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{max(seconds, LEAST_SECONDS):.1g} s"
