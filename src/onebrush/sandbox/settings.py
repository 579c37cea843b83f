"""What can be set about a sandbox."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """One right key for all four vendors, and how true to time the sandbox is."""

    api_key: str = "sandbox"
    link_life_s: float = 86_400.0
    # False: every row answers as itself. True: retired rows are the vendor's not-found.
    refuse_retired: bool = False
    latency_s: float = 0.0
    # Coarse pictures of the right size, many times faster: for load and for long test runs.
    draft: bool = False
