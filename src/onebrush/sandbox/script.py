"""A script of faults: one step for each call that would be paid, then a rate; for tests, set over HTTP."""

import random
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.mishaps import ANSWERS, LINKS
from onebrush.sandbox.reading import MEGABYTE, TooLarge, read_body
from onebrush.sandbox.step import NONE, On, Step
from onebrush.sandbox.touches import TOUCHES

KNOWN = frozenset({NONE.fault, "redirect", "error_200", *FaultKind, *TOUCHES, *ANSWERS, *LINKS})


class BadScript(ValueError):
    """A script that cannot be followed: which step, and why."""


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share of the calls, drawn by `seed`, that go as a step of that kind."""

    faults: float
    kind: str
    vendor: str = ""
    paid: bool | None = None
    retry_after: str | msgspec.UnsetType | None = msgspec.UNSET
    seed: int = 0

    def step(self) -> Step:
        """The step that such a call takes."""
        return Step(fault=self.kind, vendor=self.vendor, paid=self.paid, retry_after=self.retry_after)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps in their order, each taken once; then the rate."""

    steps: list[Step] = []
    rate: Rate | None = None


class Script:
    """What is still to go wrong."""

    def __init__(self, text: bytes = b"[]") -> None:
        """Raises BadScript."""
        self.put(text)

    def put(self, text: bytes) -> None:
        """Begin anew by a JSON list of steps or a plan. Raises BadScript and keeps what there was."""
        plan = _read(text)
        self._steps = list(plan.steps)
        self._rate, self._chance = plan.rate, random.Random(plan.rate.seed if plan.rate else 0)

    def take(self, vendor: str, on: On = "call") -> Step:
        """What this call goes by; NONE where nothing goes wrong."""
        for place, step in enumerate(self._steps):
            if step.on == on and step.vendor in ("", vendor):
                return self._steps.pop(place)
        return self._by_chance(vendor) if on == "call" else NONE

    def _by_chance(self, vendor: str) -> Step:
        rate = self._rate
        if rate is None or rate.vendor not in ("", vendor):
            return NONE
        return rate.step() if self._chance.random() < rate.faults else NONE

    def left(self) -> Plan:
        """What has not been taken yet."""
        return Plan(steps=list(self._steps), rate=self._rate)


def _read(text: bytes) -> Plan:
    try:
        plan = msgspec.json.decode(text, type=list[Step] | Plan)
    except msgspec.MsgspecError as error:
        raise BadScript(f"This is no JSON list of steps, nor an object with steps and rate: {error}") from error
    plan = plan if isinstance(plan, Plan) else Plan(steps=plan)
    for place, step in enumerate(plan.steps):
        _check(step, f"step {place}")
    if plan.rate:
        _check(plan.rate.step(), "the rate")
    return plan


def _check(step: Step, where: str) -> None:
    if step.fault not in KNOWN:
        raise BadScript(f"{where}: there is no fault {step.fault!r}. Known: {', '.join(sorted(KNOWN))}.")
    if isinstance(step.retry_after, str) and not (step.retry_after.isascii() and step.retry_after.isprintable()):
        raise BadScript(f"{where}: retry_after cannot stand in a header.")
    if step.fault in ("redirect", "link_redirect") and not step.url:
        raise BadScript(f"{where}: a redirect needs a url.")


def route(script: Script) -> Callable[[Request], Awaitable[Response]]:
    """Answer `PUT /script` (begin anew) and `GET /script` (what is left)."""

    async def answer(request: Request) -> Response:
        if request.method == "PUT":
            try:
                script.put(await read_body(request, MEGABYTE))
            except (BadScript, TooLarge) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return Response(msgspec.json.encode(script.left()), media_type="application/json")

    return answer
