"""CPU time of a request in the gateway's process, beside nginx passing on the same bytes in the same minute."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench import load, proc
from bench.load import Ask, Loaded
from bench.memory import warm
from bench.rig import Rig, Running, vendor_path
from bench.routes import FETCHED, KEPT, MAIN, PROMPT, Route

SECONDS = 2
SMALL = 10_000  # characters of base64 up to which a load is many answers in a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One line of the table: who is asked for what, by how many at once, how often."""

    route: Route
    size: str
    connections: int
    answers: int

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.route.name}, {self.size}, c = {self.connections}"


# Answers are whole multiples of the connections, enough for a tenth of a second of CPU and more.
PLAN = (
    Load(route=MAIN, size="2 kB", connections=1, answers=400),
    Load(route=MAIN, size="2 kB", connections=16, answers=1600),
    Load(route=MAIN, size="2.7 MB", connections=16, answers=96),
    Load(route=MAIN, size="13 MB", connections=1, answers=16),
    Load(route=MAIN, size="13 MB", connections=16, answers=48),
    Load(route=KEPT, size="13 MB", connections=16, answers=48),
    Load(route=FETCHED, size="13 MB", connections=16, answers=48),
)


@dataclass(slots=True, kw_only=True)
class Line:
    """The rounds of one load, gateway and floor side by side; CPU in ms per answer."""

    load: Load
    gateway: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The gateway's, median over the rounds."""
        return statistics.median(self.gateway)

    @property
    def floor_cpu(self) -> float | None:
        """nginx's, median over the rounds."""
        return statistics.median(self.floor) if self.floor else None

    def median(self, values: list[float]) -> float:
        """Of one column."""
        return statistics.median(values)

    @property
    def ratio(self) -> float | None:
        """Median of the rounds' own ratios: both sides of each were measured within seconds."""
        pairs = list(zip(self.gateway, self.floor, strict=False))
        return statistics.median(ours / theirs for ours, theirs in pairs) if pairs else None


Driver = Callable[[Ask, Load], Loaded]


def measure(rig: Rig, wrk: str | None, rounds: int) -> Iterator[Line]:
    """Every line of the plan, in its order."""

    def drive(ask: Ask, load_: Load) -> Loaded:
        if wrk is not None and rig.folder.characters(load_.size) <= SMALL:
            return load.by_wrk(wrk, ask, load_.connections, SECONDS, rig.root)
        return load.by_threads(ask, load_.connections, load_.answers)

    for planned in PLAN:
        yield _line(rig, planned, drive, rounds)


def _line(rig: Rig, planned: Load, drive: Driver, rounds: int) -> Line:
    line = Line(load=planned)
    with warm(rig, planned.route) as gateway:
        rig.folder.show(planned.route.shape, planned.size)
        for _ in range(rounds):
            _gateway(line, gateway, drive)
            if rig.floor is not None:
                _floor(line, rig, rig.floor, drive)
    return line


def _gateway(line: Line, gateway: Running, drive: Driver) -> None:
    ask = line.load.route.ask(gateway)
    before = proc.cpu_seconds(gateway.pid)
    loaded = drive(ask, line.load)
    line.gateway.append((proc.cpu_seconds(gateway.pid) - before) / loaded.answers * 1000)
    line.rate.append(loaded.answers / loaded.seconds)
    line.p50.append(loaded.p50_ms)
    line.p99.append(loaded.p99_ms)


def _floor(line: Line, rig: Rig, floor: Running, drive: Driver) -> None:
    # Whatever the route, the floor passes on the picture as base64: the bytes a caller of it would get.
    rig.folder.show(MAIN.shape, line.load.size)
    ask = Ask(server=floor, path=vendor_path(MAIN.shape), body={"model": "floor", "prompt": PROMPT})
    before = proc.cpu_seconds(floor.pid)
    loaded = drive(ask, line.load)
    line.floor.append((proc.cpu_seconds(floor.pid) - before) / loaded.answers * 1000)
