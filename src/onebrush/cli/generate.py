"""`onebrush generate`: a prompt in, picture files out."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onebrush.cli.client import Client, Json, Refusal, address
from onebrush.cli.failures import WrongUsage
from onebrush.cli.local import Visit, own_gateway
from onebrush.cli.names import USUAL_URL
from onebrush.cli.saving import save
from onebrush.cli.waiting import waiting
from onebrush.cli.words import seconds_words
from onebrush.kit.measure import HEAD, sniff

if TYPE_CHECKING:
    from onebrush.settings import Settings

# The gateway has no key of the model's vendor; nothing was bought.
NOT_SOLD = "provider_not_configured"
ELSEWHERE = ("http://", "https://", "data:", "img_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed; None where it was not said. `images` and `mask` are files, links or ids of kept pictures."""

    prompt: str
    model: str | None = None
    size: str | None = None
    n: int | None = None
    images: Sequence[str] = ()
    mask: str | None = None
    exact_size: bool = False
    strict: bool = False
    dry_run: bool = False
    out: Path | None = None
    inline: bool = False
    url: str | None = None
    key: str | None = None


def one_prompt(words: Sequence[str], *, pictures: bool) -> str:
    """The prompt that was typed. Raises WrongUsage where the shell took it apart."""
    if len(words) == 1:
        return words[0]
    if not words:
        raise WrongUsage('Say what to draw: onebrush generate "a cat"')
    together = " ".join(words).replace('"', "'")
    more = "; and say --image for each picture" if pictures else ""
    raise WrongUsage(f'Put the prompt in quotes: onebrush generate "{together}"{more}')


def generate(wish: Wish, settings: Settings) -> int:
    """Draw, save and report; the exit status. Raises CommandFailed."""
    body = request_body(wish)
    with gateway_for(wish.url, wish.key, settings) as visit:
        with waiting(_what(wish)):
            answer = ask(visit, body)
        if wish.dry_run:
            return _show(answer)
        return _keep(visit.client, answer, wish)


def ask(visit: Visit, body: Json) -> Json:
    """The answer; who names no model gets the gateway's default, or else one that it can draw with."""
    try:
        return visit.client.generate(body)
    except Refusal as refusal:
        if "model" in body or not _may_choose(refusal):
            raise
        return _ask_in_turn(visit, body)


def _may_choose(refusal: Refusal) -> bool:
    missing = refusal.code == "missing_required_parameter" and refusal.param == "model"
    return missing or refusal.code == NOT_SOLD


def _ask_in_turn(visit: Visit, body: Json) -> Json:
    """Until a model is one of a vendor whose key the gateway has: a refusal for lack of one costs nothing."""
    tried, refused = "", Refusal("The gateway lists no models.")
    for model in _choices(visit):
        if tried:
            print(f"The gateway has no vendor's key for {tried}; asking for {model}.", file=sys.stderr)
        try:
            return visit.client.generate({**body, "model": model})
        except Refusal as refusal:
            if refusal.code != NOT_SOLD:
                raise
            tried, refused = model, refusal
    raise refused


def _choices(visit: Visit) -> Iterator[str]:
    yield visit.model
    yield from visit.client.first_models()


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
        "mask": picture_field(wish.mask, "--mask") if wish.mask else None,
        "exact_size": wish.exact_size or None,
        "strict": wish.strict or None,
        "dry_run": wish.dry_run or None,
        "response_format": "b64_json" if wish.inline else "url",
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def picture_field(picture: str, option: str = "--image") -> str:
    """A link or an id as it is, a file as a data URI. Raises WrongUsage naming the option."""
    if picture.startswith(ELSEWHERE):
        return picture
    data = _file(picture, option)
    media_type = sniff(data[:HEAD])
    if media_type is None:
        raise WrongUsage(f"{option} {picture} is no picture; it may be PNG, JPEG, WebP, GIF, BMP, TIFF or HEIC.")
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _file(name: str, option: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError as error:
        raise WrongUsage(f"{option} {name} cannot be read: {error.strerror}.") from error


def _what(wish: Wish) -> str:
    pictures = f"{wish.n} pictures" if wish.n and wish.n > 1 else "a picture"
    return f"Asking {wish.model} for {pictures}" if wish.model else f"Asking for {pictures}"


# Who is asked


@contextmanager
def gateway_for(url: str | None, key: str | None, settings: Settings) -> Iterator[Visit]:
    """The gateway that was named, or one that runs at the usual address, or one of our own."""
    client = Client(url=address(url or USUAL_URL), key=key or next(iter(settings.keys), None))
    if url or client.greets():
        yield Visit(client=client)
        return
    with ExitStack() as stack:
        with waiting(f"No gateway at {USUAL_URL}; starting one for this"):
            visit = stack.enter_context(own_gateway(settings, key=key))
        if visit.buys_from:
            print(f"Buying with your own key: {', '.join(visit.buys_from)}", file=sys.stderr)
        yield visit


# What came


def _show(answer: Json) -> int:
    """What would be sent, for reading and for other programs."""
    print(json.dumps(answer["onebrush"], indent=2, ensure_ascii=False))
    return 0


def _keep(client: Client, answer: Json, wish: Wish) -> int:
    own = answer["onebrush"]
    saved = []
    for datum in answer["data"]:
        saved.append(save(client.picture(datum), wish.out, wish.prompt))
        print(saved[-1], flush=True)
    print(", ".join(_summary(own)))
    if saved and saved[0].renamed:
        print(saved[0].renamed)
    for warning in own["warnings"]:
        print(f"warning: {warning['message']}")
    for failure in own["failures"]:
        print(f"onebrush: picture {failure['index'] + 1} failed: {failure['message']}", file=sys.stderr)
    return 1 if own["failures"] else 0


def _summary(own: Json) -> Iterator[str]:
    yield cost_words(own)
    if "total" in own["timings"]:
        yield seconds_words(own["timings"]["total"])
    yield own["model"]


def cost_words(own: Json) -> str:
    """What it cost, as a person reads it; the sandbox takes play money."""
    cost = own["cost"]
    amount = f"{cost['amount']} {cost['currency']}" if "amount" in cost else "cost unknown"
    return f"{amount} (sandbox, nothing is charged)" if own["test"] else amount
