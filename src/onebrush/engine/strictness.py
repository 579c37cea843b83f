"""Strict requests: what would change the ask before it is sent is refused instead of told."""

from __future__ import annotations

from collections.abc import Iterable

from onebrush.domain.errors import InvalidRequest, UnknownParameter
from onebrush.domain.warning import RequestWarning

# Fields that came to nothing, as against values that became others.
_UNUSED = frozenset({"unknown_field", "field_ignored", "header_ignored"})


def refuse_changes(warnings: Iterable[RequestWarning]) -> None:
    """Raises UnknownParameter or InvalidRequest for the first warning that is not of the result alone."""
    changes = [warning for warning in warnings if warning.stage == "request"]
    if changes:
        first = changes[0]
        refusal = UnknownParameter if first.code in _UNUSED else InvalidRequest
        raise refusal(_message(first, len(changes) - 1), param=first.param)


def _message(warning: RequestWarning, others: int) -> str:
    value = "" if warning.asked is None else f" ({_shown(warning.asked)})"
    allowed = f" Allowed: {', '.join(warning.allowed)}." if warning.allowed else ""
    more = f" {others} more of the request would be changed." if others else ""
    return (
        f"The request is strict and {warning.param or 'it'}{value} cannot be sent as it is.{allowed}{more} "
        f"Without strict it would be bought with the warning: {warning.message}"
    )


def _shown(value: object) -> str:
    """As the caller would have written it."""
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = str(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
