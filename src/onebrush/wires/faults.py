"""What the wires share in reading refusals: a vendor's own words, and the fault they amount to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Event, Fault
from onebrush.domain.exchange import ReplyHead
from onebrush.kit.frames import Frame
from onebrush.kit.lift import LiftError

Shape = TypeVar("Shape")

_BY_STATUS: Mapping[int, FaultKind] = {
    401: FaultKind.CREDENTIAL,
    402: FaultKind.QUOTA,
    403: FaultKind.CREDENTIAL,
    404: FaultKind.MODEL_GONE,
    408: FaultKind.OUTCOME_UNKNOWN,  # the vendor gave up waiting, perhaps on work already done
    409: FaultKind.OUTCOME_UNKNOWN,  # a conflict with work of its own, perhaps ours
    429: FaultKind.RATE_LIMITED,
    499: FaultKind.OUTCOME_UNKNOWN,
    501: FaultKind.BAD_RESPONSE,
    503: FaultKind.UNAVAILABLE,
}
_WORTH_WAITING = frozenset({FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE})
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?\Z")
# Vendors quote the rejected key, masked or not; it is not ours to pass on.
_KEY = re.compile(r"\bsk-[\w*-]+|\bAIza[\w*-]+")
_LONGEST_MESSAGE = 2000
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A vendor's refusal in its own words, as far as it used any."""

    code: str | None = None
    type: str | None = None
    message: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


def shaped(value: object, shape: type[Shape]) -> Shape | None:
    """`value` as `shape`; None where it has another form."""
    try:
        return msgspec.convert(value, shape)
    except (msgspec.ValidationError, ValueError, RecursionError):
        return None


def words(value: object) -> str | None:
    """`value` where it is text that says something."""
    return value if isinstance(value, str) and value.strip() else None


def code(value: object) -> str | None:
    """A vendor's code; some servers give a number where text is due."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else words(value)


def said(error: object) -> Said:
    """What an `error` object (`message`, `type`, `param`, `code`), or text in its place, says."""
    if not isinstance(error, dict):
        return Said(message=words(error))
    return Said(
        code=code(error.get("code")),
        type=words(error.get("type")),
        message=words(error.get("message")),
        param=words(error.get("param")),
    )


def by_status(status: int) -> FaultKind:
    """The fault an HTTP status alone amounts to."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return FaultKind.OUTCOME_UNKNOWN
    return FaultKind.BAD_REQUEST if status >= 400 else FaultKind.BAD_RESPONSE


def fault(kind: FaultKind, head: ReplyHead, said: Said, *, index: int | None = None) -> Fault:
    """The fault of that kind, with what the vendor said and the reply's head tells."""
    message = said.message or f"The vendor answered HTTP {head.status} and gave no reason"
    return Fault(
        kind=kind,
        message=_KEY.sub("[key]", message)[:_LONGEST_MESSAGE],
        status=head.status,
        code=said.code,
        request_id=said.request_id or request_id(head),
        retry_after=_delay(head, said) if kind in _WORTH_WAITING else None,
        param=said.param,
        index=index,
    )


def unreadable(head: ReplyHead, frame: Frame) -> Fault:
    """The fault of a reply that is not the vendor's JSON: a proxy's page, nothing at all, another shape.

    A 404 of this kind says that the base URL is wrong, not that the model is gone.
    """
    kind = FaultKind.BAD_RESPONSE if head.status == 404 else by_status(head.status)
    quote = " ".join((frame.text or "").split())[:_LONGEST_QUOTE]
    message = f"The vendor answered HTTP {head.status} with a body that makes no sense"
    return fault(kind, head, Said(message=f"{message}: {quote}" if quote else message))


def request_id(head: ReplyHead) -> str | None:
    """The vendor's id of the call, as its headers give it."""
    return words(head.headers.get("x-request-id"))


def seconds(text: object) -> float | None:
    """A delay spelt in seconds; None for dates, which need a clock, and for anything else."""
    return float(text) if isinstance(text, str) and _SECONDS.match(text.strip()) else None


def _delay(head: ReplyHead, said: Said) -> float | None:
    if said.retry_after is not None:
        return said.retry_after
    milliseconds = seconds(head.headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    named = seconds(head.headers.get("retry-after"))
    return _until(head) if named is None else named


def _until(head: ReplyHead) -> float | None:
    """Seconds to a wait's end that is given as a date, by the vendor's own clock: that of the same head."""
    try:
        end = parsedate_to_datetime(head.headers.get("retry-after", ""))
        now = parsedate_to_datetime(head.headers.get("date", ""))
        return max(0.0, (end - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None  # no date, or one with a zone beside one without


async def events(
    head: ReplyHead, frames: AsyncIterator[Frame], answer: Callable[[ReplyHead, Frame], Iterator[Event]]
) -> AsyncIterator[Event]:
    """A plain reply, which is one frame, as the events that `answer` finds in it."""
    try:
        frame = await _only(frames)
    except LiftError as error:
        yield _broken(head, error)
        return
    for event in answer(head, frame):
        yield event


async def _only(frames: AsyncIterator[Frame]) -> Frame:
    """The one frame, once the reply is read to its end; an empty one where none came."""
    first: Frame | None = None
    async for frame in frames:
        first = first or frame
    return first or Frame(data=None)


def _broken(head: ReplyHead, error: LiftError) -> Fault:
    """The fault of JSON that cannot be taken. Cut off in a 2xx, the picture was made and may be charged."""
    cut = head.ok and error.kind == "truncated"
    kind = FaultKind.OUTCOME_UNKNOWN if cut else by_status(head.status)
    return fault(kind, head, Said(message=f"The vendor's HTTP {head.status} reply cannot be read: {error}"))
