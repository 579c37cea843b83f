"""One DashScope order, drawn and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.sandbox import dashscope_errors as errors
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.dashscope_ask import Ask, Words
from onebrush.sandbox.desk import Desk, Order, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.inputs import Picture
from onebrush.sandbox.limits import DashScopeModel
from onebrush.sandbox.touches import Touch

MARK = "Qwen-Image"
# Above this many pixels the vendor bills a 2k picture.
ONE_K = 2_250_000


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
        return errors.REFUSALS[kind]().response()

    def empty(self) -> Response:
        return self._answer([{"text": "No picture could be made of this."}], 0)

    async def work(self, touch: Touch) -> Response:
        drawn = [touch.linked(data) for data in await self.drawn()]
        parts = [{"image": self.desk.links.put(self.request, "dashscope", data, "png")} for data in drawn]
        if self.order.model == "z-image-turbo" and self.ask.extends:
            # This model shows the prompt as it was rewritten.
            parts.append({"text": self.words.prompt})
        return self._answer(parts, self.ask.n)

    async def drawn(self) -> list[bytes]:
        """Draw all its pictures."""
        seed = seed_for(self.ask.seed)
        try:
            return [await self._draw(seed + index) for index in range(self.ask.n)]
        except BadReference as error:
            raise errors.refusal(400, "InvalidImage.FileFormat", str(error)) from error

    async def _draw(self, seed: int) -> bytes:
        width, height = self.ask.size
        commission = Commission(
            prompt=self.words.prompt, width=width, height=height, seed=seed,
            references=tuple(picture.data for picture in self.pictures),
            watermark=MARK if self.ask.watermark else None,
        )  # fmt: skip
        return await self.desk.draw(commission)

    def _answer(self, parts: list[dict[str, str]], drawn: int) -> Response:
        output = {"choices": choices(parts), **self.told(drawn)}
        body = {"output": output, "usage": self.usage(drawn), "request_id": self.order.request_id}
        return JSONResponse(body, headers={"x-request-id": self.order.request_id})

    def told(self, drawn: int) -> dict[str, Any]:
        """What an output says beside the pictures."""
        output: dict[str, Any] = {}
        if self.row.task_metric:
            output["task_metric"] = {"TOTAL": self.ask.n, "SUCCEEDED": drawn, "FAILED": self.ask.n - drawn}
        if "thinking" in self.row.takes and self.ask.extends:
            output["rewrite_status"] = "success"
        return output

    def usage(self, drawn: int) -> dict[str, Any]:
        """What the vendor says it made of what."""
        width, height = self.ask.size
        if self.row.usage == "2.0":
            return {"image_count": drawn, "width": width, "height": height}
        sent = [picture.width * picture.height for picture in self.pictures]
        usage: dict[str, Any] = {
            "output_width": width, "output_height": height, "output_image_count": drawn,
            "output_image_type": f"qima_output_{_class(width * height)}", "input_image_count": len(sent),
        }  # fmt: skip
        return usage | ({"input_image_type": f"qima_input_{_class(max(sent))}"} if sent else {})


def choices(parts: list[dict[str, str]]) -> list[dict[str, Any]]:
    """All pictures in one choice."""
    return [{"finish_reason": "stop", "message": {"role": "assistant", "content": parts}}]


def _class(pixels: int) -> str:
    return "1k" if pixels <= ONE_K else "2k"
