"""`make faults`: the long forms of the fault tests, and the table of what they found."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import proc

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"
START, END = "<!-- table: faults -->", "<!-- end -->"
HEAD = "| row | case | runs | found |\n| --- | --- | --- | --- |"


def main(words: Sequence[str] | None = None) -> int:
    """Run, show, and write where it is wanted; pytest's own exit status."""
    options, rest = _options(words)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.jsonl"
        environ = {**os.environ, "FAULTS": "short" if options.short else "long", "FAULTS_REPORT": str(path)}
        command = [sys.executable, "-m", "pytest", "-n", str(options.workers), *rest, "tests/faults"]
        status = subprocess.run(command, env=environ, cwd=ROOT, check=False).returncode
        noted = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    text = f"{_where(options.short)}\n\n{table(noted)}"
    print(f"\n{text}")
    if options.write and status == 0:
        PAGE.write_text(written(PAGE.read_text("utf-8"), text), "utf-8")
        print(f"\nWritten to {PAGE.relative_to(ROOT)}")
    elif options.write:
        print("\nNot written: a run that failed is no result.")
    return status


def _options(words: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__, epilog="The rest goes to pytest.")
    parser.add_argument("--write", action="store_true", help="write the table to docs/reliability.md")
    parser.add_argument("--short", action="store_true", help="the forms that `make test` runs")
    parser.add_argument("--workers", type=int, default=2, help="how many tests at once")
    return parser.parse_known_args(words)


def table(noted: Iterable[Mapping[str, Any]]) -> str:
    """What the tests noted, a line each, by row and case."""
    lines = [HEAD]
    for entry in sorted(noted, key=lambda entry: (_place(entry["row"]), entry["case"])):
        figures = {name: value for name, value in entry.items() if name not in ("row", "case", "runs")}
        found = ", ".join(f"{name} {value}" for name, value in figures.items())
        lines.append(f"| {entry['row']} | {entry['case']} | {entry['runs']:,} | {found} |")
    return "\n".join(lines)


def _place(row: str) -> tuple[str, int]:
    letter, _, number = row.partition("-")
    return letter, int(number) if number.isdigit() else 0


def written(page: str, text: str) -> str:
    """The page with its results replaced."""
    before, _, rest = page.partition(START)
    return f"{before}{START}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def _where(short: bool) -> str:
    facts = proc.machine() if proc.available() else {}
    machine = ", ".join(facts[name] for name in ("cpu", "system") if name in facts)
    form = "Short forms" if short else "Long forms"
    cores = f", {facts['cores']} cores" if "cores" in facts else ""
    return f"{form}, {datetime.now(UTC):%d %B %Y}, {machine}{cores}, Python {sys.version.split()[0]}."


if __name__ == "__main__":
    sys.exit(main())
