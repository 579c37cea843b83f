"""The models: their list in the shape the caller's key header stands for, and what each of them can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.api.auth import Keyring, authenticate
from onebrush.domain.model import ModelCard, Status
from onebrush.wires.openai.capabilities import Descriptor, descriptor, encoded, encoded_list

Json = dict[str, object]

_JSON = "application/json"


class Listing(Protocol):
    """What the model routes ask of the catalogue."""

    def find(self, name: str) -> ModelCard:
        """The card of an id or alias. Raises ModelNotFound."""
        ...

    def listing(self, today: date) -> Sequence[ModelCard]:
        """The served models, in the order to show them."""
        ...

    def status_on(self, card: ModelCard, today: date) -> Status:
        """Where the model is in its life on a day."""
        ...

    def successor(self, card: ModelCard, today: date | None = None) -> ModelCard | None:
        """The model that takes over; None when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShape:
    """How a format writes its list of models, and one of them."""

    list: Callable[[Sequence[ModelCard]], Json]
    one: Callable[[ModelCard], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoutes:
    """`GET /v1/models` and `/v1/images/models`, and one of each. `shapes` is key header -> its callers' list shape."""

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

    async def capabilities(self, request: Request) -> Response:
        """What every served model can do."""
        self._check(request)
        cards = self.catalogue.listing(self.today())
        return Response(encoded_list([self._described(card) for card in cards]), media_type=_JSON)

    async def capability(self, request: Request) -> Response:
        """What one model can do, by id or alias. Raises ModelNotFound."""
        self._check(request)
        card = self.catalogue.find(request.path_params["id"])
        return Response(encoded(self._described(card)), media_type=_JSON)

    def _described(self, card: ModelCard) -> Descriptor:
        today = self.today()
        after = self.catalogue.successor(card, today)
        return descriptor(card, self.catalogue.status_on(card, today), after.id if after else None)

    def _shape(self, request: Request) -> ListShape:
        """The shape belongs to the key header a caller comes with, else the plain one."""
        return next((shape for name, shape in self.shapes.items() if name in request.headers), self.plain)

    def _check(self, request: Request) -> None:
        authenticate(request.scope["headers"], request.scope["query_string"], self.keys)
