"""`onebrush models`: what can draw, what it takes, what it costs, how long it lives."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from onebrush.catalogue.catalogue import Catalogue
from onebrush.cli.brief import can_words, price_words, short_can, short_price, size_words, status_words
from onebrush.cli.card import told
from onebrush.cli.client import Client, address, for_a_prompt
from onebrush.cli.failures import CommandFailed
from onebrush.cli.local import own_catalogue
from onebrush.cli.tables import Row, table, width_of
from onebrush.domain.errors import ModelNotFound
from onebrush.domain.model import ModelCard

if TYPE_CHECKING:
    from onebrush.settings import Settings

SHORT = ("model", "can", "price", "status")
WIDE = ("model", "name", "can", "sizes", "price", "status")
UNKNOWN = "not in this machine's catalogue"
PRICES = "Prices are the vendors' list prices, of a picture or of a million (M) tokens."
STAR = "* not seen on the vendor's own page."
DAGGER = "† of another region than the usual one, where no price is known."
MORE = "`onebrush models NAME` tells all about one, --wide shows every column."
HIDDEN = "--all shows {} dated snapshots too."

RowOf = Callable[[ModelCard, "Listing"], Row]
_DATE = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{6})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which models to show; the ids are a gateway's, what is known of them is the catalogue's."""

    catalogue: Catalogue
    ids: Sequence[str]
    today: date

    @property
    def without_snapshots(self) -> Listing:
        """Without those that are another model as it was on some day."""
        ids = [name for name in self.ids if not is_snapshot(name, self.catalogue)]
        return Listing(catalogue=self.catalogue, ids=ids, today=self.today)


def models(
    settings: Settings, *, wide: bool = False, every: bool = False, url: str | None = None, key: str | None = None
) -> int:
    """Print the table: of a gateway's models, or without an address of the catalogue's. Raises CommandFailed."""
    catalogue, today = own_catalogue(settings), _today()
    ids = _client(settings, url, key).model_ids() if url else [card.id for card in catalogue.listing(today)]
    listing = Listing(catalogue=catalogue, ids=ids, today=today)
    shown = listing if every else listing.without_snapshots
    text = _fitting(shown, wide=wide)
    print(text)
    print(f"\n{PRICES}\n{STAR}")
    if "†" in text:
        print(DAGGER)
    print(MORE)
    if len(shown.ids) < len(listing.ids):
        print(HIDDEN.format(len(listing.ids) - len(shown.ids)))
    return 0


def model(settings: Settings, name: str, *, url: str | None = None, key: str | None = None) -> int:
    """Print all that is known of one model, by id or alias. Raises CommandFailed."""
    catalogue = own_catalogue(settings)
    if url:
        name = _client(settings, url, key).model_id(name)
    print("\n".join(told(_card(catalogue, name), catalogue, _today(), _width())))
    return 0


def is_snapshot(name: str, catalogue: Catalogue) -> bool:
    """Whether it is the id of another model with a date behind it."""
    undated = _DATE.sub("", name)
    other = catalogue.get(undated) if undated != name else None
    return other is not None and other.id != name


def _today() -> date:
    return datetime.now(UTC).date()


def _client(settings: Settings, url: str, key: str | None) -> Client:
    return Client(url=address(url), key=key or next(iter(settings.keys), None))


def _card(catalogue: Catalogue, name: str) -> ModelCard:
    card = catalogue.get(name)
    if card is not None:
        return card
    try:
        return catalogue.find(name)
    except ModelNotFound as error:
        raise CommandFailed(for_a_prompt(error.message)) from error


# The table


def _fitting(listing: Listing, *, wide: bool) -> str:
    """All columns where they were asked for or fit a terminal, else the few that fit anywhere."""
    whole = table(WIDE, *_groups(listing, _wide_row))
    if wide or (sys.stdout.isatty() and width_of(whole) <= _width()):
        return whole
    return table(SHORT, *_groups(listing, _short_row))


def _width() -> int:
    return shutil.get_terminal_size().columns


def _groups(listing: Listing, row: RowOf) -> Iterator[list[Row]]:
    """The rows of each provider."""
    known = [(name, listing.catalogue.get(name)) for name in listing.ids]
    for _, group in groupby(known, lambda pair: pair[1].provider if pair[1] else ""):
        yield [row(card, listing) if card else _nothing_known(name, row) for name, card in group]


def _nothing_known(name: str, row: RowOf) -> Row:
    return (name, "", UNKNOWN, "", "unknown", "") if row is _wide_row else (name, "", "unknown", UNKNOWN)


def _wide_row(card: ModelCard, listing: Listing) -> Row:
    return row(card, listing.catalogue, listing.today)


def _short_row(card: ModelCard, listing: Listing) -> Row:
    platform = listing.catalogue.providers[card.provider].default_platform
    status = listing.catalogue.status_on(card, listing.today)
    return (card.id, short_can(card), short_price(card.prices, platform), status.value)


def row(card: ModelCard, catalogue: Catalogue, today: date) -> tuple[str, ...]:
    """One model as the wide table shows it."""
    platform = catalogue.providers[card.provider].default_platform
    return (
        card.id,
        card.title,
        can_words(card),
        size_words(card.size),
        price_words(card.prices, platform),
        status_words(card, catalogue, today),
    )
