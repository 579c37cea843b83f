"""What a run says: tables on the terminal and one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.cpu import Line
from bench.figures import LATER, Figure, Results, Verdict

_COLOURS: Mapping[Verdict, str] = {"holds": "green", "misses": "red", "not measured": "yellow"}


def show(console: Console, results: Results, found: list[Figure]) -> None:
    """Every table that has lines."""
    for table in (_memory(results), _cpu(results), _verdicts(found)):
        if table.row_count:
            console.print(table)
    console.print("Not measured by this version:", style="bold")
    for line in LATER:
        console.print(f"  {line}")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _memory(results: Results) -> Table:
    table = _table("Peak memory of the process (MB)", "one call after a warm-up", "200 kB", "20 MB", "difference")
    for rise in results.rises:
        table.add_row(rise.route, f"{rise.small:.1f}", f"{rise.large:.1f}", f"{rise.difference:+.1f}")
    if (crowd := results.crowd) is not None:
        what = f"{crowd.connections} × 13 MB at once (idle, peak)"
        table.add_row(what, f"{crowd.idle:.1f}", f"{crowd.peak:.1f}", f"{crowd.peak - crowd.idle:+.1f}")
    return table


def _cpu(results: Results) -> Table:
    columns = ("load", "CPU ms", "nginx ms", "ratio", "spread of CPU", "per second", "p50 ms", "p99 ms")
    table = _table("CPU per answer; medians of the rounds", *columns)
    for line in results.lines:
        name = f"{line.load.route.name}, {line.load.size}, c = {line.load.connections}"
        table.add_row(name, *_numbers(line))
    return table


def _numbers(line: Line) -> list[str]:
    floor = "–" if line.floor_cpu is None else f"{line.floor_cpu:.3g}"
    ratio = "–" if line.ratio is None else f"{line.ratio:.3g} ×"
    spread = f"{min(line.gateway):.3g}–{max(line.gateway):.3g}"
    timing = (line.median(line.rate), line.median(line.p50), line.median(line.p99))
    return [f"{line.cpu:.3g}", floor, ratio, spread, *(f"{value:.3g}" for value in timing)]


def _verdicts(found: list[Figure]) -> Table:
    table = _table("Figures to hold", "figure", "at most", "found", "verdict")
    for figure in found:
        value = "–" if figure.found is None else f"{figure.found:.3g} {figure.unit}"
        colour = _COLOURS[figure.verdict]
        table.add_row(figure.what, f"{figure.limit:g} {figure.unit}", value, f"[{colour}]{figure.verdict}[/]")
    return table


def write(folder: Path, results: Results, found: list[Figure], facts: Mapping[str, str]) -> Path:
    """The whole run as JSON; the file."""
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    figures = [asdict(figure) | {"verdict": figure.verdict} for figure in found]
    whole = {"at": now.isoformat(), "machine": facts, **asdict(results), "figures": figures, "later": LATER}
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return file
