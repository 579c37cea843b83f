"""Every error as JSON, with the headers that tell an SDK whether to try again."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.api.answer import Answer
from onebrush.domain.errors import OneBrushError
from onebrush.domain.result import GenerationResult
from onebrush.wires.openai.render import Envelope, render_error

# A retry of these would buy again, or meet the same refusal.
_NO_RETRY = frozenset(
    {
        *("provider_timeout", "no_image", "moderation_blocked", "insufficient_quota"),
        *("idempotency_key_reused", "generation_canceled"),
    }
)
# What SDKs try again by themselves: they are told when. The OpenAI clients' list, github.com/openai/openai-python.
_TRIED_AGAIN = frozenset({408, 409, 429})
USUAL_WAIT = 5.0


def error_headers(error: OneBrushError, request_id: str | None) -> Mapping[str, str]:
    """Answer headers of an error: ids, patience, and x-should-retry."""
    headers: dict[str, str] = {}
    if request_id:
        headers["x-request-id"] = request_id
    retry = False if error.code in _NO_RETRY else error.retry
    if (wait := _wait(error, retry)) is not None:
        headers["retry-after"] = str(max(1, min(59, round(wait))))
    if retry is not None:
        headers["x-should-retry"] = "true" if retry else "false"
    return headers


def _wait(error: OneBrushError, retry: bool | None) -> float | None:
    if error.retry_after is None and retry is not False and (error.status >= 500 or error.status in _TRIED_AGAIN):
        return USUAL_WAIT
    return error.retry_after


def error_answer(
    error: OneBrushError, envelope: Envelope, request_id: str, result: GenerationResult | None = None
) -> Answer:
    """The answer of an error; `result` is the generation it ended, where one was begun."""
    value = render_error(error, envelope, request_id, result)
    return Answer(status=error.status, value=value, headers=error_headers(error, request_id))
