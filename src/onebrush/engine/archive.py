"""Records read: one with all that belongs to it, its outcome with the pictures that are still kept, lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onebrush.domain.errors import NotFound, OneBrushError
from onebrush.domain.generation import AttemptRecord, Generation
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.domain.webhook import Delivery
from onebrush.engine import keeping
from onebrush.engine.ports import Artifacts, ForgetGeneration, InputStore, Journal, Library, Records, Wanted
from onebrush.kit.blobs import Blob, Scope
from onebrush.kit.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A record and what belongs to it.

    `request` has its pictures' sizes but not their bytes; None once it was forgotten (`store: false`). `result` and
    `error` are there when it is finished: a result without pictures has an error too.
    """

    generation: Generation
    attempts: tuple[AttemptRecord, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    request: GenerationRequest | None = None
    result: GenerationResult | None = None
    error: OneBrushError | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The ports that reading needs."""

    records: Records
    journal: Journal
    library: Library
    artifacts: Artifacts
    given: InputStore

    async def dossier(self, generation_id: str, key: str, scope: Scope | None) -> Dossier | None:
        """The record of that id, if it is this key's; with the bytes of its pictures in `scope`, if one is given."""
        generation = await self.records.get(generation_id)
        if generation is None or generation.key != key:
            return None
        return await self.opened(generation, scope)

    async def opened(self, generation: Generation, scope: Scope | None = None) -> Dossier:
        """All that belongs to a record."""
        records = self.records
        result, error = await self.outcome(generation, scope) if generation.status.finished else (None, None)
        return Dossier(
            generation=generation,
            attempts=tuple(await records.attempts(generation.id)),
            entries=tuple(await records.entries(generation.id)),
            request=_request(generation),
            result=result,
            error=error,
            delivery=await records.delivery_of(generation.id),
        )

    async def outcome(
        self, generation: Generation, scope: Scope | None
    ) -> tuple[GenerationResult | None, OneBrushError | None]:
        """What came of a finished generation."""
        if generation.result is None:
            return None, OneBrushError(generation.error or "What came of it was not written down.", retry=False)
        try:
            kept = keeping.read_outcome(generation.result)
        except ValueError as error:
            log.error("outcome not readable", generation=generation.id, exc_info=error)
            return None, OneBrushError("What came of it cannot be read by this version.", retry=False)
        rows = {row.id: row for row in await self.records.artifacts(generation.id)}
        pictures = {name: (row, await self._bytes(row, scope)) for name, row in rows.items()}
        return keeping.result_of(kept, _there(pictures)), keeping.error_of(kept.error) if kept.error else None

    async def _bytes(self, row: Artifact, scope: Scope | None) -> Blob | None:
        if scope is None:
            return Blob.absent(row.size)
        try:
            return await self.library.take(row.id, row.key, scope, test=True)
        except NotFound:
            return None

    async def page(self, wanted: Wanted) -> list[Generation]:
        """Records of a list, newest first; one more than asked where there are more."""
        return await self.records.page(wanted)

    async def forget(self, generation_id: str) -> None:
        """Delete a finished record with its pictures. Raises StorageUnavailable."""
        rows = await self.records.artifacts(generation_id)
        await self.journal.commit(ForgetGeneration(generation=generation_id))
        await self.artifacts.remove([row.location for row in rows])
        await self.given.drop(generation_id)


def _there(pictures: Mapping[str, tuple[Artifact, Blob | None]]) -> Mapping[str, tuple[Artifact, Blob]]:
    return {name: (row, blob) for name, (row, blob) in pictures.items() if blob is not None}


def _request(generation: Generation) -> GenerationRequest | None:
    if generation.ask is None:
        return None
    try:
        return keeping.ask_of(generation.ask, None)
    except ValueError:
        return None
