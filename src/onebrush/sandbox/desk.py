"""What every emulated vendor shares: drawing, counting, faults and the order of these."""

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from onebrush.sandbox import artist, faults
from onebrush.sandbox.artist import Commission
from onebrush.sandbox.count import Call, Count
from onebrush.sandbox.faults import Fault, FaultKind
from onebrush.sandbox.links import Links
from onebrush.sandbox.settings import SandboxSettings

T = TypeVar("T")

log = logging.getLogger(__name__)
JUNK = b"These bytes are no picture. " * 64


class Refusal(Exception):
    """A vendor's error answer, raised wherever the fault is found."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, dict(headers or {})

    def response(self) -> Response:
        return JSONResponse(dict(self.body), status_code=self.status, headers=self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A call that passed every check."""

    request_id: str
    model: str
    prompt: str
    images: int
    digest: str


class Manners(Protocol):
    """How one vendor answers one order, well or badly."""

    def refuse(self, kind: FaultKind) -> Response | None:
        """Answer moderation, 429 and 500; None where the vendor would work on."""

    def empty(self) -> Response:
        """Answer 200 without a picture."""

    async def work(self, *, garbage: bool) -> Response:
        """Draw and answer."""


class CutResponse(Response):
    """The head and half of a body, then a dropped connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        # The server closes the connection when an application returns without finishing.
        await send({"type": "http.response.body", "body": half, "more_body": True})


class Desk:
    """The sandbox's common parts, handed to each vendor."""

    def __init__(self, settings: SandboxSettings, count: Count, links: Links, secret: bytes) -> None:
        self.settings, self.count, self.links, self.secret = settings, count, links, secret
        self._easels = CapacityLimiter(max(2, os.cpu_count() or 2))

    async def draw(self, commission: Commission, hand: Callable[[Commission], bytes] | None = None) -> bytes:
        """Have one picture drawn without holding up other calls, by another hand than the usual one if given."""
        hand = hand or (artist.draw_draft if self.settings.draft else artist.draw)
        return await self.in_thread(lambda: hand(_plain(commission)))

    async def in_thread(self, job: Callable[[], T]) -> T:
        """Wait for long work without holding up other calls."""
        return await to_thread.run_sync(job, limiter=self._easels)

    async def serve(self, vendor: str, order: Order, manners: Manners) -> Response:
        """Answer an order: refuse, or draw, count durably, wait if asked, and send."""
        fault = faults.find(order.prompt)
        response = manners.refuse(fault.kind) if fault else None
        if response is None and fault and fault.kind is FaultKind.EMPTY:
            response = manners.empty()
        if response is not None:
            await self._note(vendor, order, fault, paid=False)
            return response
        response = await manners.work(garbage=bool(fault and fault.kind is FaultKind.GARBAGE))
        await self._note(vendor, order, fault, paid=True)
        await anyio.sleep(self.settings.latency_s + (fault.seconds if fault else 0.0))
        return _cut(response) if fault and fault.kind is FaultKind.CUT else response

    async def _note(self, vendor: str, order: Order, fault: Fault | None, *, paid: bool) -> None:
        call = Call(
            id=order.request_id, time=time.time(), vendor=vendor, model=order.model, digest=order.digest,
            images=order.images if paid else 0, fault=fault.kind.value if fault else None, paid=paid,
        )  # fmt: skip
        await to_thread.run_sync(self.count.add, call)


def seed_for(asked: int | None) -> int:
    """Take the seed asked for as a number the artist can count with, or another one each call."""
    return secrets.randbelow(2**31) if asked is None else asked & 0xFFFF_FFFF


def digest(value: object) -> str:
    """Digest a request so that equal requests can be told from different ones."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_digest_bytes)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def guarded(handler: Callable[..., Awaitable[Response]], failed: Callable[[], Refusal]) -> Callable[..., Any]:
    """Let a handler answer by raising a `Refusal`, and make a fault of ours the vendor's own 500."""

    async def answer(*args: Any) -> Response:
        try:
            return await handler(*args)
        except Refusal as refusal:
            return refusal.response()
        except Exception:
            log.exception("The sandbox failed to answer")
            return failed().response()

    return answer


def _plain(commission: Commission) -> Commission:
    return replace(commission, prompt=faults.without_words(commission.prompt))


def _cut(response: Response) -> Response:
    cut = CutResponse(response.body, status_code=response.status_code)
    cut.raw_headers = response.raw_headers
    return cut


def _digest_bytes(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else repr(value)
