"""The folder of pictures: what appears there, and what a full or missing disk does."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.objects import LocalObjects

pytestmark = pytest.mark.anyio

PICTURE = bytes(range(256)) * 4096  # several pieces


def folder(root: Path, clock: FixedClock | None = None, reserve_bytes: int = 0) -> LocalObjects:
    return LocalObjects(root, reserve_bytes=reserve_bytes, clock=clock or FixedClock())


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("media_type", "ending"),
    [("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp"), ("image/x-unheard-of", "bin")],
)
async def test_a_picture_lies_under_its_id_and_type(tmp_path: Path, media_type: str, ending: str) -> None:
    objects = folder(tmp_path)
    location = await objects.keep(Spool(None).from_bytes(PICTURE), "img_q7abcd", media_type)
    assert location == f"ab/img_q7abcd.{ending}"
    assert files(tmp_path) == [location]
    assert (tmp_path / location).read_bytes() == PICTURE


async def test_a_spooled_picture_is_renamed_not_copied(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    blob = Spool(objects.spool_root, per_blob=1).from_bytes(PICTURE)
    assert blob.path is not None
    number = blob.path.stat().st_ino
    location = await objects.keep(blob, "img_abcd", "image/png")
    assert (tmp_path / location).stat().st_ino == number
    assert files(tmp_path) == [location]


async def test_a_large_range_comes_in_pieces(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    location = await objects.keep(Spool(None).from_bytes(PICTURE), "img_abcd", "image/png")
    got = [piece async for piece in await objects.open(location, 1, len(PICTURE) - 2)]
    assert b"".join(got) == PICTURE[1:-1]
    assert len(got) > 1


async def test_a_picture_that_cannot_be_stored_is_storage_unavailable_and_still_at_hand(
    tmp_path: Path,
) -> None:
    objects = folder(tmp_path / "artifacts")
    blob = Spool(None).from_bytes(PICTURE)
    (tmp_path / "artifacts" / "ab").write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailable, match="img_abcd could not be stored") as refusal:
        await objects.keep(blob, "img_abcd", "image/png")
    assert str(tmp_path) not in refusal.value.message
    assert blob.read() == PICTURE
    assert files(tmp_path) == ["artifacts/ab"]


async def test_a_picture_kept_twice_is_the_later_one(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    spool = Spool(None)
    await objects.keep(spool.from_bytes(b"first"), "img_abcd", "image/png")
    location = await objects.keep(spool.from_bytes(b"second"), "img_abcd", "image/png")
    assert (tmp_path / location).read_bytes() == b"second"


async def test_a_half_written_file_of_a_killed_process_is_swept_by_age(tmp_path: Path) -> None:
    clock = FixedClock()
    objects = folder(tmp_path, clock)
    for name in ("ab/.part_x", "ab/img_abcd.png", "spool/1.spool_x.spool", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PICTURE)
        os.utime(tmp_path / name, (clock.now() - 100, clock.now() - 100))
    os.utime(tmp_path / "ab/img_abcd.png", (clock.now(), clock.now()))
    old = [location async for batch in objects.older_than(50) for location in batch]
    assert old == ["ab/.part_x"]
    await objects.remove(old)
    assert files(tmp_path) == ["ab/img_abcd.png", "notes.txt", "spool/1.spool_x.spool"]


async def test_a_spool_file_is_found_by_its_bare_name(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    left = Spool(objects.spool_root, per_blob=1).from_bytes(PICTURE)
    assert left.path is not None
    found = objects.spooled(left.path.name)
    assert found is not None
    assert found.read() == PICTURE
    found.close()
    assert left.read() == PICTURE
    left.close()
    assert objects.spooled(f"{os.getpid()}.spool_gone.spool") is None


async def test_what_no_spool_names_its_files_is_not_opened(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    objects.spool_root.mkdir()
    names = ["1.spool_x.spool.bak", ".spool_x.spool", "x.spool_x.spool", "1.spool_X.spool", "1.spool_x.spool\n", "x"]
    for name in [*names, "1.spool_x.spool"]:
        (objects.spool_root / name).write_bytes(PICTURE)
    (tmp_path / "1.spool_y.spool").write_bytes(PICTURE)
    assert objects.spooled("1.spool_x.spool") is not None
    refused = [*names, "", "..", "../1.spool_y.spool", "/etc/passwd", "1.spool_x.spool\x00"]
    assert [name for name in refused if objects.spooled(name) is not None] == []


async def test_a_spool_file_that_is_adopted_is_renamed(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    left = Spool(objects.spool_root, per_blob=1).from_bytes(PICTURE)
    assert left.path is not None
    number, name = left.path.stat().st_ino, left.path.name
    found = objects.spooled(name)
    assert found is not None
    location = await objects.keep(found, "img_abcd", "image/png")
    assert (tmp_path / location).stat().st_ino == number
    assert objects.spooled(name) is None


async def test_room_is_what_the_reserve_leaves(tmp_path: Path) -> None:
    assert folder(tmp_path, reserve_bytes=0).has_room()
    assert not folder(tmp_path, reserve_bytes=2**62).has_room()


async def test_room_is_looked_up_again_after_a_second(tmp_path: Path) -> None:
    clock = FixedClock()
    root = tmp_path / "artifacts"
    objects = folder(root, clock)
    assert objects.has_room()
    root.rmdir()
    assert objects.has_room()
    clock.advance(1)
    assert not objects.has_room()
    root.mkdir()
    clock.advance(1)
    assert objects.has_room()


async def test_a_folder_that_took_no_picture_has_no_room_until_it_takes_a_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FixedClock()
    objects = LocalObjects(tmp_path / "pictures", reserve_bytes=0, clock=clock)
    assert objects.has_room()
    with monkeypatch.context() as broken:
        refused = OSError(errno.EROFS, "Read-only file system")
        broken.setattr(Blob, "move_to", _raising(refused))
        broken.setattr(Path, "write_bytes", _raising(refused))
        with pytest.raises(StorageUnavailable):
            await objects.keep(Spool(None).from_bytes(b"picture"), "img_abcd", "image/png")
        assert not objects.has_room()
        clock.advance(1)
        assert not objects.has_room()
    clock.advance(1)
    assert objects.has_room()
    assert [path.name for path in (tmp_path / "pictures").iterdir() if path.is_file()] == []


def _raising(error: OSError) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
