"""What webhooks say: the record of a generation, with links to its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.api.handover import Handover
from onebrush.engine.archive import Archive
from onebrush.wires.openai.record import webhook_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """The bodies of webhooks, made anew for each try; while their links are good they stay the same."""

    archive: Archive
    handover: Handover

    async def payload(self, generation_id: str) -> bytes | None:
        """The body that tells of a generation; None where its record is gone. Raises StorageUnavailable."""
        generation = await self.archive.records.get(generation_id)
        if generation is None:
            return None
        dossier = await self.archive.opened(generation)
        return webhook_payload(dossier, self.handover.linker(dossier.result, generation.origin))
