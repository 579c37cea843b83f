"""The OpenAI Images API, emulated: generations, edits and the models list."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.kit.ids import new_id
from onebrush.sandbox import openai_ask, openai_files, openai_pictures
from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.desk import Desk, Order, digest, guarded
from onebrush.sandbox.limits import OpenAIModel, openai_models
from onebrush.sandbox.openai_ask import Ask
from onebrush.sandbox.openai_files import Shelf
from onebrush.sandbox.openai_painting import Painting
from onebrush.sandbox.openai_pictures import Pictures, Sources
from onebrush.sandbox.reading import NotJson, TooLarge, read_json


def create(desk: Desk) -> Starlette:
    """Build the application that stands under `/openai/v1`."""
    counter = Counter(desk)
    routes = [
        Route("/images/generations", guarded(counter.generate, errors.server_error), methods=["POST"]),
        Route("/images/edits", guarded(counter.edit, errors.server_error), methods=["POST"]),
        Route("/images/variations", guarded(counter.variations, errors.server_error), methods=["POST"]),
        *openai_files.routes(counter.shelf, counter.admit),
        Route("/models", guarded(counter.models, errors.server_error)),
        Route("/models/{model}", guarded(counter.model, errors.server_error)),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self.shelf = desk, Shelf()

    async def generate(self, request: Request) -> Response:
        self.admit(request)
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise errors.refusal(400, "Unsupported content type: expected 'application/json'.")
        values = await _json(request)
        row, model = self._row(values)
        ask = openai_ask.read(values, row, model, edit=False)
        return await self._serve(request, ask, None, digest(values))

    async def edit(self, request: Request) -> Response:
        self.admit(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == "application/json":
            values = await _json(request)
            mark = digest(values)
            row, model = self._row(values)
            sources = Sources(request=request, links=self._desk.links, shelf=self.shelf)
            pictures = openai_pictures.json_pictures(values, row, sources)
        else:
            values, parts = await _form(request, kind)
            mark = digest([values, parts])
            row, model = self._row(values)
            pictures = openai_pictures.form_pictures(parts, row)
        return await self._serve(request, openai_ask.read(values, row, model, edit=True), pictures, mark)

    async def variations(self, request: Request) -> Response:
        self.admit(request)
        raise errors.refusal(400, "The variations endpoint no longer accepts requests.")

    async def models(self, request: Request) -> Response:
        self.admit(request)
        rows = [_object(name, row) for name, row in openai_models().items() if self._answers(row)]
        return JSONResponse({"object": "list", "data": rows})

    async def model(self, request: Request) -> Response:
        self.admit(request)
        row, model = self._row({"model": request.path_params["model"]})
        return JSONResponse(_object(model, row))

    def admit(self, request: Request) -> None:
        """Let the one right key pass."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key != self._desk.settings.api_key:
            raise errors.wrong_key(key)

    def _answers(self, row: OpenAIModel) -> bool:
        return not (row.retired and self._desk.settings.refuse_retired)

    def _row(self, values: dict[str, Any]) -> tuple[OpenAIModel, str]:
        model = values.get("model")
        if model is None:
            raise errors.missing("model")
        row = openai_models().get(model) if isinstance(model, str) else None
        if row is None or not self._answers(row):
            raise errors.no_model(str(model))
        return row, str(model)

    async def _serve(self, request: Request, ask: Ask, pictures: Pictures | None, mark: str) -> Response:
        order = Order(request_id=new_id("req"), model=ask.model, prompt=ask.prompt, images=ask.n, digest=mark)
        manners = Painting(self._desk, request, order, ask, pictures)
        return await self._desk.serve("openai", order, manners)


def _object(name: str, row: OpenAIModel) -> dict[str, Any]:
    return {
        "id": name, "object": "model", "created": row.created, "owned_by": "system",
        "shutdown_date": row.shutdown
    }  # fmt: skip


async def _json(request: Request) -> dict[str, Any]:
    try:
        return await read_json(request)
    except NotJson as error:
        raise errors.refusal(400, "We could not parse the JSON body of your request.") from error
    except TooLarge as error:
        raise errors.refusal(413, "The request body is too large.") from error


async def _form(request: Request, kind: str) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    if kind != "multipart/form-data":
        raise errors.refusal(400, "Unsupported content type: expected 'multipart/form-data'.")
    try:
        return await openai_pictures.from_form(request)
    except TooLarge as error:
        raise errors.refusal(413, "The request body is too large.") from error
    except HTTPException as error:
        raise errors.refusal(400, f"We could not parse the form of your request: {error.detail}") from error


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    what = "Not allowed to" if status == 405 else "Invalid URL:"
    return errors.refusal(status, f"{what} {request.method} {request.url.path}").response()
