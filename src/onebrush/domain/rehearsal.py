"""What a dry run tells: the request as fitted, the calls it would make, what they could cost at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onebrush.domain.exchange import Call
from onebrush.domain.money import Cost
from onebrush.domain.request import FittedRequest
from onebrush.domain.warning import RequestWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """One vendor call as it would be sent; `headers` come without the credential."""

    method: str
    url: str
    headers: Mapping[str, str]
    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The outcome of a dry run. `fitted` is the whole ask on its model, `calls` what it comes to.

    `bound` is the most the calls can cost, `estimate` what they usually do; either may be unknown.
    """

    id: str
    provider: str
    test: bool
    fitted: FittedRequest
    calls: tuple[PlannedCall, ...]
    bound: Cost
    estimate: Cost
    warnings: tuple[RequestWarning, ...] = ()
