"""The nearest size within a model's ratio, areas, edges and grid."""

from __future__ import annotations

import math
from collections.abc import Callable

from onebrush.domain.size import Pixels, Ratio, SizeRule

TINY = 1e-9  # what floating point may be off


def legalize(asked: Pixels, rule: SizeRule) -> Pixels:
    """The nearest size within the rule's ratio, areas, edges and multiple; what is legal stays as it is."""
    if _legal(asked, rule):
        return asked
    width, height = _within_ratio(asked.width, asked.height, _widest(rule))
    grow, shrink = _scales(width, height, rule)
    if grow > 1:
        return _settle(width * grow, height * grow, rule, math.ceil)
    if shrink < 1:
        return _settle(width * shrink, height * shrink, rule, math.floor)
    return _settle(width, height, rule, round)


def _settle(width: float, height: float, rule: SizeRule, to_whole: Callable[[float], int]) -> Pixels:
    """Edges on the grid, then within the bounds that rounding overstepped."""
    step = max(rule.multiple, rule.snap if to_whole is not round else rule.multiple)
    return _stepping(_grid(width, height, step, to_whole), step, rule)


def _stepping(size: Pixels, step: int, rule: SizeRule) -> Pixels:
    """A step at a time towards the bounds."""
    for _ in range(64):
        if _legal(size, rule):
            return size
        size = _stepped(size, step, rule)
    return size


def _stepped(size: Pixels, step: int, rule: SizeRule) -> Pixels:
    wide = size.width >= size.height
    long, short = (size.width, size.height) if wide else (size.height, size.width)
    if (
        short < rule.min_edge
        or size.area < rule.min_area
        or (rule.max_ratio and long > short * rule.max_ratio + 1e-9 and long - step < rule.min_edge)
    ):
        short += step
    else:
        long -= step
    return Pixels(width=long, height=short) if wide else Pixels(width=short, height=long)


def _grid(width: float, height: float, step: int, to_whole: Callable[[float], int]) -> Pixels:
    # The tiny nudge keeps 1920.0000000001 from being rounded up to 1936.
    nudge = -1e-6 if to_whole is math.ceil else 1e-6 if to_whole is math.floor else 0.0
    edges = [max(step, to_whole(edge / step + nudge) * step) for edge in (width, height)]
    return Pixels(width=edges[0], height=edges[1])


def _legal(size: Pixels, rule: SizeRule) -> bool:
    long, short = max(size.width, size.height), min(size.width, size.height)
    return (
        rule.min_area <= size.area <= (rule.max_area or size.area)
        and rule.min_edge <= short
        and long <= (rule.max_edge or long)
        and (rule.max_ratio is None or long <= short * rule.max_ratio + 1e-9)
        and size.width % rule.multiple == 0
        and size.height % rule.multiple == 0
    )


def _widest(rule: SizeRule) -> float | None:
    """The longest ratio that ratio, edges and areas together leave."""
    limits = [rule.max_ratio] if rule.max_ratio else []
    if rule.max_edge:
        limits += [rule.max_edge / rule.min_edge, rule.max_edge**2 / rule.min_area]
    if rule.max_area:
        limits.append(rule.max_area / rule.min_edge**2)
    return min(limits, default=None)


def _within_ratio(width: float, height: float, limit: float | None) -> tuple[float, float]:
    """The same area at the nearest allowed ratio."""
    ratio, area = width / height, width * height
    if limit is None or 1 / limit <= ratio <= limit:
        return width, height
    ratio = limit if ratio > 1 else 1 / limit
    return math.sqrt(area * ratio), math.sqrt(area / ratio)


def _scales(width: float, height: float, rule: SizeRule) -> tuple[float, float]:
    """By how much both edges must grow at least, and shrink at least."""
    area, long, short = width * height, max(width, height), min(width, height)
    grow = max(math.sqrt(rule.min_area / area), rule.min_edge / short)
    shrink = min(math.sqrt((rule.max_area or area) / area), (rule.max_edge or long) / long)
    return grow, shrink


def of_area(ratio: Ratio, area: int, rule: SizeRule) -> Pixels:
    """The legal size of a ratio nearest to an area, on the rule's grid; rounded once, so that it stays the ratio."""
    factor = ratio.width / ratio.height
    width, height = _within_ratio(math.sqrt(area * factor), math.sqrt(area / factor), _widest(rule))
    grow, shrink = _scales(width, height, rule)
    step = max(rule.multiple, rule.snap)
    if grow > 1 + TINY:
        return _stepping(_grid(width * grow, height * grow, step, math.ceil), step, rule)
    if shrink < 1 - TINY:
        return _stepping(_grid(width * shrink, height * shrink, step, math.floor), step, rule)
    return _stepping(_grid(width, height, step, round), step, rule)
