"""Price the result: by what the vendor reported where it did, else by the card's price lines; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Iterable

from onebrush.domain.deployment import Deployment
from onebrush.domain.model import ModelCard
from onebrush.domain.money import Basis, Cost, Money, Price, Unit, UsageRecord
from onebrush.domain.size import Pixels
from onebrush.engine.sizing import nominal_area

_TOKENS: tuple[tuple[Unit, str], ...] = (
    ("text_input_token", "text_input_tokens"),
    ("image_input_token", "image_input_tokens"),
    ("image_output_token", "image_output_tokens"),
    ("text_output_token", "text_output_tokens"),
)


def price(
    card: ModelCard,
    deployment: Deployment,
    usage: UsageRecord | None,
    delivered: Iterable[Pixels],
    references: int,
) -> Cost:
    """The cost of one call that delivered pictures of these pixel sizes from `references` input pictures."""
    lines = [line for line in card.prices if line.platform in ("", deployment.platform)]
    reported = _by_tokens(lines, usage) if usage else None
    if reported is not None:
        return Cost(basis=_basis("reported", deployment), money=reported)
    computed = _by_picture(lines, delivered, references)
    if computed is not None:
        return Cost(basis="computed", money=computed)
    return Cost(basis="unknown")


def _basis(basis: Basis, deployment: Deployment) -> Basis:
    # Sandbox money is the imitated model's own price, computed here: nobody reported a charge.
    return "computed" if deployment.test else basis


def _by_tokens(lines: list[Price], usage: UsageRecord) -> Money | None:
    """None where the vendor left a count out that has a price: half a bill is no bill."""
    if usage.image_output_tokens is None and usage.output_tokens is None:
        return None
    total: Money | None = None
    for unit, name in _TOKENS:
        line = next((line for line in lines if line.unit == unit), None)
        count = getattr(usage, name)
        if line and count:
            part = line.money.times(count)
            total = part if total is None else total + part
    return total


def _by_picture(lines: list[Price], delivered: Iterable[Pixels], references: int) -> Money | None:
    total: Money | None = None
    for size in delivered:
        line = _line_for(lines, size)
        if line is None:
            return None
        total = line.money if total is None else total + line.money
    extra = next((line for line in lines if line.unit == "input_image"), None)
    if total is not None and extra is not None and references:
        total = total + extra.money.times(references)
    return total


def _line_for(lines: list[Price], size: Pixels) -> Price | None:
    """The cheapest line whose bound holds the picture; a tier bounds by the area its name stands for."""
    images = [line for line in lines if line.unit == "image"]
    bounded = sorted((line for line in images if _bound(line)), key=lambda line: _bound(line) or 0)
    for line in bounded:
        if size.area <= (_bound(line) or 0):
            return line
    open_ended = [line for line in images if not _bound(line)]
    return open_ended[0] if open_ended else None


def _bound(line: Price) -> int | None:
    if line.max_area is not None:
        return line.max_area
    # A vendor's tiers reach a little over the square of their name (1K 3:2 is 1264x848): a tenth is allowed.
    return round(nominal_area(line.tier) * 1.1) if line.tier else None


def add(costs: Iterable[Cost]) -> Cost:
    """The sum of several calls; unknown as soon as one of them is."""
    total: Money | None = None
    basis: Basis = "computed"
    for cost in costs:
        if cost.money is None:
            return Cost(basis="unknown")
        total = cost.money if total is None else total + cost.money
        basis = cost.basis
    return Cost(basis=basis, money=total) if total else Cost(basis="unknown")
