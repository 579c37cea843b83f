"""Fault -> try again or give up, and the error a caller is told. The only place that retries."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
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
from onebrush.engine.attempt import Outcome

MAX_TRIES = 3
SHORT_WAIT = 2.0
LONGEST_RETRY_AFTER = 59.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Try the same deployment again after `delay` seconds."""

    delay: float


def decide(fault: Fault, tries: int) -> Again | None:
    """Again, or None to give up. Nothing whose outcome is unknown is ever sent again."""
    if tries >= MAX_TRIES:
        return None
    if fault.kind is FaultKind.UNAVAILABLE:
        return Again(delay=0.1 * 2**tries * random.uniform(0.5, 1.5))
    if fault.kind is FaultKind.RATE_LIMITED and fault.retry_after is not None and tries == 1:
        return Again(delay=fault.retry_after) if fault.retry_after <= SHORT_WAIT else None
    return None


async def persist(attempt: Callable[[], Awaitable[Outcome]], sleep: Callable[[float], Awaitable[None]]) -> Outcome:
    """Attempt until it brings a picture or `decide` gives up."""
    tries = 0
    ended: dict[str, str] = {}
    while True:
        tries += 1
        outcome = await attempt()
        outcome.attempts = ended = {**ended, **outcome.attempts}
        again = decide(outcome.failure, tries) if outcome.failure else None
        if again is None:
            return outcome
        await sleep(again.delay)


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
