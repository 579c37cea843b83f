"""A vendor's answer taken in: written down, its pictures collected, checked, finished and stored, its price told.

It needs the call's Terms and not its request, so that an answer is taken in alike whether it just came or was found in
the record of a process that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pybase64 import b64encode

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind, OneBrushError, StorageUnavailable
from onebrush.domain.event import Fault, Picture
from onebrush.domain.finish import Finish
from onebrush.domain.money import Cost
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Failure, ResultImage
from onebrush.domain.size import Pixels
from onebrush.domain.warning import RequestWarning
from onebrush.engine import judging, metering, resilience
from onebrush.engine.artifacts import Owner, store
from onebrush.engine.ask import Taken
from onebrush.engine.attempt import Outcome
from onebrush.engine.collect import collect
from onebrush.engine.collected import Collected
from onebrush.engine.job import Job
from onebrush.engine.keeping import LONGEST_KEPT, KeptReply, Landed, reply_text
from onebrush.engine.ports import Artifacts, Journal, KeepReply, Transport
from onebrush.engine.routing import Choice
from onebrush.engine.signatures import place_of
from onebrush.engine.terms import Terms
from onebrush.kit.blobs import Blob
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger

log = get_logger()

UNFETCHED = 86_400  # seconds after which a picture nobody wanted stored goes, where nothing said of its link

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds between tries to store a picture that nobody else has

OURS = "The gateway failed on its own side; what this picture's call brought is not known. Tell its operator."


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One call that was made: which attempt, on which terms, at whom, with what done to its pictures."""

    attempt: str
    terms: Terms
    choice: Choice
    model: str
    finish: Finish
    warnings: tuple[RequestWarning, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """The ports that taking in needs. `retention` is in seconds, 0 is for ever."""

    transport: Transport
    journal: Journal
    artifacts: Artifacts
    clock: Clock
    retention: int

    async def take(self, job: Job, served: Served, outcome: Outcome) -> Taken:
        """A fresh answer: durable before anything is made of it."""
        # Never more pictures than asked, whatever a vendor sends.
        wanted = outcome.pictures[: served.terms.most]
        landed = tuple(_landed(picture) for picture in wanted)
        await self._keep_reply(job, served, outcome, landed)
        return await self.take_in(job, served, outcome, landed)

    async def _keep_reply(self, job: Job, served: Served, outcome: Outcome, landed: tuple[Landed, ...]) -> None:
        if not landed:
            return
        reply = KeptReply(pictures=landed, faults=tuple(outcome.faults), usage=outcome.usage, done=outcome.done)
        change = KeepReply(attempt=served.attempt, generation=job.record.id, reply=reply_text(reply))
        try:
            await self.journal.commit(change)
        except StorageUnavailable as error:
            # What is paid and in hand is stored and delivered all the same.
            log.error("answer not written down", generation=job.record.id, reason=error.message)

    async def take_in(
        self, job: Job, served: Served, outcome: Outcome, landed: Sequence[Landed], *, done: Sequence[bool] = ()
    ) -> Taken:
        """The pictures of an answer that is written down; `done` says of each whether it is as it is to be already."""
        pictures = outcome.pictures[: len(landed)]
        finishes = [Finish() if finished else served.finish for finished in done] or [served.finish] * len(landed)
        kept = await asyncio.gather(
            *(
                self._kept(job, served, picture, its.id, finish)
                for picture, its, finish in zip(pictures, landed, finishes, strict=True)
            )
        )
        images = [image for image, _ in kept if isinstance(image, ResultImage)]
        failures = [failure for failure, _ in kept if isinstance(failure, Failure)]
        failures.extend(faults_of(outcome, served.terms, served.choice.deployment))
        said = [warning for _, warnings in kept for warning in warnings]
        said.extend(_surplus(len(outcome.pictures) - len(landed)))
        cost = _cost(served, outcome, images)
        self._judge(job, served, outcome, images, cost)
        return Taken(
            choice=served.choice,
            outcome=outcome,
            images=tuple(images),
            failures=tuple(failures),
            warnings=(*served.warnings, *said),
            cost=cost,
        )

    def _judge(self, job: Job, served: Served, outcome: Outcome, images: list[ResultImage], cost: Cost) -> None:
        state = judging.state_of(outcome, len(images))
        job.doubt = job.doubt or judging.doubtful(outcome, len(images))
        job.close(served.attempt, state, cost, outcome.ended if images or not outcome.pictures else _UNHAD)

    async def _kept(
        self, job: Job, served: Served, picture: Picture, artifact: str, finish: Finish
    ) -> tuple[ResultImage | Failure, tuple[RequestWarning, ...]]:
        """A picture that breaks never takes its neighbours along: they are paid as well."""
        index = served.terms.first + picture.index
        try:
            made = await self._keep(job, served, picture, artifact, finish)
        except Exception as error:
            log.error("picture broke", generation=job.record.id, index=index, exc_info=error)
            made = Failure(index=index, error=OneBrushError(OURS, retry=False)), ()
        job.tell(done=isinstance(made[0], ResultImage), failed=isinstance(made[0], Failure))
        return made

    async def _keep(
        self, job: Job, served: Served, picture: Picture, artifact: str, finish: Finish
    ) -> tuple[ResultImage | Failure, tuple[RequestWarning, ...]]:
        deployment = served.choice.deployment
        collected = await collect(picture, finish, deployment, self.transport, job.ask.scope)
        if isinstance(collected, Fault):
            index = served.terms.first + picture.index
            return Failure(index=index, error=resilience.error_for(collected, deployment)), ()
        return await self._stored(job, collected, picture, self._owner(job, served, artifact)), collected.warnings

    async def _stored(self, job: Job, collected: Collected, picture: Picture, owner: Owner) -> ResultImage:
        """What cannot be stored is delivered inline; where nobody waits for it, storing is tried until it works."""
        pause = FIRST_PAUSE
        while True:
            image = await store(collected, picture, owner, self.artifacts)
            if image.stored or (job.heard() and not job.record.asynchronous):
                return image
            await self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _owner(self, job: Job, served: Served, artifact: str) -> Owner:
        return Owner(
            artifact=artifact,
            first=served.terms.first,
            place=place_of(served.choice.deployment, served.model),
            generation=job.record.id,
            key=job.record.key,
            test=job.record.test,
            now=int(self.clock.now()),
            retention=_kept_for(job.ask.request, self.retention),
            once=not job.ask.request.store,
        )


_UNHAD = "The vendor made pictures, but none of them could be had."


def _landed(picture: Picture) -> Landed:
    source = picture.source
    link, spool, few = (source, None, None) if isinstance(source, str) else (None, *_lying(source))
    return Landed(
        id=new_id("img"),
        index=picture.index,
        link=link,
        spool=spool,
        bytes=few,
        revised_prompt=picture.revised_prompt,
        opaque=picture.opaque,
        layer=picture.layer,
    )


def _lying(blob: Blob) -> tuple[str | None, str | None]:
    """The spool file's name, or the bytes themselves where they are few and in memory."""
    if blob.path is not None:
        return blob.path.name, None
    return None, b64encode(blob.read()).decode() if blob.size <= LONGEST_KEPT else None


def _kept_for(request: GenerationRequest, retention: int) -> int:
    """Seconds; a picture that is not to be stored outlives its link in no case, fetched or not."""
    return retention if request.store else request.link_ttl or UNFETCHED


def _surplus(count: int) -> Iterable[RequestWarning]:
    if count > 0:
        message = (
            f"The vendor sent {count} more pictures than were asked; they were dropped, and may have been charged."
        )
        yield RequestWarning(code="pictures_dropped", message=message, param="n", stage="result")


def faults_of(outcome: Outcome, terms: Terms, deployment: Deployment) -> Iterable[Failure]:
    """Every place without a picture: by its own fault, else by that of the whole call, else as not given."""
    named = {fault.index: fault for fault in outcome.faults if fault.index is not None}
    whole = next((fault for fault in outcome.faults if fault.index is None), None)
    came = {picture.index for picture in outcome.pictures}
    for place in _places(terms, {*named, *came}, sorted(named), whole is not None):
        if place not in came:
            fault = named.get(place) or whole or _not_given(terms, outcome)
            yield Failure(index=terms.first + place, error=resilience.error_for(fault, deployment))


def _places(terms: Terms, spoken: set[int], failed: list[int], cut: bool) -> Iterable[int]:
    """A series may rightly be shorter than its bound: only what went wrong in it is told."""
    if not terms.varies:
        return range(terms.n)
    return [*failed, max(spoken, default=-1) + 1] if cut or not spoken else failed


def _not_given(terms: Terms, outcome: Outcome) -> Fault:
    message = f"The vendor gave {len(outcome.pictures)} of the {terms.n} pictures asked of it."
    return Fault(kind=FaultKind.NO_IMAGE, message=message)


def _cost(served: Served, outcome: Outcome, images: list[ResultImage]) -> Cost:
    delivered = [Pixels(width=image.artifact.width, height=image.artifact.height) for image in images]
    if served.terms.unpriced or not images:
        return Cost(basis="unknown")
    choice = served.choice
    return metering.price(choice.card, choice.deployment, outcome.usage, delivered, served.terms.references)


def nothing(choice: Choice, terms: Terms, error: OneBrushError) -> Taken:
    """The places of a slot for which nothing was bought, or of which nothing is known, each failed with the error."""
    places = range(terms.first, terms.first + terms.n)
    failures = tuple(Failure(index=place, error=error) for place in places)
    return Taken(choice=choice, outcome=Outcome(), failures=failures)


def with_warnings(taken: Taken, warnings: tuple[RequestWarning, ...]) -> Taken:
    """The same, with more to tell of it."""
    return replace(taken, warnings=(*warnings, *taken.warnings))
