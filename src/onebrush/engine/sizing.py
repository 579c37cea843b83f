"""What a caller said of the size x what a model takes -> what is sent; every departure is a warning.

The rule, in short: what fits is sent as it is; a ratio is kept before an area; a tier is never raised when a
lower one exists; nothing falls to a square in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from onebrush.domain.size import FittedSize, Pixels, Ratio, SizeAsk, SizeKind, SizeRule
from onebrush.domain.warning import RequestWarning

Plan = tuple[FittedSize, tuple[RequestWarning, ...]]

# Vendors' tables are themselves a little off the ratio they name (1376x768 for 16:9); within this
# distance of logarithms a size counts as being of the ratio.
SAME_RATIO = 0.03

# A tier counts as not above pixels that are a tenth short of it: who asks 1000x1000 means 1K, not the tier below.
NEARLY = 1.1


def plan(ask: SizeAsk, rule: SizeRule) -> Plan:
    """The size to send for `ask` under `rule`, and the warnings that belong to it."""
    return _PLANNERS[rule.kind](ask, rule)


def _plan_list(ask: SizeAsk, rule: SizeRule) -> Plan:
    dropped = _tier_dropped(ask) if ask.tier else ()
    if ask.pixels:
        fitted = _nearest(rule.allowed, ask.pixels)
        return _sized(fitted), (*dropped, *_changed(ask, fitted, rule, ask.pixels == fitted))
    if ask.ratio:
        fitted = _nearest_ratio(rule.allowed, ask.ratio)
        same = fitted.width * ask.ratio.height == fitted.height * ask.ratio.width
        return _sized(fitted), (*dropped, *_changed(ask, fitted, rule, same or _close(fitted, ask.ratio)))
    return _unsized(ask, rule), dropped


def _plan_free(ask: SizeAsk, rule: SizeRule) -> Plan:
    if ask.pixels:
        fitted = legalize(ask.pixels, rule)
        return _sized(fitted), _changed(ask, fitted, rule, fitted == ask.pixels)
    if ask.ratio:
        return _plan_free_ratio(ask, ask.ratio, rule)
    if ask.tier:
        return _plan_free_tier(ask, ask.tier, rule)
    return _unsized(ask, rule), ()


def _plan_free_ratio(ask: SizeAsk, ratio: Ratio, rule: SizeRule) -> Plan:
    tier, warnings = _tier_for(ask, rule)
    fitted = _recommended(ratio, tier, rule, picks=ask.tier is None) or legalize(
        _of_area(ratio, _tier_area(tier, rule), rule.snap), rule
    )
    return _sized(fitted), (*warnings, *_changed(ask, fitted, rule, _close(fitted, ratio)))


def _plan_free_tier(ask: SizeAsk, asked: str, rule: SizeRule) -> Plan:
    if not _free_tiers(rule):
        return FittedSize(expected=rule.default), _tier_dropped(ask)
    tier, warnings = _tier_for(ask, rule)
    if tier in rule.keywords:
        return FittedSize(keyword=tier, expected=rule.tables.get(tier, {}).get("1:1")), warnings
    square = _of_area(Ratio(width=1, height=1), _tier_area(tier, rule), rule.snap)
    return _sized(legalize(square, rule)), warnings


def _plan_ratio(ask: SizeAsk, rule: SizeRule) -> Plan:
    if ask.pixels:
        return _plan_ratio_pixels(ask, ask.pixels, rule)
    tier, warnings = _tier_for(ask, rule) if ask.tier else (None, ())
    table = rule.tables[tier or rule.default_tier or next(iter(rule.tables))]
    ratio = _nearest_key(table, ask.ratio.log_ratio) if ask.ratio else None
    if ask.ratio and ratio and str(ask.ratio) != str(ratio) and not _close(table[str(ratio)], ask.ratio):
        warnings = (*warnings, *_changed(ask, table[str(ratio)], rule, False))
    sent = tier if rule.sends_tier else None
    return FittedSize(ratio=ratio, tier=sent, expected=table.get(str(ratio)) if ratio else None), warnings


def _plan_ratio_pixels(ask: SizeAsk, asked: Pixels, rule: SizeRule) -> Plan:
    first = rule.tables[rule.default_tier or next(iter(rule.tables))]
    ratio = _nearest_key(first, asked.log_ratio)
    areas = {tier: table[str(ratio)].area for tier, table in rule.tables.items() if str(ratio) in table}
    warnings: tuple[RequestWarning, ...] = ()
    if ask.tier:
        tier, warnings = _tier_for(ask, rule)
    else:
        tier = _not_above(areas, round(asked.area * NEARLY))
    expected = rule.tables[tier][str(ratio)]
    fitted = FittedSize(ratio=ratio, tier=tier if rule.sends_tier else None, expected=expected)
    return fitted, (*warnings, *_changed(ask, expected, rule, expected == asked))


def _plan_adaptive(ask: SizeAsk, rule: SizeRule) -> Plan:
    if not _said_size(ask) and ask.keyword is None:
        return FittedSize(), ()
    fitted = FittedSize(keyword="adaptive")
    return (fitted, _dropped(ask)) if _said_size(ask) else (fitted, ())


def _plan_none(ask: SizeAsk, rule: SizeRule) -> Plan:
    return (FittedSize(), _dropped(ask)) if _said_size(ask) else (FittedSize(), ())


_PLANNERS: dict[SizeKind, Callable[[SizeAsk, SizeRule], Plan]] = {
    "list": _plan_list,
    "free": _plan_free,
    "ratio": _plan_ratio,
    "adaptive": _plan_adaptive,
    "none": _plan_none,
}


def legalize(asked: Pixels, rule: SizeRule) -> Pixels:
    """The nearest size within the rule's ratio, areas, edges and multiple; what is legal stays as it is."""
    if _legal(asked, rule):
        return asked
    width, height = _within_ratio(asked, _widest(rule))
    grow, shrink = _scales(width, height, rule)
    if grow > 1:
        return _settle(width * grow, height * grow, rule, math.ceil)
    if shrink < 1:
        return _settle(width * shrink, height * shrink, rule, math.floor)
    return _settle(width, height, rule, round)


def _settle(width: float, height: float, rule: SizeRule, to_whole: Callable[[float], int]) -> Pixels:
    """Edges on the grid; then a step at a time towards the bounds that rounding overstepped."""
    step = max(rule.multiple, rule.snap if to_whole is not round else rule.multiple)
    size = _grid(width, height, step, to_whole)
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


def _within_ratio(asked: Pixels, limit: float | None) -> tuple[float, float]:
    """The same area at the nearest allowed ratio."""
    ratio = asked.width / asked.height
    if limit is None or 1 / limit <= ratio <= limit:
        return asked.width, asked.height
    ratio = limit if ratio > 1 else 1 / limit
    return math.sqrt(asked.area * ratio), math.sqrt(asked.area / ratio)


def _scales(width: float, height: float, rule: SizeRule) -> tuple[float, float]:
    """By how much both edges must grow at least, and shrink at least."""
    area, long, short = width * height, max(width, height), min(width, height)
    grow = max(math.sqrt(rule.min_area / area), rule.min_edge / short)
    shrink = min(math.sqrt((rule.max_area or area) / area), (rule.max_edge or long) / long)
    return grow, shrink


def _of_area(ratio: Ratio, area: int, snap: int) -> Pixels:
    factor = ratio.width / ratio.height
    return _grid(math.sqrt(area * factor), math.sqrt(area / factor), snap, round)


def _recommended(ratio: Ratio, tier: str, rule: SizeRule, *, picks: bool) -> Pixels | None:
    cell = rule.tables.get(tier, {}).get(str(_reduced(ratio)))
    if cell or not (picks and rule.picks):
        return cell
    nearest = _nearest_ratio(rule.picks, ratio)
    return nearest if _close(nearest, ratio) else None


def _reduced(ratio: Ratio) -> Ratio:
    """16:9 for 32:18; 21:9 is left as vendors write it."""
    divisor = math.gcd(ratio.width, ratio.height)
    width, height = ratio.width // divisor, ratio.height // divisor
    named = {(7, 3): (21, 9), (3, 7): (9, 21)}
    width, height = named.get((width, height), (width, height))
    return Ratio(width=width, height=height)


def _free_tiers(rule: SizeRule) -> dict[str, int]:
    if rule.tables and not rule.sends_tier:
        return {}
    return {tier: nominal_area(tier) for tier in (*rule.tables, *rule.tier_areas)}


def _tier_for(ask: SizeAsk, rule: SizeRule) -> tuple[str, tuple[RequestWarning, ...]]:
    """The tier to use for the ask, never above the asked one when a lower exists."""
    default = rule.default_tier or next(iter((*rule.tables, *rule.tier_areas)), "1K")
    if ask.tier is None:
        return default, ()
    known = _free_tiers(rule)
    if not known:
        return default, () if _gives(ask.tier, default) else _tier_dropped(ask)
    tier = _not_above(known, nominal_area(ask.tier))
    if tier == ask.tier:
        return tier, ()
    message = f"The model has no {ask.tier} tier; {tier} is used. It has: {', '.join(known)}."
    return tier, (
        RequestWarning(
            code="tier_adjusted",
            message=message,
            param=ask.tier_param,
            asked=ask.tier_text,
            sent=tier,
            allowed=tuple(known),
        ),
    )


def _gives(tier: str, default: str) -> bool:
    return nominal_area(tier) == nominal_area(default)


def nominal_area(tier: str) -> int:
    """The area a tier's name stands for, in pixels: 2K is 2048 x 2048; `512` is 512 x 512."""
    edge = float(tier[:-1]) * 1024 if tier.endswith("K") else float(tier)
    return round(edge * edge)


def _tier_area(tier: str, rule: SizeRule) -> int:
    square = rule.tables.get(tier, {}).get("1:1")
    return rule.tier_areas.get(tier) or (square.area if square else nominal_area(tier))


def _not_above(areas: dict[str, int], asked: int) -> str:
    lower = {name: area for name, area in areas.items() if area <= asked}
    return max(lower, key=lower.__getitem__) if lower else min(areas, key=areas.__getitem__)


def _nearest(sizes: Iterable[Pixels], asked: Pixels) -> Pixels:
    return min(
        sizes,
        key=lambda size: (
            size != asked,
            round(abs(size.log_ratio - asked.log_ratio), 6),
            abs(math.log(size.area / asked.area)),
        ),
    )


def _nearest_ratio(sizes: Iterable[Pixels], ratio: Ratio) -> Pixels:
    return min(sizes, key=lambda size: (round(abs(size.log_ratio - ratio.log_ratio), 6), -size.area))


def _nearest_key(table: Iterable[str], log_ratio: float) -> Ratio:
    return min(map(_ratio, table), key=lambda ratio: abs(ratio.log_ratio - log_ratio))


def _ratio(text: str) -> Ratio:
    width, _, height = text.partition(":")
    return Ratio(width=int(width), height=int(height))


def _close(size: Pixels, ratio: Ratio) -> bool:
    return abs(size.log_ratio - ratio.log_ratio) <= SAME_RATIO


def _sized(pixels: Pixels) -> FittedSize:
    return FittedSize(pixels=pixels, expected=pixels)


def _unsized(ask: SizeAsk, rule: SizeRule) -> FittedSize:
    if ask.keyword and "auto" in rule.keywords:
        return FittedSize(keyword="auto")
    return FittedSize(expected=rule.default)


def _said_size(ask: SizeAsk) -> bool:
    return bool(ask.pixels or ask.ratio or ask.tier)


def _changed(ask: SizeAsk, sent: Pixels, rule: SizeRule, same: bool) -> tuple[RequestWarning, ...]:
    if same:
        return ()
    message = f"The model does not give {ask.size_text}; the nearest it gives is {sent}."
    return (
        RequestWarning(
            code="size_adjusted",
            message=message,
            param="size",
            asked=ask.size_text,
            sent=str(sent),
            allowed=taken(rule),
        ),
    )


def taken(rule: SizeRule) -> tuple[str, ...]:
    """What a model takes as a size, in words for a refusal."""
    if rule.kind == "list":
        return tuple(map(str, rule.allowed))
    if rule.kind == "ratio":
        ratios = next(iter(rule.tables.values()))
        return (*ratios, *(rule.tables if rule.sends_tier else ()))
    if rule.kind == "free":
        return _bounds(rule)
    return ("no size",)


def _bounds(rule: SizeRule) -> tuple[str, ...]:
    said = [f"{rule.min_area} to {rule.max_area or 'any number of'} pixels in all"]
    if rule.max_edge:
        said.append(f"edges of {rule.min_edge} to {rule.max_edge}")
    if rule.multiple > 1:
        said.append(f"edges in multiples of {rule.multiple}")
    if rule.max_ratio:
        said.append(f"no longer than {rule.max_ratio:g}:1")
    return tuple(said)


def _tier_dropped(ask: SizeAsk) -> tuple[RequestWarning, ...]:
    message = f"The model has no size tiers; {ask.tier_param} {ask.tier_text} is not sent."
    return (
        RequestWarning(
            code="size_dropped", message=message, param=ask.tier_param, asked=ask.tier_text, allowed=("no tier",)
        ),
    )


def _dropped(ask: SizeAsk) -> tuple[RequestWarning, ...]:
    asked = ask.size_text or ask.tier_text
    message = f"The model takes its size from the input picture; {asked} is not sent."
    return (
        RequestWarning(
            code="size_dropped", message=message, param="size", asked=asked, allowed=("no size", "adaptive")
        ),
    )
