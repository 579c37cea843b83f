"""Tables of plain lines: columns side by side, nothing broken, in a terminal as in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GAP = "  "
Row = Sequence[str]


def table(head: Row, *groups: Iterable[Row]) -> str:
    """The head, and the rows below it; an empty line between groups."""
    filled = [rows for group in groups if (rows := [*group])]
    widths = [max(map(len, column)) for column in zip(head, *(row for rows in filled for row in rows), strict=True)]
    rule = ["─" * width for width in widths]
    first, *others = filled or [[]]
    lines = [head, rule, *first, *(row for rows in others for row in (("",) * len(head), *rows))]
    return "\n".join(_line(row, widths) for row in lines)


def _line(row: Row, widths: Sequence[int]) -> str:
    return GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def width_of(text: str) -> int:
    """The longest line."""
    return max(map(len, text.splitlines()), default=0)
