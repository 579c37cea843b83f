"""Answers taken in: each picture in its place, checked, finished, stored; what did not come is told with its reason."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Drawing

from onebrush.domain.errors import FaultKind, StorageUnavailable
from onebrush.domain.event import Done, Event, Picture, Usage
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.ledger import LedgerState
from onebrush.domain.model import Capability, FieldRule, Treatment
from onebrush.domain.money import UsageRecord
from onebrush.domain.webhook import Webhook
from onebrush.engine.identity import Identity
from onebrush.engine.keeping import read_reply
from onebrush.engine.ports import Change, FinishGeneration, KeepReply
from onebrush.kit.blobs import Blob, Scope, Spool
from tests.engine.benches import CENTS, FINAL, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import LIVE_KEY, NOON, SPOOL, a_card, a_deployment, a_request, fault, painted

pytestmark = pytest.mark.anyio

LINK = "https://pictures.example/one.png"


async def test_faults_of_single_pictures_of_a_call_keep_their_places(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=4))
    reply: list[Event] = [
        Picture(source=SPOOL.from_bytes(picture_bytes), index=0),
        fault(FaultKind.CONTENT_BLOCKED, index=1),
        Picture(source=SPOOL.from_bytes(picture_bytes), index=2),
        Done(),
    ]

    result = await a_bench(reply, cards=(card,)).generate(a_request(n=4))

    assert indexes(result) == ([0, 2], [1, 3])
    assert codes(result) == ["moderation_blocked", "no_image"]


async def test_an_answer_cut_after_some_pictures_fails_only_the_places_that_did_not_come(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=3))
    reply: list[Event] = [
        Picture(source=SPOOL.from_bytes(picture_bytes), index=0),
        fault(FaultKind.OUTCOME_UNKNOWN, "cut"),
    ]

    result = await a_bench(reply, cards=(card,)).generate(a_request(n=3))

    assert indexes(result) == ([0], [1, 2])
    assert {failure.error.code for failure in result.failures} == {"provider_error"}


async def test_a_series_may_be_shorter_than_its_bound_and_never_longer(picture_bytes: bytes) -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule(), "max_images": FieldRule()})
    fields = {"sequential_image_generation": "auto", "max_images": 3}

    short = await a_bench(painted(picture_bytes, 2), cards=(card,)).generate(a_request(fields=fields))
    long = await a_bench(painted(picture_bytes, 5), cards=(card,)).generate(a_request(fields=fields))

    assert indexes(short) == ([0, 1], [])
    assert indexes(long) == ([0, 1, 2], [])


async def test_an_empty_series_is_told_as_no_image() -> None:
    card = a_card(fields={"sequential_image_generation": FieldRule()})

    result = await a_bench([Done()], cards=(card,)).refusal(fields={"sequential_image_generation": "auto"})

    assert codes(result) == ["no_image"]


async def test_bytes_that_are_no_picture_are_never_stored() -> None:
    bench = a_bench(painted(b"<html>not a picture</html>"))

    result = await bench.refusal()

    assert [(failure.index, failure.error.code) for failure in result.failures] == [(0, "provider_error")]
    assert bench.objects.files == {}


async def test_a_picture_cut_short_is_never_stored(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes[:-20]))

    await bench.refusal()

    assert bench.objects.files == {}


async def test_a_type_asked_for_and_not_given_is_converted_and_told_at_the_result(picture_bytes: bytes) -> None:
    card = a_card(fields={"output_format": FieldRule(treatment=Treatment.EMULATED)})
    bench = a_bench(
        painted(picture_bytes, 2), cards=(a_card(fields=card.fields, capability=Capability(native_count=2)),)
    )

    result = await bench.generate(a_request(n=2, fields={"output_format": "jpeg"}))

    (stored, _) = bench.objects.files.values()
    assert Drawing.open(io.BytesIO(stored)).format == "JPEG"
    assert [image.artifact.media_type for image in result.images] == ["image/jpeg"] * 2
    warnings = [warning for warning in result.warnings if warning.code == "converted"]
    assert [(warning.stage, warning.param, warning.asked) for warning in warnings] == [
        ("result", "output_format", "image/jpeg")
    ]


async def test_a_type_that_came_as_asked_or_was_not_asked_stays_byte_for_byte(picture_bytes: bytes) -> None:
    card = a_card(fields={"output_format": FieldRule(treatment=Treatment.EMULATED)})

    for fields in ({}, {"output_format": "png"}):
        bench = a_bench(painted(picture_bytes), cards=(card,))
        result = await bench.generate(a_request(fields=fields))
        assert list(bench.objects.files.values()) == [picture_bytes]
        assert result.warnings == ()


async def test_a_link_is_fetched_and_stored(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: picture_bytes}

    result = await bench.generate(a_request())

    assert result.images[0].blob.read() == picture_bytes
    assert bench.vendor.fetched == [LINK]


async def test_a_fetch_that_fails_in_passing_is_tried_again_and_nothing_is_bought_anew(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: [fault(FaultKind.UNAVAILABLE), picture_bytes]}

    result = await bench.generate(a_request())

    assert len(result.images) == 1
    assert (bench.vendor.fetched, len(bench.vendor.sent)) == ([LINK] * 2, 1)


async def test_a_fetch_that_fails_for_good_is_not_tried_again() -> None:
    bench = a_bench([Picture(source=LINK), Done()])
    bench.vendor.links = {LINK: [fault(FaultKind.BAD_RESPONSE, "its link answered with status 404")]}

    result = await bench.refusal()

    assert (bench.vendor.fetched, len(bench.vendor.sent)) == ([LINK], 1)
    assert "404" in result.failures[0].error.message


async def test_usage_of_several_calls_is_summed(picture_bytes: bytes) -> None:
    usage = Usage(record=UsageRecord(output_tokens=100, total_tokens=110))
    bench = a_bench([*painted(picture_bytes), usage])

    result = await bench.generate(a_request(n=2))

    assert result.usage == UsageRecord(output_tokens=200, total_tokens=220)


# What is written down, and what is booked


async def test_an_answer_is_durable_before_its_links_are_fetched(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=LINK, revised_prompt="a fine cat"), Done()])
    bench.vendor.links = {LINK: picture_bytes}
    replies: list[str | None] = []
    fetch = bench.vendor.fetch_result

    async def fetching(self: object, url: str, *others: object) -> Blob:
        replies.extend(attempt.reply for attempt in bench.records.attempts.values())
        return await fetch(url, *others)  # type: ignore[arg-type]  # handed through as it came

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(bench.vendor), "fetch_result", fetching)
        result = await bench.generate(a_request())

    (reply,) = replies
    (landed,) = read_reply(reply or "").pictures
    assert (landed.link, landed.revised_prompt) == (LINK, "a fine cat")
    assert landed.id == result.images[0].artifact.id


async def test_an_answer_that_could_not_be_written_down_is_delivered_all_the_same(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    commit = bench.journal.commit

    async def refusing(*changes: Change, patient: bool = False) -> None:
        if isinstance(changes[0], KeepReply):
            raise StorageUnavailable("the journal is away")
        await commit(*changes, patient=patient)

    bench.journal.commit = refusing  # type: ignore[method-assign]  # a journal that fails once
    result = await bench.generate(a_request())

    assert (indexes(result), result.images[0].stored) == (([0], []), True)
    assert_closed(bench.records)


async def test_a_small_picture_is_in_the_record_and_of_a_large_one_the_name_of_its_spool_file(
    make_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    small, large = make_picture(), make_picture(400, 400, "BMP")
    file = Scope(Spool(tmp_path, memory_budget=0)).from_bytes(large)
    name = file.path.name if file.path else ""
    reply: list[Event] = [Picture(source=SPOOL.from_bytes(small)), Picture(source=file, index=1), Done()]
    bench = a_bench(reply, cards=(a_card(capability=Capability(native_count=2)),))

    await bench.generate(a_request(n=2))

    (kept,) = [change for commit in bench.journal.committed for change in commit if isinstance(change, KeepReply)]
    one, two = read_reply(kept.reply).pictures
    assert (base64.b64decode(one.bytes or ""), one.spool) == (small, None)
    assert (two.bytes, two.spool) == (None, name)


async def test_what_was_delivered_is_settled_at_its_price_and_the_bound_was_held_before(picture_bytes: bytes) -> None:
    card = a_card(capability=Capability(native_count=3), prices=(CENTS,))
    reply: list[Event] = [*painted(picture_bytes, 2), fault(FaultKind.CONTENT_BLOCKED, index=2)]
    bench = a_bench(reply, cards=(card,))

    result = await bench.generate(a_request(n=3))

    assert bench.books == [["reserved 120", "sent 120", "settled 80"]]
    assert (indexes(result), bench.record.cost_nano) == (([0, 1], [2]), 80_000_000)
    assert_closed(bench.records)


async def test_an_unknown_price_is_held_and_settled_as_unknown(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(),))

    await bench.generate(a_request())

    assert bench.books == [["reserved ?", "sent ?", "settled ?"]]
    assert (bench.record.cost_nano, bench.record.basis) == (None, "unknown")


@pytest.mark.parametrize("data", [b"<html>not a picture</html>", b""])
async def test_made_pictures_of_which_none_can_be_used_are_unresolved_and_never_bought_again(data: bytes) -> None:
    bench = a_bench(painted(data), live={"acme": (a_deployment(id="first"), a_deployment(id="second"))})

    assert codes(await bench.refusal()) == ["provider_error"]

    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]
    assert bench.ends == ["The vendor made pictures, but none of them could be had."]
    assert bench.status is GenerationStatus.UNKNOWN
    assert_closed(bench.records)


async def test_the_ledgers_last_rows_add_up_to_what_the_record_says(picture_bytes: bytes) -> None:
    bench = a_bench(
        painted(picture_bytes), [fault(FaultKind.CONTENT_BLOCKED, status=400)], painted(picture_bytes),
        [fault(FaultKind.OUTCOME_UNKNOWN, status=500)],
    )  # fmt: skip

    result = await bench.generate(a_request(n=4))

    settled = [entry.nano or 0 for entry in bench.records.ledger if entry.state is LedgerState.SETTLED]
    assert sum(settled) == bench.record.cost_nano == 80_000_000
    assert (indexes(result), bench.status) == (([0, 2], [1, 3]), GenerationStatus.PARTIAL)
    assert {entry.generation for entry in bench.records.ledger} == {"gen_1"}
    assert all(entry.why for entry in bench.records.ledger if entry.state in FINAL)
    assert_closed(bench.records)


async def test_the_webhook_is_in_the_outbox_with_the_outcome_and_not_before(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    await bench.generate(a_request(webhook=Webhook(url="https://hooks.example/", secret="main")))

    (delivery,) = bench.records.deliveries.values()
    assert (delivery.generation, delivery.url, delivery.secret) == ("gen_1", "https://hooks.example/", "main")
    assert (delivery.created, delivery.due, delivery.tries) == (NOON, NOON, 0)
    (finished,) = bench.journal.committed[-1]
    assert isinstance(finished, FinishGeneration) and finished.delivery == delivery


@pytest.mark.parametrize("store", [True, False])
async def test_the_words_of_an_ask_are_kept_unless_it_is_not_to_be_stored(store: bool, picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    await bench.generate(a_request(store=store))

    assert (bench.record.ask is not None) is store
    (artifact,) = bench.records.artifacts.values()
    assert artifact.once is not store


@pytest.mark.parametrize("heard", [True, False])
async def test_a_picture_that_nobody_waits_for_is_stored_before_it_is_settled(
    heard: bool, picture_bytes: bytes
) -> None:
    bench = a_bench(painted(picture_bytes))
    prepared = await bench.engine.prepare(a_request(asynchronous=heard), LIVE_KEY, "gen_1", bench.scope)
    job = await bench.engine.begin(prepared, Identity(digest="body"), "http://gateway")
    job.heard = lambda: heard  # an asynchronous caller may even wait: its record is what counts
    bench.objects.fault = StorageUnavailable("the disk is full")
    working = asyncio.create_task(bench.engine.run(job, prepared))
    for _ in range(200):
        await asyncio.sleep(0)
    assert not working.done()
    bench.objects.fault = None

    result = await working

    assert [image.stored for image in result.images] == [True]
    assert len(bench.records.artifacts) == 1
