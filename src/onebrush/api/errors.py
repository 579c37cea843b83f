"""Every error as JSON, with the headers that tell an SDK whether to try again."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.errors import OneBrushError

# A retry of these would buy again, or meet the same refusal.
_NO_RETRY = frozenset({"provider_timeout", "no_image", "moderation_blocked", "insufficient_quota"})


def error_headers(error: OneBrushError, request_id: str | None) -> Mapping[str, str]:
    """Answer headers of an error: ids, patience, and x-should-retry."""
    headers: dict[str, str] = {}
    if request_id:
        headers["x-request-id"] = request_id
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, min(59, round(error.retry_after))))
    retry = False if error.code in _NO_RETRY else error.retry
    if retry is not None:
        headers["x-should-retry"] = "true" if retry else "false"
    return headers
