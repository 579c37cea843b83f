"""How pictures reach their caller: by which links, and what is deleted once they were delivered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from onebrush.api.links import Links
from onebrush.domain.errors import OneBrushError
from onebrush.domain.result import Artifact, GenerationResult
from onebrush.kit.logs import get_logger
from onebrush.wires.openai.render import Link, Linker

log = get_logger()

Forget = Callable[[list[Artifact]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """`link_ttl` is in seconds, for those who said none; `forget` deletes pictures."""

    links: Links
    link_ttl: int
    forget: Forget

    def linker(self, result: GenerationResult | None, origin: str) -> Linker:
        """Makes the links of a result's pictures; the same ones when it is asked for again within their time."""
        ttl = (result.link_ttl if result else None) or self.link_ttl
        at = max((image.artifact.created for image in result.images), default=None) if result else None

        def link(artifact: Artifact) -> Link:
            return self.links.make(artifact, origin, ttl, at=at)

        return link

    def shown(self, result: GenerationResult) -> GenerationResult:
        """Pictures that are deleted once this answer has delivered them have no link."""
        if not _delivers_last(result):
            return result
        return replace(result, images=tuple(replace(image, stored=False) for image in result.images))

    async def delivered(self, result: GenerationResult) -> None:
        """The whole answer was sent."""
        if _delivers_last(result):
            try:
                await self.forget([image.artifact for image in result.images if image.stored])
            except OneBrushError as error:
                # The answer is out; the pictures go when their links end.
                log.warning("delivered pictures not deleted yet", generation=result.id, reason=error.message)


def _delivers_last(result: GenerationResult) -> bool:
    """By link, it is the download that delivers."""
    return not result.store and result.answer_form == "b64_json"
