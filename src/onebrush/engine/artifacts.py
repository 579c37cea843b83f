"""Bytes in, stored artifact out; when the disk is full the picture in hand is still delivered, flagged unstored."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.result import Artifact, ResultImage
from onebrush.engine.collect import Collected
from onebrush.engine.ports import Artifacts
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose picture it is, and how long it is kept. Times are unix seconds; retention 0 is for ever."""

    generation: str
    key: str
    test: bool
    now: int
    retention: int


async def store(
    collected: Collected, index: int, revised_prompt: str | None, owner: Owner, artifacts: Artifacts
) -> ResultImage:
    """Keep the picture durably before anybody is told of it."""
    artifact_id = new_id("img")
    try:
        location = await artifacts.keep(collected.blob, artifact_id, collected.measured.media_type)
    except StorageUnavailable as error:
        log.error("picture not stored", generation=owner.generation, reason=error.message)
        location = ""
    return ResultImage(
        artifact=_described(collected, index, artifact_id, location, owner),
        blob=collected.blob,
        stored=bool(location),
        revised_prompt=revised_prompt,
    )


def _described(collected: Collected, index: int, artifact_id: str, location: str, owner: Owner) -> Artifact:
    return Artifact(
        id=artifact_id,
        generation=owner.generation,
        key=owner.key,
        index=index,
        media_type=collected.measured.media_type,
        width=collected.measured.width,
        height=collected.measured.height,
        size=collected.blob.size,
        created=owner.now,
        location=location,
        test=owner.test,
        expires=owner.now + owner.retention if owner.retention else None,
    )
