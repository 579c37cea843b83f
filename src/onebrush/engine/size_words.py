"""What is told of a size that was not sent as asked, and what a model would have taken."""

from __future__ import annotations

from onebrush.domain.size import Pixels, SizeAsk, SizeRule
from onebrush.domain.warning import RequestWarning


def changed(ask: SizeAsk, sent: Pixels, rule: SizeRule, same: bool) -> tuple[RequestWarning, ...]:
    """Nothing where the size is what was asked."""
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
        return (*map(str, rule.allowed), *rule.keywords)
    if rule.kind == "ratio":
        ratios = next(iter(rule.tables.values()))
        return (*ratios, *(rule.tables if rule.sends_tier else ()))
    if rule.kind == "free":
        return (*_bounds(rule), *rule.keywords)
    return ("no size",)


def _bounds(rule: SizeRule) -> tuple[str, ...]:
    said = [f"{rule.min_area} to {rule.max_area or 'any number of'} pixels in all"]
    if rule.max_edge:
        said.append(
            f"edges of {rule.min_edge} to {rule.max_edge}" if rule.min_edge > 1 else f"edges up to {rule.max_edge}"
        )
    if rule.multiple > 1:
        said.append(f"edges in multiples of {rule.multiple}")
    if rule.max_ratio:
        said.append(f"no longer than {rule.max_ratio:g}:1")
    return tuple(said)


def tier_dropped(ask: SizeAsk) -> tuple[RequestWarning, ...]:
    """A tier asked of a model without tiers."""
    message = f"The model has no size tiers; {ask.tier_param} {ask.tier_text} is not sent."
    return (
        RequestWarning(
            code="size_dropped", message=message, param=ask.tier_param, asked=ask.tier_text, allowed=("no tier",)
        ),
    )


def dropped(ask: SizeAsk) -> tuple[RequestWarning, ...]:
    """A size asked of a model that takes none."""
    asked = ask.size_text or ask.tier_text
    message = f"The model takes its size from the input picture; {asked} is not sent."
    return (
        RequestWarning(
            code="size_dropped", message=message, param="size", asked=asked, allowed=("no size", "adaptive")
        ),
    )
