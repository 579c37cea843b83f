"""Price the result: by what the vendor reported where it did, else by the card's price lines; unknown stays unknown."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Iterable, Mapping

from onebrush.domain.deployment import Deployment
from onebrush.domain.model import ModelCard
from onebrush.domain.money import Basis, Cost, Money, Price, Unit, UsageRecord
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize, Pixels, SizeRule
from onebrush.engine import series
from onebrush.engine.sizing import nominal_area


def price(
    card: ModelCard,
    deployment: Deployment,
    usage: UsageRecord | None,
    delivered: Iterable[Pixels],
    references: int,
) -> Cost:
    """The cost of one call that delivered pictures of these pixel sizes from `references` input pictures."""
    lines = [line for line in card.prices if line.platform in ("", deployment.platform)]
    reported = _by_tokens(lines, usage, references) if usage else None
    if reported is not None:
        return Cost(basis=_basis("reported", deployment), money=reported)
    computed = _by_picture(lines, delivered, references)
    if computed is not None:
        return Cost(basis="computed", money=computed)
    return Cost(basis="unknown")


def _basis(basis: Basis, deployment: Deployment) -> Basis:
    # Sandbox money is the imitated model's own price, computed here: nobody reported a charge.
    return "computed" if deployment.test else basis


# A kind of token and the one it shares a sum with.
_SIBLINGS: Mapping[Unit, Unit] = {
    "text_input_token": "image_input_token",
    "image_input_token": "text_input_token",
    "image_output_token": "text_output_token",
    "text_output_token": "image_output_token",
}


def _by_tokens(lines: list[Price], usage: UsageRecord, references: int) -> Money | None:
    """None where a count that has a price is not known: half a bill is no bill."""
    rates = {line.unit: line.money for line in reversed(lines) if line.unit in _SIBLINGS}
    counts = {unit: _count(unit, usage, rates, references) for unit in rates}
    parts = [rates[unit].times(count) for unit, count in counts.items() if count is not None]
    return functools.reduce(operator.add, parts) if parts and len(parts) == len(rates) else None


def _count(unit: Unit, usage: UsageRecord, rates: Collection[Unit], references: int) -> int | None:
    """Tokens of one kind: as reported, or what its sibling leaves of their sum."""
    said, sibling = _said(unit, usage), _SIBLINGS[unit]
    if said is not None or _needless(unit, references):
        return said or 0
    total = usage.input_tokens if "input" in unit else usage.output_tokens
    beside = _said(sibling, usage)
    if beside is None and (sibling not in rates or _needless(sibling, references)):
        beside = 0
    return max(0, total - beside) if total is not None and beside is not None else None


def _said(unit: Unit, usage: UsageRecord) -> int | None:
    count: int | None = getattr(usage, f"{unit}s")
    return count


def _needless(unit: Unit, references: int) -> bool:
    """Without pictures given there are no tokens of them."""
    return unit == "image_input_token" and not references


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


# Charged by the vendor beside the pictures, at rates no page states; drawing an SVG is billed as a model of its own.
_EXTRAS = {"web_search": True, "layer_decomposition": True, "output_format": "svg"}


def unpriced(fields: Mapping[str, object]) -> bool:
    """Whether something is asked whose price is not known: then the whole is not."""
    return any(fields.get(name) == value for name, value in _EXTRAS.items())


def bound(request: FittedRequest, deployment: Deployment) -> Cost:
    """The most that one call can cost; unknown where something it may be charged for has no bound.

    Pictures are priced at the area they are expected at, or the dearest line where none is known. Tokens are
    bounded by the model's documented limits.
    """
    if unpriced(request.fields) or request.options:
        return Cost(basis="unknown")
    return _at_most(request, deployment, limits=True)


def estimate(request: FittedRequest, deployment: Deployment) -> Cost:
    """What one call usually costs: its pictures alone, where they have a price of their own."""
    return Cost(basis="unknown") if unpriced(request.fields) else _at_most(request, deployment, limits=False)


def _at_most(request: FittedRequest, deployment: Deployment, *, limits: bool) -> Cost:
    lines = [line for line in request.card.prices if line.platform in ("", deployment.platform)]
    pictures = _dearest(lines, request)
    if pictures is None:
        return Cost(basis="unknown")
    parts = [pictures.times(series.most(request.fields, request.card, request.n))]
    if extra := next((line for line in lines if line.unit == "input_image"), None):
        parts.append(extra.money.times(len(request.references)))
    if limits:
        beside = _tokens_at_most(lines, request.card)
        if beside is None:
            return Cost(basis="unknown")
        parts.extend(money.times(request.n) for money in beside)
    return Cost(basis="computed", money=functools.reduce(operator.add, parts))


def _dearest(lines: list[Price], request: FittedRequest) -> Money | None:
    expected = request.size.expected or _largest_of_tier(request.size, request.card.size)
    if expected is not None:
        line = _line_for(lines, expected)
        return line.money if line else None
    images = [line.money for line in lines if line.unit == "image"]
    return max(images, key=lambda money: money.nano, default=None)


def _largest_of_tier(sent: FittedSize, rule: SizeRule) -> Pixels | None:
    """What a size without a shape comes to at most, where the vendor's tables say: of the tier sent, else the usual."""
    cells = rule.tables.get(sent.tier or sent.keyword or rule.default_tier or "", {}).values()
    return max(cells, key=lambda size: size.area, default=None)


def _tokens_at_most(lines: list[Price], card: ModelCard) -> list[Money] | None:
    """The words and pictures beside the picture made: None where the model's limits are not documented."""
    can, rates = card.capability, {line.unit: line.money for line in reversed(lines) if line.unit in _SIBLINGS}
    given = [rates[unit] for unit in ("text_input_token", "image_input_token") if unit in rates]
    if not rates:
        return []
    if can.max_input_tokens is None or can.max_output_tokens is None:
        return None
    dearest = max(given, key=lambda money: money.nano, default=None)
    made = rates.get("text_output_token")
    return [
        *([dearest.times(can.max_input_tokens)] if dearest else []),
        *([made.times(can.max_output_tokens)] if made else []),
    ]


def add(costs: Iterable[Cost]) -> Cost:
    """The sum of several calls; unknown as soon as one of them is."""
    total: Money | None = None
    bases: set[Basis] = set()
    for cost in costs:
        if cost.money is None:
            return Cost(basis="unknown")
        total = cost.money if total is None else total + cost.money
        bases.add(cost.basis)
    if total is None:
        return Cost(basis="unknown")
    return Cost(basis="reported" if bases == {"reported"} else "computed", money=total)
