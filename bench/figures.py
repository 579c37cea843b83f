"""The figures the design holds itself to, and what a run found of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.cpu import Line
from bench.memory import Crowd, Rise
from bench.routes import MAIN

Verdict = Literal["holds", "misses", "not measured"]

RISE_MB = 8.0
CROWD_MB = 150.0
START_SECONDS = 1.5
# By size and connections: ms where the design says ms, else multiples of the floor.
CPU_MS = {("2 kB", 1): 2.0, ("2 kB", 16): 1.2}
CPU_RATIO = {("2.7 MB", 16): 4.5, ("13 MB", 16): 4.0}
# Not measured by this version of the bench.
LATER = (
    "CPU beside LiteLLM and Portkey in the same run",
    "Records' share of a small picture's CPU at c = 64: ≤ 100 µs",
    "CPU over TLS to the upstream: ≤ 5.5 × the plain floor",
    "CPU of a 4 MB picture uploaded: ≤ 4 × the floor",
    "5,000 generations waiting: ≤ 40 kB each, ≤ 90 kB over TLS",
    "/healthz p99 under 13 MB load: ≤ 100 ms",
    "Sandbox picture of 1024×1024: ≤ 150 ms",
)


@dataclass(slots=True, kw_only=True)
class Results:
    """Everything a run measured."""

    rises: list[Rise] = field(default_factory=list)
    crowd: Crowd | None = None
    starts: list[float] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One promise: its limit, what was found, and whether a miss fails the run."""

    what: str
    limit: float
    found: float | None
    unit: str
    must: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whether the promise is kept."""
        if self.found is None:
            return "not measured"
        return "holds" if self.found <= self.limit else "misses"


def figures(results: Results) -> list[Figure]:
    """The promises this version measures."""
    return [*_memory(results), *_start(results.starts), *_cpu(results.lines)]


def _memory(results: Results) -> Iterator[Figure]:
    for rise in results.rises:
        what = f"memory, 20 MB over 200 kB, {rise.route}"
        yield Figure(what=what, limit=RISE_MB, found=rise.difference, unit="MB", must=True)
    if results.crowd is not None:
        crowd = results.crowd
        what = f"memory, {crowd.connections} × 13 MB at once over idle"
        yield Figure(what=what, limit=CROWD_MB, found=crowd.peak - crowd.idle, unit="MB", must=True)


def _start(starts: Sequence[float]) -> Iterator[Figure]:
    if starts:
        median = sorted(starts)[len(starts) // 2]
        yield Figure(what="cold start to ready, median", limit=START_SECONDS, found=median, unit="s")


def _cpu(lines: Sequence[Line]) -> Iterator[Figure]:
    for line in (line for line in lines if line.load.route == MAIN):
        place = (line.load.size, line.load.connections)
        what = f"CPU, {line.load.size} picture, c = {line.load.connections}"
        if place in CPU_MS:
            yield Figure(what=what, limit=CPU_MS[place], found=line.cpu, unit="ms")
        elif place in CPU_RATIO:
            yield Figure(what=what, limit=CPU_RATIO[place], found=line.ratio, unit="× nginx")


def failed(found: Sequence[Figure]) -> bool:
    """Whether a figure was missed that a run must meet."""
    return any(figure.must and figure.verdict == "misses" for figure in found)
