"""One Ark order, drawn or taken apart, and answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.sandbox import ark_errors as errors
from onebrush.sandbox.ark_ask import Ask
from onebrush.sandbox.artist import BadReference, Commission, Layer
from onebrush.sandbox.desk import Desk, Order, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.faults import find as find_fault
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import ArkModel
from onebrush.sandbox.shapes import Size, spell
from onebrush.sandbox.touches import Touch

MARK = "AI generated"


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
        return errors.REFUSALS[kind]().response()

    def empty(self) -> Response:
        return self.answer([], [])

    async def work(self, touch: Touch) -> Response:
        seed = seed_for(self.ask.seed)
        count = self.order.images
        try:
            drawn = [await self._draw(seed + index) for index in range(count)]
        except BadReference as error:
            raise errors.invalid("image", str(error)) from error
        entries = [self.entry(data, self.ask.size, self.ask.output_format, touch) for data in drawn]
        # A group goes on without a picture that moderation refused.
        refused = [_refused(self.order.request_id) for _ in range(self.ask.count - count)]
        return self.answer([*entries, *refused], [self.ask.size] * count)

    async def _draw(self, seed: int) -> bytes:
        width, height = self.ask.size
        commission = Commission(
            prompt=self.ask.prompt, width=width, height=height, seed=seed,
            references=tuple(picture.data for picture in self.pictures),
            media_type=f"image/{self.ask.output_format}",
            watermark=MARK if self.ask.watermark else None, transparent=self.ask.clear,
        )  # fmt: skip
        return await self.desk.draw(commission)

    def entry(self, data: bytes, size: Size, output_format: str, touch: Touch) -> dict[str, Any]:
        """Show one picture as a link or as base64, with what the family says about it."""
        entry: dict[str, Any]
        if self.ask.by_link:
            entry = {"url": self.desk.links.put(self.request, "ark", touch.linked(data), output_format)}
        else:
            entry = {"b64_json": touch.inline(data)}
        if not self.row.legacy:
            entry["size"] = spell(size)
        if self.row.family.startswith("5"):
            entry["output_format"] = output_format
        if self.row.family == "5.5" and not self.ask.layers:
            entry["background"] = "transparent" if self.ask.clear else "opaque"
        return entry

    def answer(self, data: list[dict[str, Any]], sizes: list[Size]) -> Response:
        """Send the entries; `sizes` are those of the pictures that are paid for."""
        body: dict[str, Any] = {
            "model": self.order.model, "created": int(time.time()), "data": data, "usage": self._usage(sizes)
        }  # fmt: skip
        if self.ask.searches:
            body["tools"] = [{"type": "web_search"}]
        return JSONResponse(body, headers={"X-Request-Id": self.order.request_id})

    def _usage(self, sizes: list[Size]) -> dict[str, Any]:
        tokens = round(sum(width * height for width, height in sizes) / 256)
        usage: dict[str, Any] = {"generated_images": len(sizes), "output_tokens": tokens, "total_tokens": tokens}
        if self.row.counts_inputs:
            usage["input_images"] = len(self.pictures)
        if self.ask.searches:
            usage["tool_usage"] = {"web_search": 1}
        return usage


@dataclass(frozen=True, slots=True)
class Peeling:
    """One order to take a picture apart, already taken apart (docs.byteplus.com/en/docs/ModelArk/1541523).

    Unverified: that a layer is cut to its box rather than laid on a sheet of the base's size.
    """

    painting: Painting
    base: bytes
    layers: tuple[Layer, ...]

    def refuse(self, kind: FaultKind) -> Response | None:
        return self.painting.refuse(kind)

    def empty(self) -> Response:
        return self.painting.empty()

    async def work(self, touch: Touch) -> Response:
        ask = self.painting.ask
        base = self.painting.entry(self.base, ask.size, ask.output_format, touch) | {"z_index": 0}
        entries = [self._entry(layer, index, touch) for index, layer in enumerate(self.layers, 1)]
        return self.painting.answer([base, *entries], [ask.size, *(_size(layer) for layer in self.layers)])

    def _entry(self, layer: Layer, index: int, touch: Touch) -> dict[str, Any]:
        entry = self.painting.entry(layer.picture, _size(layer), "png", touch)
        return entry | {
            "z_index": index,
            "bounding_box": _box(layer, self.painting.ask.size),
            "name": f"element {index}",
            "description": f"An element of {layer.width} by {layer.height} pixels, cut out of the picture.",
        }


def layered(painting: Painting) -> Commission:
    """What the artist takes apart."""
    width, height = painting.ask.size
    return Commission(
        prompt="", width=width, height=height, seed=0, references=(painting.pictures[0].data,),
        media_type=f"image/{painting.ask.output_format}", watermark=MARK if painting.ask.watermark else None,
    )  # fmt: skip


def _size(layer: Layer) -> Size:
    return layer.width, layer.height


def _box(layer: Layer, size: Size) -> dict[str, list[int]]:
    """Left, top, right and bottom in pixels of the base, and on a scale to 1000."""
    absolute = [layer.left, layer.top, layer.left + layer.width, layer.top + layer.height]
    return {"absolute": absolute, "normalized": [round(at * 1000 / size[i % 2]) for i, at in enumerate(absolute)]}


def paid_pictures(ask: Ask) -> int:
    """A group under the moderation word loses its last picture; everything else is drawn whole."""
    fault = find_fault(ask.prompt)
    refused = ask.count > 1 and fault is not None and fault.kind is FaultKind.MODERATION
    return ask.count - 1 if refused else ask.count


def _refused(request_id: str) -> dict[str, Any]:
    message = f"The output image may contain sensitive information. Request id: {request_id}"
    return {"error": {"code": "OutputImageSensitiveContentDetected", "message": message}}
