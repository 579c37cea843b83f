"""The image door: a caller's request in, pictures out. Plain ASGI, because answers are streamed and are large."""

from __future__ import annotations

import asyncio
import difflib
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from starlette.types import Receive, Scope, Send

from onebrush.api.answer import send_json
from onebrush.api.auth import Keyring, authenticate, header
from onebrush.api.envelope import envelope_of
from onebrush.api.errors import error_headers
from onebrush.api.intake import ClientGone, Headers, read_body
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.domain.errors import MethodNotAllowed, NotBuiltYet, OneBrushError, UnknownParameter
from onebrush.domain.key import ApiKey
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.engine.generate import Engine, Refused
from onebrush.kit import blobs
from onebrush.kit.ids import new_id
from onebrush.kit.lift import LiftLimits
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.decode import decode
from onebrush.wires.openai.form_names import FORM_NAMES
from onebrush.wires.openai.own import HEADERS as OWN_HEADERS
from onebrush.wires.openai.references import PLACES
from onebrush.wires.openai.rehearsal import render_rehearsal
from onebrush.wires.openai.render import Envelope, Link, render, render_error

log = get_logger()

Forget = Callable[[list[Artifact]], Awaitable[None]]

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"

# Headers of the contract that come with later versions.
_LATER = ("prefer", "idempotency-key")
_OURS = b"x-onebrush-"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """What an operator may set of the door. `link_ttl` is in seconds."""

    link_ttl: int = 86_400
    default_model: str | None = None
    envelope: Envelope = "plain"
    limits: LiftLimits = field(default_factory=LiftLimits)


class ImageDoor:
    """`POST /v1/images/generations` and `/v1/images/edits`, plain and wrapped: one door, whose edits need a picture."""

    def __init__(
        self,
        *,
        engine: Engine,
        keys: Keyring,
        links: Links,
        origin: Origin,
        spool: blobs.Spool,
        forget: Forget,
        settings: DoorSettings,
    ) -> None:
        """`forget` deletes pictures that were asked not to be stored, once they are delivered."""
        self._engine = engine
        self._keys = keys
        self._links = links
        self._origin = origin
        self._spool = spool
        self._forget = forget
        self._settings = settings
        self._running: set[asyncio.Task[GenerationResult]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Nothing raised inside leaves as anything but JSON."""
        generation = new_id("gen")
        envelope = envelope_of(scope, self._settings.envelope)
        try:
            await self._serve(scope, receive, send, generation, envelope)
        except ClientGone:
            log.info("client gone before its request was whole", generation=generation)
        except OneBrushError as error:
            await _send_error(send, error, generation, envelope)
        except Refused as refused:
            await _send_error(send, refused.error, generation, envelope, refused.result)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, generation: str, envelope: Envelope) -> None:
        if scope["method"] != "POST":
            raise MethodNotAllowed(f"{scope['path']} takes POST, not {scope['method']}.")
        key = authenticate(scope["headers"], scope["query_string"], self._keys)
        pictures = blobs.Scope(self._spool)
        task: asyncio.Task[GenerationResult] | None = None
        try:
            request = await self._read(scope, receive, pictures)
            if request.dry_run:
                rehearsal = await self._engine.rehearse(request, key, generation, pictures)
                await send_json(send, 200, render_rehearsal(rehearsal, envelope), _told(rehearsal))
                return
            task = self._start(request, key, generation, pictures)
            # The generation is a task of its own: the connection only watches it, and may go.
            result = await asyncio.shield(task)
            await self._answer(scope, send, result, envelope)
        finally:
            _close_after(task, pictures)

    async def _read(self, scope: Scope, receive: Receive, pictures: blobs.Scope) -> GenerationRequest:
        headers = scope["headers"]
        body = await read_body(headers, receive, PLACES, FORM_NAMES, pictures, self._settings.limits)
        request = decode(
            body,
            default_model=self._settings.default_model,
            edit=scope["path"].endswith(EDITS),
            headers=_own_headers(headers),
        )
        _refuse_guard(headers)
        later = (*(_later_warning(name) for name in _LATER if header(headers, name) is not None), *_unknown(headers))
        return replace(
            request,
            link_ttl=request.link_ttl or self._settings.link_ttl,
            warnings=(*request.warnings, *later),
        )

    def _start(
        self, request: GenerationRequest, key: ApiKey, generation: str, pictures: blobs.Scope
    ) -> asyncio.Task[GenerationResult]:
        task = asyncio.create_task(self._engine.generate(request, key, generation, pictures))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def drain(self, seconds: float) -> None:
        """Wait at most `seconds` for generations whose callers may have gone."""
        if self._running:
            _, left = await asyncio.wait(self._running, timeout=seconds)
            if left:
                log.error("generations left running at the end", count=len(left))

    async def _answer(self, scope: Scope, send: Send, result: GenerationResult, envelope: Envelope) -> None:
        ttl = result.link_ttl or self._settings.link_ttl
        origin = self._origin.of(scope)

        def link(artifact: Artifact) -> Link:
            return self._links.make(artifact, origin, ttl)

        shown = result if result.store or result.answer_form == "url" else _unstored(result)
        await send_json(send, 200, render(shown, link, envelope), _headers(result))
        if shown is not result:
            await self._forget([image.artifact for image in result.images if image.stored])


def _unstored(result: GenerationResult) -> GenerationResult:
    """Pictures that are deleted once delivered have no link."""
    return replace(result, images=tuple(replace(image, stored=False) for image in result.images))


def _close_after(task: asyncio.Task[GenerationResult] | None, pictures: blobs.Scope) -> None:
    """The pictures' memory and spool files go when both the answer and the generation are over."""
    if task is None or task.done():
        pictures.close()
    else:
        task.add_done_callback(lambda _: pictures.close())


def _own_headers(headers: Headers) -> Mapping[str, tuple[str, ...]]:
    """The headers that say what a field may say too, each with every value it came with."""
    found = {
        name: tuple(value.decode("latin-1") for key, value in headers if key.lower() == name.lower().encode())
        for name in OWN_HEADERS
    }
    return {name: values for name, values in found.items() if values}


def _refuse_guard(headers: Headers) -> None:
    """A header that is to keep from buying is no header to overlook."""
    if header(headers, "x-onebrush-max-cost") is not None:
        raise NotBuiltYet(
            "X-OneBrush-Max-Cost is not served by this version of the gateway yet; leave it out.",
            param="X-OneBrush-Max-Cost",
        )
    for name in _strange(headers):
        meant = difflib.get_close_matches(name, ("x-onebrush-strict", "x-onebrush-dry-run"), n=1, cutoff=0.85)
        if meant:
            raise UnknownParameter(f"The header {name} is not known. If {meant[0]} is meant, write it so.", param=name)


def _strange(headers: Headers) -> Iterator[str]:
    known = {name.lower().encode() for name in OWN_HEADERS}
    for name, _ in headers:
        if name.lower().startswith(_OURS) and name.lower() not in known:
            yield name.lower().decode("latin-1")[:100]


def _unknown(headers: Headers) -> Iterator[RequestWarning]:
    names = ", ".join(OWN_HEADERS)
    for name in itertools.islice(_strange(headers), 20):
        message = f"The header {name} is not known; it had no effect. Known: {names}."
        yield RequestWarning(code="header_ignored", message=message, param=name, allowed=tuple(OWN_HEADERS))


def _later_warning(name: str) -> RequestWarning:
    message = f"The header {name} is not served by this version of the gateway yet; it had no effect."
    return RequestWarning(code="header_ignored", message=message, param=name)


def _headers(result: GenerationResult) -> Mapping[str, str]:
    money = result.cost.money
    cost = f"{money.decimal} {money.currency}" if money else "unknown"
    return {**_told(result), "x-onebrush-cost": cost}


def _told(outcome: GenerationResult | Rehearsal) -> Mapping[str, str]:
    """What every answer's headers say: which generation it was, and what was changed."""
    codes = dict.fromkeys(warning.code for warning in outcome.warnings)
    return {"x-request-id": outcome.id, **({"x-onebrush-warnings": ",".join(codes)} if codes else {})}


async def _send_error(
    send: Send,
    error: OneBrushError,
    generation: str,
    envelope: Envelope,
    result: GenerationResult | None = None,
) -> None:
    headers = dict(error_headers(error, generation))
    if result is not None:
        headers = {**_headers(result), **headers}
    await send_json(send, error.status, render_error(error, envelope, generation, result), headers)
