"""`onebrush sandbox`: the stand-in vendors alone, and how to reach each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from onebrush.cli.failures import WrongUsage, cannot_listen, os_words
from onebrush.sandbox.server import run
from onebrush.sandbox.settings import SandboxSettings

OTHER_PORT = "Choose another --port; 0 picks a free one."
# The address of each vendor's API; google-genai adds the version itself.
BASES = {
    "OpenAI": "/openai/v1",
    "Gemini": "/gemini/v1beta",
    "Ark": "/ark/api/v3",
    "DashScope": "/dashscope/api/v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it listens (`listener`: a socket handed down instead) and keeps things; a parent's sandbox is silent."""

    host: str
    port: int
    data: Path
    listener: int | None = None
    stop_with_parent: bool = False


def sandbox(place: Place, settings: SandboxSettings) -> int:
    """Serve until stopped; the exit status. Raises CommandFailed."""
    try:
        place.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(f"The folder {place.data} cannot be made: {os_words(error)}. Set --data.") from error
    try:
        run(
            place.host,
            place.port,
            place.data,
            settings=settings,
            ready=None if place.stop_with_parent else _teller(place, settings),
            stop_with_parent=place.stop_with_parent,
            listener=place.listener,
        )
    except OSError as error:
        raise cannot_listen(error, place.host, place.port, OTHER_PORT) from error
    return 0


def _teller(place: Place, settings: SandboxSettings) -> Callable[[str], None]:
    return lambda url: print(told(url, place.data, settings), flush=True)


def told(url: str, data: Path, settings: SandboxSettings) -> str:
    """What it says once it listens; programs wait for the first line."""
    bases = "\n".join(f"{vendor:<11}{url}{path}" for vendor, path in BASES.items())
    return f"""sandbox listening on {url}

{bases}
           (google-genai adds /v1beta itself: {url}/gemini)
Key        {settings.api_key}
Calls      GET {url}/count
Gateway    ONEBRUSH_SANDBOX_URL={url}
Kept in    {data}

Ctrl-C stops it."""
