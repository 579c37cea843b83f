"""One OpenAI order, drawn and answered."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.sandbox import artist
from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.desk import Desk, Order, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.limits import exact_tokens, openai_models
from onebrush.sandbox.openai_ask import Ask
from onebrush.sandbox.openai_pictures import Pictures
from onebrush.sandbox.shapes import ONE_MEGAPIXEL, spell
from onebrush.sandbox.touches import Touch

PICTURE_TOKENS = 323


@dataclass(frozen=True, slots=True)
class Painting:
    """One OpenAI order on its way to an answer."""

    desk: Desk
    request: Request
    order: Order
    ask: Ask
    pictures: Pictures | None

    def refuse(self, kind: FaultKind) -> Response | None:
        return errors.REFUSALS[kind]().response()

    def empty(self) -> Response:
        return self._answer({"created": int(time.time()), "data": []})

    async def work(self, touch: Touch) -> Response:
        seed = seed_for(None)
        try:
            drawn = [await self._draw(seed + index) for index in range(self.ask.n)]
        except BadReference as error:
            raise errors.bad_image(f"Invalid image file: {error}") from error
        return self._answer(self._body([self._entry(data, touch) for data in drawn]))

    async def _draw(self, seed: int) -> bytes:
        commission = self._commission(seed)
        if self.ask.output_format == "gif":
            return await self.desk.draw(
                commission, lambda film: artist.draw_gif(film, self.ask.frames, self.ask.frame_ms)
            )
        if self.ask.output_format == "svg":
            return await self.desk.draw(commission, artist.draw_svg)
        return await self.desk.draw(commission)

    def _commission(self, seed: int) -> Commission:
        given = self.pictures or Pictures()
        width, height = self.ask.size
        return Commission(
            prompt=self.ask.prompt, width=width, height=height, seed=seed,
            references=tuple(image.data for image in given.images), mask=given.mask_data,
            markup=given.markup_data, upright=True,
            media_type=f"image/{self.ask.output_format}", quality=self.ask.compression,
            transparent=self.ask.clear,
        )  # fmt: skip

    def _entry(self, data: bytes, touch: Touch) -> dict[str, str]:
        if self.ask.by_link:
            return {"url": self.desk.links.put(self.request, "openai", touch.linked(data), "png")}
        return {"b64_json": touch.inline(data)}

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
