"""Where a model can be bought: provider, upstream address, credential, and two flags the engine knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Auth = Literal["bearer", "x-goog-api-key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One account at one provider.

    `base_url` has no trailing slash. `credential` never appears in a repr. `test` marks the sandbox;
    `serves_retired` a server on which retired models still answer as themselves. `timeout` is in seconds, for
    the whole call. `link_hosts` are `host:port` origins whose result links may be fetched though they are not public.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A public model name and its deployments, in order."""

    name: str
    deployments: tuple[Deployment, ...]
