"""`python -m bench`: measure, say what was found, and fail where a memory figure is missed."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from bench import cpu, memory, proc
from bench.figures import Results, failed, figures
from bench.load import find_wrk
from bench.report import show, write
from bench.rig import BenchError, Rig, open_rig
from bench.routes import EVERY
from bench.upstream import find_nginx

RESULTS = Path(__file__).parent / "results"
PAGE = 120  # columns of what goes to a file
PACKAGES = ("uvicorn", "httptools", "uvloop", "aiohttp", "pybase64", "msgspec", "sqlalchemy", "obstore")


def main(words: Sequence[str] | None = None) -> int:
    """One run; its exit status: 1 for a missed memory figure, 2 where nothing could be measured."""
    options = _options(words)
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    console = Console() if sys.stdout.isatty() else Console(width=PAGE)
    if not proc.available():
        console.print("The bench reads CPU time and peak memory from /proc: it runs on Linux only.")
        return 2
    for line in _lacking():
        console.print(line, style="yellow")
    facts = _facts()
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")
    try:
        results = _measured(options, console)
    except BenchError as error:
        console.print(f"The bench stopped: {error}", style="red", markup=False)
        return 2
    found = figures(results)
    show(console, results, found)
    console.print(f"Written to {write(options.out, results, found, facts)}")
    return 1 if failed(found) else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=("memory", "cpu"), help="measure only this")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each CPU load; medians are shown")
    parser.add_argument("--folder", type=Path, help="where data lies meanwhile, else the system's temporary folder")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args(words)


def _lacking() -> list[str]:
    """One line for each tool that is not here."""
    lines = []
    if find_nginx() is None:
        lines.append("nginx is missing (Debian: apt-get install nginx): memory alone is measured, without the floor.")
    elif find_wrk() is None:
        lines.append("wrk is missing (Debian: apt-get install wrk): threads of our own load small answers as well.")
    return lines


def _facts() -> dict[str, str]:
    facts = proc.machine() | {name: version(name) for name in PACKAGES}
    if (nginx := find_nginx()) is not None:
        said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr
        facts["nginx"] = said.strip().rpartition("/")[2]
    return facts


def _measured(options: argparse.Namespace, console: Console) -> Results:
    temporary = tempfile.TemporaryDirectory(prefix="onebrush-bench-", dir=options.folder)
    with temporary as folder, open_rig(Path(folder)) as rig:
        results = Results()
        if options.only != "cpu":
            _memory(rig, results, console)
        if options.only != "memory" and rig.floor is not None:
            _cpu(rig, results, console, options.rounds)
        return results


def _memory(rig: Rig, results: Results, console: Console) -> None:
    for rise, starts in memory.rises(rig, EVERY):
        results.rises.append(rise)
        results.starts += starts
        console.print(f"memory  {rise.route}: {rise.difference:+.1f} MB", markup=False)
    results.crowd = memory.crowd(rig)


def _cpu(rig: Rig, results: Results, console: Console, rounds: int) -> None:
    for line in cpu.measure(rig, find_wrk(), rounds):
        results.lines.append(line)
        console.print(f"CPU     {line.load.name}: {line.cpu:.3g} ms", markup=False)


if __name__ == "__main__":
    sys.exit(main())
