"""The commands and their options; what each does stands in a file of its own, imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from onebrush import __version__
from onebrush.settings import Settings, SettingsError, read_settings

app = App(name="onebrush", help="One HTTP API in front of every image model.", version=__version__)


def run() -> None:
    """Run the command that was typed; its return value is the exit status."""
    try:
        sys.exit(app(result_action="return_value"))
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(config: Path | None, **said: Any) -> Settings:
    try:
        return read_settings(config, **said)
    except SettingsError as error:
        print(f"onebrush: {error}", file=sys.stderr)
        sys.exit(2)


@app.command
def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    config: Path | None = None,
) -> int:
    """Start the gateway (and the sandbox it needs) and serve until stopped.

    Parameters
    ----------
    host
        Address to listen on; 127.0.0.1 unless told.
    port
        Port to listen on; 8000 unless told, 0 picks a free one.
    data
        Folder of database, pictures and secret.
    config
        TOML file with settings.
    """
    from onebrush.cli.serve import serve as start
    from onebrush.kit import logs

    settings = _settings(config, host=host, port=port, data=data)
    logs.set_up(settings.log_level)
    return start(settings)


@app.command
def sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 8100,
    data: Path = Path("sandbox-data"),
    link_life: float = 86_400.0,
    refuse_retired: bool = False,
    stop_with_parent: Annotated[bool, Parameter(show=False)] = False,
) -> int:
    """Start the stand-in vendors alone: OpenAI, Gemini, Ark and DashScope formats, key `sandbox`.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 picks a free one and prints it.
    data
        Folder of its pictures and its count of paid calls.
    link_life
        Seconds a result link lives.
    refuse_retired
        Answer retired models with the vendor's not-found.
    """
    from onebrush.sandbox.server import run as start
    from onebrush.sandbox.settings import SandboxSettings

    settings = SandboxSettings(link_life_s=link_life, refuse_retired=refuse_retired)
    start(host, port, data, settings=settings, stop_with_parent=stop_with_parent)
    return 0
