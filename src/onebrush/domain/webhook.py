"""Webhooks: whom to tell of a finished generation, and how far the telling has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where to, and the name of the secret (in the settings) that signs."""

    url: str
    secret: str


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox, written with the outcome in one transaction. Times are unix seconds.

    `id` is the webhook-id of every try; `due` when the next one is; `said` what the last one met.
    """

    id: str
    generation: str
    url: str
    secret: str
    created: int
    due: int
    status: DeliveryStatus = DeliveryStatus.PENDING
    tries: int = 0
    said: str | None = None
