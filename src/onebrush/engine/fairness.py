"""Who is next: deliveries in turn by endpoint, few at once to each, so that a dead receiver delays no other."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from onebrush.domain.webhook import Delivery

AT_ONCE = 20
EACH = 2  # a tenth of all
MOST_WAITING = 2_000  # of one endpoint


def endpoint_of(url: str) -> str:
    """`host:port`; what cannot be read stands for itself."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        return f"{(parts.hostname or '').rstrip('.')}:{port}"
    except (KeyError, ValueError):
        return url


class FairQueue:
    """Deliveries that wait for their turn, and those whose turn it is."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Delivery]] = {}
        self._busy: Counter[str] = Counter()
        self._trying: set[str] = set()

    @property
    def waiting(self) -> list[Delivery]:
        """Those that wait."""
        return [delivery for line in self._waiting.values() for delivery in line]

    def trying(self, delivery_id: str) -> bool:
        """Whether it is its turn."""
        return delivery_id in self._trying

    def admit(self, deliveries: Sequence[Delivery]) -> None:
        """Let them wait, as they stand now; beyond MOST_WAITING of an endpoint they are left out."""
        known = {delivery.id for delivery in deliveries}
        self.drop(lambda delivery: delivery.id in known)
        for delivery in deliveries:
            line = self._waiting.setdefault(endpoint_of(delivery.url), deque())
            if len(line) < MOST_WAITING:
                line.append(delivery)

    def next(self) -> Delivery | None:
        """The next whose turn it is; None while there is none, or no room. `done` ends its turn."""
        if len(self._trying) >= AT_ONCE:
            return None
        free = (endpoint for endpoint in self._waiting if self._busy[endpoint] < EACH)
        endpoint = next(free, None)
        if endpoint is None:
            return None
        line = self._waiting.pop(endpoint)
        delivery = line.popleft()
        if line:
            self._waiting[endpoint] = line  # at the end: the others come first
        self._busy[endpoint] += 1
        self._trying.add(delivery.id)
        return delivery

    def done(self, delivery: Delivery) -> None:
        """Its turn is over."""
        endpoint = endpoint_of(delivery.url)
        self._trying.discard(delivery.id)
        self._busy[endpoint] -= 1
        self._busy += Counter()  # forgets those at zero

    def drop(self, unwanted: Callable[[Delivery], bool]) -> None:
        """Take the unwanted out of those that wait."""
        for endpoint, line in list(self._waiting.items()):
            kept = deque(delivery for delivery in line if not unwanted(delivery))
            if kept:
                self._waiting[endpoint] = kept
            else:
                del self._waiting[endpoint]
