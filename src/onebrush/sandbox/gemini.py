"""The Gemini API, emulated: generateContent on the image models and the models list."""

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.kit.ids import new_id
from onebrush.sandbox import gemini_ask, gemini_schema
from onebrush.sandbox import gemini_errors as errors
from onebrush.sandbox.artist import BadReference, Commission
from onebrush.sandbox.desk import Desk, Order, digest, guarded, seed_for
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.gemini_ask import Ask
from onebrush.sandbox.gemini_turns import Reader, Signatures, Talk, instruction
from onebrush.sandbox.limits import GeminiModel, gemini_models
from onebrush.sandbox.reading import MEGABYTE, NotJson, TooLarge, read_json
from onebrush.sandbox.touches import PLAIN, Touch

LARGEST_REQUEST = 100 * MEGABYTE
INPUT_PICTURE_TOKENS = 1120
THOUGHT_TOKENS = 210
SAID = "Here is the picture you asked for."
REFUSED = "I am unable to draw that, but I can describe it instead."


def create(desk: Desk) -> Starlette:
    """Build the application that stands under `/gemini`."""
    counter = Counter(desk)
    routes = [
        Route("/{version:str}/models", guarded(counter.models, errors.internal)),
        Route("/{version:str}/models/{name}", guarded(counter.model, errors.internal), methods=["GET"]),
        Route("/{version:str}/models/{name}", guarded(counter.call, errors.internal), methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Counter:
    """Takes the calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def models(self, request: Request) -> Response:
        self._admit(request)
        rows = [_object(name, row) for name, row in gemini_models().items() if self._answers(row)]
        return JSONResponse({"models": rows})

    async def model(self, request: Request) -> Response:
        self._admit(request)
        name = request.path_params["name"]
        return JSONResponse(_object(name, self._row(request, name)))

    async def call(self, request: Request) -> Response:
        key = self._admit(request)
        name, _, method = request.path_params["name"].partition(":")
        row = self._row(request, name)
        if method == "streamGenerateContent":
            raise errors.invalid("", "The sandbox does not stream yet: use generateContent.")
        if method != "generateContent":
            raise errors.no_model(name, request.path_params["version"])
        values = await _json(request)
        body = gemini_schema.normal(values)
        signatures = Signatures(self._desk.secret, name, key)
        talk = Reader(request, self._desk.links, row, signatures).read(body.get("contents", []))
        ask = gemini_ask.read(body, row, talk.pictures[0] if talk.pictures else None)
        prompt = "\n".join(filter(None, (talk.prompt, instruction(body))))
        order = Order(request_id=new_id("gem"), model=name, prompt=prompt, images=1, digest=digest(values))
        return await self._desk.serve("gemini", order, Painting(self._desk, order, row, ask, talk, signatures))

    def _admit(self, request: Request) -> str:
        if request.path_params["version"] not in ("v1", "v1beta"):
            raise errors.refusal(404, "NOT_FOUND", "The API version does not exist.")
        key = request.headers.get("x-goog-api-key") or request.query_params.get("key", "")
        if key != self._desk.settings.api_key:
            raise errors.wrong_key()
        return key

    def _answers(self, row: GeminiModel) -> bool:
        return not (row.retired and self._desk.settings.refuse_retired)

    def _row(self, request: Request, name: str) -> GeminiModel:
        row = gemini_models().get(name)
        if row is None or not self._answers(row):
            raise errors.no_model(name, request.path_params["version"])
        return row


@dataclass(frozen=True, slots=True)
class Painting:
    """One Gemini order on its way to an answer."""

    desk: Desk
    order: Order
    row: GeminiModel
    ask: Ask
    talk: Talk
    signatures: Signatures

    def refuse(self, kind: FaultKind) -> Response | None:
        if kind is FaultKind.MODERATION:
            # A refusal arrives with HTTP 200 (ai.google.dev/api/generate-content, PromptFeedback).
            return self._answer({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, 0, drawn=False)
        return errors.REFUSALS[kind]().response()

    def empty(self) -> Response:
        return self._answer({"candidates": [_candidate([{"text": REFUSED}])]}, 12, drawn=False)

    async def work(self, touch: Touch) -> Response:
        seed = seed_for(self.ask.seed)
        try:
            parts = await self._draft(seed)
            data = await self._draw(seed, 1)
        except BadReference as error:
            raise errors.invalid("contents", f"Unable to process input image: {error}") from error
        if self.ask.with_text:
            parts.append({"text": SAID})
        parts.append(self._picture(data, touch) | {"thoughtSignature": self.signatures.make()})
        candidate = _candidate(parts) | _grounding(self.ask.searches)
        return self._answer({"candidates": [candidate]}, self.row.tokens[self.ask.tier], drawn=True)

    async def _draft(self, seed: int) -> list[dict[str, Any]]:
        """Thinking models show a thought and a draft when asked to; neither is the picture."""
        if not (self.ask.with_thoughts and self.ask.thinks):
            return []
        draft = self._picture(await self._draw(seed + 1, 4), PLAIN)
        return [{"text": "Considering the composition.", "thought": True}, draft | {"thought": True}]

    async def _draw(self, seed: int, shrink: int) -> bytes:
        width, height = self.ask.size
        commission = Commission(
            prompt=self.order.prompt, width=width // shrink, height=height // shrink, seed=seed,
            references=tuple(picture.data for picture in self.talk.pictures), media_type=self.ask.media_type,
        )  # fmt: skip
        return await self.desk.draw(commission)

    def _picture(self, data: bytes, touch: Touch) -> dict[str, Any]:
        return {"inlineData": {"mimeType": self.ask.media_type, "data": touch.inline(data)}}

    def _answer(self, body: dict[str, Any], tokens: int, *, drawn: bool) -> Response:
        usage = self._usage(tokens, drawn=drawn)
        ends = {"modelVersion": self.order.model, "responseId": self.order.request_id.removeprefix("gem_")}
        return JSONResponse({**body, "usageMetadata": usage, **ends})

    def _usage(self, tokens: int, *, drawn: bool) -> dict[str, Any]:
        text = len(self.order.prompt.encode("utf-8", "replace")) // 4 + 1
        pictures = INPUT_PICTURE_TOKENS * self.talk.sent
        thoughts = THOUGHT_TOKENS if drawn and self.ask.thinks else 0
        usage: dict[str, Any] = {
            "promptTokenCount": text + pictures,
            "totalTokenCount": text + pictures + tokens + thoughts,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": text}],
        }
        if pictures:
            usage["promptTokensDetails"].append({"modality": "IMAGE", "tokenCount": pictures})
        if tokens:
            usage["candidatesTokenCount"] = tokens
        if drawn:
            usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": tokens}]
        return usage | ({"thoughtsTokenCount": thoughts} if thoughts else {})


def _candidate(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}


def _grounding(searches: tuple[str, ...]) -> dict[str, Any]:
    """What a search found, as it stands beside a picture made with it."""
    if not searches:
        return {}
    found: dict[str, Any] = {
        "searchEntryPoint": {"renderedContent": "<div>Sandbox search</div>"},
        "groundingChunks": [{"web": {"uri": "https://example.com/", "title": "example.com"}}],
    }
    names = {"web": "webSearchQueries", "image": "imageSearchQueries"}
    return {"groundingMetadata": found | {names[kind]: ["sandbox"] for kind in searches}}


def _object(name: str, row: GeminiModel) -> dict[str, Any]:
    return {
        "name": f"models/{name}", "version": "001", "displayName": row.name,
        "description": f"Sandbox {row.name}",
        "inputTokenLimit": row.input_limit, "outputTokenLimit": row.output_limit,
        "supportedGenerationMethods": ["generateContent"],
        "thinking": row.always_thinks or bool(row.thinking),
    }  # fmt: skip


async def _json(request: Request) -> dict[str, Any]:
    try:
        return await read_json(request, LARGEST_REQUEST)
    except NotJson as error:
        raise errors.refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.") from error
    except TooLarge as error:
        raise errors.too_large() from error


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return errors.refusal(status, "NOT_FOUND", f"No such method: {request.method} {request.url.path}").response()
