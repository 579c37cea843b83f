"""What `onebrush serve` says once it listens: where it is, a request that works, where things are kept."""

from __future__ import annotations

import shlex
from pathlib import Path

from onebrush.bootstrap import Gateway
from onebrush.domain.key import Mode
from onebrush.settings import Settings

SAMPLE = '{"model":"seedream-4.0-base","prompt":"A cute orange kitten sitting in a garden","size":"1024x1024"}'
KEPT_SECRET = "$ONEBRUSH_KEY"


def banner(url: str, settings: Settings, gateway: Gateway) -> str:
    """The whole text."""
    keys = [_key(mode, secret) for mode, secret in gateway.new_keys.items()]
    key = gateway.new_keys.get(Mode.TEST) or next(iter(settings.keys), KEPT_SECRET)
    facts = f"Vendors    {_vendors(gateway)}\nKept in    {_short(settings.data)}"
    tries = [_try_words(key), _curl(url, key), "or", _command(url, key)]
    return "\n\n".join([f"OneBrush listens on {url}", facts, *keys, *tries]) + "\n"


def _key(mode: Mode, secret: str) -> str:
    what = "reaches only the sandbox" if mode is Mode.TEST else "buys from the vendors"
    return f"Your {mode.value} key, shown this once (it {what}):\n\n    {secret}"


def _vendors(gateway: Gateway) -> str:
    live = ", ".join(gateway.live_providers)
    if not live:
        return "none: no vendor's key is set, the sandbox draws everything"
    return f"{live} for live keys, the sandbox for test keys"


def _try_words(key: str) -> str:
    if key != KEPT_SECRET:
        return "Try it:"
    return "Try it (ONEBRUSH_KEY is the key of the first start; `onebrush keys create` makes another):"


def _curl(url: str, key: str) -> str:
    return (
        f"    curl {url}/v1/images/generations \\\n"
        f"      -H {_quoted(f'Authorization: Bearer {key}')} \\\n"
        f"      -H 'Content-Type: application/json' \\\n"
        f"      -d {shlex.quote(SAMPLE)}"
    )


def _command(url: str, key: str) -> str:
    return f'    onebrush generate "a cat on a windowsill" --url {url} --key {_quoted(key)}'


def _quoted(text: str) -> str:
    # The shell puts the variable in between double quotes only.
    return f'"{text}"' if KEPT_SECRET in text else shlex.quote(text)


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and path != home else str(path.absolute())
