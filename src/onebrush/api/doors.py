"""The image door: a request in, pictures or their record out. Plain ASGI, because answers are streamed and large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from onebrush.api.answer import Answer
from onebrush.api.auth import Keyring, authenticate
from onebrush.api.envelope import envelope_of
from onebrush.api.errors import error_answer
from onebrush.api.handover import Handover
from onebrush.api.intake import ClientGone
from onebrush.api.origin import Origin, base_of
from onebrush.api.reading import Asked, DoorSettings, Hooks, read_request
from onebrush.api.watch import Watch, watched
from onebrush.domain.errors import MethodNotAllowed, NotFound, OneBrushError
from onebrush.domain.key import ApiKey
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.engine.archive import Archive
from onebrush.engine.desk import Desk, Ticket
from onebrush.engine.generate import Refused
from onebrush.kit import blobs
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.record import enveloped, location, render_record
from onebrush.wires.openai.rehearsal import render_rehearsal
from onebrush.wires.openai.render import Envelope, render

log = get_logger()

Rehearse = Callable[[GenerationRequest, ApiKey, str, blobs.Scope], Awaitable[Rehearsal]]

POLL_AFTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request at the door: who asks, for what, where it is answered, and which generation it is."""

    scope: Scope
    key: ApiKey
    envelope: Envelope
    asked: Asked
    ticket: Ticket

    @property
    def replayed(self) -> Mapping[str, str]:
        """The header that tells of a generation that another connection began."""
        return {"idempotent-replayed": "true"} if self.ticket.joined else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDoor:
    """`POST /v1/images/generations` and `/v1/images/edits`, plain and wrapped: one door, whose edits need a picture."""

    rehearse: Rehearse
    desk: Desk
    archive: Archive
    keys: Keyring
    origin: Origin
    spool: blobs.Spool
    handover: Handover
    hooks: Hooks
    settings: DoorSettings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Nothing raised inside leaves as anything but JSON."""
        generation = new_id("gen")
        envelope = envelope_of(scope, self.settings.envelope)
        try:
            visit = await self._admit(scope, receive, send, generation, envelope)
        except ClientGone:
            log.info("client gone before its request was whole", generation=generation)
        except OneBrushError as error:
            await error_answer(error, envelope, generation).send(send)
        else:
            if visit is not None:
                await self._wait(visit, receive, send)

    async def _admit(
        self, scope: Scope, receive: Receive, send: Send, generation: str, envelope: Envelope
    ) -> Visit | None:
        """A generation begun or joined; None for a dry run, which is answered."""
        if scope["method"] != "POST":
            raise MethodNotAllowed(f"{scope['path']} takes POST, not {scope['method']}.")
        key = authenticate(scope["headers"], scope["query_string"], self.keys)
        pictures, ticket = blobs.Scope(self.spool), None
        try:
            asked = await read_request(scope, receive, pictures, self.hooks, self.settings)
            if asked.request.dry_run:
                rehearsal = await self.rehearse(asked.request, key, generation, pictures)
                await _rehearsed(rehearsal, envelope).send(send)
                return None
            origin = self.origin.of(scope)
            ticket = await self.desk.enter(asked.request, key, generation, pictures, asked.identity, origin)
        finally:
            if ticket is None:
                pictures.close()
        return Visit(scope=scope, key=key, envelope=envelope, asked=asked, ticket=ticket)

    async def _wait(self, visit: Visit, receive: Receive, send: Send) -> None:
        """The generation goes on by itself: the connection only watches it, and may go."""
        served = False
        try:
            async with watched(receive, send) as watch:
                await self._serve(visit, watch)
                served = True
        except ClientGone:
            log.info("client gone before its answer was whole", generation=visit.ticket.generation)
        finally:
            self.desk.leave(visit.ticket, served=served)

    async def _serve(self, visit: Visit, watch: Watch) -> None:
        result = None
        try:
            result = await self._result(visit, watch)
            answer = await self._record(visit) if result is None else self._pictures(visit, result)
        except Refused as refused:
            answer = self._refusal(visit, refused.error, refused.result)
        except OneBrushError as error:
            answer = self._refusal(visit, error, None)
        await answer.send(watch.send)
        if result is not None and answer.status == 200:
            await self.handover.delivered(result)

    async def _result(self, visit: Visit, watch: Watch) -> GenerationResult | None:
        """What came of it within the caller's patience. Raises Refused, OneBrushError and ClientGone."""
        seconds = visit.asked.seconds
        if seconds == 0:
            return None
        return await watch.unless_gone(self.desk.result(visit.ticket, seconds))

    def _pictures(self, visit: Visit, result: GenerationResult) -> Answer:
        if not result.images:
            raise NotFound(
                f"Generation {visit.ticket.generation} was made for an earlier request with this body or "
                "Idempotency-Key, and its pictures were not kept. Ask anew, under another Idempotency-Key."
            )
        link = self.handover.linker(result, self.origin.of(visit.scope))
        value = render(self.handover.shown(result), link, visit.envelope)
        headers = {**_headers(result), **visit.replayed, **_applied(visit, in_time=True)}
        return Answer(status=200, value=value, headers=headers)

    async def _record(self, visit: Visit) -> Answer:
        name = visit.ticket.generation
        dossier = await self.archive.dossier(name, visit.key.id, None)
        if dossier is None:
            raise NotFound(f"Generation {name} was deleted while it was asked for.")
        base = base_of(self.origin, visit.scope)
        link = self.handover.linker(dossier.result, self.origin.of(visit.scope))
        record = render_record(dossier, link, base, inline=False)
        headers = {
            "x-request-id": name,
            "location": location(base, name),
            "retry-after": str(POLL_AFTER),
            **visit.replayed,
            **_applied(visit, in_time=False),
        }
        return Answer(status=202, value=enveloped(record, 202, visit.envelope), headers=headers)

    def _refusal(self, visit: Visit, error: OneBrushError, result: GenerationResult | None) -> Answer:
        answer = error_answer(error, visit.envelope, visit.ticket.generation, result)
        about = _headers(result) if result else {}
        return Answer(status=answer.status, value=answer.value, headers={**about, **answer.headers, **visit.replayed})


def _applied(visit: Visit, *, in_time: bool) -> Mapping[str, str]:
    applied = visit.asked.preferences.applied(in_time=in_time)
    return {"preference-applied": applied} if applied else {}


def _rehearsed(rehearsal: Rehearsal, envelope: Envelope) -> Answer:
    return Answer(status=200, value=render_rehearsal(rehearsal, envelope), headers=_told(rehearsal))


def _headers(result: GenerationResult) -> Mapping[str, str]:
    money = result.cost.money
    cost = f"{money.decimal} {money.currency}" if money else "unknown"
    return {**_told(result), "x-onebrush-cost": cost}


def _told(outcome: GenerationResult | Rehearsal) -> Mapping[str, str]:
    """What every answer's headers say: which generation it was, and what was changed."""
    codes = dict.fromkeys(warning.code for warning in outcome.warnings)
    return {"x-request-id": outcome.id, **({"x-onebrush-warnings": ",".join(codes)} if codes else {})}
