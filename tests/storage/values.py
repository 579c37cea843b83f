"""Small records to store, and what they are stored in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onebrush.domain.generation import Attempt, Generation, GenerationStatus
from onebrush.domain.result import Artifact
from onebrush.engine.ports import Artifacts, BeginGeneration, FinishGeneration, Journal
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.generations import GenerationRows
from onebrush.storage.keys import Keys, KeyStore
from onebrush.storage.memory import MemoryArtifactRows, MemoryGenerationRows, MemoryObjects
from onebrush.storage.objects import LocalObjects

PEPPER = b"a pepper of the tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that keeps something."""

    journal: Journal
    generations: GenerationRows | MemoryGenerationRows
    artifacts: ArtifactRows | MemoryArtifactRows
    objects: LocalObjects | MemoryObjects
    key_store: KeyStore
    clock: FixedClock
    spool: Spool

    @property
    def blobs(self) -> Artifacts:
        """The objects, as the engine sees them."""
        return self.objects

    def keys(self) -> Keys:
        """The keys as a fresh process would know them."""
        return Keys(self.key_store, pepper=PEPPER, clock=self.clock)


def generation(name: str = "gen_a", created: int = 1_800_000_000) -> Generation:
    return Generation(
        id=name,
        key="key_a",
        test=True,
        model="gpt-image-2",
        status=GenerationStatus.RUNNING,
        created=created,
        request='{"n":1}',
    )


def finished(name: str = "gen_a") -> Generation:
    return replace(
        generation(name),
        status=GenerationStatus.SUCCEEDED,
        finished=1_800_000_009,
        provider="openai",
        cost_nano=39_000_000,
        currency="USD",
        basis="computed",
    )


def attempt(name: str = "att_a", of: str = "gen_a", slot: int = 0) -> Attempt:
    return Attempt(id=name, generation=of, slot=slot, deployment="sandbox", model="gpt-image-2", created=1_800_000_001)


def artifact(name: str = "img_abcd", of: str = "gen_a", index: int = 0, expires: int | None = None) -> Artifact:
    return Artifact(
        id=name,
        generation=of,
        key="key_a",
        index=index,
        media_type="image/png",
        width=1024,
        height=768,
        size=1234,
        created=1_800_000_008,
        location=f"ab/{name}.png",
        test=True,
        expires=expires,
    )


def begin(name: str = "gen_a") -> BeginGeneration:
    return BeginGeneration(generation=generation(name))


def finish(name: str = "gen_a", *artifacts: Artifact, attempts: dict[str, str] | None = None) -> FinishGeneration:
    return FinishGeneration(generation=finished(name), artifacts=artifacts, attempts=attempts or {})
