"""Reading what is known of stored pictures; the journal writes it, the objects hold the bytes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, Select, select

from onebrush.domain.result import Artifact
from onebrush.storage.database import fetch
from onebrush.storage.schema import artifacts


class ArtifactRows:
    """The recorded pictures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, artifact_id: str) -> Artifact | None:
        """The picture of that id."""
        found = await self._read(select(artifacts).where(artifacts.c.id == artifact_id))
        return found[0] if found else None

    async def of_generation(self, generation_id: str) -> list[Artifact]:
        """The pictures of a generation, in their order."""
        statement = select(artifacts).where(artifacts.c.generation == generation_id)
        return await self._read(statement.order_by(artifacts.c.index, artifacts.c.id))

    async def expired(self, now: int, limit: int) -> list[Artifact]:
        """Pictures whose retention has ended by `now` (unix seconds), longest past first."""
        statement = select(artifacts).where(artifacts.c.expires <= now)
        return await self._read(statement.order_by(artifacts.c.expires, artifacts.c.id).limit(limit))

    async def recorded(self, locations: Collection[str]) -> set[str]:
        """Which of these locations (a few hundred at most) belong to a recorded picture."""
        # A picture lies under its id, by which rows are found; locations themselves have no index.
        ids = {location.rpartition("/")[2].partition(".")[0] for location in locations}
        statement = select(artifacts.c.location).where(artifacts.c.id.in_(ids))
        return {row["location"] for row in await fetch(self._engine, statement)} & set(locations)

    async def opaque_of(self, digest: str, key: str, deployment: str) -> str | None:
        """The vendor's mark of a picture of these bytes, given to this key at this deployment."""
        statement = select(artifacts).where(artifacts.c.digest == digest)
        own = statement.where(artifacts.c.key == key, artifacts.c.deployment == deployment)
        found = await self._read(own.order_by(artifacts.c.created.desc()).limit(1))
        return found[0].opaque if found else None

    async def _read(self, statement: Select[tuple[object, ...]]) -> list[Artifact]:
        return [Artifact(**dict(row)) for row in await fetch(self._engine, statement)]
