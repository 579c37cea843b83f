"""Finding what a killed process left in the folders: files that no row knows or needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Protocol

from onebrush.domain.generation import Generation


class Files(Protocol):
    """The stored files."""

    def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """The locations of files that have been there that long, in batches."""
        ...


class PictureRows(Protocol):
    """The rows that know files."""

    async def recorded(self, locations: Collection[str]) -> set[str]:
        """Which of these locations belong to a recorded picture."""
        ...


class Inputs(Protocol):
    """The given pictures of generations."""

    def generations(self, older_than: float = 0.0) -> list[str]:
        """Those that something has been kept of for so many seconds."""
        ...


class GenerationRows(Protocol):
    """The rows of generations."""

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        ...


async def orphans(files: Files, records: PictureRows, *, older_than: float) -> list[str]:
    """Files without a row that are older than `older_than` seconds.

    A file is stored before its row is written, so a young one may only be waiting for it: give it longer than
    the longest generation. What becomes of the others is the caller's decision.
    """
    found: list[str] = []
    async for locations in files.older_than(older_than):
        recorded = await records.recorded(locations)
        found += [location for location in locations if location not in recorded]
    return found


async def unneeded(inputs: Inputs, records: GenerationRows, *, older_than: float) -> list[str]:
    """Generations whose given pictures nobody needs: they are over, or never began in `older_than` seconds."""
    rows = {name: await records.get(name) for name in inputs.generations(older_than)}
    return [name for name, row in rows.items() if row is None or row.finished is not None]
