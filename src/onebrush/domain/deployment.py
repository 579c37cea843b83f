"""Where a model can be bought: provider, upstream address, credential, limits, and two flags the engine knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Auth = Literal["bearer", "x-goog-api-key"]
Mode = Literal["call", "task"]
Strategy = Literal["order", "weight", "cheapest", "fastest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One account at one provider.

    `base_url` has no trailing slash. `credential` never appears in a repr. `test` marks the sandbox;
    `serves_retired` a server on which retired models still answer as themselves. `timeout` is in seconds, for
    the whole call. `link_hosts` are `host:port` origins whose result links may be fetched though they are not public.

    `mode` "task": models whose card has a task form are asked by it, and polled, first after `poll_every` seconds.
    `concurrency` is calls at once, `rate` calls a minute (None: no cap), `queue` how many may wait for either.
    `weight` is its share where a route draws by weight. `models` are the public ids it serves; empty: all of its
    provider's.
    """

    id: str
    provider: str
    wire: str
    base_url: str
    credential: str = field(repr=False)
    auth: Auth = "bearer"
    platform: str = ""
    test: bool = False
    serves_retired: bool = False
    timeout: float = 600.0
    concurrency: int = 64
    link_hosts: tuple[str, ...] = ()
    mode: Mode = "call"
    poll_every: float = 3.0
    rate: float | None = None
    queue: int = 1000
    weight: int = 1
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a public model is bought: at which deployments, chosen how, and what else may serve.

    `deployments` are ids, in order; empty: every one of the model's provider, as configured. `fallback` are models to
    turn to when none of them can, each only where its card covers the request; `on_refusal`: also when the vendor
    refuses the content.
    """

    deployments: tuple[str, ...] = ()
    strategy: Strategy = "order"
    fallback: tuple[str, ...] = ()
    on_refusal: bool = False
