"""Whose keys this machine holds, and which variables it reads, without starting anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from onebrush.catalogue.rows import CatalogueError
from onebrush.settings import ProviderSettings, Settings, vendor_key

if TYPE_CHECKING:
    from onebrush.catalogue.catalogue import Catalogue

PREFIX = "ONEBRUSH_"
OF_THE_COMMANDS = ("URL", "KEY")
OF_A_PROVIDER = ("BASE_URL", "REGION")


def configured(catalogue: Catalogue, settings: Settings) -> tuple[str, ...]:
    """The providers that a key is set for, in the catalogue's order."""
    none = ProviderSettings()
    return tuple(
        provider.name
        for provider in catalogue.providers.values()
        if vendor_key(provider.key_env, settings.providers.get(provider.name, none), os.environ)
    )


def unread(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A sentence for each ONEBRUSH_ variable that nothing reads, with the one that was meant, as it seems."""
    fields = {name.upper() for name in Settings.model_fields} | set(OF_THE_COMMANDS)
    said = sorted(name.upper().removeprefix(PREFIX) for name in environ if name.upper().startswith(PREFIX))
    strange = [name for name in said if name not in fields]
    if not strange:
        return
    keys, more = _of_providers(settings)
    for name in strange:
        if name not in more:
            meant = keys.get(name) or PREFIX + get_close_matches(name, [*fields, *more], n=1, cutoff=0)[0]
            yield f"{PREFIX}{name} is set, but nothing reads it. Is {meant} meant?"


def _of_providers(settings: Settings) -> tuple[Mapping[str, str], set[str]]:
    """What looks like a provider's key -> the variable that is read for it; and what is read beside the settings."""
    from onebrush.catalogue.catalogue import Catalogue

    try:
        providers = Catalogue.load(settings.catalogue).providers.values()
    except CatalogueError:
        # Whoever needs that file will say so.
        providers = Catalogue.load().providers.values()
    keys = {f"{one.name.upper()}_API_KEY": one.key_env[0] for one in providers if one.key_env}
    return keys, {f"{one.name.upper()}_{what}" for one in providers for what in OF_A_PROVIDER}
