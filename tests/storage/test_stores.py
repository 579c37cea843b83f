"""What every backend promises: records, pictures and keys come back as they were kept."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from onebrush.domain.errors import NotFound
from onebrush.domain.key import Mode
from onebrush.storage.objects import location_of
from onebrush.storage.sweep import orphans, unneeded
from tests.storage.values import Store, artifact, begin, finish

pytestmark = pytest.mark.anyio

PICTURE = bytes(range(256)) * 4


async def all_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_an_unknown_id_is_none(store: Store) -> None:
    assert await store.records.get("gen_x") is None
    assert await store.artifacts.get("img_x") is None


async def test_expired_lists_what_is_due_longest_past_first_and_never_what_is_kept_for_ever(
    store: Store,
) -> None:
    due, long_due = artifact("img_due", expires=200), artifact("img_long_due", expires=100)
    others = artifact("img_young", expires=201), artifact("img_for_ever", expires=None)
    await store.journal.commit(begin(), finish("gen_a", due, long_due, *others))
    assert await store.artifacts.expired(200, 10) == [long_due, due]
    assert await store.artifacts.expired(200, 1) == [long_due]


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


async def test_a_stored_picture_is_found_by_its_id_alone(store: Store) -> None:
    for media_type in ("image/png", "image/webp", "image/x-unheard-of"):
        name = f"img_{media_type[6:10]}"
        await store.blobs.keep(store.spool.from_bytes(media_type.encode()), name, media_type)
        found = store.blobs.kept(name)
        assert found is not None
        assert found.read() == media_type.encode()
        found.close()
        assert store.blobs.kept(name) is not None
    assert store.blobs.kept("img_never") is None


async def test_a_picture_is_not_found_by_what_is_no_id(store: Store) -> None:
    with pytest.raises(ValueError, match="no artifact id"):
        store.blobs.kept("../../etc/passwd")


async def test_a_given_picture_reads_back_until_its_generation_is_dropped(store: Store) -> None:
    blob = store.spool.from_bytes(PICTURE)
    first = await store.inputs.put(blob, "gen_a", 0)
    second = await store.inputs.put(store.spool.from_bytes(b"mask"), "gen_a", 1)
    other = await store.inputs.put(blob, "gen_b", 0)
    blob.close()
    assert store.inputs.at(first).read() == PICTURE
    assert store.inputs.at(second).read() == b"mask"
    for _ in range(2):
        await store.inputs.drop("gen_a")
    for location in (first, second):
        with pytest.raises(OSError, match="gen_a"):
            store.inputs.at(location)
    assert store.inputs.at(other).read() == PICTURE
    assert store.given.generations() == ["gen_b"]


async def test_a_given_picture_kept_twice_is_the_later_one(store: Store) -> None:
    await store.inputs.put(store.spool.from_bytes(b"first"), "gen_a", 0)
    location = await store.inputs.put(store.spool.from_bytes(b"second"), "gen_a", 0)
    assert store.inputs.at(location).read() == b"second"


@pytest.mark.parametrize("name", ["../gen", "", "a/b", "gen_\n", "."])
async def test_a_given_picture_never_leads_out_of_its_folder(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="no location"):
        await store.inputs.put(store.spool.from_bytes(PICTURE), name, 0)
    with pytest.raises(ValueError, match="no location"):
        store.inputs.at(f"{name}/0")
    with pytest.raises(ValueError, match="no location"):
        store.inputs.at("gen_a/../../secret")
    with pytest.raises(ValueError, match="no generation"):
        await store.inputs.drop(name)


async def test_given_pictures_are_needed_while_their_generation_is_unfinished(store: Store) -> None:
    store.clock.set_wall(time.time())  # the folders are dated by the system
    for name in ("gen_begun", "gen_done", "gen_never"):
        await store.inputs.put(store.spool.from_bytes(PICTURE), name, 0)
    await store.journal.commit(begin("gen_begun"), begin("gen_done"), finish("gen_done"))
    store.clock.advance(7200)
    assert await unneeded(store.given, store.records, older_than=3600) == ["gen_done", "gen_never"]


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
