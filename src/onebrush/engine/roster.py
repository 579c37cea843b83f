"""The generations at work in this process: by id, by Idempotency-Key, by body."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from onebrush.domain.errors import KeyReused
from onebrush.domain.result import GenerationResult
from onebrush.engine.identity import Identity
from onebrush.engine.job import Job
from onebrush.kit.blobs import Scope

REJOIN = 600  # seconds in which a repeat joins that has no Idempotency-Key


@dataclass(eq=False, slots=True, kw_only=True)
class Entry:
    """One generation at work here. `begun` tells which record stands for it, its own or one that was there before."""

    generation: str
    key: str
    identity: Identity
    scope: Scope
    begun: asyncio.Future[str]
    job: Job | None = None
    task: asyncio.Task[GenerationResult] | None = None
    watchers: int = 1
    dropped: bool = False

    @property
    def over(self) -> bool:
        """Whether its work is done."""
        return self.task is None or self.task.done()


@dataclass(slots=True, kw_only=True)
class Roster:
    """Looking takes no time and no await: of a hundred equal requests one begins.

    `lately` is key and body -> generation and when it ended (monotonic seconds), of those nobody heard the end of.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    named: dict[tuple[str, str], Entry] = field(default_factory=dict)
    alike: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    lately: OrderedDict[tuple[str, str], tuple[str, float]] = field(default_factory=OrderedDict)

    def find(self, key: str, identity: Identity) -> Entry | None:
        """What a repeat joins. Raises KeyReused where its Idempotency-Key stands for another body."""
        if identity.idempotency is not None:
            entry = self.named.get((key, identity.idempotency))
            if entry is not None:
                refuse_other(entry.identity.digest, identity)
            return entry
        alike = self.alike.get((key, identity.digest), ())
        return next((entry for entry in alike if identity.retried or entry.dropped), None)

    def enlist(self, entry: Entry) -> None:
        """It is at work from now on."""
        self.entries[entry.generation] = entry
        if entry.identity.idempotency is not None:
            self.named[entry.key, entry.identity.idempotency] = entry
        if entry.identity.digest:
            self.alike.setdefault((entry.key, entry.identity.digest), []).append(entry)

    def missed(self, key: str, digest: str, now: float) -> str | None:
        """The generation of this body that is over, and whose caller went before it had the answer."""
        while self.lately and next(iter(self.lately.values()))[1] < now - REJOIN:
            self.lately.popitem(last=False)
        generation, _ = self.lately.pop((key, digest), (None, 0.0))
        return generation

    def remember(self, key: str, digest: str, generation: str, now: float) -> None:
        """Nobody heard the end of the generation: a repeat that comes soon has its answer."""
        self.lately.pop((key, digest), None)  # the newest stands last
        if digest:
            self.lately[key, digest] = generation, now

    def strike(self, entry: Entry, now: float) -> None:
        """It is over; one that nobody heard the end of is remembered for a while."""
        if entry.dropped and entry.watchers <= 0:
            self.remember(entry.key, entry.identity.digest, entry.generation, now)
        self.entries.pop(entry.generation, None)
        if entry.identity.idempotency is not None:
            self.named.pop((entry.key, entry.identity.idempotency), None)
        alike = self.alike.get((entry.key, entry.identity.digest), [])
        if entry in alike:
            alike.remove(entry)
        if not alike:
            self.alike.pop((entry.key, entry.identity.digest), None)


def refuse_other(digest: str | None, identity: Identity) -> None:
    """Raise KeyReused where an Idempotency-Key stands for a body of another digest."""
    if identity.idempotency is not None and digest != identity.digest:
        raise KeyReused(
            "This Idempotency-Key stands for another request; use a new key for a new request.",
            param="Idempotency-Key",
            retry=False,
        )
