"""The commands and their options; what each does stands in a file of its own, imported when it is called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from onebrush import __version__
from onebrush.cli.failures import CommandFailed, WrongUsage

if TYPE_CHECKING:
    from onebrush.settings import Settings

app = App(name="onebrush", help="One HTTP API in front of every image model.", version=__version__)
keys = App(name="keys", help="Caller keys: make one, list them.")
app.command(keys)

Url = Annotated[str | None, Parameter(env_var="ONEBRUSH_URL")]
Flag = Annotated[bool, Parameter(negative=())]
Key = Annotated[str | None, Parameter(env_var="ONEBRUSH_KEY")]
# One for each --image, so that the prompt may stand behind it.
Pictures = Annotated[list[str] | None, Parameter(consume_multiple=False, negative=())]


def run() -> None:
    """Run the command that was typed and exit: 0 done, 1 failed, 2 wrongly typed."""
    try:
        status = app(result_action="return_value", exit_on_error=False)
        sys.stdout.flush()
        sys.exit(status)
    except CycloptsError:
        sys.exit(WrongUsage.status)
    except CommandFailed as failure:
        print(f"onebrush: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read has gone, as in `onebrush models | head`; what is still buffered must not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CommandFailed.status)


def _settings(config: Path | None, **said: Any) -> Settings:
    # Here, as the settings take longer to import than all the rest of `onebrush --help`.
    from onebrush.cli.vendors import unread
    from onebrush.settings import SettingsError, read_settings

    try:
        settings = read_settings(config, **said)
    except SettingsError as error:
        raise WrongUsage(str(error)) from error
    for sentence in unread(settings):
        print(f"onebrush: {sentence}", file=sys.stderr)
    return settings


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
    return start(settings, filed=config is not None)


@app.command
def generate(
    *prompt: str,
    model: str | None = None,
    size: str | None = None,
    n: int | None = None,
    image: Pictures = None,
    mask: str | None = None,
    exact_size: Flag = False,
    strict: Flag = False,
    dry_run: Flag = False,
    out: Path | None = None,
    format: Literal["url", "b64"] = "url",
    url: Url = None,
    key: Key = None,
    data: Path | None = None,
    config: Path | None = None,
) -> int:
    """Draw pictures and save them; where no gateway runs, one is started for the call.

    For example: onebrush generate "a fox in the snow" --model gpt-image-2 --size 16:9 --out pictures/

    Parameters
    ----------
    prompt
        What to draw, or what to change in the pictures given; in quotes.
    model
        Name of the model; `onebrush models` lists them. Unless told, the gateway's default_model; without one the
        first model of a vendor whose key the gateway has, or Seedream 4.0 where the sandbox draws.
    size
        Pixels 1024x1024, a ratio 16:9, a tier 2K, or auto.
    n
        How many pictures, 1 to 10.
    image
        File, link or id of a picture to edit or to draw from; for several, say --image for each.
    mask
        File, link or id of a mask for the first picture: transparent, or white, is what may change.
    exact_size
        Scale and cut the pictures to exactly the pixels of --size.
    strict
        Refuse instead of adjusting what the model does not take.
    dry_run
        Show what would be sent to the vendor and what it could cost, and buy nothing.
    out
        Folder or file to save to; unless told, a file here that is named for the prompt. Nothing is overwritten.
    format
        How pictures travel from the gateway: by link, or inside the answer.
    url
        Address of a running gateway; http://127.0.0.1:8000 unless told.
    key
        Your key to that gateway.
    data
        Data folder of a gateway started for the call.
    config
        TOML file with settings of a gateway started for the call.
    """
    from onebrush.cli.generate import Wish, one_prompt
    from onebrush.cli.generate import generate as start

    wish = Wish(
        prompt=one_prompt(prompt, pictures=bool(image)),
        model=model,
        size=size,
        n=n,
        images=tuple(image or ()),
        mask=mask,
        exact_size=exact_size,
        strict=strict,
        dry_run=dry_run,
        out=out,
        inline=format == "b64",
        url=url,
        key=key,
    )
    return start(wish, _settings(config, data=data))


@app.command
def batch(
    file: Path,
    /,
    *,
    out: Path | None = None,
    concurrency: int = 8,
    dry_run: Flag = False,
    url: Url = None,
    key: Key = None,
    data: Path | None = None,
    config: Path | None = None,
) -> int:
    """Draw what a file of requests asks for, one a line; said again, it goes on where it was, and buys nothing twice.

    A line is the body of a request, as in {"model": "gpt-image-2", "prompt": "a fox"}, with a custom_id if you like.

    Parameters
    ----------
    file
        JSONL file of requests. A picture given as "@cat.png" is a file beside it.
    out
        Folder of the pictures and of results.jsonl, a row for each line; unless told, FILE without its ending.
    concurrency
        How many lines are under way at once; the gateway has limits of its own for each vendor.
    dry_run
        Add up what the lines could cost at most, and buy nothing.
    url
        Address of a running gateway; http://127.0.0.1:8000 unless told.
    key
        Your key to that gateway.
    data
        Data folder of a gateway started for the call.
    config
        TOML file with settings of a gateway started for the call.
    """
    from onebrush.cli.batch import Wish
    from onebrush.cli.batch import batch as start

    wish = Wish(file=file, out=out, concurrency=concurrency, dry_run=dry_run, url=url, key=key)
    return start(wish, _settings(config, data=data))


@app.command
def models(
    name: str | None = None,
    /,
    *,
    wide: Flag = False,
    all: Flag = False,
    url: Url = None,
    key: Key = None,
    config: Path | None = None,
) -> int:
    """List the models: what they can, what they cost, how long they live. Or tell all about one.

    Parameters
    ----------
    name
        A model's name, to read everything about it: sizes, fields, prices, life, sources.
    wide
        All columns, however wide they are.
    all
        Dated snapshots of models too.
    url
        Address of a running gateway, to list what it serves; unless told, this installation's catalogue.
    key
        Your key to that gateway.
    config
        TOML file with settings, for a catalogue of your own.
    """
    from onebrush.cli import models as those

    if name is not None:
        return those.model(_settings(config), name, url=url or None, key=key)
    return those.models(_settings(config), wide=wide, every=all, url=url or None, key=key)


@keys.command(name="create")
def create_key(*, live: bool = False, data: Path | None = None, config: Path | None = None) -> int:
    """Make a key and show it once. A running gateway takes it within a second or two.

    Parameters
    ----------
    live
        A key that buys from the vendors, instead of a test key, which only reaches the sandbox.
    data
        Folder of database, pictures and secret.
    config
        TOML file with settings.
    """
    from onebrush.cli.keys import create

    return create(_settings(config, data=data), live=live)


@keys.command(name="list")
def list_keys(*, data: Path | None = None, config: Path | None = None) -> int:
    """List the keys that were made; their secrets are not kept.

    Parameters
    ----------
    data
        Folder of database, pictures and secret.
    config
        TOML file with settings.
    """
    from onebrush.cli.keys import show

    return show(_settings(config, data=data))


@app.command
def demo(*, out: Path = Path("demo")) -> int:
    """Draw one picture of each model family and edit one, with the sandbox; save them and a contact sheet.

    Parameters
    ----------
    out
        Folder to save to. Its earlier demo is replaced.
    """
    from onebrush.cli.demo import demo as start

    return start(out, _settings(None))


@app.command
def sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 8100,
    data: Path | None = None,
    link_life: float = 86_400.0,
    refuse_retired: bool = False,
    draft: bool = False,
    stop_with_parent: Annotated[bool, Parameter(show=False)] = False,
    listener: Annotated[int | None, Parameter(show=False)] = None,
) -> int:
    """Start the stand-in vendors alone: OpenAI, Gemini, Ark and DashScope formats, key `sandbox`.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 picks a free one and prints it.
    data
        Folder of its pictures and its count of paid calls; unless told, sandbox-alone in the gateway's data folder.
    link_life
        Seconds a result link lives.
    refuse_retired
        Answer retired models with the vendor's not-found.
    draft
        Draw coarsely and fast, at the right size: for load and for long test runs.
    """
    from onebrush.cli.sandbox import Place
    from onebrush.cli.sandbox import sandbox as start
    from onebrush.sandbox.settings import SandboxSettings

    place = Place(
        host=host,
        port=port,
        data=data or _settings(None).data / "sandbox-alone",
        listener=listener,
        stop_with_parent=stop_with_parent,
    )
    return start(place, SandboxSettings(link_life_s=link_life, refuse_retired=refuse_retired, draft=draft))
