"""Settings that are each allowed and together unsafe or contradictory: refused before anything listens, or told."""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onebrush.cli.failures import WrongUsage, os_words

if TYPE_CHECKING:
    from onebrush.settings import Settings

# For an answer to be told and written once its request's deadline has passed.
AFTER_DEADLINE = 30
SHORTEST_KEY = 16
# What stands where a key or secret should: words of manuals, ours among them.
_PLACEHOLDER = re.compile(r"(?i)example|demo|change-?me|your-?key|my-?key|password|placeholder|…|\.\.\.|\$|<|x{6}")
_BASE_URL = re.compile(r"ONEBRUSH_\w+_BASE_URL", re.IGNORECASE)


def looked_over(settings: Settings, environ: Mapping[str, str] = os.environ) -> list[str]:
    """What an operator should know before the gateway starts, in sentences. Raises WrongUsage where it must not."""
    for refusal in _refusals(settings, environ):
        raise WrongUsage(refusal)
    return list(_warnings(settings))


def longest_wait(deadline: float) -> float:
    """Seconds that a stopping server waits for its callers: longer than any of them is ever let wait."""
    return deadline + AFTER_DEADLINE


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's alone. A name other than `localhost` may be anything."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


# Refused


def _refusals(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(settings)
    if not is_loopback(settings.host):
        yield from _guessable(settings)
    most = longest_wait(settings.deadline)
    if settings.drain > most:
        yield (
            f"Setting drain is {settings.drain:g}, but a stopping gateway ends after {most:g} s in any case, "
            f"{AFTER_DEADLINE} s more than deadline; lower drain (ONEBRUSH_DRAIN) or raise deadline."
        )
    yield from _loops(settings, environ)
    yield from _unwritable(settings)


def _keys(settings: Settings) -> Iterator[str]:
    for number, key in enumerate(settings.keys, 1):
        if not key.strip():
            yield f"Fixed key {number} is empty; it would let in whoever sends none (ONEBRUSH_KEYS)."
        elif not key.isascii() or not key.isprintable() or " " in key:
            yield f"Fixed key {number} holds characters that no header carries; nobody could use it (ONEBRUSH_KEYS)."


def _guessable(settings: Settings) -> Iterator[str]:
    """Others than this machine's may try."""
    open_to = f"{settings.host} is open to other machines"
    for number, key in enumerate(settings.keys, 1):
        if len(key) < SHORTEST_KEY:
            yield (
                f"{open_to}, and fixed key {number} has fewer than {SHORTEST_KEY} characters: it can be guessed. "
                "Make it longer, or leave ONEBRUSH_KEYS unset to have one made."
            )
        elif _PLACEHOLDER.search(key):
            yield (
                f"{open_to}, and fixed key {number} is one of a manual's: it can be guessed. "
                "Choose a random one, or leave ONEBRUSH_KEYS unset to have one made."
            )
    if settings.secret is not None and _PLACEHOLDER.search(settings.secret.get_secret_value()):
        yield (
            f"{open_to}, and secret is one of a manual's: links could be forged. "
            "Choose a random one, or leave ONEBRUSH_SECRET unset to have one made."
        )


def _loops(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """A gateway that buys from itself would do so without end."""
    said = [("sandbox_url", settings.sandbox_url)]
    said += [(f"base_url of [providers.{name}]", own.base_url) for name, own in settings.providers.items()]
    said += [(f"base_url of [deployments.{name}]", own.base_url) for name, own in settings.deployments.items()]
    said += [(name, value) for name, value in environ.items() if _BASE_URL.fullmatch(name)]
    for name, url in said:
        if url and _is_ours(url, settings):
            yield f"Setting {name} is {url}, this gateway's own address; it would ask itself without end."


def _is_ours(url: str, settings: Settings) -> bool:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    host = parts.hostname or ""
    return port == settings.port and (host == settings.host or is_loopback(host))


def _unwritable(settings: Settings) -> Iterator[str]:
    """A folder that is not there yet is made later; who made it can write to it."""
    if settings.data.is_dir():
        try:
            tempfile.TemporaryFile(dir=settings.data).close()
        except OSError as error:
            error.filename = None
            yield f"The data folder {settings.data} cannot be written to: {os_words(error)}. Set --data."


# Told


def _warnings(settings: Settings) -> Iterator[str]:
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield (
                f"Links go out as {settings.public_url}/…, unencrypted: whoever sees one on its way can fetch the "
                "picture. Give public_url as https."
            )
    if 0 < settings.retention < settings.link_ttl:
        yield (
            f"Pictures are kept for {settings.retention} s (retention), but links promise {settings.link_ttl} s "
            "(link_ttl): they will end before their time."
        )
    for name, own in (*settings.providers.items(), *settings.deployments.items()):
        if "timeout" in own.model_fields_set and own.timeout > settings.deadline:
            yield (
                f"A call of {name} may take {own.timeout:g} s (timeout), but a request ends after "
                f"{settings.deadline:g} s (deadline): what is broken off there may have to be paid."
            )
    if settings.sandbox_url:
        yield from _idle(settings, "sandbox_refuse_retired", "sandbox_link_life")


def _idle(settings: Settings, *names: str) -> Iterator[str]:
    for name in names:
        if getattr(settings, name) != type(settings).model_fields[name].default:
            yield f"Setting {name} has no effect with sandbox_url: it is for the sandbox that serve starts itself."
