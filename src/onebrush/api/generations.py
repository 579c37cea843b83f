"""The records of generations: one of them, as JSON or as a stream of its progress, their list, stopping, deleting."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from onebrush.api.answer import Answer
from onebrush.api.auth import Keyring, authenticate, header
from onebrush.api.envelope import envelope_of
from onebrush.api.errors import error_answer
from onebrush.api.handover import Handover
from onebrush.api.intake import ClientGone
from onebrush.api.listing import wanted_of
from onebrush.api.origin import Origin, base_of
from onebrush.api.progress import close_stream, open_stream, tell_end, tell_steps
from onebrush.api.watch import Watch, watched
from onebrush.domain.errors import InvalidRequest, MethodNotAllowed, NotFound, OneBrushError
from onebrush.domain.generation import Generation
from onebrush.domain.key import ApiKey
from onebrush.domain.webhook import Delivery
from onebrush.engine.archive import Archive, Dossier
from onebrush.engine.desk import Desk
from onebrush.kit import blobs
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.record import OBJECT, enveloped, render_record
from onebrush.wires.openai.render import Envelope, Json

log = get_logger()

_PATH = re.compile(r"(?:/wrapped)?/v1/images/generations(?:/(?P<id>[^/]{1,200})(?P<hook>/webhook)?)?\Z")


def is_of_records(scope: Scope) -> bool:
    """Whether these routes serve the request; POST to the list's own path is the image door's."""
    found = _PATH.match(scope["path"])
    return found is not None and (found["id"] is not None or scope["method"] != "POST")


STOPPING = 600  # seconds after the end in which a DELETE is taken for the one that asked to stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: who asks, about which record, and in which shape it is answered."""

    scope: Scope
    key: ApiKey
    envelope: Envelope
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRoutes:
    """`/v1/images/generations` and below, plain and wrapped.

    `redeliver` tells of a finished generation once more. Raises NotFound where it has no webhook.
    """

    desk: Desk
    archive: Archive
    keys: Keyring
    origin: Origin
    spool: blobs.Spool
    handover: Handover
    redeliver: Callable[[str], Awaitable[Delivery]]
    clock: Clock
    envelope: Envelope = "plain"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Nothing raised inside leaves as anything but JSON."""
        envelope = envelope_of(scope, self.envelope)
        try:
            async with watched(receive, send) as watch:
                try:
                    await self._serve(scope, watch, envelope)
                except OneBrushError as error:
                    await error_answer(error, envelope, new_id("req")).send(watch.send)
        except ClientGone:
            log.info("client gone before its answer was whole", path=scope["path"][:200])

    async def _serve(self, scope: Scope, watch: Watch, envelope: Envelope) -> None:
        found, method = _PATH.match(scope["path"]), scope["method"]
        assert found is not None
        taken = ("POST",) if found["hook"] else ("GET", "DELETE") if found["id"] else ("GET",)
        if method not in taken:
            others = ("POST",) if not found["id"] else ()
            raise MethodNotAllowed(f"{scope['path'][:200]} takes {' and '.join((*taken, *others))}, not {method}.")
        key = authenticate(scope["headers"], scope["query_string"], self.keys)
        call = Call(scope=scope, key=key, envelope=envelope, id=found["id"] or "")
        if method == "GET":
            await (self._show(call, watch) if call.id else self._list(call, watch))
        else:
            answer = await (self._delete(call) if method == "DELETE" else self._redeliver(call))
            await answer.send(watch.send)

    # One record

    async def _show(self, call: Call, watch: Watch) -> None:
        if _wants_events(call.scope):
            await self._stream(call, watch)
            return
        with blobs.Scope(self.spool) as pictures:
            dossier = await self._dossier(call, pictures)
            await self._answer(call, dossier, 200, inline=True).send(watch.send)
            await self._delivered(dossier)

    async def _stream(self, call: Call, watch: Watch) -> None:
        """Progress until it is finished, then the record. Whoever comes late gets the record at once."""
        await self._dossier(call, None)
        await open_stream(watch, call.id)
        await tell_steps(watch, call.id, self.desk.steps(call.id), self.clock, lambda: self.desk.draining)
        with blobs.Scope(self.spool) as pictures:
            dossier = await self.archive.dossier(call.id, call.key.id, pictures)
            if dossier is None or not dossier.generation.status.finished:
                await close_stream(watch)
                return
            status = dossier.generation.status.value
            await tell_end(watch, f"{OBJECT}.{status}", self._record(call, dossier, inline=True))
            await self._delivered(dossier)

    async def _delete(self, call: Call) -> Answer:
        dossier = await self._dossier(call, None)
        if self._was_stopped(dossier.generation):
            return self._answer(call, dossier, 202, inline=False)
        if dossier.generation.status.finished:
            await self.archive.forget(call.id)
            gone: Json = {"id": call.id, "object": OBJECT, "deleted": True}
            return _answered(call, gone, 200)
        await self.desk.cancel(dossier.generation)
        return self._answer(call, await self._dossier(call, None), 202, inline=False)

    def _was_stopped(self, generation: Generation) -> bool:
        """Whoever asks twice for it to stop, and finds it finished, does not mean to lose its pictures."""
        ended = generation.finished
        return generation.cancel and ended is not None and self.clock.now() < ended + STOPPING

    async def _redeliver(self, call: Call) -> Answer:
        dossier = await self._dossier(call, None)
        if dossier.delivery is not None:
            await self.redeliver(call.id)
        elif dossier.request is None or dossier.request.webhook is None:
            raise NotFound(f"Generation {call.id} was asked for without a webhook.")
        return self._answer(call, await self._dossier(call, None), 202, inline=False)

    async def _dossier(self, call: Call, pictures: blobs.Scope | None) -> Dossier:
        dossier = await self.archive.dossier(call.id, call.key.id, pictures)
        if dossier is None:
            raise NotFound(
                f"There is no generation {call.id[:60]} among those of this key; it may have been deleted. "
                "GET /v1/images/generations lists them."
            )
        return dossier

    async def _delivered(self, dossier: Dossier) -> None:
        if dossier.result is not None:
            await self.handover.delivered(dossier.result)

    # Several

    async def _list(self, call: Call, watch: Watch) -> None:
        wanted = wanted_of(call.scope["query_string"], call.key.id)
        if wanted.before and await self.archive.dossier(wanted.before, call.key.id, None) is None:
            raise InvalidRequest(f"after is {wanted.before}, which names no generation of this key.", param="after")
        page = await self.archive.page(wanted)
        # As the page has them: read one by one they would come with asks of any length.
        dossiers = [await self.archive.opened(one) for one in page[: wanted.limit]]
        records = [self._record(call, dossier, inline=False) for dossier in dossiers]
        shown: Json = {
            "object": "list",
            "data": records,
            "has_more": len(page) > wanted.limit,
            "first_id": page[0].id if page else None,
            "last_id": page[: wanted.limit][-1].id if page else None,
        }
        await _answered(call, shown, 200).send(watch.send)

    # Pieces of these

    def _answer(self, call: Call, dossier: Dossier, status: int, *, inline: bool) -> Answer:
        return _answered(call, self._record(call, dossier, inline=inline), status)

    def _record(self, call: Call, dossier: Dossier, *, inline: bool) -> Json:
        result = dossier.result
        link = self.handover.linker(result, self.origin.of(call.scope))
        if inline and result is not None:
            dossier = replace(dossier, result=self.handover.shown(result))
        return render_record(dossier, link, base_of(self.origin, call.scope), inline=inline)


def _answered(call: Call, value: Json, status: int) -> Answer:
    headers = {"x-request-id": call.id or new_id("req")}
    return Answer(status=status, value=enveloped(value, status, call.envelope), headers=headers)


def _wants_events(scope: Scope) -> bool:
    accepted = (header(scope["headers"], "accept") or "").lower().split(",")
    return any(kind.partition(";")[0].strip() == "text/event-stream" for kind in accepted)
