"""Who sells models: a provider, its platforms, and the names its key is read under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onebrush.domain.deployment import Auth


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One place of a provider: key, models and prices belong to it alone.

    `name` is "" where a provider has one place only; `currency` is None where no price is known.
    """

    name: str
    base_url: str
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A company upstream. `key_env` are the variables its key is read from, the first that is set wins."""

    name: str
    title: str
    wire: str
    auth: Auth
    key_env: tuple[str, ...]
    platforms: Mapping[str, Platform]
    default_platform: str

    def platform(self, name: str | None = None) -> Platform:
        """The platform of that name, or the default one. Raises KeyError."""
        return self.platforms[self.default_platform if name is None else name]
