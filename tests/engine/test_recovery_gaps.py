"""Taking up where something is missing: an ask, its pictures, a model, a deployment, a mask; and who is quicker."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import ModelNotFound, StorageUnavailable
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.model import Capability, FieldRule, Treatment
from onebrush.domain.webhook import Webhook
from onebrush.engine.generate import Engine
from onebrush.engine.keeping import read_outcome
from onebrush.engine.ports import BeginGeneration, ClaimGeneration, KeepReply, LeaseLost, MarkSent
from onebrush.engine.recovery import CUT_OFF, NEVER_SENT
from onebrush.storage.memory import MemoryReads
from tests.engine.benches import CENTS, Bench, Killed, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import SPOOL, a_card, a_deployment, a_request, by_code, painted, picture, user
from tests.engine.test_recovery import FINISHED, LOST, UNSENT, another, killed, left_of, resumed

pytestmark = pytest.mark.anyio

EDITS: dict[str, Any] = {"cards": (a_card(capability=Capability(max_references=2), prices=(CENTS,)),)}


def an_edit(make_picture: Callable[..., bytes], *, masked: bool = False, **changes: Any) -> Any:
    image = picture("image", SPOOL.from_bytes(make_picture(64, 48)))
    mask = picture("mask", SPOOL.from_bytes(make_picture(64, 48, mode="L"))) if masked else None
    return a_request(user(image, "a hat"), mask=mask, **changes)


def change(bench: Bench, **values: Any) -> None:
    """The record as somebody else left it."""
    bench.records.generations["gen_1"] = replace(bench.record, **values)


async def given_up(bench: Bench) -> None:
    """Taken up by the desk, which finds that it cannot be gone on with."""
    (generation,) = await left_of(bench)
    await bench.desk.adopt(generation)
    assert bench.desk.tasks == set()
    assert_closed(bench.records)


# The ask


@pytest.mark.parametrize("ask", [None, "", "{", '{"turns": 3}'])
async def test_an_ask_that_cannot_be_read_ends_as_unknown_where_a_call_was_sent(ask: str | None) -> None:
    second = another(await killed(a_bench(), a_request(asynchronous=True), MarkSent))
    change(second, ask=ask)

    await given_up(second)

    assert (second.status, second.record.error, second.books) == (GenerationStatus.UNKNOWN, CUT_OFF, [LOST])
    error = read_outcome(second.record.result or "").error
    assert error is not None and (error.code, error.retry) == ("provider_error", False)
    assert second.ends == [CUT_OFF]


async def test_an_ask_that_cannot_be_read_fails_where_nothing_was_sent() -> None:
    second = another(await killed(a_bench(), a_request(asynchronous=True), BeginGeneration))
    change(second, ask="{")

    await given_up(second)

    assert (second.status, second.record.error, second.books) == (GenerationStatus.FAILED, NEVER_SENT, [UNSENT])


async def test_a_record_of_a_version_without_a_ledger_is_unknown_where_a_call_was_sent() -> None:
    second = another(await killed(a_bench(), a_request(), MarkSent))
    second.records.ledger.clear()
    change(second, ask=None, owner="")
    (generation,) = await left_of(second, "")

    await second.desk.adopt(generation)

    assert (second.status, second.ends) == (GenerationStatus.UNKNOWN, [CUT_OFF])


async def test_what_another_process_took_meanwhile_is_not_given_up() -> None:
    second = another(await killed(a_bench(), a_request(), MarkSent))
    change(second, ask=None)
    (generation,) = await left_of(second)
    await second.journal.commit(ClaimGeneration(generation="gen_1", owner="proc_3", former="proc_1"))

    await second.desk.adopt(generation)

    assert (second.record.owner, second.record.finished) == ("proc_3", None)


# The caller's pictures


async def test_pictures_given_with_an_asynchronous_ask_outlive_the_process(
    make_picture: Callable[..., bytes],
) -> None:
    ask = an_edit(make_picture, asynchronous=True)
    second = another(await killed(a_bench(**EDITS), ask, BeginGeneration), painted(make_picture()), **EDITS)

    assert indexes(await resumed(second)) == ([0], [])

    (call,) = second.vendor.bought
    assert [image.blob.read() for image in call.references] == [make_picture(64, 48)]
    assert (call.references[0].width, call.references[0].media_type) == (64, "image/png")
    assert second.stores.inputs.files == {}


async def test_where_the_pictures_given_are_gone_nothing_is_bought_and_that_is_told(
    make_picture: Callable[..., bytes],
) -> None:
    ask = an_edit(make_picture, asynchronous=True)
    second = another(await killed(a_bench(**EDITS), ask, BeginGeneration), painted(make_picture()), **EDITS)
    second.stores.inputs.files.clear()

    result = await resumed(second)

    assert codes(result) == ["provider_unavailable"]
    assert "pictures given" in result.failures[0].error.message
    assert (second.vendor.bought, second.books) == ([], [UNSENT])


async def test_the_pictures_given_with_a_synchronous_ask_are_not_kept(make_picture: Callable[..., bytes]) -> None:
    bench = a_bench(painted(make_picture()), **EDITS)
    await bench.begin(an_edit(make_picture))

    assert bench.stores.inputs.files == {}


async def test_pictures_of_an_ask_that_could_not_be_begun_are_dropped(make_picture: Callable[..., bytes]) -> None:
    bench = a_bench(**EDITS)
    bench.journal.fault = StorageUnavailable("the journal is away")

    with pytest.raises(StorageUnavailable):
        await bench.generate(an_edit(make_picture, asynchronous=True))

    assert (bench.stores.inputs.files, bench.records.generations) == ({}, {})


# The mask


async def test_a_mask_that_is_gone_with_the_process_is_told(make_picture: Callable[..., bytes]) -> None:
    data = make_picture(64, 48)
    second = another(await killed(a_bench(painted(data), **EDITS), an_edit(make_picture, masked=True), KeepReply))

    result = await resumed(second)

    warning = by_code(result.warnings)["not_converted"]
    assert (warning.param, warning.stage) == ("mask", "result")
    assert result.images[0].blob.read() == data


async def test_a_mask_given_with_an_asynchronous_ask_is_laid_over_the_picture_all_the_same(
    make_picture: Callable[..., bytes],
) -> None:
    made = Drawing.new("RGB", (64, 48), "red")
    file = io.BytesIO()
    made.save(file, "PNG")
    ask = an_edit(make_picture, masked=True, asynchronous=True)
    undisturbed = await a_bench(painted(file.getvalue()), **EDITS).generate(ask)
    second = another(await killed(a_bench(painted(file.getvalue()), **EDITS), ask, KeepReply), **EDITS)

    result = await resumed(second)

    assert result.images[0].blob.read() == undisturbed.images[0].blob.read() != file.getvalue()
    assert result.warnings == undisturbed.warnings


async def test_the_work_on_a_picture_is_done_whoever_does_it(make_picture: Callable[..., bytes]) -> None:
    cards = (a_card(fields={"output_format": FieldRule(treatment=Treatment.EMULATED)}, prices=(CENTS,)),)
    ask = a_request(fields={"output_format": "webp"})
    second = another(await killed(a_bench(painted(make_picture()), cards=cards), ask, KeepReply), cards=cards)

    (image,) = (await resumed(second)).images

    assert image.artifact.media_type == "image/webp"


# Models and deployments


async def test_an_answer_of_a_deployment_that_is_configured_no_more_is_taken_in(picture_bytes: bytes) -> None:
    first = await killed(a_bench(painted(picture_bytes)), a_request(), KeepReply)
    second = another(first, live={"acme": (a_deployment(id="other"),)})

    assert indexes(await resumed(second)) == ([0], [])
    assert second.books == [FINISHED]


@pytest.mark.parametrize("later", [False, True])
async def test_an_answer_of_a_model_that_is_in_the_catalogue_no_more_is_taken_in(
    later: bool, picture_bytes: bytes
) -> None:
    first = await killed(a_bench(painted(picture_bytes)), a_request(asynchronous=later), KeepReply)
    second = another(first, cards=(a_card("other"),))

    result = await resumed(second)

    assert (indexes(result), result.model) == (([0], []), "painter")
    assert second.status is GenerationStatus.SUCCEEDED
    assert second.books == [["reserved 40", "sent 40", "settled ?"]]


@pytest.mark.parametrize("later", [False, True])
async def test_what_was_begun_for_a_model_that_is_in_the_catalogue_no_more_is_told(later: bool) -> None:
    second = another(await killed(a_bench(), a_request(asynchronous=later), BeginGeneration), cards=(a_card("other"),))

    result = await resumed(second)

    assert codes(result) == [ModelNotFound.code if later else "provider_unavailable"]
    assert (second.status, second.books) == (GenerationStatus.FAILED, [UNSENT])


# Records that break


async def test_an_answer_that_cannot_be_read_takes_no_other_place_along(picture_bytes: bytes) -> None:
    narrow = {"acme": (a_deployment(concurrency=1),)}
    first = await killed(a_bench(painted(picture_bytes), live=narrow), a_request(n=2), KeepReply, spares=1)
    second = another(first)
    spoiled = next(iter(second.records.attempts))
    second.records.attempts[spoiled] = replace(second.records.attempts[spoiled], reply="[")

    result = await resumed(second)

    assert (indexes(result), codes(result)) == (([1], [0]), ["internal_error"])
    assert sorted(second.books) == sorted([LOST, FINISHED])


async def test_where_it_cannot_be_planned_anew_what_was_paid_is_delivered_all_the_same(
    picture_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = {"acme": (a_deployment(concurrency=1),)}
    ask = a_request(n=3, asynchronous=True)
    second = another(await killed(a_bench(painted(picture_bytes), live=narrow), ask, MarkSent, spares=1))

    async def breaks(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Engine, "planned", breaks)
    result = await resumed(second)

    assert (indexes(result), codes(result)) == (([0], [1, 2]), ["provider_error", "internal_error"])
    assert result.images[0].blob.read() == picture_bytes
    assert [row.index for row in second.records.artifacts.values()] == [0]
    assert (second.vendor.bought, second.status) == ([], GenerationStatus.PARTIAL)
    assert sorted(second.books) == sorted([FINISHED, LOST, UNSENT])


async def test_what_is_claimed_is_read_once_the_store_is_back(
    picture_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = another(await killed(a_bench(painted(picture_bytes)), a_request(), KeepReply))
    entries, asked = MemoryReads.entries, 0

    async def away_twice(self: MemoryReads, generation_id: str) -> list[LedgerEntry]:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise StorageUnavailable("the database is locked")
        return await entries(self, generation_id)

    monkeypatch.setattr(MemoryReads, "entries", away_twice)

    assert indexes(await resumed(second)) == ([0], [])
    assert (asked, second.clock.slept[-2:]) == (3, [1.0, 1.0])


async def test_a_claim_that_could_not_be_written_leaves_it_to_the_next_look(picture_bytes: bytes) -> None:
    second = another(await killed(a_bench(), a_request(asynchronous=True), BeginGeneration), painted(picture_bytes))
    (generation,) = await left_of(second)
    second.journal.fault = StorageUnavailable("the database is locked")
    with pytest.raises(StorageUnavailable):
        await second.desk.adopt(generation)
    assert (second.record.owner, second.desk.roster.entries) == ("proc_1", {})
    second.journal.fault = None

    await second.desk.adopt(generation)
    await second.desk.drain(600.0)

    assert (second.status, len(second.vendor.bought)) == (GenerationStatus.SUCCEEDED, 1)


# The end


async def test_whoever_finishes_it_tells_the_webhook_and_forgets_what_was_not_to_be_stored(
    picture_bytes: bytes,
) -> None:
    ask = a_request(asynchronous=True, store=False, webhook=Webhook(url="https://hooks.example/", secret="main"))
    second = another(await killed(a_bench(), ask, BeginGeneration), painted(picture_bytes))

    await resumed(second)

    (delivery,) = second.records.deliveries.values()
    assert (delivery.generation, delivery.url) == ("gen_1", "https://hooks.example/")
    assert second.record.ask is None
    assert [row.once for row in second.records.artifacts.values()] == [True]


async def test_a_generation_canceled_before_its_first_call_is_not_bought_by_another_process() -> None:
    second = another(await killed(a_bench(), a_request(asynchronous=True), BeginGeneration))
    (generation,) = await left_of(second)
    await second.desk.cancel(generation)

    result = await resumed(second)

    assert (codes(result), second.status) == (["generation_canceled"], GenerationStatus.CANCELED)
    assert (second.vendor.bought, second.books) == ([], [UNSENT])


async def test_of_two_processes_that_look_at_once_one_takes_it_up(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), a_request(asynchronous=True), BeginGeneration)
    others = [a_bench(painted(picture_bytes), stores=first.stores, process=f"proc_{number}") for number in (2, 3)]
    (generation,) = await left_of(first)

    await others[0].recovery.claim(generation)
    with pytest.raises(LeaseLost):
        await others[1].recovery.claim(generation)

    assert first.record.owner == "proc_2"


async def test_a_generation_taken_up_dies_again_and_is_taken_up_again(picture_bytes: bytes) -> None:
    first = await killed(a_bench(), a_request(n=2, asynchronous=True), BeginGeneration)
    second = another(first, painted(picture_bytes), live={"acme": (a_deployment(concurrency=1),)})
    second.journal.dies_at = KeepReply
    (generation,) = await left_of(second)
    with pytest.raises(Killed):
        await second.recovery.run(await second.recovery.claim(generation))
    third = a_bench(painted(picture_bytes), stores=first.stores, process="proc_3")
    (generation,) = await left_of(third, "proc_2")

    result = await third.recovery.run(await third.recovery.claim(generation))

    assert indexes(result) == ([0, 1], [])
    assert (len(second.vendor.bought), len(third.vendor.bought)) == (1, 1)
    assert_closed(third.records)
