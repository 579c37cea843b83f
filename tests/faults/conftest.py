"""Worlds for the fault tests, how long the tests are, and the table that they write."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import running
from tests.faults.inner import InnerWorld
from tests.faults.world import World
from tests.running import Server


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether the long form is asked for: FAULTS=long, which `make faults` sets."""
    return os.environ.get("FAULTS") == "long"


@pytest.fixture(scope="session")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The sandbox, one for all tests of this worker; it draws coarsely."""
    with running.sandbox(tmp_path_factory.mktemp("vendor"), "--draft") as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, vendor: Server) -> Iterator[World]:
    """A world whose gateways are processes."""
    with ExitStack() as stack:
        yield World(tmp_path, vendor, stack)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, vendor: Server) -> Path:
    """A data folder as a first start leaves it: most of a start's time is the making of the tables."""
    with ExitStack() as stack:
        world = InnerWorld(tmp_path_factory.mktemp("blank"), vendor, stack)
        with world.serving():
            return world.data


@pytest.fixture
def inner(tmp_path: Path, vendor: Server, blank: Path) -> Iterator[InnerWorld]:
    """A world whose gateway runs in this process: quick to start, and as real but for its process."""
    shutil.copytree(blank, tmp_path / "data")
    with ExitStack() as stack:
        yield InnerWorld(tmp_path, vendor, stack)


@pytest.fixture
def report() -> Callable[..., None]:
    """Note a line for the table of results, where one is written (FAULTS_REPORT)."""

    def note(row: str, case: str, **figures: Any) -> None:
        if path := os.environ.get("FAULTS_REPORT"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"row": row, "case": case, **figures}) + "\n")

    return note
