"""The model list, in the shape the caller's key header stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
class ListShape:
    """How a format writes its list of models, and one of them."""

    list: Callable[[Sequence[ModelCard]], Json]
    one: Callable[[ModelCard], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoutes:
    """`GET /v1/models` and `/v1/models/{id}`. `shapes` is key header -> the shape its callers expect."""

    catalogue: Listing
    keys: Keyring
    today: Callable[[], date]
    plain: ListShape
    shapes: Mapping[str, ListShape]

    async def list(self, request: Request) -> Response:
        """Every served model."""
        self._check(request)
        cards = self.catalogue.listing(self.today())
        return JSONResponse(self._shape(request).list(cards))

    async def get(self, request: Request) -> Response:
        """One model, by id or alias."""
        self._check(request)
        card = self.catalogue.find(request.path_params["id"])
        return JSONResponse(self._shape(request).one(card))

    def _shape(self, request: Request) -> ListShape:
        """The shape belongs to the key header a caller comes with, else the plain one."""
        return next((shape for name, shape in self.shapes.items() if name in request.headers), self.plain)

    def _check(self, request: Request) -> None:
        authenticate(request.scope["headers"], request.scope["query_string"], self.keys)
