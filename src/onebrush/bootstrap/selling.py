"""Who sells: the accounts of the settings, the sandbox in the vendors' stead, the router over both, and reloading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from onebrush.bootstrap.accounts import SANDBOX_ID, live_deployments, routes_of
from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.domain.deployment import Deployment
from onebrush.domain.model import ModelCard
from onebrush.engine.fitting import Alternatives
from onebrush.engine.routing import Router
from onebrush.kit.logs import get_logger
from onebrush.sandbox.minder import SandboxMinder
from onebrush.settings import Settings, SettingsError, read_again

log = get_logger()

SANDBOX_KEY = "sandbox"
SANDBOX_POLL = 0.2
# What a reload takes; all else stays until the next start.
LIVE = ("providers", "deployments", "routes", "deadline", "task_deadline", "webhook_secrets")


def test_deployments(catalogue: Catalogue, sandbox: str, settings: Settings) -> Mapping[str, Deployment]:
    """Provider -> the sandbox standing in for it."""
    return {name: _test(provider, sandbox, settings) for name, provider in catalogue.providers.items()}


def _test(provider: Provider, sandbox: str, settings: Settings) -> Deployment:
    return Deployment(
        id=SANDBOX_ID + provider.name,
        provider=provider.name,
        wire=provider.wire,
        base_url=sandbox + _SANDBOX_PATHS[provider.wire],
        credential=SANDBOX_KEY,
        auth=provider.auth,
        platform=provider.default_platform,
        test=True,
        serves_retired=not settings.sandbox_refuse_retired,
        concurrency=8,
        mode=settings.sandbox_mode,
        poll_every=SANDBOX_POLL,
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


def _unknown(deployment: Deployment, model: str) -> float | None:
    return None


class Market:
    """The sellers as the settings name them now, and the router over them.

    `sandbox` is its origin. Who keeps a `deadline` or a secret keeps an old one: ask at the time of use.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        sandbox: str,
        environ: Mapping[str, str],
        latency: Callable[[Deployment, str], float | None] = _unknown,
    ) -> None:
        """Raises SettingsError for accounts and routes that cannot be."""
        self._settings = settings
        self._catalogue = catalogue
        self._sandbox = sandbox
        self._environ = environ
        self.router = Router(
            cards=catalogue, serve_retired=settings.serve_retired, latency=latency, **self._tables(settings)
        )

    @property
    def live(self) -> Mapping[str, Sequence[Deployment]]:
        """Provider -> its deployments."""
        return self.router.live

    @property
    def deadline(self) -> float:
        """Seconds a request may take in all."""
        return self._settings.deadline

    @property
    def task_deadline(self) -> float:
        """Seconds a vendor's task may take."""
        return self._settings.task_deadline

    @property
    def webhook_secrets(self) -> Mapping[str, tuple[str, ...]]:
        """Name -> the secrets that sign, the first of them first."""
        secrets = self._settings.webhook_secrets
        return {name: tuple(each.get_secret_value() for each in several) for name, several in secrets.items()}

    def reload(self) -> None:
        """Read the settings again and take over what may change; what cannot be used is logged and changes nothing."""
        try:
            fresh = read_again(self._settings)
            changed = self._settings.model_copy(update={name: getattr(fresh, name) for name in LIVE})
            tables = self._tables(changed)
            self._check_still_live(tables)
        except SettingsError as error:
            log.error("settings not reloaded; those before stay in force", reason=str(error))
            return
        self._settings = changed
        self.router.swap(**tables)
        log.info("settings reloaded", deployments=[each.id for several in self.live.values() for each in several])
        if later := [name for name in Settings.model_fields if getattr(fresh, name) != getattr(changed, name)]:
            log.warning("settings changed that wait for the next start", settings=later)

    def _tables(self, settings: Settings) -> dict[str, Any]:
        return {
            "live": live_deployments(self._catalogue, settings, self._environ),
            "test": test_deployments(self._catalogue, self._sandbox, settings),
            "routes": routes_of(self._catalogue, settings),
            "setting_for": {name: " or ".join(each.key_env) for name, each in self._catalogue.providers.items()},
        }

    def _check_still_live(self, tables: Mapping[str, Any]) -> None:
        """Without any account live keys would be given test pictures from one moment to the next."""
        if self.live and not tables["live"]:
            raise SettingsError(
                "It would leave no vendor's key, and the sandbox would serve live keys: restart for that."
            )


def alternatives_of(catalogue: Catalogue) -> Mapping[str, Alternatives]:
    return {
        name: Alternatives(editing=catalogue.edit_model_near(first), drawing=catalogue.t2i_model_near(first))
        for name, first in _firsts(catalogue).items()
    }


def _firsts(catalogue: Catalogue) -> Mapping[str, ModelCard]:
    return {card.provider: card for card in reversed(catalogue.cards)}
