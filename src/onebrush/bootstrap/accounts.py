"""The deployments and routes that the settings name, checked against the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from onebrush.bootstrap.wires import WIRES
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.domain.deployment import Deployment, Route
from onebrush.domain.errors import ModelNotFound
from onebrush.domain.model import ModelCard
from onebrush.engine.routing import ANY
from onebrush.kit.logs import get_logger
from onebrush.settings import (
    AccountSettings,
    DeploymentSettings,
    ProviderSettings,
    RouteSettings,
    Settings,
    SettingsError,
    provider_setting,
    vendor_key,
)

log = get_logger()

SANDBOX_ID = "sandbox-"


def live_deployments(
    catalogue: Catalogue, settings: Settings, environ: Mapping[str, str]
) -> Mapping[str, Sequence[Deployment]]:
    """Provider -> its deployments whose key is there: its own account, then the others as they stand in the file.

    Raises SettingsError.
    """
    _check_providers(catalogue, settings)
    found: dict[str, list[Deployment]] = {}
    for deployment in (*_own(catalogue, settings, environ), *_further(catalogue, settings, environ)):
        found.setdefault(deployment.provider, []).append(deployment)
    return {name: tuple(found[name]) for name in catalogue.providers if name in found}


def routes_of(catalogue: Catalogue, settings: Settings) -> Mapping[str, Route]:
    """Model id (or "*") -> its route. Raises SettingsError for what is not known or makes no sense."""
    routes: dict[str, Route] = {}
    for name, said in settings.routes.items():
        card = None if name == ANY else _model(catalogue, name, f'[routes."{name}"]')
        place = card.id if card else ANY
        if place in routes:
            raise SettingsError(f"[routes.\"{name}\"] is a second route for model '{place}'; keep one of them.")
        routes[place] = _route(catalogue, settings, name, card, said)
    return routes


# Deployments


def _check_providers(catalogue: Catalogue, settings: Settings) -> None:
    for provider in catalogue.providers.values():
        if provider.wire not in WIRES:
            raise SettingsError(f"Provider '{provider.name}' names wire '{provider.wire}'. Known: {', '.join(WIRES)}")
    for name in settings.providers:
        _provider(catalogue, name, f"[providers.{name}] names no known provider.")


def _provider(catalogue: Catalogue, name: str, otherwise: str) -> Provider:
    if name not in catalogue.providers:
        raise SettingsError(f"{otherwise} Known: {', '.join(catalogue.providers)}")
    return catalogue.providers[name]


def _own(catalogue: Catalogue, settings: Settings, environ: Mapping[str, str]) -> Iterator[Deployment]:
    """The accounts that bear their provider's name."""
    for provider in catalogue.providers.values():
        own = settings.providers.get(provider.name) or ProviderSettings()
        credential = vendor_key(provider.key_env, own, environ)
        if credential is not None:
            region = provider_setting(provider.name, "region", own.region, environ)
            base_url = provider_setting(provider.name, "base_url", own.base_url, environ)
            yield _deployment(provider.name, provider, own, credential, region, base_url)


def _further(catalogue: Catalogue, settings: Settings, environ: Mapping[str, str]) -> Iterator[Deployment]:
    """The accounts of [deployments]; one whose variable is not set is not there."""
    for name, own in settings.deployments.items():
        _check_id(catalogue, name)
        provider = _provider(
            catalogue, own.provider, f"[deployments.{name}] names provider '{own.provider}', which is not known."
        )
        models = _models(catalogue, name, own)
        credential = vendor_key((own.api_key_env,) if own.api_key_env else (), own, environ)
        built = _deployment(name, provider, own, credential or "", own.region, own.base_url, models)
        if credential is None:
            log.warning("deployment left out, as its variable is not set", deployment=name, variable=own.api_key_env)
        else:
            yield built


def _check_id(catalogue: Catalogue, name: str) -> None:
    if name in catalogue.providers:
        raise SettingsError(
            f"[deployments.{name}] has the name of a provider, which is the id of its own account. "
            f"Say it in [providers.{name}], or choose another id."
        )
    if name.startswith(SANDBOX_ID):
        raise SettingsError(f"[deployments.{name}]: ids that begin with {SANDBOX_ID} are the sandbox's own.")


def _models(catalogue: Catalogue, name: str, own: DeploymentSettings) -> tuple[str, ...]:
    cards = [_model(catalogue, model, f"[deployments.{name}] models") for model in own.models]
    foreign = next((card for card in cards if card.provider != own.provider), None)
    if foreign is not None:
        raise SettingsError(
            f"[deployments.{name}] models names '{foreign.id}', which provider '{foreign.provider}' sells, "
            f"not '{own.provider}'."
        )
    return tuple(card.id for card in cards)


def _deployment(
    name: str,
    provider: Provider,
    own: AccountSettings,
    credential: str,
    region: str | None,
    base_url: str | None,
    models: tuple[str, ...] = (),
) -> Deployment:
    region = region or provider.default_platform
    if region not in provider.platforms:
        known = ", ".join(provider.platforms)
        raise SettingsError(f"Provider '{provider.name}' has no region '{region}'. Known: {known}")
    return Deployment(
        id=name,
        provider=provider.name,
        wire=provider.wire,
        base_url=base_url or provider.platforms[region].base_url,
        credential=credential,
        auth=provider.auth,
        platform=region,
        timeout=own.timeout,
        concurrency=own.concurrency,
        mode=own.mode,
        poll_every=own.poll_every,
        rate=own.rate,
        queue=own.queue,
        weight=own.weight,
        models=models,
    )


# Routes


def _model(catalogue: Catalogue, name: str, where: str) -> ModelCard:
    try:
        return catalogue.find(name)
    except ModelNotFound as error:
        raise SettingsError(f"{where}: {error.message}") from error


def _route(catalogue: Catalogue, settings: Settings, name: str, card: ModelCard | None, said: RouteSettings) -> Route:
    where = f'[routes."{name}"]'
    if card is None and said.deployments:
        raise SettingsError(f"{where} is for every model; deployments are named in the routes of single models.")
    for deployment in said.deployments if card else ():
        _check_seller(catalogue, settings, where, card, deployment)
    fallback = tuple(_model(catalogue, other, f"{where} fallback").id for other in said.fallback)
    if card is not None and card.id in fallback:
        raise SettingsError(f"{where} falls back to itself; name other models.")
    return Route(
        deployments=said.deployments,
        strategy=said.strategy,
        fallback=tuple(dict.fromkeys(fallback)),
        on_refusal=said.on_refusal,
    )


def _check_seller(
    catalogue: Catalogue, settings: Settings, where: str, card: ModelCard | None, deployment: str
) -> None:
    """Whether a deployment of that id is known, and sells the model."""
    own = settings.deployments.get(deployment)
    if own is None and deployment not in catalogue.providers:
        known = ", ".join((*catalogue.providers, *settings.deployments))
        raise SettingsError(f"{where} names deployment '{deployment}', which is not known. Known: {known}")
    models = _models(catalogue, deployment, own) if own else ()
    provider = own.provider if own else deployment
    if card is not None and (card.provider != provider or (models and card.id not in models)):
        raise SettingsError(f"{where} names deployment '{deployment}', which does not sell '{card.id}'.")
