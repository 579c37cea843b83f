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


@dataclass(slots=True, kw_only=True)
class Standing:
    """A server that runs, and what it said when it began to listen; once it is stopped, also how it ended."""

    url: str
    banner: str
    process: subprocess.Popen[str]
    farewell: str = ""


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
    with standing(home, "serve", "--port", "0", *words, **more) as gateway:
        yield gateway


@contextmanager
def standing(home: Path, *words: str | Path, **more: str) -> Iterator[Standing]:
    """A command that listens until it is stopped."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=home,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        text=True,
    )
    server = None
    try:
        assert process.stdout is not None
        banner = _banner(process.stdout)
        listens = re.search(r"(?:listens|listening) on (http://\S+)", banner)
        assert listens, banner
        server = Standing(url=listens[1], banner=banner, process=process)
        yield server
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=PATIENCE)
        if server is not None:
            server.farewell = rest


def _banner(lines: Iterator[str] | Sequence[str]) -> str:
    """Up to the last thing a banner says, which is how to stop."""
    heard = []
    for line in lines:
        heard.append(line)
        if line == "Ctrl-C stops it.\n":
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


@pytest.fixture(scope="session")
def vendors(home: Path) -> Iterator[Standing]:
    """The sandbox alone, in the part of the vendors."""
    with standing(home, "sandbox", "--port", "0", "--draft", "--data", home / "vendors") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def selling(home: Path, vendors: Standing) -> Iterator[Standing]:
    """A gateway that buys from one vendor, at its first start."""
    address = f"{vendors.url}/gemini/v1beta"
    told = {"GEMINI_API_KEY": "sandbox", "ONEBRUSH_GEMINI_BASE_URL": address}
    with serving(home, "--data", home / "selling", **told) as standing:
        yield standing


def shown_keys(banner: str) -> dict[str, str]:
    """Mode -> the key that a banner shows."""
    return dict(re.findall(r"Your (\w+) key, shown this once .*\n\n    (\S+)\n", banner))
