"""A model in a few words: what it can, its sizes, its price, its life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import ModelCard, Status
from onebrush.domain.money import Money, Price
from onebrush.domain.size import SizeRule

MILLION = 1_000_000
MEGAPIXEL = 1_000_000
SIZES_SHOWN = 3


def can_words(card: ModelCard) -> str:
    """What it makes of what: `text→image, edit (≤ 14 refs), 10 a call`; more than a call gives is asked in several."""
    can = card.capability
    words = ["text→image"] if can.text_to_image else []
    if can.edits:
        words.append(f"edit (≤ {can.max_references} refs)" if can.max_references > 1 else "edit (1 ref)")
    return ", ".join([*words, *([f"{can.native_count} a call"] if can.native_count > 1 else [])])


def short_can(card: ModelCard) -> str:
    """`draw, edit`."""
    can = card.capability
    return ", ".join([*(["draw"] if can.text_to_image else []), *(["edit"] if can.edits else [])])


def size_words(rule: SizeRule) -> str:
    """The sizes in words."""
    tiers = " ".join(rule.tables or rule.tier_areas)
    if rule.kind == "list":
        shown = ", ".join(str(size) for size in rule.allowed[:SIZES_SHOWN])
        return shown if len(rule.allowed) <= SIZES_SHOWN else f"{shown}, {len(rule.allowed) - SIZES_SHOWN} more"
    if rule.kind == "ratio":
        return f"ratios at {tiers}"
    if rule.kind == "free":
        return "; ".join(word for word in (_bounds(rule), tiers) if word)
    return "as the picture given" if rule.kind == "adaptive" else "the model's own"


def _bounds(rule: SizeRule) -> str:
    if rule.max_area is not None:
        return f"free, {megapixels(rule.min_area)}-{megapixels(rule.max_area)} MP"
    return f"free, edges ≤ {rule.max_edge}" if rule.max_edge else "free"


def megapixels(area: int) -> str:
    """An area in millions of pixels."""
    return f"{area / MEGAPIXEL:.1f}".removesuffix(".0")


def price_words(prices: Sequence[Price], platform: str) -> str:
    """The price of a picture where the vendor has one, else of its tokens; `unknown` where nobody knows."""
    shown, times = _telling(prices, platform)
    if not shown:
        return "unknown"
    place = f" ({shown[0].platform})" if _elsewhere(shown, platform) else ""
    return f"{_span(shown, times)}{' per million tokens' if times > 1 else ''}{place}"


def short_price(prices: Sequence[Price], platform: str) -> str:
    """The same, for a narrow column; † where it is another platform's."""
    shown, times = _telling(prices, platform)
    if not shown:
        return "unknown"
    return f"{_span(shown, times)}{'/M' if times > 1 else ''}{'†' if _elsewhere(shown, platform) else ''}"


def _telling(prices: Sequence[Price], platform: str) -> tuple[Sequence[Price], int]:
    """The prices that say what a picture costs, and how many units they are told for."""
    here = [price for price in prices if price.platform in ("", platform)] or list(prices)
    pictures = [price for price in here if price.unit == "image" and price.platform == here[0].platform]
    if pictures:
        return pictures, 1
    return [price for price in here if price.unit == "image_output_token"][:1], MILLION


def _elsewhere(prices: Sequence[Price], platform: str) -> bool:
    return prices[0].platform not in ("", platform)


def _span(prices: Sequence[Price], times: int) -> str:
    amounts = sorted((price.money.times(times) for price in prices), key=lambda money: money.nano)
    return f"{_range(amounts[0], amounts[-1])}{'*' if any(price.unverified for price in prices) else ''}"


def _range(least: Money, most: Money) -> str:
    amount = least.decimal if least == most else f"{least.decimal}-{most.decimal}"
    return f"{amount} {least.currency}"


def status_words(card: ModelCard, catalogue: Catalogue, today: date) -> str:
    """Where it is in its life, and who comes after."""
    status = catalogue.status_on(card, today)
    if status is Status.ACTIVE:
        return "active"
    ends = f" {card.shutdown_date}" if card.shutdown_date else ""
    until = " until" if ends and status is Status.DEPRECATED else ""
    after = catalogue.successor(card, today)
    return f"{status.value}{until}{ends}{f', then {after.id}' if after else ''}"
