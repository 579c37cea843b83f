"""What every backend promises: records, pictures and keys come back as they were kept."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from onebrush.domain.errors import NotFound
from onebrush.domain.key import Mode
from onebrush.engine.ports import ForgetArtifacts, MarkSent
from onebrush.storage.errors import ChangeRefused
from onebrush.storage.generations import AttemptRecord
from onebrush.storage.objects import location_of
from onebrush.storage.sweep import orphans
from tests.storage.values import Store, artifact, attempt, begin, finish, finished, generation

pytestmark = pytest.mark.anyio

PICTURE = bytes(range(256)) * 4


async def all_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_a_begun_generation_reads_back_equal(store: Store) -> None:
    await store.journal.commit(begin())
    assert await store.generations.get("gen_a") == generation()


async def test_an_unknown_id_is_none(store: Store) -> None:
    assert await store.generations.get("gen_x") is None
    assert await store.artifacts.get("img_x") is None


async def test_a_finished_generation_reads_back_with_its_outcome_and_pictures_in_order(store: Store) -> None:
    second, first = artifact("img_second", index=1), artifact("img_first", index=0)
    await store.journal.commit(begin())
    await store.journal.commit(finish("gen_a", second, first))
    assert await store.generations.get("gen_a") == finished()
    assert await store.artifacts.of_generation("gen_a") == [first, second]
    assert await store.artifacts.get("img_second") == second


async def test_attempts_tell_how_they_ended_and_none_while_nobody_knows(store: Store) -> None:
    first, second = attempt("att_a"), attempt("att_b", slot=1)
    await store.journal.commit(begin(), MarkSent(attempt=first), MarkSent(attempt=second))
    await store.journal.commit(finish(attempts={"att_a": "One picture came", "att_never_sent": "Not sent"}))
    assert await store.generations.attempts("gen_a") == [
        AttemptRecord(attempt=first, ended="One picture came"),
        AttemptRecord(attempt=second),
    ]


async def test_changes_of_one_commit_are_made_all_or_none(store: Store) -> None:
    await store.journal.commit(begin("gen_a"))
    with pytest.raises(ChangeRefused):
        await store.journal.commit(begin("gen_b"), begin("gen_a"))
    assert await store.generations.get("gen_b") is None


async def test_what_was_never_begun_cannot_be_sent_or_finished(store: Store) -> None:
    with pytest.raises(ChangeRefused):
        await store.journal.commit(MarkSent(attempt=attempt()))
    with pytest.raises(ChangeRefused):
        await store.journal.commit(finish())
    assert await store.generations.get("gen_a") is None
    assert await store.generations.attempts("gen_a") == []


async def test_a_picture_is_recorded_once(store: Store) -> None:
    await store.journal.commit(begin(), finish("gen_a", artifact()))
    with pytest.raises(ChangeRefused):
        await store.journal.commit(finish("gen_a", artifact()))


async def test_unfinished_generations_are_listed_oldest_first(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b"), begin("gen_c"), finish("gen_b"))
    assert [each.id for each in await store.generations.unfinished()] == ["gen_a", "gen_c"]
    assert len(await store.generations.unfinished(limit=1)) == 1


async def test_expired_lists_what_is_due_longest_past_first_and_never_what_is_kept_for_ever(
    store: Store,
) -> None:
    due, long_due = artifact("img_due", expires=200), artifact("img_long_due", expires=100)
    others = artifact("img_young", expires=201), artifact("img_for_ever", expires=None)
    await store.journal.commit(begin(), finish("gen_a", due, long_due, *others))
    assert await store.artifacts.expired(200, 10) == [long_due, due]
    assert await store.artifacts.expired(200, 1) == [long_due]


async def test_forgotten_pictures_are_gone_and_forgetting_again_is_no_error(store: Store) -> None:
    await store.journal.commit(begin(), finish("gen_a", artifact("img_abcd"), artifact("img_efgh")))
    await store.journal.commit(ForgetArtifacts(ids=("img_abcd",)))
    await store.journal.commit(ForgetArtifacts(ids=("img_abcd", "img_never")))
    assert [each.id for each in await store.artifacts.of_generation("gen_a")] == ["img_efgh"]


async def test_a_kept_picture_reads_back_whole_and_in_ranges(store: Store) -> None:
    location = await store.blobs.keep(store.spool.from_bytes(PICTURE), "img_abcd", "image/png")
    assert await store.objects.size(location) == len(PICTURE)
    assert await all_of(await store.objects.open(location)) == PICTURE
    assert await all_of(await store.objects.open(location, 10, 20)) == PICTURE[10:30]
    assert await all_of(await store.objects.open(location, 1000)) == PICTURE[1000:]
    assert await all_of(await store.objects.open(location, 1000, 500)) == PICTURE[1000:]
    assert await all_of(await store.objects.open(location, 5000, 5)) == b""
    assert await all_of(await store.objects.open(location, 3, 0)) == b""


async def test_a_kept_blob_still_reads_and_closing_it_deletes_nothing(store: Store) -> None:
    blob = store.spool.from_bytes(PICTURE)
    location = await store.blobs.keep(blob, "img_abcd", "image/webp")
    assert blob.read() == PICTURE
    blob.close()
    assert await all_of(await store.objects.open(location)) == PICTURE


async def test_a_removed_picture_is_not_found_and_removing_again_is_no_error(store: Store) -> None:
    location = await store.blobs.keep(store.spool.from_bytes(PICTURE), "img_abcd", "image/png")
    await store.blobs.remove([location, location_of("img_never", "image/png")])
    assert await store.objects.size(location) is None
    with pytest.raises(NotFound):
        await store.objects.open(location)


@pytest.mark.parametrize(
    "location",
    [
        "../secret",
        "/etc/passwd",
        "ab/../../x.png",
        "ab/..",
        "ab/x/y.png",
        "spool/1.spool",
        "ab\\x.png",
        "",
        "ab/x.png\n",
    ],
)
async def test_a_location_never_leads_out_of_the_folder(store: Store, location: str) -> None:
    with pytest.raises(ValueError, match="no location"):
        await store.objects.open(location)
    with pytest.raises(ValueError, match="no location"):
        await store.objects.remove([location])


@pytest.mark.parametrize("artifact_id", ["", "abc", "../../etc", "img/abcd", "img.abcd", "img_\n1234", "x" * 129])
async def test_an_artifact_id_that_is_no_name_is_refused(store: Store, artifact_id: str) -> None:
    with pytest.raises(ValueError, match="no artifact id"):
        await store.objects.keep(store.spool.from_bytes(PICTURE), artifact_id, "image/png")


async def test_orphans_are_old_files_without_a_row(store: Store) -> None:
    store.clock.set_wall(time.time())  # the files are dated by the system
    known = await store.blobs.keep(store.spool.from_bytes(PICTURE), "img_known", "image/png")
    orphan = await store.blobs.keep(store.spool.from_bytes(PICTURE), "img_orphan", "image/png")
    held = store.spool.from_bytes(PICTURE)
    recorded = finish("gen_a", replace(artifact("img_known"), location=known))
    await store.journal.commit(begin(), recorded)
    assert await orphans(store.objects, store.artifacts, older_than=3600) == []
    store.clock.advance(7200)
    assert await orphans(store.objects, store.artifacts, older_than=3600) == [orphan]
    assert held.read() == PICTURE


async def test_a_made_key_is_found_by_its_secret_alone_and_after_a_restart(store: Store) -> None:
    keys = store.keys()
    test_key, secret = await keys.create(Mode.TEST)
    live_key, live_secret = await keys.create(Mode.LIVE)
    again = store.keys()
    assert again.find(secret) is None
    await again.load()
    assert (again.find(secret), again.find(live_secret)) == (test_key, live_key)
    assert again.find(secret[:-1]) is None
    assert again.of_mode(Mode.TEST) == [test_key]


async def test_a_vendors_mark_is_found_by_bytes_key_and_place_together(store: Store) -> None:
    marked = replace(artifact("img_marked"), deployment="acme/m1", digest="d1", opaque="mark")
    await store.journal.commit(begin())
    await store.journal.commit(finish("gen_a", marked))
    assert await store.artifacts.get("img_marked") == marked
    found = store.artifacts.opaque_of
    assert await found("d1", marked.key, "acme/m1") == "mark"
    assert await found("d2", marked.key, "acme/m1") is None
    assert await found("d1", "key_other", "acme/m1") is None
    assert await found("d1", marked.key, "acme/m2") is None
