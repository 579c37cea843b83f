"""The DashScope API, emulated: synchronous multimodal-generation of the Qwen image models."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.sandbox import dashscope_ask
from onebrush.sandbox import dashscope_errors as errors
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.dashscope_ask import Ask, Words
from onebrush.sandbox.desk import JUNK, Desk, Order, digest, guarded, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import DashScopeModel, dashscope_models
from onebrush.sandbox.reading import MEGABYTE, NotJson, TooLarge, read_json
from onebrush.sandbox.references import Unreadable, open_reference

FORMATS = ("jpeg", "png", "bmp", "tiff", "webp", "gif")
MARK = "Qwen-Image"
# Above this many pixels the vendor bills a 2k picture.
ONE_K = 2_250_000


def create(desk: Desk) -> Starlette:
    """Build the application that stands under `/dashscope/api/v1`."""
    counter = Counter(desk)
    path = "/services/aigc/multimodal-generation/generation"
    routes = [Route(path, guarded(counter.generate, errors.internal), methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def generate(self, request: Request) -> Response:
        if request.headers.get("authorization", "") != f"Bearer {self._desk.settings.api_key}":
            raise errors.wrong_key()
        if "x-dashscope-async" in request.headers:
            raise errors.no_async()
        values = await _json(request)
        row, model = self._row(values.get("model"))
        words = dashscope_ask.read_words(values)
        dashscope_ask.count_pictures(words, row)
        pictures = tuple(self._picture(text, request) for text in words.images)
        ask = dashscope_ask.read(values, row, pictures)
        order = Order(request_id=str(uuid4()), model=model, prompt=words.prompt, images=ask.n, digest=digest(values))
        painting = Painting(self._desk, request, order, row, ask, words, pictures)
        return await self._desk.serve("dashscope", order, painting)

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


@dataclass(frozen=True, slots=True)
class Painting:
    """One DashScope order on its way to an answer."""

    desk: Desk
    request: Request
    order: Order
    row: DashScopeModel
    ask: Ask
    words: Words
    pictures: tuple[Picture, ...]

    def refuse(self, kind: FaultKind) -> Response | None:
        if kind is FaultKind.MODERATION:
            # A body with a code may come with HTTP 200: here for the output of an edit, 400 for a text
            # (github.com/dashscope 2.0.2 `errors.py` checks both; which refusal does is unverified).
            return errors.blocked(200 if self.pictures else 400).response()
        made = {FaultKind.RATE_LIMIT: errors.rate_limited, FaultKind.INTERNAL: errors.internal}.get(kind)
        return made().response() if made else None

    def empty(self) -> Response:
        return self._answer([{"text": "No picture could be made of this."}], 0)

    async def work(self, *, garbage: bool) -> Response:
        seed = seed_for(self.ask.seed)
        try:
            drawn = [await self._draw(seed + index) for index in range(self.ask.n)]
        except BadReference as error:
            raise errors.refusal(400, "InvalidImage.FileFormat", str(error)) from error
        links = [self.desk.links.put(self.request, "dashscope", JUNK if garbage else data, "png") for data in drawn]
        parts = [{"image": link} for link in links]
        if self.order.model == "z-image-turbo" and self.ask.extends:
            # This model shows the prompt as it was rewritten.
            parts.append({"text": self.words.prompt})
        return self._answer(parts, self.ask.n)

    async def _draw(self, seed: int) -> bytes:
        width, height = self.ask.size
        commission = Commission(
            prompt=self.words.prompt, width=width, height=height, seed=seed,
            references=tuple(picture.data for picture in self.pictures),
            watermark=MARK if self.ask.watermark else None,
        )  # fmt: skip
        return await self.desk.draw(commission)

    def _answer(self, parts: list[dict[str, str]], drawn: int) -> Response:
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": parts}}
        output: dict[str, Any] = {"choices": [choice]}
        if self.row.task_metric:
            output["task_metric"] = {"TOTAL": self.ask.n, "SUCCEEDED": drawn, "FAILED": self.ask.n - drawn}
        if "thinking" in self.row.takes and self.ask.extends:
            output["rewrite_status"] = "success"
        body = {"output": output, "usage": self._usage(drawn), "request_id": self.order.request_id}
        return JSONResponse(body, headers={"x-request-id": self.order.request_id})

    def _usage(self, drawn: int) -> dict[str, Any]:
        width, height = self.ask.size
        if self.row.usage == "2.0":
            return {"image_count": drawn, "width": width, "height": height}
        sent = [picture.width * picture.height for picture in self.pictures]
        usage: dict[str, Any] = {
            "output_width": width, "output_height": height, "output_image_count": drawn,
            "output_image_type": f"qima_output_{_class(width * height)}", "input_image_count": len(sent),
        }  # fmt: skip
        return usage | ({"input_image_type": f"qima_input_{_class(max(sent))}"} if sent else {})


def _class(pixels: int) -> str:
    return "1k" if pixels <= ONE_K else "2k"


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
