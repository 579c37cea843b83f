"""Model cards in OpenAI's list shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

from onebrush.domain.model import ModelCard

Json = dict[str, object]


def model_list(cards: Sequence[ModelCard]) -> Json:
    """`GET /v1/models`."""
    return {"object": "list", "data": [model(card) for card in cards]}


def model(card: ModelCard) -> Json:
    """`GET /v1/models/{id}`; `shutdown_date` as OpenAI's own model objects carry it."""
    created = datetime.combine(card.created, time(), UTC) if card.created else None
    return {
        "id": card.id,
        "object": "model",
        "created": int(created.timestamp()) if created else 0,
        "owned_by": card.provider,
        "shutdown_date": card.shutdown_date.isoformat() if card.shutdown_date else None,
    }
