"""What of a model's descriptor is about sizes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from onebrush.domain.size import Pixels, SizeKind, SizeRule


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds, both inclusive; None: no upper one is known."""

    min: int
    max: int | None


class SizeDescriptor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Sizes a model takes as they are; any other ask becomes the nearest, with a warning.

    `kind`: `list` (of `allowed`), `free` (any within `area`, `edge`, `multiple` and `max_ratio`), `ratio` (a ratio
    and a tier of `tables`), `adaptive` (the picture's own), `none` (the model chooses). Pixels are "1024x768"; `area`
    is in pixels, `edge` is of one side, `max_ratio` is long : short. `tiers` are the words a caller may say;
    `tables` is tier -> ratio -> pixels, `tier_areas` is tier -> pixels in all. `keywords` are sent as they are.
    `default` is what the vendor draws unasked, where that is known.
    """

    kind: SizeKind
    allowed: tuple[str, ...] = ()
    area: Range | None = None
    edge: Range | None = None
    multiple: int = 1
    max_ratio: float | None = None
    ratios: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    default_tier: str | None = None
    tables: Mapping[str, Mapping[str, str]] = {}
    tier_areas: Mapping[str, int] = {}
    keywords: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()
    default: str | None = None


def size_descriptor(rule: SizeRule) -> SizeDescriptor:
    """The rule as it is told."""
    tables = {tier: {ratio: str(size) for ratio, size in table.items()} for tier, table in rule.tables.items()}
    return SizeDescriptor(
        kind=rule.kind,
        allowed=_texts(rule.allowed),
        area=_range(rule.min_area, rule.max_area),
        edge=_range(rule.min_edge, rule.max_edge),
        multiple=rule.multiple,
        max_ratio=rule.max_ratio,
        ratios=tuple(dict.fromkeys(ratio for table in tables.values() for ratio in table)),
        tiers=tuple(dict.fromkeys((*rule.tables, *rule.tier_areas))) if rule.sends_tier else (),
        default_tier=rule.default_tier,
        tables=tables,
        tier_areas=rule.tier_areas,
        keywords=rule.keywords,
        picks=_texts(rule.picks),
        default=str(rule.default) if rule.default else None,
    )


def _range(least: int, most: int | None) -> Range | None:
    return Range(min=least, max=most) if least > 1 or most else None


def _texts(sizes: tuple[Pixels, ...]) -> tuple[str, ...]:
    return tuple(map(str, sizes))
