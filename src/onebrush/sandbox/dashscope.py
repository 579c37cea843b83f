"""The DashScope API, emulated: the Qwen image models, at once and as tasks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onebrush.sandbox import dashscope_ask
from onebrush.sandbox import dashscope_errors as errors
from onebrush.sandbox.dashscope_painting import Painting
from onebrush.sandbox.dashscope_tasks import Submitting, TaskCounter
from onebrush.sandbox.desk import Desk, Order, digest, guarded
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import DashScopeModel, dashscope_models
from onebrush.sandbox.reading import MEGABYTE, NotJson, TooLarge, read_json
from onebrush.sandbox.references import Unreadable, open_reference
from onebrush.sandbox.tasks import Tasks

FORMATS = ("jpeg", "png", "bmp", "tiff", "webp", "gif")
SERVICES = "/services/aigc"


def create(desk: Desk, tasks: Tasks) -> Starlette:
    """Build the application that stands under `/dashscope/api/v1`."""
    counter, told = Counter(desk, tasks), TaskCounter(desk, tasks)
    routes = [
        _route(f"{SERVICES}/multimodal-generation/generation", counter.generate, "POST"),
        _route(f"{SERVICES}/image-generation/generation", counter.submit, "POST"),
        _route(f"{SERVICES}/text2image/image-synthesis", counter.submit_legacy, "POST"),
        *(_route(path, counter.admitted(told.list), "GET") for path in ("/tasks", "/tasks/")),
        _route("/tasks/{name}", counter.admitted(told.poll), "GET"),
        _route("/tasks/{name}/cancel", counter.admitted(told.cancel), "POST"),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


def _route(path: str, handler: Callable[..., Any], method: str) -> Route:
    return Route(path, guarded(handler, errors.internal), methods=[method])


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        self._desk, self._tasks = desk, tasks

    def admitted(self, handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """Let the one right key pass to a handler."""

        async def answer(request: Request) -> Response:
            self._admit(request)
            response: Response = await handler(request)
            return response

        return answer

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization", "") != f"Bearer {self._desk.settings.api_key}":
            raise errors.wrong_key()

    async def generate(self, request: Request) -> Response:
        """Draw and answer at once."""
        self._admit(request)
        if "x-dashscope-async" in request.headers:
            raise errors.no_async()
        values = await _json(request)
        row, model = self._row(values.get("model"))
        painting = self._painting(request, values, row, model)
        return await self._desk.serve("dashscope", painting.order, painting)

    async def submit(self, request: Request) -> Response:
        """Take a task with the body of a message."""
        values, row, model = await self._for_task(request, "messages")
        return await Submitting(self._painting(request, values, row, model), "messages", self._tasks).answer()

    async def submit_legacy(self, request: Request) -> Response:
        """Take a task with the legacy body, which has the negative prompt in its input."""
        values, row, model = await self._for_task(request, "prompt")
        words = dashscope_ask.read_legacy_words(values)
        plain = replace(row, takes=tuple(name for name in row.takes if name != "negative_prompt"))
        ask = dashscope_ask.read(values, plain, ())
        painting = Painting(self._desk, request, _order(values, model, words.prompt, ask.n), row, ask, words, ())
        return await Submitting(painting, "prompt", self._tasks).answer()

    async def _for_task(self, request: Request, form: str) -> tuple[dict[str, Any], DashScopeModel, str]:
        self._admit(request)
        if request.headers.get("x-dashscope-async") != "enable":
            raise errors.no_sync()
        values = await _json(request)
        row, model = self._row(values.get("model"))
        if not row.task:
            raise errors.no_async()
        if row.task != form:
            # What is said of a model on the other route is unverified.
            raise errors.refusal(400, "InvalidParameter", "url error, please check url!")
        return values, row, model

    def _painting(self, request: Request, values: dict[str, Any], row: DashScopeModel, model: str) -> Painting:
        words = dashscope_ask.read_words(values)
        dashscope_ask.count_pictures(words, row)
        pictures = tuple(self._picture(text, request) for text in words.images)
        ask = dashscope_ask.read(values, row, pictures)
        return Painting(self._desk, request, _order(values, model, words.prompt, ask.n), row, ask, words, pictures)

    def _row(self, model: Any) -> tuple[DashScopeModel, str]:
        if not model:
            raise errors.refusal(400, "BadRequest.EmptyModel", "Required field model is missing.")
        row = dashscope_models().get(model) if isinstance(model, str) else None
        if row is None or (row.retired and self._desk.settings.refuse_retired):
            raise errors.no_model(str(model))
        return row, str(model)

    def _picture(self, text: str, request: Request) -> Picture:
        try:
            _, picture = open_reference(text, request, self._desk.links)
        except Unreadable as error:
            raise _unreadable(error) from error
        if len(picture.data) > 10 * MEGABYTE:
            raise errors.refusal(400, "InvalidImage.ImageSize", "The image must be at most 10 MB.")
        if picture.format not in FORMATS:
            raise errors.refusal(400, "InvalidImage.FileFormat", f"The format {picture.format} is not supported.")
        return picture


def _order(values: dict[str, Any], model: str, prompt: str, n: int) -> Order:
    return Order(request_id=str(uuid4()), model=model, prompt=prompt, images=n, digest=digest(values))


def _unreadable(error: Unreadable) -> Exception:
    if error.reason == "picture":
        return errors.refusal(400, "InvalidImage.FileFormat", "The image format is not supported or it is broken.")
    if error.reason == "fetch":
        return errors.refusal(400, "InvalidURL.Timeout", "Download the media resource timed out.")
    return errors.refusal(400, "InvalidURL", f"The provided image is not valid: {error}.")


async def _json(request: Request) -> dict[str, Any]:
    try:
        return await read_json(request)
    except NotJson as error:
        raise errors.refusal(400, "BadRequest.IllegalInput", "The request body is not valid JSON.") from error
    except TooLarge as error:
        raise errors.refusal(413, "BadRequest.TooLarge", "Payload Too Large") from error


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return errors.refusal(status, "InvalidURL", f"No such route: {request.method} {request.url.path}.").response()
