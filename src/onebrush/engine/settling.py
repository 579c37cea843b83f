"""What the slots brought -> the result a caller is given and the record that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from onebrush.domain.errors import OneBrushError
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.money import UsageRecord
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.warning import RequestWarning
from onebrush.domain.webhook import Delivery
from onebrush.engine import metering
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.job import Job
from onebrush.engine.keeping import error_text, outcome_text
from onebrush.engine.ports import FinishGeneration
from onebrush.engine.routing import Choice
from onebrush.kit.ids import new_id


def result_of(
    ask: Ask, planned: Choice, taken: Sequence[Taken], warnings: tuple[RequestWarning, ...]
) -> GenerationResult:
    """The whole outcome, pictures and failures in the order they were asked; `planned` served where nobody did."""
    images = [image for part in taken for image in part.images]
    failures = [failure for part in taken for failure in part.failures]
    said = [*warnings, *(warning for part in taken for warning in part.warnings)]
    request, served = ask.request, next((part.choice for part in taken if part.images), planned)
    return GenerationResult(
        id=ask.id,
        created=ask.created,
        model=served.card.id,
        provider=served.card.provider,
        test=served.deployment.test,
        answer_form=request.answer_form or planned.asked.capability.answer_form,
        images=tuple(sorted(images, key=_image_place)),
        failures=tuple(sorted(failures, key=_failure_place)),
        warnings=_once(said),
        usage=_usage([part.outcome.usage for part in taken if part.outcome.usage]),
        cost=metering.add(part.cost for part in taken if part.images),
        facts=_facts(taken),
        timings=ask.watch.seconds(),
        link_ttl=request.link_ttl,
        store=request.store,
    )


def _image_place(image: ResultImage) -> int:
    return image.artifact.index


def _failure_place(failure: Failure) -> int:
    return failure.index


def _once(warnings: Sequence[RequestWarning]) -> tuple[RequestWarning, ...]:
    """Pictures of one answer are changed alike: each thing is said once."""
    return tuple({(warning.code, warning.message): warning for warning in warnings}.values())


def _facts(taken: Sequence[Taken]) -> Mapping[str, str]:
    return next((part.outcome.done.facts for part in taken if part.outcome.done.facts), {})


def _usage(records: Sequence[UsageRecord]) -> UsageRecord | None:
    """The sum of what was reported; a count that no call reported stays unsaid."""
    if not records:
        return None
    total = records[0]
    for record in records[1:]:
        total = replace(total, **{name.name: _plus(total, record, name.name) for name in fields(UsageRecord)})
    return total


def _plus(one: UsageRecord, other: UsageRecord, name: str) -> int | None:
    first, second = getattr(one, name), getattr(other, name)
    return None if first is None and second is None else (first or 0) + (second or 0)


def finish(job: Job, result: GenerationResult, now: int) -> FinishGeneration:
    """The change that closes the record, with the pictures that were stored, the money and the webhook.

    What was not to be stored is forgotten with it: the ask, and pictures that nobody could keep.
    """
    money = result.cost.money
    error = decisive(result) if result.failures else None
    refused = error if not result.images else None
    record = replace(
        job.record,
        status=_status(job, result),
        model=result.model,
        provider=result.provider,
        error=error.message if error else None,
        cost_nano=money.nano if money else None,
        currency=money.currency if money else None,
        basis=result.cost.basis,
        result=outcome_text(result, refused),
    )
    return _closed(job, record, now, tuple(image.artifact for image in result.images if image.stored))


def abandon(job: Job, error: OneBrushError, now: int) -> FinishGeneration:
    """The change that closes a record whose generation broke on our side."""
    status = GenerationStatus.UNKNOWN if job.doubt else GenerationStatus.FAILED
    record = replace(job.record, status=status, error=error.message[:500], result=error_text(error))
    return _closed(job, record, now, ())


def _closed(job: Job, record: Generation, now: int, artifacts: tuple[Artifact, ...]) -> FinishGeneration:
    entries, ended = job.flush(closing=True)
    # A clock that was set back makes no outcome older than its beginning.
    kept = replace(record, finished=max(now, record.created), ask=record.ask if job.ask.request.store else None)
    return FinishGeneration(
        generation=kept, artifacts=artifacts, attempts=ended, entries=entries, delivery=_delivery(job, now)
    )


def _delivery(job: Job, now: int) -> Delivery | None:
    webhook = job.ask.request.webhook
    if webhook is None:
        return None
    return Delivery(
        id=new_id("msg"), generation=job.record.id, url=webhook.url, secret=webhook.secret, created=now, due=now
    )


def _status(job: Job, result: GenerationResult) -> GenerationStatus:
    if result.images:
        return GenerationStatus.PARTIAL if result.failures else GenerationStatus.SUCCEEDED
    if job.doubt:
        return GenerationStatus.UNKNOWN
    return GenerationStatus.CANCELED if job.stop.is_set() else GenerationStatus.FAILED


def decisive(result: GenerationResult) -> OneBrushError:
    """The error that speaks for a result without pictures: one that may be paid, else the first.

    A client that retries on another's word would buy the paid one again.
    """
    errors = [failure.error for failure in result.failures]
    return next((error for error in errors if _maybe_paid(error)), errors[0])


def _maybe_paid(error: OneBrushError) -> bool:
    if error.code in ("provider_timeout", "internal_error"):
        return True
    return error.code == "provider_error" and error.retry is False
