"""What the slots brought -> the result a caller is given and the record that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from onebrush.domain.errors import OneBrushError
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.money import UsageRecord
from onebrush.domain.result import Artifact, Failure, GenerationResult, ResultImage
from onebrush.domain.warning import RequestWarning
from onebrush.engine import metering
from onebrush.engine.ask import Ask, Taken
from onebrush.engine.ports import FinishGeneration
from onebrush.engine.routing import Choice


def result_of(
    ask: Ask, choice: Choice, taken: Sequence[Taken], warnings: tuple[RequestWarning, ...]
) -> GenerationResult:
    """The whole outcome, pictures and failures in the order they were asked."""
    images = [image for part in taken for image in part.images]
    failures = [failure for part in taken for failure in part.failures]
    said = [warning for part in taken for warning in part.warnings]
    request = ask.request
    return GenerationResult(
        id=ask.id,
        created=ask.created,
        model=choice.card.id,
        provider=choice.card.provider,
        test=choice.deployment.test,
        answer_form=request.answer_form or choice.asked.capability.answer_form,
        images=tuple(sorted(images, key=_image_place)),
        failures=tuple(sorted(failures, key=_failure_place)),
        warnings=(*warnings, *_once(said)),
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


def finish(record: Generation, taken: Sequence[Taken], result: GenerationResult, now: int) -> FinishGeneration:
    """The change that closes the record, with the pictures that were stored."""
    money = result.cost.money
    closed = replace(
        record,
        status=_status(result),
        finished=now,
        model=result.model,
        provider=result.provider,
        error=decisive(result).message if result.failures else None,
        cost_nano=money.nano if money else None,
        currency=money.currency if money else None,
        basis=result.cost.basis,
    )
    attempts = {name: ended for part in taken for name, ended in part.outcome.attempts.items()}
    return FinishGeneration(generation=closed, artifacts=_stored(result), attempts=attempts)


def _stored(result: GenerationResult) -> tuple[Artifact, ...]:
    return tuple(image.artifact for image in result.images if image.stored)


def _status(result: GenerationResult) -> GenerationStatus:
    if result.images:
        return GenerationStatus.PARTIAL if result.failures else GenerationStatus.SUCCEEDED
    unknown = any(_maybe_paid(failure.error) for failure in result.failures)
    return GenerationStatus.UNKNOWN if unknown else GenerationStatus.FAILED


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


def abandon(record: Generation, error: BaseException, now: int) -> FinishGeneration:
    """The record of a generation that ended outside its slots: refused anew, or broken on our side."""
    refused = isinstance(error, OneBrushError) and not _maybe_paid(error)
    status = GenerationStatus.FAILED if refused else GenerationStatus.UNKNOWN
    closed = replace(record, status=status, finished=now, error=str(error)[:500])
    return FinishGeneration(generation=closed, artifacts=(), attempts={})
