"""Price rows -> prices, exact to the nano-unit."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from onebrush.catalogue.rows import CatalogueError, PriceRow, ProviderRow
from onebrush.domain.money import NANO, Money, Price

MILLION = 1_000_000
LARGEST = 1_000_000


def priced(row: PriceRow, provider: ProviderRow, where: str) -> Price:
    """The price line of a row; its currency is the platform's unless the row names one."""
    if row.platform not in provider.platforms:
        raise CatalogueError(f"{where}: price for platform {row.platform!r}, which {provider.name} has not.")
    currency = row.currency or provider.platforms[row.platform].currency
    if not currency:
        raise CatalogueError(f"{where}: a price on platform {row.platform!r} needs a currency.")
    return Price(
        unit=row.unit,
        money=Money(nano=_nano(row, where), currency=currency),
        platform=row.platform,
        max_area=row.max_area,
        tier=row.tier,
        unverified=row.unverified,
        source=row.source,
    )


def _nano(row: PriceRow, where: str) -> int:
    if (row.amount is None) == (row.per_million is None):
        raise CatalogueError(f"{where}: a price has either amount or per_million.")
    text = row.per_million if row.amount is None else row.amount
    nano = _decimal(text or "", where) * NANO / (1 if row.amount is not None else MILLION)
    if nano != int(nano):
        raise CatalogueError(f"{where}: price {text!r} is finer than a billionth of the currency.")
    return int(nano)


def _decimal(text: str, where: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise CatalogueError(f"{where}: {text!r} is no amount of money.") from None
    if not value.is_finite() or not 0 <= value <= LARGEST:
        raise CatalogueError(f"{where}: a price is 0 to {LARGEST}, not {text!r}; leave an unknown price out.")
    return value
