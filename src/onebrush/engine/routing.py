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

    def successor(self, card: ModelCard, today: date | None = None) -> ModelCard | None:
        """The model that takes over on a day, if there is one."""
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
        test = self.uses_sandbox(key)
        deployment = self._deployment(asked, test)
        if self.cards.status_on(asked, today) is not Status.RETIRED or deployment.serves_retired:
            return Choice(asked=asked, card=asked, deployment=deployment)
        successor = self.cards.successor(asked, today)
        if successor is None or not self.serve_retired:
            raise ModelNotFound(_gone(asked, successor), param="model")
        return self._served_by(asked, successor, test)

    def uses_sandbox(self, key: ApiKey) -> bool:
        """Test keys always; live keys only while no vendor at all is configured."""
        return key.mode is Mode.TEST or not any(self.live.values())

    def substitute(self, choice: Choice, today: date) -> Choice | None:
        """The successor, when the vendor says the model is gone; None where there is none or it may not be."""
        card = self.cards.successor(choice.card, today)
        if card is None or choice.deployment.serves_retired or not self.serve_retired:
            return None
        return self._served_by(choice.asked, card, choice.deployment.test)

    def _served_by(self, asked: ModelCard, card: ModelCard, test: bool) -> Choice:
        """A successor is bought where the key may buy: test keys never leave the sandbox."""
        deployment = self._deployment(card, test)
        message = f"Model '{asked.id}' is no longer served by its vendor; '{card.id}' served the request."
        warning = RequestWarning(
            code="model_substituted",
            message=message,
            param="model",
            asked=asked.id,
            sent=card.id,
            allowed=(card.id,),
        )
        return Choice(asked=asked, card=card, deployment=deployment, warnings=(warning,))

    def _deployment(self, card: ModelCard, test: bool) -> Deployment:
        return self.test[card.provider] if test else self._live(card)

    def _live(self, card: ModelCard) -> Deployment:
        deployments = self.live.get(card.provider)
        if not deployments:
            raise ProviderNotConfigured(
                f"Model '{card.id}' needs a key of provider '{card.provider}', which is not configured. "
                f"Configured here: {', '.join(self.live) or 'none'}. Operator: set {self.setting_for[card.provider]}.",
                param="model",
                retry=False,
            )
        return deployments[0]


def _gone(card: ModelCard, successor: ModelCard | None) -> str:
    named = f" Use its successor '{successor.id}'." if successor else ""
    return f"Model '{card.id}' was retired by its vendor and retired models are not served here.{named}"
