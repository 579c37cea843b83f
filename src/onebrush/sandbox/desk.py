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

from onebrush.kit.clock import Clock, SystemClock
from onebrush.sandbox import artist, faults, mishaps
from onebrush.sandbox.artist import Commission
from onebrush.sandbox.count import Call, Count
from onebrush.sandbox.faults import REFUSALS, FaultKind
from onebrush.sandbox.links import Links
from onebrush.sandbox.script import Script
from onebrush.sandbox.settings import SandboxSettings
from onebrush.sandbox.step import NONE, Step
from onebrush.sandbox.touches import PLAIN, TOUCHES, Touch

T = TypeVar("T")

log = logging.getLogger(__name__)


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
        """Answer one of faults.REFUSALS; None where the vendor would work on."""

    def empty(self) -> Response:
        """Answer 200 without a picture."""

    async def work(self, touch: Touch) -> Response:
        """Draw and answer, with pictures as `touch` leaves them."""


Refuse = Callable[[FaultKind], Response | None]


class Desk:
    """The sandbox's common parts, handed to each vendor."""

    def __init__(
        self, settings: SandboxSettings, count: Count, links: Links, secret: bytes, *,
        script: Script | None = None, clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.count, self.links, self.secret = settings, count, links, secret
        self.script, self.clock = script or Script(), clock or SystemClock()
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
        step = self.step(vendor, order)
        response = refused(step, manners.refuse)
        if response is None and step.fault == FaultKind.EMPTY:
            response = manners.empty()
        if response is not None:
            await self.note(vendor, order, step, paid=step.is_paid(False))
            return response
        response = self.sent(step, await manners.work(touch(step)), manners.refuse)
        billed = charged(order, step)
        await self.note(vendor, billed, step, paid=step.is_paid(billed.images > 0))
        await anyio.sleep(self.settings.latency_s + step.seconds)
        return response

    def step(self, vendor: str, order: Order) -> Step:
        """What goes wrong with it: the script's word, else the prompt's."""
        step, word = self.script.take(vendor), faults.find(order.prompt)
        return Step(fault=word.kind, seconds=word.seconds) if step is NONE and word else step

    def sent(self, step: Step, response: Response, refuse: Refuse) -> Response:
        """An answer as it leaves."""
        if step.fault in mishaps.LINKS:
            return mishaps.relinked(response, step, self.links)
        if step.fault == "error_200" and (error := refuse(FaultKind.INTERNAL)) is not None:
            # The vendor's error with the status of a success, as DashScope does at times.
            error.status_code = 200
            return error
        return mishaps.ANSWERS[step.fault](response, step) if step.fault in mishaps.ANSWERS else response

    async def note(self, vendor: str, order: Order, step: Step, *, paid: bool) -> None:
        """Count a call durably."""
        call = Call(
            id=order.request_id, time=time.time(), vendor=vendor, model=order.model, digest=order.digest,
            images=order.images if paid else 0, fault=None if step is NONE else step.fault, paid=paid,
        )  # fmt: skip
        await to_thread.run_sync(self.count.add, call)


def refused(step: Step, refuse: Refuse) -> Response | None:
    """The answer of a vendor that does not work, where the step is one."""
    if step.fault == "redirect":
        return mishaps.redirect(step)
    response = refuse(FaultKind(step.fault)) if step.fault in REFUSALS else None
    return mishaps.refusal(response, step) if response else None


def charged(order: Order, step: Step) -> Order:
    """The order as it is billed: pictures that an answer says were refused are free."""
    return replace(order, images=order.images - 1) if step.fault == "item_error" else order


def touch(step: Step) -> Touch:
    """What the step does to pictures."""
    return TOUCHES.get(step.fault, PLAIN)


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


def _digest_bytes(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else repr(value)
