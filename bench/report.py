"""What a run says: tables on the terminal and one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

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
    table.add_column(columns[0], no_wrap=True)
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _memory(results: Results) -> Table:
    columns = ("one call after a warm-up", "before", "200 kB adds", "20 MB adds", "difference")
    table = _table("Peak memory of the process (MB); medians of the rounds", *columns)
    for rise in results.rises:
        before = median(call.before for call in (*rise.small, *rise.large))
        small, large = (median(call.rise for call in calls) for calls in (rise.small, rise.large))
        table.add_row(rise.route, f"{before:.1f}", f"{small:.1f}", f"{large:.1f}", f"{rise.difference:+.1f}")
    if (crowd := results.crowd) is not None:
        added = f"{crowd.peak - crowd.idle:.1f}"
        table.add_row(f"{crowd.connections} × 13 MB at once", f"{crowd.idle:.1f}", "", "", f"+{added}")
    return table


def _cpu(results: Results) -> Table:
    columns = ("load", "CPU ms", "nginx ms", "ratio", "CPU from–to", "per s", "p50 ms", "p99 ms")
    table = _table("CPU per answer; medians of the rounds", *columns)
    for line in results.lines:
        table.add_row(line.load.name, *_numbers(line))
    return table


def _numbers(line: Line) -> list[str]:
    floor = "–" if line.floor_cpu is None else f"{line.floor_cpu:.3g}"
    ratio = "–" if line.ratio is None else f"{line.ratio:.3g} ×"
    spread = f"{min(line.gateway):.3g}–{max(line.gateway):.3g}"
    timing = (line.median(line.rate), line.median(line.p50), line.median(line.p99))
    return [f"{line.cpu:.3g}", floor, ratio, spread, *(f"{value:.1f}" for value in timing)]


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
    lines = [
        asdict(line) | {"cpu": line.cpu, "floor_cpu": line.floor_cpu, "ratio": line.ratio} for line in results.lines
    ]
    rises = [asdict(rise) | {"difference": rise.difference} for rise in results.rises]
    measured = asdict(results) | {"lines": lines, "rises": rises}
    whole = {"at": now.isoformat(), "machine": facts, **measured, "figures": figures, "later": LATER}
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return file
