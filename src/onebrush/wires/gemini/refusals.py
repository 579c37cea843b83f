"""What Gemini refuses, and how: errors, and answers with HTTP 200 that hold no picture.

Facts are from ai.google.dev/gemini-api/docs/api-errors and ai.google.dev/api/generate-content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.domain.exchange import ReplyHead
from onebrush.wires import faults
from onebrush.wires.gemini import shapes

_KINDS: Mapping[str, FaultKind] = {
    "INVALID_ARGUMENT": FaultKind.BAD_REQUEST,
    "OUT_OF_RANGE": FaultKind.BAD_REQUEST,
    "ALREADY_EXISTS": FaultKind.BAD_REQUEST,
    "UNIMPLEMENTED": FaultKind.BAD_RESPONSE,
    "FAILED_PRECONDITION": FaultKind.CREDENTIAL,  # the account's region or billing, not the caller's doing
    "UNAUTHENTICATED": FaultKind.CREDENTIAL,
    "PERMISSION_DENIED": FaultKind.CREDENTIAL,
    "NOT_FOUND": FaultKind.MODEL_GONE,
    "RESOURCE_EXHAUSTED": FaultKind.RATE_LIMITED,
    "ABORTED": FaultKind.OUTCOME_UNKNOWN,
    "UNAVAILABLE": FaultKind.UNAVAILABLE,
    "CANCELLED": FaultKind.OUTCOME_UNKNOWN,
    "INTERNAL": FaultKind.OUTCOME_UNKNOWN,
    "UNKNOWN": FaultKind.OUTCOME_UNKNOWN,
    "DEADLINE_EXCEEDED": FaultKind.OUTCOME_UNKNOWN,
}
_BAD_KEY = "API_KEY_INVALID"
_REFUSED = frozenset(
    {
        "SAFETY",
        "PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
        "ESCALATION",
        "PUP_LIMITED_DISABLED",
    }
)
_DURATION = re.compile(r"([0-9.]+)s\Z")


def of_error(head: ReplyHead, value: object) -> Fault:
    """The fault of an `error` object: by the reason in its details, then its status name, then HTTP's."""
    error = faults.shaped(value, shapes.Error) or shapes.Error()
    details = _details(error)
    status = faults.words(error.status)
    if any(detail.reason == _BAD_KEY for detail in details):  # a bad key is a 400
        status, kind = _BAD_KEY, FaultKind.CREDENTIAL
    else:
        kind = _KINDS.get(status or "") or faults.by_status(head.status)
    if kind is FaultKind.RATE_LIMITED and _for_today(details):
        kind = FaultKind.QUOTA
    said = faults.Said(
        code=status,
        message=faults.words(error.message),
        param=next((violation.field for each in details for violation in each.field_violations or ()), None),
        retry_after=next((wait for each in details if (wait := _wait(each)) is not None), None),
    )
    return faults.fault(kind, head, said)


def refused(reply: shapes.Reply, candidates: list[shapes.Candidate]) -> bool:
    """Whether the prompt or the answer was blocked."""
    return _block_reason(reply) is not None or _finish(candidates) in _REFUSED


def of_answer(
    head: ReplyHead, reply: shapes.Reply, candidates: list[shapes.Candidate], parts: list[shapes.Part]
) -> Fault:
    """The fault of an answer without a picture, in the model's own words where it used any."""
    blocked = _block_reason(reply)
    reason = blocked or _finish(candidates)
    kind = _kind(reason, prompt_blocked=blocked is not None)
    opening = "The request was blocked" if kind is FaultKind.CONTENT_BLOCKED else "No picture came"
    explained = f"{opening} ({reason})" if reason else opening
    quote = _words(reply, candidates, parts)
    message = f"{explained}: {quote}" if quote else explained
    said = faults.Said(code=reason, message=message, request_id=request_id(head, reply))
    return faults.fault(kind, head, said)


def request_id(head: ReplyHead, reply: shapes.Reply) -> str | None:
    """The vendor's id of the call, from the headers or the body."""
    return faults.request_id(head) or faults.words(reply.response_id)


def _kind(reason: str | None, *, prompt_blocked: bool) -> FaultKind:
    if prompt_blocked or reason in _REFUSED:
        return FaultKind.CONTENT_BLOCKED
    # A picture of the history without its signature: the conversation is at fault.
    return FaultKind.BAD_REQUEST if reason == "MISSING_THOUGHT_SIGNATURE" else FaultKind.NO_IMAGE


def _block_reason(reply: shapes.Reply) -> str | None:
    feedback = faults.shaped(reply.prompt_feedback, shapes.PromptFeedback)
    return faults.words(feedback.block_reason) if feedback else None


def _finish(candidates: list[shapes.Candidate]) -> str | None:
    return next((reason for each in candidates if (reason := faults.words(each.finish_reason))), None)


def _words(reply: shapes.Reply, candidates: list[shapes.Candidate], parts: list[shapes.Part]) -> str:
    feedback = faults.shaped(reply.prompt_feedback, shapes.PromptFeedback) or shapes.PromptFeedback()
    said = [
        faults.words(feedback.block_reason_message),
        *(faults.words(candidate.finish_message) for candidate in candidates),
        *(faults.words(part.text) for part in parts if not part.thought),
    ]
    return " ".join(text.strip() for text in said if text)


def _details(error: shapes.Error) -> list[shapes.Detail]:
    entries = error.details if isinstance(error.details, list) else []
    return [detail for entry in entries if (detail := faults.shaped(entry, shapes.Detail)) is not None]


def _for_today(details: list[shapes.Detail]) -> bool:
    """A daily quota is used up: no short wait helps."""
    quotas = (violation.quota_id or "" for detail in details for violation in detail.violations or ())
    return any("PerDay" in quota for quota in quotas)


def _wait(detail: shapes.Detail) -> float | None:
    """RetryInfo's delay (`37s`, `0.5s`); a Retry-After header is not promised."""
    match = _DURATION.match(detail.retry_delay or "")
    return faults.seconds(match[1]) if match else None
