"""Model cards in Gemini's list shape, which its SDK expects of a list of models."""

from __future__ import annotations

from collections.abc import Sequence

from onebrush.domain.model import ModelCard

Json = dict[str, object]


def model_list(cards: Sequence[ModelCard]) -> Json:
    """The whole list; one page."""
    return {"models": [model(card) for card in cards]}


def model(card: ModelCard) -> Json:
    """One model, its name below `models/`."""
    return {
        "name": f"models/{card.id}",
        "displayName": card.title,
        "description": card.note,
        "supportedGenerationMethods": ["generateContent"],
    }
