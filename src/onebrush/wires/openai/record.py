"""A generation's record -> its JSON: what was asked, how far it has come, what came of it, what became of the money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import msgspec

from onebrush.domain.errors import OneBrushError
from onebrush.domain.generation import AttemptRecord, Generation
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.money import Money
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.domain.size import SizeAsk
from onebrush.domain.turn import Image, Text, Turn
from onebrush.domain.webhook import Delivery, DeliveryStatus
from onebrush.wires.openai.render import (
    Envelope,
    Json,
    Linker,
    error_json,
    failure_json,
    render,
    render_linked,
    vendor_json,
    warnings_json,
)

OBJECT = "image.generation"
PATH = "/v1/images/generations"


class Dossier(Protocol):
    """All that is known of one generation."""

    @property
    def generation(self) -> Generation: ...
    @property
    def attempts(self) -> Sequence[AttemptRecord]: ...
    @property
    def entries(self) -> Sequence[LedgerEntry]: ...
    @property
    def request(self) -> GenerationRequest | None: ...
    @property
    def result(self) -> GenerationResult | None: ...
    @property
    def error(self) -> OneBrushError | None: ...
    @property
    def delivery(self) -> Delivery | None: ...


def render_record(dossier: Dossier, link: Linker, base: str, *, inline: bool) -> Json:
    """The record; `base` is what its own links stand on, without /v1.

    `inline`: the pictures' bytes are at hand, and stand in the result where they were asked for so, as
    kit.pour.Base64; else it has links only.
    """
    generation, result = dossier.generation, dossier.result
    return {
        "id": generation.id,
        "object": OBJECT,
        "status": generation.status.value,
        "created": generation.created,
        "finished": generation.finished,
        "model": generation.model,
        "provider": generation.provider,
        "test": generation.test,
        "request": _request(generation, dossier.request),
        "progress": _progress(dossier),
        "result": _result(result, link, inline=inline),
        "error": _error(dossier.error),
        "failures": [failure_json(failure) for failure in result.failures] if result else [],
        "warnings": warnings_json(result.warnings if result else ()),
        "attempts": [_attempt(record, dossier.entries) for record in dossier.attempts],
        "cost": _money(generation.cost_nano, generation.currency, generation.basis),
        "webhook": _webhook(dossier),
        "links": _links(generation, base),
    }


def webhook_payload(dossier: Dossier, link: Linker) -> bytes:
    """The body that tells of a finished generation, with links on the origin it was asked at."""
    generation = dossier.generation
    when = datetime.fromtimestamp(generation.finished or generation.created, UTC)
    told: Json = {
        "type": f"{OBJECT}.{generation.status.value}",
        "timestamp": when.isoformat().replace("+00:00", "Z"),
        "data": render_record(dossier, link, generation.origin, inline=False),
    }
    return msgspec.json.encode(told)


def _result(result: GenerationResult | None, link: Linker, *, inline: bool) -> Json | None:
    """None while there is no picture, and when none of them is kept any more."""
    if result is None or not result.images:
        return None
    return render(result, link, "plain") if inline else render_linked(result, link)


def _error(error: OneBrushError | None) -> Json | None:
    if error is None:
        return None
    said = error_json(error)
    return {**said, "provider_error": vendor_json(error.vendor)} if error.vendor else said


def _progress(dossier: Dossier) -> Json:
    """Of how many pictures at least how many are there: a reply that is kept is one, until its pictures are counted."""
    asked = dossier.request.n if dossier.request else 1
    if (result := dossier.result) is not None:
        return {"done": len(result.images), "of": max(asked, len(result.images) + len(result.failures))}
    return {"done": min(asked, sum(record.reply is not None for record in dossier.attempts)), "of": asked}


def _links(generation: Generation, base: str) -> Json:
    """`cancel` is asked with DELETE, while there is something to stop."""
    own = location(base, generation.id)
    return {"self": own} if generation.status.finished else {"self": own, "cancel": own}


def location(base: str, generation_id: str) -> str:
    """Where a record is read."""
    return f"{base}{PATH}/{generation_id}"


# What was asked


def _request(generation: Generation, request: GenerationRequest | None) -> Json:
    """As it was asked: what was not said is left out."""
    if request is None:
        return {"model": generation.request}
    return {
        "model": request.model,
        **_words(request),
        **{name: _picture(image) for name, image in _overlays(request)},
        "n": request.n,
        **_size(request.size),
        **({"response_format": request.answer_form} if request.answer_form else {}),
        **request.fields,
        **_own(request),
    }


def _words(request: GenerationRequest) -> Json:
    if request.is_conversation or request.images:
        return {"contents": [_turn(turn) for turn in request.turns]}
    return {"prompt": request.prompt}


def _turn(turn: Turn) -> Json:
    parts: list[Json] = []
    for part in turn.parts:
        if isinstance(part, Image):
            parts.append({"image": _picture(part)})
        elif isinstance(part, Text):
            parts.append({"text": part.text})
    return {"role": turn.role, "parts": parts}


def _picture(image: Image) -> Json:
    """What is known of it; never its bytes, nor the link it came by, which may be a secret."""
    about: Json = {"media_type": image.media_type, "width": image.width, "height": image.height}
    if not isinstance(image.source, str):
        about["bytes"] = image.source.size
    return {name: value for name, value in about.items() if value is not None}


def _overlays(request: GenerationRequest) -> list[tuple[str, Image]]:
    named = (("mask", request.mask), ("markup", request.markup))
    return [(name, image) for name, image in named if image is not None]


def _size(ask: SizeAsk) -> Json:
    """The caller's own words; a tier that stood in a field of its own, there."""
    size = ask.size_text or next((str(form) for form in (ask.pixels, ask.ratio, ask.keyword) if form), None)
    tier = ask.tier_text or ask.tier
    said: Json = {ask.tier_param.rsplit(".", 1)[-1]: tier} if tier else {}
    return {**said, "size": size} if size else said


def _own(request: GenerationRequest) -> Json:
    said: Json = {
        "strict": request.strict,
        "exact_size": request.exact_size,
        "emulate": sorted(request.emulate),
        "provider_options": {name: dict(members) for name, members in request.provider_options.items()},
        "metadata": request.metadata,
        "link_ttl": request.link_ttl,
        "async": request.asynchronous,
    }
    return {**{name: value for name, value in said.items() if value}, **({} if request.store else {"store": False})}


# What became of it


def _attempt(record: AttemptRecord, entries: Sequence[LedgerEntry]) -> Json:
    attempt = record.attempt
    return {
        "id": attempt.id,
        "index": attempt.slot,
        "deployment": attempt.deployment,
        "model": attempt.model,
        "created": attempt.created,
        "ended": record.ended,
        "task": record.task,
        "money": _ledger([entry for entry in entries if entry.attempt == attempt.id], record.ended),
    }


def _ledger(entries: Sequence[LedgerEntry], ended: str | None) -> Json | None:
    """The last row counts; `why` where the attempt's own end does not say it already."""
    if not entries:
        return None
    last = entries[-1]
    why: Json = {"why": last.why} if last.why and last.why != ended else {}
    return {"state": last.state.value, **_money(last.nano, last.currency, last.basis), **why}


def _money(nano: int | None, currency: str | None, basis: str) -> Json:
    if nano is None or currency is None:
        return {"basis": "unknown"}
    return {"amount": Money(nano=nano, currency=currency).decimal, "currency": currency, "basis": basis}


def _webhook(dossier: Dossier) -> Json | None:
    if (delivery := dossier.delivery) is not None:
        told: Json = {"url": _bare(delivery.url), "status": delivery.status.value, "tries": delivery.tries}
        if delivery.said is not None:
            told["last"] = delivery.said
        if delivery.status is DeliveryStatus.PENDING and delivery.tries:
            told["next_try"] = delivery.due
        return told
    if dossier.request is None or dossier.request.webhook is None:
        return None
    return {"url": _bare(dossier.request.webhook.url), "status": DeliveryStatus.PENDING.value, "tries": 0}


def _bare(url: str) -> str:
    """Without what may be a secret: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def enveloped(value: Json, status: int, envelope: Envelope) -> Json:
    """The value as it is, or wrapped."""
    if envelope == "plain":
        return value
    return {"code": status, "msg": "Accepted" if status == 202 else "Success", "data": value}
