"""Finding what a killed process left in the folder: whole files that no row knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Protocol


class Files(Protocol):
    """The stored files."""

    def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """The locations of files that have been there that long, in batches."""
        ...


class Records(Protocol):
    """The rows that know files."""

    async def recorded(self, locations: Collection[str]) -> set[str]:
        """Which of these locations belong to a recorded picture."""
        ...


async def orphans(files: Files, records: Records, *, older_than: float) -> list[str]:
    """Files without a row that are older than `older_than` seconds.

    A file is stored before its row is written, so a young one may only be waiting for it: give it longer than
    the longest generation. What becomes of the others is the caller's decision.
    """
    found: list[str] = []
    async for locations in files.older_than(older_than):
        recorded = await records.recorded(locations)
        found += [location for location in locations if location not in recorded]
    return found
