"""Bytes in, stored artifact out; when the disk is full the picture in hand is still delivered, flagged unstored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.event import Picture
from onebrush.domain.result import Artifact, ResultImage
from onebrush.engine.collected import Collected
from onebrush.engine.ports import Artifacts
from onebrush.engine.signatures import digest_of
from onebrush.kit.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose picture it is, under which id it is kept, where it came from, and how long it is kept.

    `once` pictures are deleted when they have been delivered. `first` is the place of its call's first picture in
    the answer, `place` where the vendor's marks are good. Times are unix seconds; retention 0 is for ever.
    """

    artifact: str
    generation: str
    key: str
    test: bool
    now: int
    retention: int
    once: bool
    first: int
    place: str


async def store(collected: Collected, picture: Picture, owner: Owner, artifacts: Artifacts) -> ResultImage:
    """Keep the picture durably before anybody is told of it."""
    described = await _marked(_described(collected, picture, owner), collected, picture, owner)
    try:
        location = await artifacts.keep(collected.blob, described.id, described.media_type)
    except StorageUnavailable as error:
        log.error("picture not stored", generation=owner.generation, reason=error.message)
        location = ""
    return ResultImage(
        artifact=replace(described, location=location),
        blob=collected.blob,
        stored=bool(location),
        revised_prompt=picture.revised_prompt,
        layer=picture.layer,
    )


def _described(collected: Collected, picture: Picture, owner: Owner) -> Artifact:
    return Artifact(
        id=owner.artifact,
        generation=owner.generation,
        key=owner.key,
        index=owner.first + picture.index,
        media_type=collected.measured.media_type,
        width=collected.measured.width,
        height=collected.measured.height,
        size=collected.blob.size,
        created=owner.now,
        location="",
        test=owner.test,
        expires=owner.now + owner.retention if owner.retention else None,
        once=owner.once,
    )


async def _marked(artifact: Artifact, collected: Collected, picture: Picture, owner: Owner) -> Artifact:
    """The vendor's mark belongs to the bytes the vendor gave: a converted picture has none."""
    if picture.opaque is None or not collected.untouched:
        return artifact
    digest = await digest_of(collected.blob)
    return replace(artifact, deployment=owner.place, digest=digest, opaque=picture.opaque)
