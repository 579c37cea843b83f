"""Fault -> again, the next deployment, or stop, by the closed table; and the error a caller is told."""

from __future__ import annotations

import random
from dataclasses import dataclass

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import (
    FaultKind,
    InvalidRequest,
    ModelNotFound,
    ModerationBlocked,
    NoImage,
    OneBrushError,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Unavailable,
    VendorSaid,
)
from onebrush.domain.event import Fault

MAX_TRIES = 3
SHORT_WAIT = 2.0
LONGEST_RETRY_AFTER = 59.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Try the same deployment again after `delay` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class Next:
    """This deployment did nothing and was not paid: another one may be asked."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more is sent: it may be paid already, or would be refused everywhere."""


Decision = Again | Next | Stop


def decide(fault: Fault, *, tries: int, seconds_left: float, on_refusal: bool) -> Decision:
    """What becomes of a slot whose newest call met `fault`. Nothing that may be paid is ever sent again.

    `tries` are its calls at this deployment so far, `seconds_left` is what the request has until its deadline,
    `on_refusal` whether something is there that may be turned to when content was refused.
    """
    if fault.kind in _NEVER or seconds_left <= 0:
        return Stop()
    if fault.kind is FaultKind.CONTENT_BLOCKED:
        return Next() if on_refusal else Stop()
    if fault.kind in _ANSWERED:
        return Stop() if _perhaps_charged(fault) else Next()
    delay = _delay(fault, tries)
    return Next() if delay is None or delay >= seconds_left else Again(delay=delay)


# The same answer everywhere, or an outcome that is not known.
_NEVER = frozenset({FaultKind.BAD_REQUEST, FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT})
# An answer came, mostly: what it was decides whether it was paid for.
_ANSWERED = frozenset({FaultKind.BAD_RESPONSE, FaultKind.NO_IMAGE})


def _perhaps_charged(fault: Fault) -> bool:
    """Only what never left, or was refused with an error's status, is certainly not on the bill."""
    return fault.sent and not (fault.status is not None and fault.status >= 400)


def _delay(fault: Fault, tries: int) -> float | None:
    """Seconds until the same deployment may be tried again; None: not for this request."""
    if fault.kind is FaultKind.RATE_LIMITED:
        return _short(fault.retry_after) if tries == 1 else None
    if fault.kind is not FaultKind.UNAVAILABLE or tries >= MAX_TRIES:
        return None
    jittered = 0.1 * 2.0**tries * random.uniform(0.5, 1.5)
    named = _short(fault.retry_after or 0.0)
    return None if named is None else max(named, jittered)


def _short(seconds: float | None) -> float | None:
    return seconds if seconds is not None and seconds <= SHORT_WAIT else None


def error_for(fault: Fault, deployment: Deployment) -> OneBrushError:
    """What the caller is told of a fault: our code, the vendor's own beside it."""
    kind, retry, hint = _TOLD[fault.kind]
    return kind(
        f"{_titled(deployment)} {hint}: {fault.message}",
        param=fault.param if kind is InvalidRequest else None,
        retry=retry,
        retry_after=_capped(fault) if fault.kind in _WAITED_OUT else None,
        vendor=VendorSaid(
            provider=deployment.provider,
            status=fault.status,
            code=fault.code,
            message=fault.message,
            request_id=fault.request_id,
        ),
    )


# What passes by waiting; a credential or a quota wants its operator.
_WAITED_OUT = (FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE)


def _titled(deployment: Deployment) -> str:
    return f"Provider '{deployment.provider}'" + (" (sandbox)" if deployment.test else "")


def _capped(fault: Fault) -> float | None:
    # Node clients ignore waits of a minute and more and then hammer: 59 s is the longest we tell.
    return min(fault.retry_after or 5.0, LONGEST_RETRY_AFTER)


_TOLD: dict[FaultKind, tuple[type[OneBrushError], bool | None, str]] = {
    FaultKind.BAD_REQUEST: (InvalidRequest, False, "refused the request"),
    FaultKind.CONTENT_BLOCKED: (
        ModerationBlocked,
        False,
        "refused the content; change the prompt or the picture",
    ),
    FaultKind.CREDENTIAL: (
        Unavailable,
        False,
        "did not accept the gateway's own credential; tell its operator",
    ),
    FaultKind.QUOTA: (Unavailable, False, "has no quota left for the gateway; tell its operator"),
    FaultKind.RATE_LIMITED: (RateLimited, None, "is limiting the rate; try again later"),
    FaultKind.UNAVAILABLE: (Unavailable, None, "is not available; try again later"),
    FaultKind.OUTCOME_UNKNOWN: (
        ProviderError,
        False,
        "failed after the request was sent; it may have charged, so it was not sent again",
    ),
    FaultKind.TIMED_OUT: (ProviderTimeout, False, "was silent past the deadline; it may have charged"),
    FaultKind.MODEL_GONE: (ModelNotFound, False, "does not serve this model"),
    FaultKind.BAD_RESPONSE: (ProviderError, False, "answered what cannot be used"),
    FaultKind.NO_IMAGE: (NoImage, False, "gave no picture"),
}
