"""The OpenAI Images API, emulated: generations, edits and the models list."""

import math
import time
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.kit.ids import new_id
from onebrush.sandbox import artist, inputs, openai_ask, openai_pictures
from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.desk import JUNK, Desk, Order, digest, guarded, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.limits import OpenAIModel, exact_tokens, openai_models
from onebrush.sandbox.openai_ask import Ask
from onebrush.sandbox.openai_pictures import Pictures
from onebrush.sandbox.reading import NotJson, TooLarge, read_json
from onebrush.sandbox.shapes import ONE_MEGAPIXEL, spell

PICTURE_TOKENS = 323


def create(desk: Desk) -> Starlette:
    """Build the application that stands under `/openai/v1`."""
    counter = Counter(desk)
    routes = [
        Route("/images/generations", guarded(counter.generate, errors.server_error), methods=["POST"]),
        Route("/images/edits", guarded(counter.edit, errors.server_error), methods=["POST"]),
        Route("/images/variations", guarded(counter.variations, errors.server_error), methods=["POST"]),
        Route("/models", guarded(counter.models, errors.server_error)),
        Route("/models/{model}", guarded(counter.model, errors.server_error)),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def generate(self, request: Request) -> Response:
        self._admit(request)
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise errors.refusal(400, "Unsupported content type: expected 'application/json'.")
        values = await _json(request)
        row, model = self._row(values)
        ask = openai_ask.read(values, row, model, edit=False)
        return await self._serve(request, ask, None, digest(values))

    async def edit(self, request: Request) -> Response:
        self._admit(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == "application/json":
            values = await _json(request)
            mark = digest(values)
            row, model = self._row(values)
            pictures = openai_pictures.json_pictures(values, row, request, self._desk.links)
        else:
            values, parts = await _form(request, kind)
            mark = digest([values, parts])
            row, model = self._row(values)
            pictures = openai_pictures.form_pictures(parts, row)
        return await self._serve(request, openai_ask.read(values, row, model, edit=True), pictures, mark)

    async def variations(self, request: Request) -> Response:
        self._admit(request)
        raise errors.refusal(400, "The variations endpoint no longer accepts requests.")

    async def models(self, request: Request) -> Response:
        self._admit(request)
        rows = [_object(name, row) for name, row in openai_models().items() if self._answers(row)]
        return JSONResponse({"object": "list", "data": rows})

    async def model(self, request: Request) -> Response:
        self._admit(request)
        row, model = self._row({"model": request.path_params["model"]})
        return JSONResponse(_object(model, row))

    def _admit(self, request: Request) -> None:
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


@dataclass(frozen=True, slots=True)
class Painting:
    """One OpenAI order on its way to an answer."""

    desk: Desk
    request: Request
    order: Order
    ask: Ask
    pictures: Pictures | None

    def refuse(self, kind: FaultKind) -> Response | None:
        made = {
            FaultKind.MODERATION: errors.blocked,
            FaultKind.RATE_LIMIT: errors.rate_limited,
            FaultKind.INTERNAL: errors.server_error,
        }.get(kind)
        return made().response() if made else None

    def empty(self) -> Response:
        return self._answer({"created": int(time.time()), "data": []})

    async def work(self, *, garbage: bool) -> Response:
        seed = seed_for(None)
        try:
            drawn = [await self._draw(seed + index) for index in range(self.ask.n)]
        except BadReference as error:
            raise errors.bad_image(f"Invalid image file: {error}") from error
        return self._answer(self._body([self._entry(data, garbage=garbage) for data in drawn]))

    async def _draw(self, seed: int) -> bytes:
        commission = self._commission(seed)
        if self.ask.output_format == "gif":
            return await self.desk.in_thread(lambda: artist.draw_gif(commission, self.ask.frames, self.ask.frame_ms))
        if self.ask.output_format == "svg":
            return await self.desk.in_thread(lambda: artist.draw_svg(commission))
        return await self.desk.draw(commission)

    def _commission(self, seed: int) -> Commission:
        images = self.pictures.images if self.pictures else ()
        mask = self.pictures.mask if self.pictures else None
        width, height = self.ask.size
        return Commission(
            prompt=self.ask.prompt, width=width, height=height, seed=seed,
            references=tuple(image.data for image in images), mask=mask.data if mask else None,
            media_type=f"image/{self.ask.output_format}", quality=self.ask.compression,
            transparent=self.ask.clear,
        )  # fmt: skip

    def _entry(self, data: bytes, *, garbage: bool) -> dict[str, str]:
        if self.ask.by_link:
            shown = JUNK if garbage else data
            return {"url": self.desk.links.put(self.request, "openai", shown, "png")}
        return {"b64_json": inputs.broken(data) if garbage else inputs.encode(data)}

    def _body(self, data: list[dict[str, str]]) -> dict[str, Any]:
        body: dict[str, Any] = {"created": int(time.time()), "data": data}
        if not openai_models()[self.ask.model].dalle:
            body |= {
                "background": "transparent" if self.ask.clear else "opaque",
                "output_format": self.ask.output_format,
                "quality": self.ask.quality,
                "size": spell(self.ask.size),
                "usage": self._usage(),
            }
        if self.ask.safety_identifier:
            body["safety_identifier"] = self.ask.safety_identifier
        if self.ask.output_format == "svg":
            body["svg_usage"] = _svg_usage(self.ask.svg_model)
        return body

    def _usage(self) -> dict[str, Any]:
        text = len(self.ask.prompt.encode("utf-8", "replace")) // 4 + 4
        images = PICTURE_TOKENS * len(self.pictures.images) if self.pictures else 0
        out = output_tokens(self.ask) * self.ask.n
        return {
            "input_tokens": text + images,
            "input_tokens_details": {"text_tokens": text, "image_tokens": images},
            "output_tokens": out,
            "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
            "total_tokens": text + images + out,
        }

    def _answer(self, body: dict[str, Any]) -> Response:
        headers = {
            "x-request-id": self.order.request_id, "openai-version": "2020-10-01",
            "openai-processing-ms": "40",
            "x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499",
            "x-ratelimit-reset-requests": "1s",
        }  # fmt: skip
        return JSONResponse(body, headers=headers)


def output_tokens(ask: Ask) -> int:
    """The vendor's figure for one picture, or one that grows as the square root of the area."""
    row = openai_models()[ask.model]
    exact = exact_tokens(ask.model, ask.quality, spell(ask.size))
    return exact or round(row.tokens[ask.quality] * math.sqrt(ask.size[0] * ask.size[1] / ONE_MEGAPIXEL))


def _svg_usage(model: str) -> dict[str, Any]:
    return {
        "model": model,
        "input_tokens": 60,
        "output_tokens": 900,
        "reasoning_tokens": 300,
        "total_tokens": 960,
    }


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
