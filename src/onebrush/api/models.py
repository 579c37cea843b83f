"""The model list: OpenAI's shape, or Gemini's for callers that come with its key header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.api.auth import Keyring, authenticate
from onebrush.domain.model import ModelCard

Json = dict[str, object]


class Listing(Protocol):
    """What the model routes ask of the catalogue."""

    def find(self, name: str) -> ModelCard:
        """The card of an id or alias. Raises ModelNotFound."""
        ...

    def listing(self, today: date) -> Sequence[ModelCard]:
        """The served models, in the order to show them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoutes:
    """`GET /v1/models` and `/v1/models/{id}`."""

    catalogue: Listing
    keys: Keyring
    today: Callable[[], date]

    async def list(self, request: Request) -> Response:
        """Every served model."""
        self._check(request)
        cards = self.catalogue.listing(self.today())
        if _wants_gemini(request):
            return JSONResponse({"models": [_gemini(card) for card in cards]})
        return JSONResponse({"object": "list", "data": [_openai(card) for card in cards]})

    async def get(self, request: Request) -> Response:
        """One model, by id or alias."""
        self._check(request)
        card = self.catalogue.find(request.path_params["id"])
        return JSONResponse(_gemini(card) if _wants_gemini(request) else _openai(card))

    def _check(self, request: Request) -> None:
        authenticate(request.scope["headers"], request.scope["query_string"], self.keys)


def _wants_gemini(request: Request) -> bool:
    return "x-goog-api-key" in request.headers


def _openai(card: ModelCard) -> Json:
    created = datetime.combine(card.created, time(), UTC) if card.created else None
    return {
        "id": card.id,
        "object": "model",
        "created": int(created.timestamp()) if created else 0,
        "owned_by": card.provider,
        "shutdown_date": card.shutdown_date.isoformat() if card.shutdown_date else None,
    }


def _gemini(card: ModelCard) -> Json:
    return {
        "name": f"models/{card.id}",
        "displayName": card.title,
        "description": card.note,
        "supportedGenerationMethods": ["generateContent"],
    }
