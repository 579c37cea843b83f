"""What a caller said of the size x what a model takes -> what is sent; every departure is a warning.

The rule, in short: what fits is sent as it is; a ratio is kept before an area; a tier is never raised when a
lower one exists; nothing falls to a square in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from onebrush.domain.size import FittedSize, Pixels, Ratio, SizeAsk, SizeKind, SizeRule
from onebrush.domain.warning import RequestWarning
from onebrush.engine import legal_sizes, size_words

# A ratio at a tier counts as met while the area is not short of the tier's by more than this factor.
SHORT_OF_TIER = 1.5

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
    dropped = size_words.tier_dropped(ask) if ask.tier else ()
    if ask.pixels:
        fitted = _nearest(rule.allowed, ask.pixels)
        return _sized(fitted), (*dropped, *size_words.changed(ask, fitted, rule, ask.pixels == fitted))
    if ask.ratio:
        fitted = _nearest_ratio(rule.allowed, ask.ratio)
        same = fitted.width * ask.ratio.height == fitted.height * ask.ratio.width
        return _sized(fitted), (*dropped, *size_words.changed(ask, fitted, rule, same or _close(fitted, ask.ratio)))
    return _unsized(ask, rule), dropped


def _plan_free(ask: SizeAsk, rule: SizeRule) -> Plan:
    if ask.pixels:
        fitted = legal_sizes.legalize(ask.pixels, rule)
        return _sized(fitted), size_words.changed(ask, fitted, rule, fitted == ask.pixels)
    if ask.ratio:
        return _plan_free_ratio(ask, ask.ratio, rule)
    if ask.tier:
        return _plan_free_tier(ask, ask.tier, rule)
    return _unsized(ask, rule), ()


def _plan_free_ratio(ask: SizeAsk, ratio: Ratio, rule: SizeRule) -> Plan:
    tier, warnings = _tier_for(ask, rule)
    area = _tier_area(tier, rule)
    fitted = _recommended(ratio, tier, rule, picks=ask.tier is None) or legal_sizes.of_area(ratio, area, rule)
    same = _close(fitted, ratio) and (ask.tier is None or fitted.area * SHORT_OF_TIER >= area)
    return _sized(fitted), (*warnings, *size_words.changed(ask, fitted, rule, same))


def _plan_free_tier(ask: SizeAsk, asked: str, rule: SizeRule) -> Plan:
    if not _free_tiers(rule):
        return FittedSize(expected=rule.default), size_words.tier_dropped(ask)
    tier, warnings = _tier_for(ask, rule)
    if tier in rule.keywords:
        return FittedSize(keyword=tier, expected=rule.tables.get(tier, {}).get("1:1")), warnings
    return _sized(legal_sizes.of_area(Ratio(width=1, height=1), _tier_area(tier, rule), rule)), warnings


def _plan_ratio(ask: SizeAsk, rule: SizeRule) -> Plan:
    if ask.pixels:
        return _plan_ratio_pixels(ask, ask.pixels, rule)
    tier, warnings = _tier_for(ask, rule) if ask.tier else (None, ())
    table = rule.tables[tier or rule.default_tier or next(iter(rule.tables))]
    ratio = _nearest_key(table, ask.ratio.log_ratio) if ask.ratio else None
    if ask.ratio and ratio and str(ask.ratio) != str(ratio) and not _close(table[str(ratio)], ask.ratio):
        warnings = (*warnings, *size_words.changed(ask, table[str(ratio)], rule, False))
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
    return fitted, (*warnings, *size_words.changed(ask, expected, rule, expected == asked))


def _plan_adaptive(ask: SizeAsk, rule: SizeRule) -> Plan:
    if not _said_size(ask) and ask.keyword is None:
        return FittedSize(), ()
    fitted = FittedSize(keyword="adaptive")
    return (fitted, size_words.dropped(ask)) if _said_size(ask) else (fitted, ())


def _plan_none(ask: SizeAsk, rule: SizeRule) -> Plan:
    return (FittedSize(), size_words.dropped(ask)) if _said_size(ask) else (FittedSize(), ())


_PLANNERS: dict[SizeKind, Callable[[SizeAsk, SizeRule], Plan]] = {
    "list": _plan_list,
    "free": _plan_free,
    "ratio": _plan_ratio,
    "adaptive": _plan_adaptive,
    "none": _plan_none,
}


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
        return default, () if _gives(ask.tier, default) else size_words.tier_dropped(ask)
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
