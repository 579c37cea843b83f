"""Take guards away, one at a time, in a copy of the tree, and see that the test that holds each fails.

`python -m tests.faults.mutants [--only WORD]`. The exit status is 1 where a mutant lives or cannot be made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent.parent
PARTS = ("src", "tests", "bench", "docs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "results", "*.pyc")
TIMEOUT = 600

Source = dict[Path, str]


def main(words: Sequence[str] | None = None) -> int:
    """Every mutation, a line each."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="only those whose row, guard or test holds this")
    wanted = parser.parse_args(words).only
    chosen = [one for one in MUTATIONS if wanted in f"{one.row} {one.guard} {one.test}"]
    with tempfile.TemporaryDirectory() as folder:
        tree = _copied(Path(folder) / "tree")
        already = {test for test in {one.test for one in chosen} if _tested(test, tree)[0] != 0}
        living = [one for one in chosen if not _dies(one, tree, already)]
    print(f"\n{len(chosen) - len(living)} of {len(chosen)} mutants were found out.")
    return 1 if living else 0


def _copied(tree: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def _dies(mutation: Mutation, tree: Path, already: set[str]) -> bool:
    if mutation.test in already:
        print(f"{mutation.row:9} {mutation.guard}: {mutation.test} fails as it is", flush=True)
        return False
    before = _mutated(mutation, tree)
    if before is None:
        return False
    try:
        status, said = _tested(mutation.test, tree)
    finally:
        for path, text in before.items():
            path.write_text(text, "utf-8")
    verdict = {0: "LIVES", 1: "found out"}.get(status, f"could not be tested (status {status})")
    print(f"{mutation.row:9} {mutation.guard}: {verdict}{said if status else ''}", flush=True)
    return status == 1


def _mutated(mutation: Mutation, tree: Path) -> Source | None:
    """What the files held before; None where a text is not there exactly once."""
    before: Source = {}
    for file, old, new in mutation.edits:
        path = tree / "src" / "onebrush" / file
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            print(f"{mutation.row:9} {mutation.guard}: {file} holds the guard {text.count(old)} times", flush=True)
            for changed, was in before.items():
                changed.write_text(was, "utf-8")
            return None
        before.setdefault(path, text)
        path.write_text(text.replace(old, new), "utf-8")
    return before


def _tested(test: str, tree: Path) -> tuple[int, str]:
    """pytest's exit status, and the first test that failed."""
    file, *options = test.split(" ")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", "-q", "-n", "0"]
    environ = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            [*command, f"tests/faults/{file}", *options],
            cwd=tree,
            env=environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, " (it never ended)"
    failed = [line.partition("::")[2].partition(" - ")[0] for line in run.stdout.splitlines() if "FAILED" in line]
    return run.returncode, f" by {failed[0]}" if failed else ""


if __name__ == "__main__":
    sys.exit(main())
