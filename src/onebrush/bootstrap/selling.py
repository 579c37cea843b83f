"""Who sells: deployments from settings and environment, the sandbox in the vendors' stead, the router over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from onebrush.bootstrap.wires import WIRES
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.domain.deployment import Deployment
from onebrush.domain.model import ModelCard
from onebrush.engine.fitting import Alternatives
from onebrush.engine.routing import Router
from onebrush.sandbox.minder import SandboxMinder
from onebrush.settings import ProviderSettings, Settings, SettingsError, provider_setting, vendor_key

SANDBOX_KEY = "sandbox"


def live_deployments(
    catalogue: Catalogue, settings: Settings, environ: Mapping[str, str]
) -> Mapping[str, Sequence[Deployment]]:
    """Provider -> its deployments, for each provider whose vendor key is there. Raises SettingsError."""
    for provider in catalogue.providers.values():
        if provider.wire not in WIRES:
            raise SettingsError(f"Provider '{provider.name}' names wire '{provider.wire}'. Known: {', '.join(WIRES)}")
    unknown = sorted(set(settings.providers) - set(catalogue.providers))
    if unknown:
        known = ", ".join(catalogue.providers)
        raise SettingsError(f"[providers.{unknown[0]}] names no known provider. Known: {known}")
    found = {name: _live(provider, settings, environ) for name, provider in catalogue.providers.items()}
    return {name: (deployment,) for name, deployment in found.items() if deployment}


def _live(provider: Provider, settings: Settings, environ: Mapping[str, str]) -> Deployment | None:
    own = settings.providers.get(provider.name) or ProviderSettings()
    credential = vendor_key(provider.key_env, own, environ)
    if credential is None:
        return None
    region = provider_setting(provider.name, "region", own.region, environ) or provider.default_platform
    if region not in provider.platforms:
        known = ", ".join(provider.platforms)
        raise SettingsError(f"Provider '{provider.name}' has no region '{region}'. Known: {known}")
    base_url = provider_setting(provider.name, "base_url", own.base_url, environ)
    return Deployment(
        id=provider.name,
        provider=provider.name,
        wire=provider.wire,
        base_url=base_url or provider.platforms[region].base_url,
        credential=credential,
        auth=provider.auth,
        platform=region,
        timeout=own.timeout,
        concurrency=own.concurrency,
    )


def test_deployments(catalogue: Catalogue, sandbox: str, settings: Settings) -> Mapping[str, Deployment]:
    """Provider -> the sandbox standing in for it."""
    return {name: _test(provider, sandbox, settings) for name, provider in catalogue.providers.items()}


def _test(provider: Provider, sandbox: str, settings: Settings) -> Deployment:
    return Deployment(
        id=f"sandbox-{provider.name}",
        provider=provider.name,
        wire=provider.wire,
        base_url=sandbox + _SANDBOX_PATHS[provider.wire],
        credential=SANDBOX_KEY,
        auth=provider.auth,
        platform=provider.default_platform,
        test=True,
        serves_retired=not settings.sandbox_refuse_retired,
        concurrency=8,
        link_hosts=(sandbox.partition("://")[2],),
    )


_SANDBOX_PATHS = {
    "openai": "/openai/v1",
    "gemini": "/gemini/v1beta",
    "ark": "/ark/api/v3",
    "dashscope": "/dashscope/api/v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """Where the sandbox is, and the one who minds it where it is ours."""

    url: str
    minder: SandboxMinder | None = None

    @property
    def up(self) -> bool:
        """Whether it serves, as far as we can tell without asking it."""
        return self.minder is None or self.minder.up


async def sandbox_of(settings: Settings, stack: AsyncExitStack) -> Sandbox:
    """The sandbox named in the settings, or one of our own."""
    if settings.sandbox_url:
        return Sandbox(url=settings.sandbox_url.rstrip("/"))
    options = ["--link-life", str(settings.sandbox_link_life)]
    if settings.sandbox_refuse_retired:
        options.append("--refuse-retired")
    minder = SandboxMinder(settings.data / "sandbox", options)
    stack.push_async_callback(minder.stop)
    await minder.start()
    return Sandbox(url=minder.url, minder=minder)


def _settings_to_name(provider: Provider) -> str:
    return " or ".join(provider.key_env)


def router_of(
    settings: Settings, catalogue: Catalogue, live: Mapping[str, Sequence[Deployment]], sandbox: str
) -> Router:
    return Router(
        cards=catalogue,
        live=live,
        test=test_deployments(catalogue, sandbox, settings),
        setting_for={name: _settings_to_name(provider) for name, provider in catalogue.providers.items()},
        serve_retired=settings.serve_retired,
    )


def alternatives_of(catalogue: Catalogue) -> Mapping[str, Alternatives]:
    return {
        name: Alternatives(editing=catalogue.edit_model_near(first), drawing=catalogue.t2i_model_near(first))
        for name, first in _firsts(catalogue).items()
    }


def _firsts(catalogue: Catalogue) -> Mapping[str, ModelCard]:
    return {card.provider: card for card in reversed(catalogue.cards)}
