"""Tables for a terminal, and for a pipe without a line being broken."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 1000


def plain_table(*columns: str) -> Table:
    """An empty table; the first column is never broken, as it holds what is copied."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    return table


def show_table(table: Table) -> None:
    """Print it, as wide as the terminal, or as wide as it likes where nobody looks."""
    # No markup: an id in brackets is an id.
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as drawn:
        console.print(table)
    print("\n".join(line.rstrip() for line in drawn.get().strip("\n").splitlines()))
