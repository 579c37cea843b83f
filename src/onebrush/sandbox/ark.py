"""The Ark image API, emulated: one route for text-to-image, edits and groups."""

from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onebrush.sandbox import ark_ask, artist
from onebrush.sandbox import ark_errors as errors
from onebrush.sandbox.ark_painting import Painting, Peeling, layered, paid_pictures
from onebrush.sandbox.artist import BadReference
from onebrush.sandbox.desk import Desk, Order, digest, guarded
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import ArkModel, ark_models
from onebrush.sandbox.reading import MEGABYTE, NotJson, TooLarge, read_json
from onebrush.sandbox.references import Unreadable, open_reference

LARGEST_PICTURE = 36_000_000
SMALLEST_SIDE = 14


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
            images=paid_pictures(ask), digest=digest(values),
        )  # fmt: skip
        painting = Painting(self._desk, request, order, row, ask, pictures)
        return await self._desk.serve("ark", *(await self._peeled(painting) if ask.layers else (order, painting)))

    async def _peeled(self, painting: Painting) -> tuple[Order, Peeling]:
        """Take the picture apart first: how many layers it has is how many pictures are paid for."""
        commission = layered(painting)
        try:
            base, layers = await self._desk.in_thread(lambda: artist.split(commission, painting.row.most_layers))
        except BadReference as error:
            raise errors.invalid("image", str(error)) from error
        order = replace(painting.order, images=1 + len(layers))
        return order, Peeling(replace(painting, order=order), base, tuple(layers))

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
