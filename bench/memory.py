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
ROUNDS = 3
MANY, MANY_SIZE = 64, "13 MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one call did to a fresh gateway, in MB: resident before it, and the peak while it ran."""

    before: float
    peak: float

    @property
    def rise(self) -> float:
        """What the call needed at most."""
        return self.peak - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A small and a large call on one route, each round in two fresh gateways."""

    route: str
    small: tuple[Call, ...]
    large: tuple[Call, ...]

    @property
    def difference(self) -> float:
        """What the large one needs over the small one. Processes start unequally large: rises compare, peaks do not."""
        rises = zip(self.small, self.large, strict=True)
        return statistics.median(large.rise - small.rise for small, large in rises)


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
        small, large = zip(*pairs, strict=True)
        yield Rise(route=route.name, small=small, large=large), starts


def _one(rig: Rig, route: Route, size: str, starts: list[float]) -> Call:
    with warm(rig, route) as gateway:
        starts.append(gateway.seconds)
        rig.folder.show(route.shape, size)
        expected = rig.folder.picture(size)
        before = proc.memory(gateway.pid)
        proc.reset_peak(gateway.pid)
        route.once(gateway, expected)
        return Call(before=before, peak=proc.peak(gateway.pid))


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
