"""Model name x key -> the card that answers and where it is bought, best place first."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Protocol

from onebrush.domain.deployment import Deployment, Route, Strategy
from onebrush.domain.errors import ModelNotFound, OneBrushError, ProviderNotConfigured
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.model import ModelCard, Status
from onebrush.domain.money import Cost
from onebrush.domain.warning import RequestWarning

ANY = "*"  # the route of models that have none of their own
EXPLORED = 0.05  # of the requests of a "fastest" route go elsewhere first, to see how fast it is now


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
    """The card asked for, the card that serves, where, and what to tell the caller of it.

    `instead`: another model than was asked for, as the route allows when no deployment of its own can serve, and
    with `on_refusal` also when the content was refused.
    """

    asked: ModelCard
    card: ModelCard
    deployment: Deployment
    warnings: tuple[RequestWarning, ...] = ()
    instead: bool = False
    on_refusal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    live: Mapping[str, Sequence[Deployment]]
    test: Mapping[str, Deployment]
    setting_for: Mapping[str, str]
    routes: Mapping[str, Route] = field(default_factory=dict)


class Router:
    """Who serves what: deployments by provider, live and test apart, and the routes of models by id.

    `setting_for` names what an operator has to set for a provider. `latency` is how long a model takes at a
    deployment (None: not known), `draw` a random number from 0 to 1.
    """

    def __init__(
        self,
        *,
        cards: Cards,
        live: Mapping[str, Sequence[Deployment]],
        test: Mapping[str, Deployment],
        setting_for: Mapping[str, str],
        routes: Mapping[str, Route] | None = None,
        serve_retired: bool = True,
        latency: Callable[[Deployment, str], float | None] = lambda deployment, model: None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.cards = cards
        self.serve_retired = serve_retired
        self._latency = latency
        self._draw = draw
        self.swap(live=live, test=test, routes=routes or {}, setting_for=setting_for)

    def swap(
        self,
        *,
        live: Mapping[str, Sequence[Deployment]],
        test: Mapping[str, Deployment],
        routes: Mapping[str, Route],
        setting_for: Mapping[str, str],
    ) -> None:
        """Other tables, all at once, for whoever asks from now on; choices made before stay as they are."""
        self._tables = _Tables(live=live, test=test, routes=routes, setting_for=setting_for)

    @property
    def live(self) -> Mapping[str, Sequence[Deployment]]:
        """Provider -> its deployments."""
        return self._tables.live

    def choose(self, name: str, key: ApiKey, today: date) -> Choice:
        """Where to buy first. Raises ModelNotFound or ProviderNotConfigured."""
        return self.choices(name, key, today)[0]

    def choices(self, name: str, key: ApiKey, today: date) -> tuple[Choice, ...]:
        """Where to buy, in order: the model's deployments, then those of the models its route falls back to.

        Raises ModelNotFound, or ProviderNotConfigured where the model itself has no deployment.
        """
        asked, test = self.cards.find(name), self.uses_sandbox(key)
        own = self._own(asked, today, test)
        return (*own, *self._fallbacks(own[0], today, test))

    def uses_sandbox(self, key: ApiKey) -> bool:
        """Test keys always; live keys only while no vendor at all is configured."""
        return key.mode is Mode.TEST or not any(self._tables.live.values())

    def deployment(self, deployment_id: str) -> Deployment | None:
        """The deployment of that id as it is now; None where it is gone."""
        live = [deployment for several in self._tables.live.values() for deployment in several]
        every = (*live, *self._tables.test.values())
        return next((deployment for deployment in every if deployment.id == deployment_id), None)

    def strategy_of(self, name: str, today: date = date.min) -> Strategy:
        """How the deployments of a model are put in order. Raises ModelNotFound."""
        asked = self.cards.find(name)
        retired = self.cards.status_on(asked, today) is Status.RETIRED
        card = self.cards.successor(asked, None if today == date.min else today) if retired else asked
        return self._route(card or asked, asked).strategy

    def cheapest_first(self, choices: Sequence[Choice], cost: Callable[[Choice], Cost]) -> tuple[Choice, ...]:
        """The choices of each model by what they would cost; models keep their order.

        Where the price is unknown or in another currency than the first known one, they come last, in their order.
        """
        models = groupby(choices, key=lambda choice: choice.card.id)
        return tuple(choice for _, same in models for choice in _by_cost(tuple(same), cost))

    def substitute(self, choice: Choice, today: date) -> Choice | None:
        """The successor, when the vendor says the model is gone; None where there is none or it may not be."""
        card = self.cards.successor(choice.card, today)
        if card is None or choice.deployment.serves_retired or not self.serve_retired:
            return None
        try:
            served = self._served_by(choice.asked, card, choice.deployment.test)
        except ProviderNotConfigured:
            return None
        first = next((each for each in served if each.deployment.id == choice.deployment.id), served[0])
        return replace(first, instead=choice.instead, on_refusal=choice.on_refusal)

    def _own(self, asked: ModelCard, today: date, test: bool) -> tuple[Choice, ...]:
        """The model at each of its deployments, or the one that took over."""
        sellers = self._sellers(asked, self._route(asked, asked), test)
        if self.cards.status_on(asked, today) is Status.RETIRED:
            sellers = [deployment for deployment in sellers if deployment.serves_retired]
        if sellers:
            return tuple(Choice(asked=asked, card=asked, deployment=deployment) for deployment in sellers)
        successor = self.cards.successor(asked, today)
        if successor is None or not self.serve_retired:
            raise ModelNotFound(_gone(asked, successor), param="model")
        return self._served_by(asked, successor, test)

    def _served_by(self, asked: ModelCard, card: ModelCard, test: bool) -> tuple[Choice, ...]:
        """A successor is bought where the key may buy: test keys never leave the sandbox."""
        message = f"Model '{asked.id}' is no longer served by its vendor; '{card.id}' served the request."
        warning = RequestWarning(
            code="model_substituted",
            message=message,
            param="model",
            asked=asked.id,
            sent=card.id,
            allowed=(card.id,),
        )
        sellers = self._sellers(card, self._route(card, asked), test)
        return tuple(
            Choice(asked=asked, card=card, deployment=deployment, warnings=(warning,)) for deployment in sellers
        )

    def _fallbacks(self, first: Choice, today: date, test: bool) -> Iterator[Choice]:
        """The other models of the route, each once, as far as somebody sells them."""
        route, seen = self._route(first.card, first.asked), {first.card.id}
        for name in route.fallback:
            try:
                found = self._own(self.cards.find(name), today, test)
            except OneBrushError:
                continue
            if found[0].card.id not in seen:
                seen.add(found[0].card.id)
                yield from (_instead(first.asked, choice, route) for choice in found)

    def _route(self, card: ModelCard, asked: ModelCard) -> Route:
        """The route of the model that serves, else of the one asked for, else of any."""
        routes = self._tables.routes
        return routes.get(card.id) or routes.get(asked.id) or routes.get(ANY) or Route()

    def _sellers(self, card: ModelCard, route: Route, test: bool) -> list[Deployment]:
        """Raises ProviderNotConfigured where there is none: a route that names deployments means no others."""
        if test:
            return [self._tables.test[card.provider]]
        able = [each for each in self._tables.live.get(card.provider, ()) if not each.models or card.id in each.models]
        if route.deployments:
            named = {each.id: each for each in able}
            able = [named[each] for each in route.deployments if each in named]
        if not able:
            raise self._not_configured(card, route)
        return self._in_order(able, card, route.strategy)

    def _in_order(self, able: list[Deployment], card: ModelCard, strategy: Strategy) -> list[Deployment]:
        if strategy == "weight":
            # Of numbers drawn like this the largest is a deployment's with a chance of its share of the weight.
            return sorted(able, key=lambda each: self._draw() ** (1 / each.weight), reverse=True)
        if strategy == "fastest":
            return self._fastest(able, card)
        return able

    def _fastest(self, able: list[Deployment], card: ModelCard) -> list[Deployment]:
        """What was never measured comes first; and now and then another one does, lest old figures stay for ever."""
        fastest = sorted(able, key=lambda each: self._latency(each, card.upstream_id(each.platform)) or 0.0)
        if len(fastest) > 1 and self._draw() < EXPLORED:
            fastest.insert(0, fastest.pop(1 + int(self._draw() * (len(fastest) - 1))))
        return fastest

    def _not_configured(self, card: ModelCard, route: Route) -> ProviderNotConfigured:
        tables = self._tables
        if tables.live.get(card.provider):
            which = f"It is bought at {', '.join(route.deployments)} only. " if route.deployments else ""
            said = f"No deployment of provider '{card.provider}' that has its key serves model '{card.id}'. {which}"
            advice = "Operator: see [deployments] and [routes] of the settings file."
        else:
            said = (
                f"Model '{card.id}' needs a key of provider '{card.provider}', which is not configured. "
                f"Configured here: {', '.join(tables.live) or 'none'}. "
            )
            advice = f"Operator: set {tables.setting_for[card.provider]}."
        return ProviderNotConfigured(said + advice, param="model", retry=False)


def _gone(card: ModelCard, successor: ModelCard | None) -> str:
    named = f" Use its successor '{successor.id}'." if successor else ""
    return f"Model '{card.id}' was retired by its vendor and retired models are not served here.{named}"


def _instead(asked: ModelCard, choice: Choice, route: Route) -> Choice:
    warning = RequestWarning(
        code="model_fell_back",
        message=f"Model '{asked.id}' could not serve the request now; '{choice.card.id}' did, as its route says.",
        param="model",
        asked=asked.id,
        sent=choice.card.id,
        allowed=(choice.card.id,),
    )
    return replace(choice, asked=asked, warnings=(warning,), instead=True, on_refusal=route.on_refusal)


def _by_cost(choices: tuple[Choice, ...], cost: Callable[[Choice], Cost]) -> list[Choice]:
    monies = [cost(choice).money for choice in choices]
    currency = next((money.currency for money in monies if money), None)

    def rank(place: int) -> tuple[bool, int]:
        money = monies[place]
        return (False, money.nano) if money and money.currency == currency else (True, 0)

    return [choices[place] for place in sorted(range(len(choices)), key=rank)]
