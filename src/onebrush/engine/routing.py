"""Model name x key -> the card that answers and the deployment it is bought at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import ModelNotFound, ProviderNotConfigured
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.model import ModelCard, Status
from onebrush.domain.warning import RequestWarning


class Cards(Protocol):
    """What routing asks of the catalogue."""

    def find(self, name: str) -> ModelCard:
        """The card of an id or alias. Raises ModelNotFound."""
        ...

    def status_on(self, card: ModelCard, today: date) -> Status:
        """Where the model is in its life on a day."""
        ...

    def successor(self, card: ModelCard) -> ModelCard | None:
        """The model that takes over, if one is named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The card asked for, the card that serves, where, and what to tell the caller of it."""

    asked: ModelCard
    card: ModelCard
    deployment: Deployment
    warnings: tuple[RequestWarning, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Deployments by provider, live and test apart. `setting_for` names what an operator has to set."""

    cards: Cards
    live: Mapping[str, Sequence[Deployment]]
    test: Mapping[str, Deployment]
    setting_for: Mapping[str, str]
    serve_retired: bool = True

    def choose(self, name: str, key: ApiKey, today: date) -> Choice:
        """Where to buy. Raises ModelNotFound or ProviderNotConfigured."""
        asked = self.cards.find(name)
        if self.uses_sandbox(key):
            return self._at(asked, asked, self.test[asked.provider], today)
        return self._at(asked, asked, self._live(asked), today)

    def uses_sandbox(self, key: ApiKey) -> bool:
        """Test keys always; live keys only while no vendor at all is configured."""
        return key.mode is Mode.TEST or not any(self.live.values())

    def substitute(self, choice: Choice) -> Choice | None:
        """The successor, when the vendor says the model is gone; None where there is none or it may not be."""
        card = self.cards.successor(choice.card)
        if card is None or choice.deployment.test or not self.serve_retired:
            return None
        return self._served_by(choice.asked, card, self._live(card))

    def _at(self, asked: ModelCard, card: ModelCard, deployment: Deployment, today: date) -> Choice:
        retired = self.cards.status_on(card, today) is Status.RETIRED
        if not retired or deployment.serves_retired:
            return Choice(asked=asked, card=card, deployment=deployment)
        successor = self.cards.successor(card)
        if successor is None or not self.serve_retired:
            raise ModelNotFound(_gone(card, successor), param="model")
        return self._served_by(asked, successor, self._live(successor))

    def _served_by(self, asked: ModelCard, card: ModelCard, deployment: Deployment) -> Choice:
        message = f"Model '{asked.id}' is no longer served by its vendor; '{card.id}' served the request."
        warning = RequestWarning(code="model_substituted", message=message, param="model", asked=asked.id, sent=card.id)
        return Choice(asked=asked, card=card, deployment=deployment, warnings=(warning,))

    def _live(self, card: ModelCard) -> Deployment:
        deployments = self.live.get(card.provider)
        if not deployments:
            raise ProviderNotConfigured(
                f"Model '{card.id}' needs a key of provider '{card.provider}', which is not configured. "
                f"Operator: set {self.setting_for[card.provider]}.",
                param="model",
            )
        return deployments[0]


def _gone(card: ModelCard, successor: ModelCard | None) -> str:
    named = f" Use its successor '{successor.id}'." if successor else ""
    return f"Model '{card.id}' was retired by its vendor and retired models are not served here.{named}"
