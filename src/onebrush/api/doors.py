"""The image door: a caller's request in, pictures out. Plain ASGI, because answers are streamed and are large."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from starlette.types import Receive, Scope, Send

from onebrush.api.answer import send_json
from onebrush.api.auth import Keyring, authenticate, header
from onebrush.api.envelope import envelope_of
from onebrush.api.errors import error_headers
from onebrush.api.intake import ClientGone, Headers, read_json
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.domain.errors import InvalidRequest, MethodNotAllowed, OneBrushError
from onebrush.domain.key import ApiKey
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.engine.generate import Engine, Refused
from onebrush.kit import blobs
from onebrush.kit.ids import new_id
from onebrush.kit.lift import LiftLimits
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.decode import PLACES, decode, parse_link_ttl
from onebrush.wires.openai.render import Envelope, Link, render, render_error

log = get_logger()

Forget = Callable[[list[Artifact]], Awaitable[None]]

# Headers of the contract that come with later versions.
_LATER = (
    "x-onebrush-strict",
    "x-onebrush-dry-run",
    "x-onebrush-max-cost",
    "prefer",
    "idempotency-key",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """What an operator may set of the door. `link_ttl` is in seconds."""

    link_ttl: int = 86_400
    default_model: str | None = None
    envelope: Envelope = "plain"
    limits: LiftLimits = field(default_factory=LiftLimits)


class ImageDoor:
    """`POST /v1/images/generations`, plain and wrapped."""

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
            request = await self._read(scope["headers"], receive, pictures)
            task = self._start(request, key, generation, pictures)
            # The generation is a task of its own: the connection only watches it, and may go.
            result = await asyncio.shield(task)
            await self._answer(scope, send, result, envelope)
        finally:
            _close_after(task, pictures)

    async def _read(self, headers: Headers, receive: Receive, pictures: blobs.Scope) -> GenerationRequest:
        body = await read_json(headers, receive, PLACES, pictures, self._settings.limits)
        request = _with_headers(decode(body, default_model=self._settings.default_model), headers)
        return replace(request, link_ttl=request.link_ttl or self._settings.link_ttl)

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


def _with_headers(request: GenerationRequest, headers: Headers) -> GenerationRequest:
    """What the gateway's own headers say beside the body: its `link_ttl` wins, and either may ask not to store."""
    later = tuple(_later_warning(name) for name in _LATER if header(headers, name) is not None)
    ttl = header(headers, "x-onebrush-link-ttl")
    store = header(headers, "x-onebrush-store")
    if store is not None and store.lower() not in ("true", "false"):
        raise InvalidRequest("X-OneBrush-Store must be true or false.", param="X-OneBrush-Store")
    return replace(
        request,
        link_ttl=request.link_ttl or (parse_link_ttl(ttl, "X-OneBrush-Link-TTL") if ttl else None),
        store=request.store and (store or "true").lower() == "true",
        warnings=(*request.warnings, *later),
    )


def _later_warning(name: str) -> RequestWarning:
    message = f"The header {name} is not served by this version of the gateway yet; it had no effect."
    return RequestWarning(code="header_ignored", message=message, param=name)


def _headers(result: GenerationResult) -> Mapping[str, str]:
    money = result.cost.money
    headers = {
        "x-request-id": result.id,
        "x-onebrush-cost": f"{money.decimal} {money.currency}" if money else "unknown",
    }
    codes = dict.fromkeys(warning.code for warning in result.warnings)
    return {**headers, "x-onebrush-warnings": ",".join(codes)} if codes else headers


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
