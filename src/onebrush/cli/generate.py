"""`onebrush generate`: a prompt in, picture files out."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onebrush.cli.client import Client, Json, Refusal, address
from onebrush.cli.failures import WrongUsage
from onebrush.cli.local import FIRST_CHOICES, Visit, own_gateway
from onebrush.cli.names import USUAL_URL
from onebrush.cli.saving import save
from onebrush.cli.waiting import waiting
from onebrush.kit.measure import HEAD, sniff

if TYPE_CHECKING:
    from onebrush.settings import Settings

ELSEWHERE = ("http://", "https://", "data:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed; None where it was not said. `images` are files or links."""

    prompt: str
    model: str | None = None
    size: str | None = None
    n: int | None = None
    images: Sequence[str] = ()
    out: Path | None = None
    inline: bool = False
    url: str | None = None
    key: str | None = None


def generate(wish: Wish, settings: Settings) -> int:
    """Draw, save and report; the exit status. Raises CommandFailed."""
    body = request_body(wish)
    with _gateway(wish, settings) as visit:
        with waiting(_what(wish)):
            answer = ask(visit, body)
        return _keep(visit.client, answer, wish.out)


def ask(visit: Visit, body: Json) -> Json:
    """The answer; who names no model gets the gateway's default, or else ours."""
    try:
        return visit.client.generate(body)
    except Refusal as refusal:
        if refusal.code == "missing_required_parameter" and refusal.param == "model":
            return visit.client.generate({**body, "model": visit.model})
        raise


# What is asked


def request_body(wish: Wish) -> Json:
    """The request of a wish. Raises WrongUsage for a picture that cannot be read."""
    # A link is streamed to disk at the gateway and to us; inline, a picture is a third larger and held whole twice.
    said: Json = {
        "model": wish.model,
        "prompt": wish.prompt,
        "size": wish.size,
        "n": wish.n,
        "image": [picture_field(picture) for picture in wish.images],
        "response_format": "b64_json" if wish.inline else "url",
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def picture_field(picture: str) -> str:
    """A link as it is, a file as a data URI. Raises WrongUsage."""
    if picture.startswith(ELSEWHERE):
        return picture
    data = _file(picture)
    media_type = sniff(data[:HEAD])
    if media_type is None:
        raise WrongUsage(f"--image {picture} is no picture; it may be PNG, JPEG, WebP, GIF, BMP, TIFF or HEIC.")
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _file(name: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError as error:
        raise WrongUsage(f"--image {name} cannot be read: {error.strerror}.") from error


def _what(wish: Wish) -> str:
    pictures = f"{wish.n} pictures" if wish.n and wish.n > 1 else "a picture"
    return f"Asking {wish.model} for {pictures}" if wish.model else f"Asking for {pictures}"


# Who is asked


@contextmanager
def _gateway(wish: Wish, settings: Settings) -> Iterator[Visit]:
    """The gateway that was named, or one that runs at the usual address, or one of our own."""
    client = Client(url=address(wish.url or USUAL_URL), key=wish.key or next(iter(settings.keys), None))
    if wish.url or client.greets():
        yield Visit(client=client, model=FIRST_CHOICES[0])
        return
    with ExitStack() as stack:
        with waiting(f"No gateway at {USUAL_URL}; starting one for this call"):
            visit = stack.enter_context(own_gateway(settings, key=wish.key))
        if visit.buys_from:
            print(f"Buying with your own key: {', '.join(visit.buys_from)}", file=sys.stderr)
        yield visit


# What came


def _keep(client: Client, answer: Json, out: Path | None) -> int:
    own = answer["onebrush"]
    for number, datum in enumerate(answer["data"], 1):
        print(save(client.picture(datum), out, own["model"], number), flush=True)
    print(f"{cost_words(own)}, {own['timings'].get('total', 0):.1f} s, {own['model']}")
    for warning in own["warnings"]:
        print(f"warning: {warning['message']}")
    for failure in own["failures"]:
        print(f"onebrush: picture {failure['index'] + 1} failed: {failure['message']}", file=sys.stderr)
    return 1 if own["failures"] else 0


def cost_words(own: Json) -> str:
    """What it cost, as a person reads it; the sandbox takes play money."""
    cost = own["cost"]
    amount = f"{cost['amount']} {cost['currency']}" if "amount" in cost else "cost unknown"
    return f"{amount} (sandbox, nothing is charged)" if own["test"] else amount
