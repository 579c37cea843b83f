"""Peak memory: of one large picture over one small one, and of many large ones at once over none."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import load, proc
from bench.rig import Rig, Running
from bench.routes import MAIN, Route

SMALL, LARGE = "200 kB", "20 MB"
WARM_UP = 20
ROUNDS = 2
MANY, MANY_SIZE = 64, "13 MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """Peaks of one call each, in fresh gateways, in MB; medians over the rounds."""

    route: str
    small: float
    large: float
    differences: tuple[float, ...]

    @property
    def difference(self) -> float:
        """What the large one costs over the small one."""
        return statistics.median(self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The peak of many at once, over what the idle gateway held, in MB."""

    connections: int
    idle: float
    peak: float


def rises(rig: Rig, routes: Iterable[Route], rounds: int = ROUNDS) -> Iterator[tuple[Rise, list[float]]]:
    """For each route its rise, and how long its gateways took to start."""
    for route in routes:
        starts: list[float] = []
        pairs = [(_one(rig, route, SMALL, starts), _one(rig, route, LARGE, starts)) for _ in range(rounds)]
        yield (
            Rise(
                route=route.name,
                small=statistics.median(small for small, _ in pairs),
                large=statistics.median(large for _, large in pairs),
                differences=tuple(large - small for small, large in pairs),
            ),
            starts,
        )


def _one(rig: Rig, route: Route, size: str, starts: list[float]) -> float:
    with warm(rig, route) as gateway:
        starts.append(gateway.seconds)
        rig.folder.show(route.shape, size)
        expected = rig.folder.picture(size)
        proc.reset_peak(gateway.pid)
        route.once(gateway, expected)
        return proc.peak(gateway.pid)


@contextmanager
def warm(rig: Rig, route: Route) -> Iterator[Running]:
    """A fresh gateway that has served a few small pictures on this route."""
    rig.folder.show(route.shape, "2 kB")
    with rig.gateway(route.shape) as gateway:
        expected = rig.folder.picture("2 kB")
        for _ in range(WARM_UP):
            route.once(gateway, expected)
        yield gateway


def crowd(rig: Rig, connections: int = MANY) -> Crowd:
    """The peak while that many callers take large pictures, two each."""
    with warm(rig, MAIN) as gateway:
        rig.folder.show(MAIN.shape, MANY_SIZE)
        idle = proc.memory(gateway.pid)
        proc.reset_peak(gateway.pid)
        load.by_threads(MAIN.ask(gateway), connections, 2 * connections)
        return Crowd(connections=connections, idle=idle, peak=proc.peak(gateway.pid))
