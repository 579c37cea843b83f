"""Records read: one with all that belongs to it and nothing of another key's, its outcome, its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onebrush.domain.errors import FaultKind, OneBrushError
from onebrush.domain.ledger import LedgerState
from onebrush.domain.webhook import Webhook
from onebrush.engine.archive import Dossier
from onebrush.engine.generate import Refused
from onebrush.engine.ports import BeginGeneration, Wanted
from onebrush.kit.blobs import Scope
from onebrush.storage.errors import ChangeRefused
from tests.engine.benches import Bench, a_bench, codes, indexes
from tests.engine.doubles import SPOOL, a_request, fault, painted
from tests.engine.test_recovery import killed

pytestmark = pytest.mark.anyio


async def opened(bench: Bench, scope: Scope | None = None) -> Dossier:
    dossier = await bench.archive.dossier("gen_1", "key_live", scope)
    assert dossier is not None
    return dossier


async def test_a_record_is_shown_with_all_that_belongs_to_it(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.UNAVAILABLE, "away", sent=False)], painted(picture_bytes, revised_prompt="a cat"))
    asked = a_request(webhook=Webhook(url="https://hooks.example/", secret="main"), fields={"user": "me"})
    made = await bench.generate(asked)

    with Scope(SPOOL) as scope:
        dossier = await opened(bench, scope)

        assert dossier.generation == bench.record
        assert [attempt.ended for attempt in dossier.attempts] == ["unavailable: away", "1 picture came."]
        assert [entry.state for entry in dossier.entries][-1] is LedgerState.SETTLED
        assert (dossier.request, dossier.error) == (asked, None)
        assert dossier.delivery is not None and dossier.delivery.url == "https://hooks.example/"
        assert dossier.result is not None
        assert replace(dossier.result, images=()) == replace(made, images=())
        (image,) = dossier.result.images
        assert (image.artifact, image.revised_prompt) == (made.images[0].artifact, "a cat")
        assert image.blob.read() == picture_bytes


async def test_without_a_scope_pictures_have_their_size_and_no_bytes(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request())
    bench.objects.files.clear()

    dossier = await opened(bench)

    assert dossier.result is not None
    assert [(image.blob.size, image.blob.is_absent) for image in dossier.result.images] == [(len(picture_bytes), True)]


@pytest.mark.parametrize(("name", "key"), [("gen_1", "key_test"), ("gen_2", "key_live"), ("gen_1", "")])
async def test_a_record_of_another_key_is_none(name: str, key: str, picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request())

    assert await bench.archive.dossier(name, key, None) is None


async def test_what_is_not_over_has_no_outcome() -> None:
    bench = await killed(a_bench(), a_request(), BeginGeneration)

    dossier = await opened(bench)

    assert (dossier.result, dossier.error, dossier.attempts) == (None, None, ())
    assert dossier.request == a_request()


async def test_a_failure_is_shown_as_it_was_told() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, "busy", status=429, code="slow", retry_after=30)])
    with pytest.raises(Refused) as refused:
        await bench.generate(a_request())

    dossier = await opened(bench)

    assert dossier.error is not None and dossier.result is not None
    told = refused.value.error
    for error in (dossier.error, dossier.result.failures[0].error):
        assert (type(error), error.message, error.retry_after) == (type(told), told.message, 30)
        assert error.vendor == told.vendor


async def test_words_that_were_not_to_be_stored_are_gone_and_the_pictures_are_there(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request(store=False))

    dossier = await opened(bench)

    assert dossier.request is None
    assert dossier.result is not None and indexes(dossier.result) == ([0], [])


async def test_pictures_that_are_gone_are_left_out_and_the_others_shown(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), painted(picture_bytes), [fault(FaultKind.CONTENT_BLOCKED, status=400)])
    made = await bench.generate(a_request(n=3))
    del bench.objects.files[made.images[0].artifact.location]

    with Scope(SPOOL) as scope:
        dossier = await opened(bench, scope)

    assert dossier.result is not None
    assert (indexes(dossier.result), codes(dossier.result)) == (([1], [2]), ["moderation_blocked"])


async def test_rows_that_are_gone_are_pictures_that_are_gone(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request())
    bench.records.artifacts.clear()

    dossier = await opened(bench)

    assert dossier.result is not None and dossier.result.images == ()


@pytest.mark.parametrize("kept", [None, "", "{", '{"images": 3}'])
async def test_an_outcome_that_cannot_be_read_is_told_and_breaks_nothing(
    kept: str | None, picture_bytes: bytes
) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request())
    bench.records.generations["gen_1"] = replace(bench.record, result=kept, ask="{")

    dossier = await opened(bench)

    assert (dossier.result, dossier.request) == (None, None)
    assert isinstance(dossier.error, OneBrushError) and dossier.error.retry is False


async def test_a_forgotten_record_takes_its_pictures_along_and_leaves_the_ledger(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    await bench.generate(a_request(n=2))

    await bench.archive.forget("gen_1")
    await bench.archive.forget("gen_1")

    assert await bench.archive.dossier("gen_1", "key_live", None) is None
    assert (bench.objects.files, bench.records.artifacts, bench.records.attempts) == ({}, {}, {})
    assert [rows[-1] for rows in bench.books] == ["settled 40"] * 2


async def test_what_is_not_over_is_not_forgotten(picture_bytes: bytes) -> None:
    bench = await killed(a_bench(painted(picture_bytes)), a_request(), BeginGeneration)
    bench.journal.dead = False

    with pytest.raises(ChangeRefused):
        await bench.archive.forget("gen_1")
    assert "gen_1" in bench.records.generations


async def test_a_list_shows_one_more_than_its_page(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))
    for number in range(3):
        await bench.run(await bench.begin(a_request(), name=f"gen_{number}"))
        bench.clock.advance(1)

    page = await bench.archive.page(Wanted(key="key_live", limit=1))

    assert [row.id for row in page] == ["gen_2", "gen_1"]
    assert await bench.archive.page(Wanted(key="key_test")) == []
