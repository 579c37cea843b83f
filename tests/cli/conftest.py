"""The commands as people run them: processes of their own, against a gateway that is one too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

KEY = "sk-test-example"
COMMAND = (sys.executable, "-m", "onebrush")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    said: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A gateway that runs, and what it said when it began to listen."""

    url: str
    banner: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, with a home that holds no data of anybody."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ONEBRUSH_")}
    return {**ours, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), **more}


def command(home: Path, *words: str | Path, **more: str) -> Ran:
    """Run `onebrush` with these words in an empty-handed environment."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=home,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ran(status=done.returncode, out=done.stdout, said=done.stderr)


@contextmanager
def serving(home: Path, *words: str | Path, **more: str) -> Iterator[Standing]:
    """`onebrush serve` on a free port until the block ends."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *map(str, words)],
        cwd=home,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        banner = _banner(process.stdout)
        listens = re.search(r"listens on (http://\S+)", banner)
        assert listens, banner
        yield Standing(url=listens[1], banner=banner)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _banner(lines: Iterator[str] | Sequence[str]) -> str:
    """Up to the last thing the banner says, which is how to call the command."""
    heard = []
    for line in lines:
        heard.append(line)
        if "onebrush generate" in line:
            break
    return "".join(heard)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's empty home."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def gateway(home: Path) -> Iterator[Standing]:
    """A gateway with one fixed test key."""
    with serving(home, "--data", home / "gateway", ONEBRUSH_KEYS=KEY) as standing:
        yield standing
