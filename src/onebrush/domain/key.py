"""Caller keys: ours, given to callers; never a vendor's credential."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """Test keys only ever reach the sandbox; live keys never do where any vendor is configured."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A known key: its id (what records and pictures belong to) and its mode."""

    id: str
    mode: Mode
    prefix: str = ""
