"""Which deployments may be asked now: waits that vendors name, breakers for streaks of faults, and how fast each is."""

from __future__ import annotations

from dataclasses import dataclass, field

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.kit.clock import Clock

STREAK = 5  # faults in a row that open a breaker
OPEN = 30.0  # seconds it stays open; and after which a probe that was not heard of stands in nobody's way
PROBING = 1.0  # what is told while the probe is under way
LONGEST_NAMED = 600.0  # of the waits that vendors name
FIRST_UNNAMED, LONGEST_UNNAMED = 1.0, 30.0
CREDENTIAL_REST, QUOTA_REST = 60.0, 300.0
NEWEST_SHARE = 0.3  # of the newest call in the running mean

_ILL = frozenset({FaultKind.UNAVAILABLE, FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT, FaultKind.BAD_RESPONSE})
_FORBIDDEN = 403


@dataclass(slots=True)
class _Rest:
    """A pause until a monotonic time, and the kind of fault that brought it."""

    until: float = 0.0
    kind: FaultKind = FaultKind.UNAVAILABLE

    def left(self, now: float) -> float:
        return max(0.0, self.until - now)

    def take(self, seconds: float, now: float, kind: FaultKind) -> None:
        """The longer pause holds."""
        if now + seconds > self.until:
            self.until, self.kind = now + seconds, kind


@dataclass(slots=True)
class _Breaker:
    """Closed while `opened` is None. `probe` is when the one call that tries it out was let through.

    Only calls that began after the opening say anything of an open breaker: the others belong to the streak.
    """

    streak: int = 0
    opened: float | None = None
    probe: float | None = None

    def left(self, now: float) -> float:
        if self.opened is None:
            return 0.0
        if now < self.opened + OPEN:
            return self.opened + OPEN - now
        return PROBING if self.probe is not None and now < self.probe + OPEN else 0.0

    def let_in(self, now: float) -> None:
        self.probe = None if self.opened is None else now

    def failed(self, now: float, began: float) -> None:
        if self.opened is None:
            self.streak += 1
        if self.streak >= STREAK and self._tells(began):
            self.opened, self.probe = now, None

    def served(self, began: float) -> None:
        if self._tells(began):
            self.streak, self.opened, self.probe = 0, None, None

    def undecided(self, began: float) -> None:
        """The probe met what is no sign of health or illness: the next caller is the probe."""
        if self._tells(began):
            self.probe = None

    def _tells(self, began: float) -> bool:
        return self.opened is None or began > self.opened


@dataclass(slots=True)
class _Seat:
    """One model at one deployment. `strikes` are rate limits without a named wait, one after the other."""

    breaker: _Breaker = field(default_factory=_Breaker)
    rest: _Rest = field(default_factory=_Rest)
    strikes: int = 0
    struck: float = 0.0
    latency: float | None = None

    def strike(self, now: float, began: float) -> float:
        """How long to rest; calls of one volley, which began before the last strike, count once."""
        if not self.strikes or began >= self.struck:
            self.strikes, self.struck = self.strikes + 1, now
        return min(FIRST_UNNAMED * 2.0 ** min(self.strikes - 1, 10), LONGEST_UNNAMED)

    def measure(self, seconds: float) -> None:
        before = seconds if self.latency is None else self.latency
        self.latency = before + NEWEST_SHARE * (seconds - before)


class Health:
    """How every deployment fares, by the monotonic clock alone.

    Who asks `enter` and is let in says afterwards how it went: `report`, or `forgo` where nothing was sent. A
    deployment whose address or key was changed starts anew. The sandbox is always well: its faults are what
    callers ask of it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[tuple[str, ...], _Rest] = {}
        self._seats: dict[tuple[str, ...], _Seat] = {}

    def enter(self, deployment: Deployment, model: str) -> float:
        """0.0: it may be asked now, and while its breaker is half open the caller is its one probe; else seconds.

        Ask just before the call leaves, once a place at the gate is had.
        """
        wait = self.wait(deployment, model)
        if not wait:
            self._seat(deployment, model).breaker.let_in(self._clock.monotonic())
        return wait

    def wait(self, deployment: Deployment, model: str) -> float:
        """What `enter` would say, for who only wants to know whether queueing is worth it."""
        if deployment.test:
            return 0.0
        now, seat = self._clock.monotonic(), self._seat(deployment, model)
        return max(self._account(deployment).left(now), seat.rest.left(now), seat.breaker.left(now))

    def well(self, deployment: Deployment, model: str) -> bool:
        """Whether it rests for nothing, and its last call that told anything did not fail."""
        return not self.wait(deployment, model) and not self._seat(deployment, model).breaker.streak

    def forgo(self, deployment: Deployment, model: str) -> None:
        """Whoever was let in sent nothing after all."""
        self._seat(deployment, model).breaker.probe = None

    def report(self, deployment: Deployment, model: str, fault: Fault | None, seconds: float) -> None:
        """How a call went that took `seconds`, counted from `enter` or later; without a fault it served."""
        now, seat = self._clock.monotonic(), self._seat(deployment, model)
        began = now - seconds
        if fault is None:
            seat.measure(seconds)
            seat.strikes = 0
            seat.breaker.served(began)
        elif fault.kind in _ILL:
            seat.breaker.failed(now, began)
        else:
            seat.breaker.undecided(began)
        if fault is not None:
            self._rest(deployment, seat, fault, now, began)

    def latency(self, deployment: Deployment, model: str) -> float | None:
        """Seconds that calls which served take, as a running mean; None before the first."""
        return self._seat(deployment, model).latency

    def reason(self, deployment: Deployment, model: str, wait: float) -> Fault:
        """Why `enter` told to wait, as the fault of a call that was not made."""
        now, seat = self._clock.monotonic(), self._seat(deployment, model)
        longest = max(self._account(deployment), seat.rest, key=lambda rest: rest.left(now))
        broken = seat.breaker.left(now) > longest.left(now)
        kind = FaultKind.UNAVAILABLE if broken else longest.kind
        message = f"{_WHY[kind]}; it is asked again in {max(1, round(wait))} s"
        return Fault(kind=kind, message=message, retry_after=wait, sent=False)

    def _rest(self, deployment: Deployment, seat: _Seat, fault: Fault, now: float, began: float) -> None:
        if fault.kind in (FaultKind.CREDENTIAL, FaultKind.QUOTA):
            # A 403 is mostly about one model that the account may not use: its neighbours go on.
            rest = seat.rest if fault.status == _FORBIDDEN else self._account(deployment)
            rest.take(CREDENTIAL_REST if fault.kind is FaultKind.CREDENTIAL else QUOTA_REST, now, fault.kind)
        elif fault.retry_after is not None and fault.kind in (FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE):
            seat.rest.take(min(fault.retry_after, LONGEST_NAMED), now, fault.kind)
        elif fault.kind is FaultKind.RATE_LIMITED:
            seat.rest.take(seat.strike(now, began), now, fault.kind)

    def _account(self, deployment: Deployment) -> _Rest:
        return self._accounts.setdefault(_identity(deployment), _Rest())

    def _seat(self, deployment: Deployment, model: str) -> _Seat:
        return self._seats.setdefault((*_identity(deployment), model), _Seat())


def _identity(deployment: Deployment) -> tuple[str, ...]:
    return deployment.id, deployment.base_url, deployment.credential


_WHY = {
    FaultKind.RATE_LIMITED: "It limited the rate a moment ago",
    FaultKind.UNAVAILABLE: "It was not available a moment ago",
    FaultKind.CREDENTIAL: "It did not accept the gateway's credential a moment ago",
    FaultKind.QUOTA: "It had no quota left a moment ago",
}
