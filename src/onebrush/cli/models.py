"""`onebrush models`: what can draw, what it takes, what it costs, how long it lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.rows import CatalogueError
from onebrush.cli.client import Client, address
from onebrush.cli.failures import CommandFailed
from onebrush.cli.tables import plain_table, show_table
from onebrush.domain.model import ModelCard, Status
from onebrush.domain.money import Money, Price
from onebrush.domain.size import SizeRule

if TYPE_CHECKING:
    from onebrush.settings import Settings

MILLION = 1_000_000
MEGAPIXEL = 1_000_000
SIZES_SHOWN = 3
FOOTNOTE = "* not seen on the vendor's own page. Prices are the vendors' list prices for a picture, or for a million\
 tokens."


def models(settings: Settings, *, url: str | None = None, key: str | None = None) -> int:
    """Print the table: of a gateway's models, or without an address of the catalogue's."""
    try:
        catalogue = Catalogue.load(settings.catalogue)
    except CatalogueError as error:
        raise CommandFailed(str(error)) from error
    today = datetime.now(UTC).date()
    if url is None:
        _print(catalogue, [card.id for card in catalogue.listing(today)], today)
    else:
        client = Client(url=address(url), key=key or next(iter(settings.keys), None))
        _print(catalogue, client.model_ids(), today)
    return 0


def _print(catalogue: Catalogue, ids: Sequence[str], today: date) -> None:
    table = plain_table("model", "name", "can", "sizes", "price", "status")
    before = None
    for name in ids:
        card = catalogue.get(name)
        if card is None:
            table.add_row(name, "", "not in this machine's catalogue", "", "unknown", "")
            continue
        if before not in (None, card.provider):
            table.add_section()
        before = card.provider
        table.add_row(*row(card, catalogue, today))
    show_table(table)
    print(FOOTNOTE)


def row(card: ModelCard, catalogue: Catalogue, today: date) -> tuple[str, ...]:
    """One model as the table shows it."""
    platform = catalogue.providers[card.provider].default_platform
    return (
        card.id,
        card.title,
        can_words(card),
        size_words(card.size),
        price_words(card.prices, platform),
        status_words(card, catalogue, today),
    )


def can_words(card: ModelCard) -> str:
    """What it makes of what: `text→image, edit (≤ 14 refs), 10 a call`; more than a call gives is asked in several."""
    can = card.capability
    words = ["text→image"] if can.text_to_image else []
    if can.edits:
        words.append(f"edit (≤ {can.max_references} refs)" if can.max_references > 1 else "edit (1 ref)")
    return ", ".join([*words, *([f"{can.native_count} a call"] if can.native_count > 1 else [])])


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
        return f"free, {_megapixels(rule.min_area)}-{_megapixels(rule.max_area)} MP"
    return f"free, edges ≤ {rule.max_edge}" if rule.max_edge else "free"


def _megapixels(area: int) -> str:
    return f"{area / MEGAPIXEL:.1f}".removesuffix(".0")


def price_words(prices: Sequence[Price], platform: str) -> str:
    """The price of a picture where the vendor has one, else of its tokens; `unknown` where nobody knows."""
    here = [price for price in prices if price.platform in ("", platform)] or list(prices)
    place = f" ({here[0].platform})" if here and here[0].platform not in ("", platform) else ""
    pictures = [price for price in here if price.unit == "image" and price.platform == here[0].platform]
    if pictures:
        return _span(pictures) + place
    tokens = next((price for price in here if price.unit == "image_output_token"), None)
    return f"{_span([tokens], MILLION)} per million tokens{place}" if tokens else "unknown"


def _span(prices: Sequence[Price], times: int = 1) -> str:
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
