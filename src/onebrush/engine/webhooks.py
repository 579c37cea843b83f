"""Webhooks as values: how a try is signed and what follows from its answer. Nothing here waits or sends.

The headers are those of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

from onebrush.domain.webhook import Delivery, DeliveryStatus

# Seconds from each failed try to the next: 11 tries within nearly 26 hours.
SCHEDULE = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 36_000)
JITTER = 0.03


def signed(delivery: Delivery, body: bytes, secrets: Sequence[str], now: float) -> Mapping[str, str]:
    """The headers of a try made `now`: one signature over exactly `body` for each of the secrets, in their order."""
    at = datetime.fromtimestamp(math.floor(now), UTC)
    signatures = [Signer(secret).sign(delivery.id, at, body.decode()) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "onebrush",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def answered(delivery: Delivery, status: int, now: float) -> Delivery:
    """The delivery after a try that the receiver answered."""
    said = f"The receiver answered with status {status}."
    if 200 <= status < 300:
        return replace(delivery, status=DeliveryStatus.DELIVERED, tries=delivery.tries + 1, said=said)
    if status == 410:
        return hopeless(replace(delivery, tries=delivery.tries + 1), f"{said[:-1]}: it wants no more of them.")
    if 300 <= status < 400:
        said = f"{said[:-1]}; redirects are not followed."
    return missed(delivery, said, now)


def missed(delivery: Delivery, why: str, now: float) -> Delivery:
    """The delivery after a try that came to nothing: due again by the schedule, failed at its end."""
    tries = delivery.tries + 1
    tried = replace(delivery, tries=tries, said=why)
    if tries > len(SCHEDULE):
        return hopeless(tried, f"{why} That was the last of {tries} tries.")
    wait = SCHEDULE[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return replace(tried, due=math.ceil(now + wait))


def hopeless(delivery: Delivery, why: str) -> Delivery:
    """The delivery that is not tried again, unless somebody asks for it."""
    return replace(delivery, status=DeliveryStatus.FAILED, said=why)
