"""The catalogue: models found by name, where each is in its life, which other can do what it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from onebrush.catalogue.check import check
from onebrush.catalogue.load import read
from onebrush.catalogue.names import LONGEST, index, nearest, plain
from onebrush.catalogue.provider import Provider
from onebrush.domain.errors import ModelNotFound
from onebrush.domain.model import ModelCard, Status

_RANK = {Status.ACTIVE: 0, Status.DEPRECATED: 1, Status.RETIRED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every model known, served or not, in the order of the files: a provider's recommended ones first."""

    providers: Mapping[str, Provider]
    cards: tuple[ModelCard, ...]
    _by_id: Mapping[str, ModelCard] = field(repr=False)
    _by_name: Mapping[str, ModelCard] = field(repr=False)

    @classmethod
    def load(cls, extra: Path | None = None) -> Catalogue:
        """The packaged models, then those of `extra`: a TOML file or a folder of them.

        Raises CatalogueError naming file and row.
        """
        providers, cards = read(extra)
        check(providers, cards)
        return cls(
            providers={provider.name: provider for provider in providers},
            cards=cards,
            _by_id={card.id: card for card in cards},
            _by_name=index(cards),
        )

    def get(self, name: str) -> ModelCard | None:
        """The card of an id or alias, served or not."""
        return self._by_name.get(plain(name))

    def find(self, name: str) -> ModelCard:
        """The card that serves an id or alias. Raises ModelNotFound."""
        card = self.get(name)
        if card is None:
            raise ModelNotFound(self._unknown(name), param="model")
        if not card.served:
            raise ModelNotFound(self._not_served(card), param="model")
        return card

    def status_on(self, card: ModelCard, today: date) -> Status:
        """Where the model is in its life on a day. What is stated as retired stays so on any day."""
        if card.shutdown_date and today >= card.shutdown_date:
            return Status.RETIRED
        return card.status

    def successor(self, card: ModelCard, today: date | None = None) -> ModelCard | None:
        """The model that takes over: the first in the line of successors that is not retired itself.

        Without a day the rows' stated status counts alone. None when there is none.
        """
        while card.successor is not None:
            card = self._by_id[card.successor]
            if (card.status if today is None else self.status_on(card, today)) is not Status.RETIRED:
                return card
        return None

    def edit_model_near(self, card: ModelCard) -> str | None:
        """A model of the same provider that takes pictures."""
        return self._near(card, lambda other: other.capability.edits)

    def t2i_model_near(self, card: ModelCard) -> str | None:
        """A model of the same provider that draws from words alone."""
        return self._near(card, lambda other: other.capability.text_to_image)

    def listing(self, today: date) -> tuple[ModelCard, ...]:
        """The served models by provider: active ones first, retired ones last."""
        order = list(self.providers)
        served = [card for card in self.cards if card.served]
        served.sort(key=lambda card: (order.index(card.provider), _RANK[self.status_on(card, today)]))
        return tuple(served)

    def _near(self, card: ModelCard, can: Callable[[ModelCard], bool]) -> str | None:
        after = self.successor(card)
        siblings = [other for other in self.cards if other.served and other.provider == card.provider]
        preferred = ([after] if after else []) + sorted(siblings, key=lambda other: _RANK[other.status])
        return next((other.id for other in preferred if can(other)), None)

    def _unknown(self, name: str) -> str:
        served = [known for known, card in self._by_name.items() if card.served]
        names = ", ".join(f"'{known}'" for known in nearest(name, served))
        return f"No model '{name[:LONGEST]}'. Nearest: {names}. GET /v1/models lists all."

    def _not_served(self, card: ModelCard) -> str:
        after = self.successor(card)
        near = self.t2i_model_near if card.capability.text_to_image else self.edit_model_near
        other = after.id if after else near(card)
        advice = f" Use '{other}' instead." if other else ""
        return f"Model '{card.id}' is known but not served here.{advice} GET /v1/models lists all."
