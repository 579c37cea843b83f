"""The Ark image API, emulated: one route for text-to-image, edits and groups."""

import time
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.sandbox import ark_ask, inputs
from onebrush.sandbox import ark_errors as errors
from onebrush.sandbox.ark_ask import Ask
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.desk import JUNK, Desk, Order, digest, guarded, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.faults import find as find_fault
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import ArkModel, ark_models
from onebrush.sandbox.reading import MEGABYTE, NotJson, TooLarge, read_json
from onebrush.sandbox.references import Unreadable, open_reference
from onebrush.sandbox.shapes import spell

LARGEST_PICTURE = 36_000_000
SMALLEST_SIDE = 14
MARK = "AI generated"


def create(desk: Desk) -> Starlette:
    """Build the application that stands under `/ark/api/v3`."""
    counter = Counter(desk)
    routes = [Route("/images/generations", guarded(counter.generate, errors.internal), methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def generate(self, request: Request) -> Response:
        if request.headers.get("authorization", "") != f"Bearer {self._desk.settings.api_key}":
            raise errors.wrong_key()
        values = await _json(request)
        row, model = self._row(values.get("model"))
        pictures = self._pictures(values.get("image"), row, model, request)
        ask = ark_ask.read(values, row, model, pictures)
        order = Order(
            request_id=errors.new_request_id(), model=model, prompt=ask.prompt,
            images=_paid_pictures(ask), digest=digest(values),
        )  # fmt: skip
        return await self._desk.serve("ark", order, Painting(self._desk, request, order, row, ask, pictures))

    def _row(self, model: Any) -> tuple[ArkModel, str]:
        if not model:
            raise errors.missing("model")
        row = ark_models().get(model) if isinstance(model, str) else None
        if row is None or (row.retired and self._desk.settings.refuse_retired):
            raise errors.no_model(str(model))
        return row, str(model)

    def _pictures(self, image: Any, row: ArkModel, model: str, request: Request) -> tuple[Picture, ...]:
        given = [] if image is None else image if isinstance(image, list) else [image]
        low, high = row.references
        if given and high == 0:
            raise errors.unsupported("image", model)
        if len(given) < low:
            raise errors.missing("image")
        if len(given) > high:
            raise errors.invalid("image", f"at most {high} reference images are supported by this model.")
        return tuple(self._picture(text, row, request) for text in given)

    def _picture(self, text: Any, row: ArkModel, request: Request) -> Picture:
        if not isinstance(text, str):
            raise errors.invalid("image", "expected a string or an array of strings.")
        if not text:
            raise errors.refusal(400, "InvalidImageURL.EmptyURL", "The image URL is empty.", "image")
        try:
            media_type, picture = open_reference(text, request, self._desk.links)
        except Unreadable as error:
            raise _unreadable(error) from error
        if media_type is not None and media_type.removeprefix("image/") not in row.formats:
            raise errors.invalid("image", f"the media type '{media_type}' is not supported; it is lower case.")
        return _fit(picture, row)


@dataclass(frozen=True, slots=True)
class Painting:
    """One Ark order on its way to an answer."""

    desk: Desk
    request: Request
    order: Order
    row: ArkModel
    ask: Ask
    pictures: tuple[Picture, ...]

    def refuse(self, kind: FaultKind) -> Response | None:
        if kind is FaultKind.MODERATION and self.ask.count > 1:
            return None
        made = {
            FaultKind.MODERATION: errors.blocked,
            FaultKind.RATE_LIMIT: errors.rate_limited,
            FaultKind.INTERNAL: errors.internal,
        }.get(kind)
        return made().response() if made else None

    def empty(self) -> Response:
        return self._answer([], 0)

    async def work(self, *, garbage: bool) -> Response:
        seed = seed_for(self.ask.seed)
        count = self.order.images
        try:
            drawn = [await self._draw(seed + index) for index in range(count)]
        except BadReference as error:
            raise errors.invalid("image", str(error)) from error
        entries = [self._entry(data, garbage=garbage) for data in drawn]
        # A group goes on without a picture that moderation refused.
        refused = [_refused(self.order.request_id) for _ in range(self.ask.count - count)]
        return self._answer([*entries, *refused], count)

    async def _draw(self, seed: int) -> bytes:
        width, height = self.ask.size
        commission = Commission(
            prompt=self.ask.prompt, width=width, height=height, seed=seed,
            references=tuple(picture.data for picture in self.pictures),
            media_type=f"image/{self.ask.output_format}",
            watermark=MARK if self.ask.watermark else None, transparent=self.ask.clear,
        )  # fmt: skip
        return await self.desk.draw(commission)

    def _entry(self, data: bytes, *, garbage: bool) -> dict[str, Any]:
        if self.ask.by_link:
            shown = JUNK if garbage else data
            entry = {"url": self.desk.links.put(self.request, "ark", shown, self.ask.output_format)}
        else:
            entry = {"b64_json": inputs.broken(data) if garbage else inputs.encode(data)}
        if not self.row.legacy:
            entry["size"] = spell(self.ask.size)
        if self.row.family.startswith("5"):
            entry["output_format"] = self.ask.output_format
        if self.row.family == "5.5":
            entry["background"] = "transparent" if self.ask.clear else "opaque"
        return entry

    def _answer(self, data: list[dict[str, Any]], drawn: int) -> Response:
        body: dict[str, Any] = {
            "model": self.order.model, "created": int(time.time()), "data": data, "usage": self._usage(drawn)
        }  # fmt: skip
        if self.ask.searches:
            body["tools"] = [{"type": "web_search"}]
        return JSONResponse(body, headers={"X-Request-Id": self.order.request_id})

    def _usage(self, drawn: int) -> dict[str, Any]:
        tokens = round(drawn * self.ask.size[0] * self.ask.size[1] / 256)
        usage: dict[str, Any] = {"generated_images": drawn, "output_tokens": tokens, "total_tokens": tokens}
        if self.row.counts_inputs:
            usage["input_images"] = len(self.pictures)
        if self.ask.searches:
            usage["tool_usage"] = {"web_search": 1}
        return usage


def _paid_pictures(ask: Ask) -> int:
    """A group under the moderation word loses its last picture; everything else is drawn whole."""
    fault = find_fault(ask.prompt)
    refused = ask.count > 1 and fault is not None and fault.kind is FaultKind.MODERATION
    return ask.count - 1 if refused else ask.count


def _refused(request_id: str) -> dict[str, Any]:
    message = f"The output image may contain sensitive information. Request id: {request_id}"
    return {"error": {"code": "OutputImageSensitiveContentDetected", "message": message}}


def _unreadable(error: Unreadable) -> Exception:
    if error.reason == "fetch":
        return errors.invalid("image", "the download of the image timed out.")
    return errors.invalid("image", f"{error}.")


def _fit(picture: Picture, row: ArkModel) -> Picture:
    """The vendor's input limits (docs.byteplus.com/en/docs/ModelArk/1541523)."""
    sides = (picture.width, picture.height)
    checks = (
        (picture.format in row.formats, f"the image format {picture.format} is not supported."),
        (
            len(picture.data) <= row.input_cap_mb * MEGABYTE,
            f"an image must be at most {row.input_cap_mb} MB.",
        ),
        (min(sides) > SMALLEST_SIDE, f"both sides of an image must be longer than {SMALLEST_SIDE} px."),
        (max(sides) <= row.input_ratio * min(sides), "the aspect ratio of an image is out of range."),
        (sides[0] * sides[1] <= LARGEST_PICTURE, "an image must have at most 36000000 pixels."),
    )
    for holds, rule in checks:
        if not holds:
            raise errors.invalid("image", rule)
    return picture


async def _json(request: Request) -> dict[str, Any]:
    try:
        return await read_json(request)
    except NotJson as error:
        raise errors.refusal(400, "InvalidParameter", "The request body is not valid JSON.") from error
    except TooLarge as error:
        raise errors.refusal(413, "InvalidParameter", "The request body is too large.") from error


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return errors.refusal(status, "InvalidAction", f"No such route: {request.method} {request.url.path}.").response()
