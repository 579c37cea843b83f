"""What a killed process leaves is taken up where its record ends: nothing lost, nothing bought twice, books closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onebrush.domain.deployment import Route
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Pending, Picture
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.domain.model import Capability, FieldRule
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import GenerationResult
from onebrush.engine.generate import Refused
from onebrush.engine.ports import BeginGeneration, Change, FinishGeneration, KeepReply, KeepTask, MarkSent
from onebrush.engine.recovery import CUT_OFF, NEVER_SENT
from onebrush.kit.blobs import Scope, Spool
from onebrush.storage.memory import MemoryReads
from tests.engine.benches import CENTS, Bench, Killed, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import Fate, a_card, a_deployment, a_request, fault, painted

pytestmark = pytest.mark.anyio

LINK = "https://pictures.example/one.png"
LINKED: list[Event] = [Picture(source=LINK), Done()]
PENDING: list[Event] = [Pending(task="task-1")]
AWAY = [fault(FaultKind.UNAVAILABLE, "away", sent=False)]
TASK: dict[str, Any] = {
    "cards": (a_card(capability=Capability(task="prompt"), prices=(CENTS,)),),
    "live": {"acme": (a_deployment(mode="task"),)},
}
NARROW: dict[str, Any] = {"live": {"acme": (a_deployment(concurrency=1),)}}
FINISHED = ["reserved 40", "sent 40", "settled 40"]
LOST = ["reserved 40", "sent 40", "unresolved 40"]
REFUSED = ["reserved 40", "sent 40", "released 40"]
UNSENT = ["reserved 40", "released 40"]

both = pytest.mark.parametrize("later", [False, True], ids=["synchronous", "asynchronous"])


async def killed(bench: Bench, request: GenerationRequest, at: type[Change], *, spares: int = 0) -> Bench:
    """The process, dead just after its change of kind `at` was durable."""
    bench.journal.dies_at, bench.journal.spares = at, spares
    with pytest.raises(Killed):
        await bench.generate(request)
    return bench


def another(former: Bench, *fates: Fate, **changes: Any) -> Bench:
    """A process that shares the stores."""
    return a_bench(*fates, stores=former.stores, process="proc_2", **changes)


async def left_of(bench: Bench, owner: str = "proc_1") -> list[Generation]:
    return await MemoryReads(bench.records).owned([owner])


async def resumed(bench: Bench) -> GenerationResult:
    """What comes of the generation that the first process left; refused or not."""
    (generation,) = await left_of(bench)
    job = await bench.recovery.claim(generation)
    try:
        return await bench.recovery.run(job)
    except Refused as refused:
        return refused.result
    finally:
        assert_closed(bench.records)


# Begun


async def test_what_was_only_begun_is_bought_for_an_asynchronous_generation(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), a_request(n=2, asynchronous=True), BeginGeneration)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    assert (indexes(result), second.status) == (([0, 1], []), GenerationStatus.SUCCEEDED)
    assert (len(first.vendor.bought), len(second.vendor.bought)) == (0, 2)
    assert second.books == [UNSENT, UNSENT, FINISHED, FINISHED]
    assert second.record.owner == "proc_2"


async def test_what_was_only_begun_is_not_bought_for_a_caller_who_is_gone(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), a_request(n=2), BeginGeneration)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    error = result.failures[0].error
    assert (error.code, error.message, error.retry) == ("provider_unavailable", NEVER_SENT, None)
    assert (second.vendor.bought, second.status) == ([], GenerationStatus.FAILED)
    assert second.books == [UNSENT, UNSENT]
    assert second.record.dropped


# Sent


@both
async def test_what_was_sent_without_an_answer_is_unknown_and_never_sent_again(
    later: bool, picture_bytes: bytes
) -> None:
    first = await killed(a_bench(), a_request(asynchronous=later), MarkSent)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    error = result.failures[0].error
    assert (error.code, error.message, error.retry) == ("provider_error", CUT_OFF, False)
    assert (second.vendor.bought, second.status) == ([], GenerationStatus.UNKNOWN)
    assert (second.books, second.ends) == ([LOST], [CUT_OFF])


@both
async def test_of_several_places_only_those_never_sent_are_bought(later: bool, picture_bytes: bytes) -> None:
    first = await killed(a_bench(**NARROW), a_request(n=3, asynchronous=later), MarkSent)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    assert len(second.vendor.bought) == (2 if later else 0)
    assert indexes(result) == (([1, 2], [0]) if later else ([], [0, 1, 2]))
    assert second.status == (GenerationStatus.PARTIAL if later else GenerationStatus.UNKNOWN)
    assert sorted(second.books) == sorted([LOST, UNSENT, UNSENT, *[FINISHED, FINISHED] * later])


async def test_a_place_whose_first_call_was_refused_and_whose_second_one_was_sent_is_unknown(
    picture_bytes: bytes,
) -> None:
    first = await killed(a_bench(AWAY), a_request(asynchronous=True), MarkSent, spares=1)
    second = another(first, painted(picture_bytes))

    await resumed(second)

    assert (second.vendor.bought, second.status) == ([], GenerationStatus.UNKNOWN)
    assert second.books == [REFUSED, LOST]
    assert second.ends == ["unavailable: away", CUT_OFF]


@both
async def test_a_picture_of_one_place_is_not_forgotten_by_another_place_that_is_tried_again(
    later: bool, picture_bytes: bytes
) -> None:
    dying = a_bench(painted(picture_bytes), AWAY, painted(picture_bytes))
    first = await killed(dying, a_request(n=2, asynchronous=later), MarkSent, spares=2)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    assert (indexes(result), second.vendor.bought) == (([0], [1]), [])
    assert sorted(second.books) == sorted([FINISHED, REFUSED, LOST])


async def test_a_place_that_may_be_paid_is_not_bought_again_though_another_was_tried_again(
    picture_bytes: bytes,
) -> None:
    dying = a_bench([fault(FaultKind.OUTCOME_UNKNOWN, status=500)], AWAY)
    first = await killed(dying, a_request(n=2, asynchronous=True), MarkSent, spares=2)
    second = another(first, painted(picture_bytes))

    await resumed(second)

    assert (second.vendor.bought, second.status) == ([], GenerationStatus.UNKNOWN)
    assert sorted(second.books) == sorted([LOST, REFUSED, LOST])


async def test_places_that_another_model_was_asked_for_in_part_are_bought_for_the_rest_alone(
    picture_bytes: bytes,
) -> None:
    four = a_card(capability=Capability(native_count=4), prices=(CENTS,), fields={"seed": FieldRule()})
    house: dict[str, Any] = {
        "cards": (four, a_card("spare", prices=(CENTS,), fields={"seed": FieldRule()})),
        "routes": {"painter": Route(fallback=("spare",))},
    }
    limited = [fault(FaultKind.RATE_LIMITED, status=429, retry_after=600)]
    asked = a_request(n=4, asynchronous=True, fields={"seed": 7})
    first = await killed(a_bench(limited, painted(picture_bytes), **house), asked, MarkSent, spares=2)
    second = another(first, lambda request: painted(picture_bytes, request.n), **house)

    result = await resumed(second)

    calls = [(call.model, call.n, call.fields["seed"]) for call in second.vendor.bought]
    assert calls == [("painter", 2, 9)]
    assert sorted([*indexes(result)[0], *indexes(result)[1]]) == [0, 1, 2, 3]
    assert {2, 3} <= set(indexes(result)[0])


# Taken as a task


@both
async def test_a_task_is_asked_about_and_not_made_again(later: bool, picture_bytes: bytes) -> None:
    first = await killed(a_bench(PENDING, **TASK), a_request(asynchronous=later), KeepTask)
    second = another(first, PENDING, painted(picture_bytes), **TASK)

    result = await resumed(second)

    assert (indexes(result), second.status) == (([0], []), GenerationStatus.SUCCEEDED)
    assert (second.vendor.bought, second.vendor.polled) == ([], ["task-1"] * 2)
    assert second.books == [FINISHED]


async def test_a_task_whose_deployment_is_configured_no_more_is_unknown(picture_bytes: bytes) -> None:
    first = await killed(a_bench(PENDING, **TASK), a_request(asynchronous=True), KeepTask)
    elsewhere: dict[str, Any] = {**TASK, "live": {"acme": (a_deployment(id="other", mode="task"),)}}
    second = another(first, painted(picture_bytes), **elsewhere)

    result = await resumed(second)

    assert (codes(result), second.status) == (["provider_error"], GenerationStatus.UNKNOWN)
    assert (second.vendor.sent, second.books) == ([], [LOST])


@both
async def test_a_task_canceled_meanwhile_is_taken_back(later: bool) -> None:
    first = await killed(a_bench(PENDING, **TASK), a_request(asynchronous=later), KeepTask)
    second = another(first, PENDING, **TASK)
    second.vendor.takes_back = True
    (generation,) = await left_of(second)
    await second.desk.cancel(generation)

    result = await resumed(second)

    assert (codes(result), second.status) == (["generation_canceled"], GenerationStatus.CANCELED)
    assert (second.vendor.canceled, second.books) == (["task-1"], [REFUSED])


async def test_a_task_that_is_taken_back_takes_no_other_place_along(picture_bytes: bytes) -> None:
    dying = a_bench(PENDING, painted(picture_bytes), **TASK)
    first = await killed(dying, a_request(n=2, asynchronous=True), KeepReply)
    second = another(first, PENDING, **TASK)
    second.vendor.takes_back = True
    (generation,) = await left_of(second)
    await second.desk.cancel(generation)

    result = await resumed(second)

    assert (indexes(result), codes(result)) == (([1], [0]), ["generation_canceled"])
    assert sorted(second.books) == sorted([REFUSED, FINISHED])


# Answered


@both
async def test_pictures_behind_links_are_fetched(later: bool, picture_bytes: bytes) -> None:
    first = await killed(a_bench(LINKED), a_request(asynchronous=later), KeepReply)
    second = another(first)
    second.vendor.links = {LINK: picture_bytes}

    result = await resumed(second)

    assert (indexes(result), result.images[0].blob.read()) == (([0], []), picture_bytes)
    assert (second.vendor.fetched, second.vendor.bought) == ([LINK], [])
    assert (second.status, second.books) == (GenerationStatus.SUCCEEDED, [FINISHED])


@both
async def test_small_pictures_are_in_the_record(later: bool, picture_bytes: bytes) -> None:
    first = await killed(a_bench(painted(picture_bytes)), a_request(asynchronous=later), KeepReply)
    second = another(first)

    result = await resumed(second)

    assert (indexes(result), result.images[0].blob.read()) == (([0], []), picture_bytes)
    assert (second.vendor.sent, second.books) == ([], [FINISHED])


@both
async def test_large_pictures_are_in_the_spool(later: bool, make_picture: Callable[..., bytes], tmp_path: Path) -> None:
    data = make_picture(400, 400, "BMP")
    file = Scope(Spool(tmp_path, memory_budget=0)).from_bytes(data)
    first = await killed(a_bench([Picture(source=file), Done()]), a_request(asynchronous=later), KeepReply)
    assert file.path is not None
    first.objects.spool_files = {file.path.name: data}
    second = another(first)

    result = await resumed(second)

    assert (indexes(result), second.books) == (([0], []), [FINISHED])
    assert list(second.objects.files.values()) == [data]


@both
async def test_pictures_that_were_in_memory_alone_are_paid_and_gone(
    later: bool, make_picture: Callable[..., bytes], picture_bytes: bytes
) -> None:
    dying = a_bench(painted(make_picture(400, 400, "BMP")))
    first = await killed(dying, a_request(asynchronous=later), KeepReply)
    second = another(first, painted(picture_bytes))

    result = await resumed(second)

    assert (indexes(result), second.status) == (([], [0]), GenerationStatus.UNKNOWN)
    assert result.failures[0].error.retry is False
    assert (second.vendor.bought, second.books) == ([], [LOST])


@both
async def test_pictures_that_are_stored_already_are_taken_as_they_are(later: bool, picture_bytes: bytes) -> None:
    dying = a_bench(LINKED)
    dying.vendor.links = {LINK: picture_bytes}
    dying.journal.written = False
    first = await killed(dying, a_request(asynchronous=later), FinishGeneration)
    stored = dict(first.objects.files)
    second = another(first)

    result = await resumed(second)

    assert (second.vendor.fetched, second.vendor.bought) == ([], [])
    assert second.objects.files == stored
    assert [image.artifact.location for image in result.images] == list(stored)
    assert (second.status, second.books) == (GenerationStatus.SUCCEEDED, [FINISHED])


async def test_what_was_finished_is_left_to_nobody(picture_bytes: bytes) -> None:
    first = await killed(a_bench(painted(picture_bytes)), a_request(), FinishGeneration)

    assert await left_of(first) == []
    assert_closed(first.records)


async def test_places_in_different_states_go_each_their_own_way(picture_bytes: bytes) -> None:
    dying = a_bench(LINKED, **NARROW)
    first = await killed(dying, a_request(n=3, asynchronous=True), MarkSent, spares=1)
    second = another(first, painted(picture_bytes))
    second.vendor.links = {LINK: picture_bytes}

    result = await resumed(second)

    assert indexes(result) == ([0, 2], [1])
    assert (second.vendor.fetched, len(second.vendor.bought)) == ([LINK], 1)
    assert sorted(second.books) == sorted([FINISHED, LOST, UNSENT, FINISHED])
