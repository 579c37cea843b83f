"""Pictures go when their retention ends, or when their owner says; rows first, so that no link outlives its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.result import Artifact
from onebrush.engine.ports import Artifacts, ForgetArtifacts, Journal
from onebrush.kit.clock import Clock
from onebrush.kit.logs import get_logger

log = get_logger()

BATCH = 200
EVERY = 60.0


class ExpiredRows(Protocol):
    """The rows whose time has come."""

    async def expired(self, now: int, limit: int) -> list[Artifact]:
        """At most `limit` pictures whose retention ended before `now` (unix seconds)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Deletes pictures: one by one when asked, in batches when their time has come."""

    rows: ExpiredRows
    journal: Journal
    artifacts: Artifacts
    clock: Clock

    async def forget(self, artifacts: list[Artifact]) -> None:
        """Delete these now. Raises StorageUnavailable."""
        if artifacts:
            await self.journal.commit(ForgetArtifacts(ids=tuple(artifact.id for artifact in artifacts)))
            await self.artifacts.remove([artifact.location for artifact in artifacts])

    async def sweep(self) -> int:
        """Delete everything whose retention has ended; how many pictures that was."""
        swept = 0
        while expired := await self.rows.expired(int(self.clock.now()), BATCH):
            await self.forget(expired)
            swept += len(expired)
        return swept

    async def keep_sweeping(self) -> None:
        """Sweep once a minute until cancelled; a store that is away is tried again."""
        while True:
            try:
                await self.sweep()
            except StorageUnavailable as error:
                log.warning("sweep put off", reason=error.message)
            await self.clock.sleep(EVERY)
