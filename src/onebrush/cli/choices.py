"""Which model draws for a person who names none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onebrush.domain.model import ModelCard, Status

if TYPE_CHECKING:
    from onebrush.catalogue.catalogue import Catalogue

# In the sandbox every model is there.
SANDBOX_MODEL = "seedream-4.0-base"


def live_model(catalogue: Catalogue, providers: Iterable[str]) -> str | None:
    """The first active model of these providers, in their order, that draws from words alone."""
    today = datetime.now(UTC).date()

    def fits(card: ModelCard) -> bool:
        return card.capability.text_to_image and catalogue.status_on(card, today) is Status.ACTIVE

    # Of a provider, the catalogue lists recommended ones first.
    served = [card for card in catalogue.listing(today) if fits(card)]
    return next((card.id for name in providers for card in served if card.provider == name), None)
