"""The label every picture bears."""

from __future__ import annotations

from onebrush.sandbox.artist import letters
from onebrush.sandbox.artist.colour import WHITE
from onebrush.sandbox.artist.pen import Sheet

SANDBOX = "sandbox"


def badge(sheet: Sheet, width: float, height: float, mark: str | None = None) -> None:
    """The label every picture bears in the lower left, and the vendor's mark in the lower right."""
    unit = max(min(width, height) * 0.0225, 1)
    _pill(sheet, SANDBOX, unit * 0.9, height - unit * 0.9, unit, left=True)
    if mark and letters.knows(mark).strip():
        fit = min(unit * 1.15, width * 0.45 / max(1.0, letters.width(mark)) * 10)
        _pill(sheet, mark, width - unit * 0.9, height - unit * 0.9, fit, left=False)


def _pill(sheet: Sheet, text: str, x: float, y: float, size: float, *, left: bool) -> None:
    long = letters.width(text) * size / 10
    pad, high = size * 0.62, size * 1.62
    start = x if left else x - long - pad * 2
    sheet.rect(start, y - high, long + pad * 2, high, "#14141c", round_=high / 2, opacity=0.42)
    letters.write(sheet, text, start + pad, y - high * 0.34, size, WHITE, 0.98, 0.94)
