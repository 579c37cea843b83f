"""What can be set about a sandbox."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """One right key for all four vendors, and how true to time the sandbox is."""

    api_key: str = "sandbox"
    link_life_s: float = 86_400.0
    # False: every row answers as itself. True: retired rows are the vendor's not-found.
    refuse_retired: bool = False
    latency_s: float = 0.0
    # How long a task is PENDING, and can be canceled, before it is RUNNING for `latency_s`.
    queue_s: float = 0.5
    # A script of faults to begin with, see script.py.
    script: Path | None = None
    # Coarse pictures of the right size, many times faster: for load and for long test runs.
    draft: bool = False
