"""What `onebrush serve` says once it listens: where it is, a request that works, where things are kept."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from onebrush.bootstrap import Gateway
from onebrush.catalogue.catalogue import Catalogue
from onebrush.cli.choices import SANDBOX_MODEL, live_model
from onebrush.cli.names import TEST_SCHEME, USUAL_URL
from onebrush.domain.key import Mode
from onebrush.settings import Settings

PROMPT = "A cute orange kitten sitting in a garden"
SAMPLE = f'{{"model":"{SANDBOX_MODEL}","prompt":"{PROMPT}","size":"1024x1024"}}'
LIVE_SAMPLE = '{{"model":"{model}","prompt":"{prompt}","size":"1024x1024","response_format":"url"}}'
KEPT_SECRET = "$ONEBRUSH_KEY"
STOP = "Ctrl-C stops it."


def banner(url: str, settings: Settings, gateway: Gateway) -> str:
    """The whole text."""
    keys = [_key(mode, secret, gateway) for mode, secret in gateway.new_keys.items()]
    facts = f"Vendors    {_vendors(gateway)}\nKept in    {_short(settings.data)}"
    tries = [*_try_test(url, settings, gateway), *_try_live(url, settings, gateway)]
    return "\n\n".join([f"OneBrush listens on {url}", facts, *keys, *tries, STOP]) + "\n"


def _key(mode: Mode, secret: str, gateway: Gateway) -> str:
    what = "reaches only the sandbox" if mode is Mode.TEST else f"buys from {', '.join(gateway.live_providers)}"
    return f"Your {mode.value} key, shown this once (it {what}):\n\n    {secret}"


def _vendors(gateway: Gateway) -> str:
    live = ", ".join(gateway.live_providers)
    if not live:
        return "none: no vendor's key is set, the sandbox draws everything"
    return f"{live} for live keys, the sandbox for test keys"


def _try_test(url: str, settings: Settings, gateway: Gateway) -> list[str]:
    """A request that any key but a live one of a configured gateway may make."""
    key = gateway.new_keys.get(Mode.TEST) or _fixed_test_key(settings)
    if key == KEPT_SECRET and settings.keys and gateway.live_providers:
        return []
    return [_try_words(key, settings), _curl(url, key, SAMPLE), "Or:", _command(url, key)]


def _fixed_test_key(settings: Settings) -> str:
    """A key that may stand in a log: a live one of the operator's may not."""
    return next((key for key in settings.keys if key.startswith(TEST_SCHEME)), KEPT_SECRET)


def _try_words(key: str, settings: Settings) -> str:
    if key != KEPT_SECRET:
        return "Try it:"
    if settings.keys:
        return "Try it (with ONEBRUSH_KEY set to one of your ONEBRUSH_KEYS):"
    return f"Try it (ONEBRUSH_KEY is the test key of the first start; `{_myself()} keys create` makes another):"


def _try_live(url: str, settings: Settings, gateway: Gateway) -> list[str]:
    """A request that a live key may make here: for a model of a vendor that is configured."""
    model = gateway.live_providers and live_model(Catalogue.load(settings.catalogue), gateway.live_providers)
    if not model or not _has_live_key(settings):
        return []
    sample = LIVE_SAMPLE.format(model=model, prompt=PROMPT)
    key = gateway.new_keys.get(Mode.LIVE, KEPT_SECRET)
    return [_live_words(key, settings), _curl(url, key, sample)]


def _has_live_key(settings: Settings) -> bool:
    """Without fixed keys the first start with a vendor makes one."""
    return not settings.keys or any(not key.startswith(TEST_SCHEME) for key in settings.keys)


def _live_words(key: str, settings: Settings) -> str:
    if key != KEPT_SECRET:
        return "Try it live (this buys a picture):"
    if settings.keys:
        return "Try it live (this buys a picture; with ONEBRUSH_KEY set to a live one of your ONEBRUSH_KEYS):"
    making = f"`{_myself()} keys create --live` makes another"
    return f"Try it live (this buys a picture; ONEBRUSH_KEY is a live key, {making}):"


def _curl(url: str, key: str, body: str) -> str:
    return (
        f"    curl {url}/v1/images/generations \\\n"
        f"      -H {_quoted(f'Authorization: Bearer {key}')} \\\n"
        f"      -H 'Content-Type: application/json' \\\n"
        f"      -d {shlex.quote(body)}"
    )


def _command(url: str, key: str) -> str:
    where = "" if url == USUAL_URL else f" --url {url}"
    return f'    {_myself()} generate "a cat on a windowsill"{where} --key {_quoted(key)}'


def _myself() -> str:
    """How this command is typed here: `make run` puts it where no shell looks."""
    if shutil.which("onebrush"):
        return "onebrush"
    script = Path(sys.argv[0])
    if script.name != "onebrush":
        return f"{shlex.quote(sys.executable)} -m onebrush"
    return shlex.quote(os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script))


def _quoted(text: str) -> str:
    # The shell puts the variable in between double quotes only.
    return f'"{text}"' if KEPT_SECRET in text else shlex.quote(text)


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and path != home else str(path.absolute())
