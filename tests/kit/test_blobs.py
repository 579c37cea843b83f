"""Blobs: where bytes lie, how long, and what happens when the disk refuses."""

import errno
import gc
import os
from pathlib import Path

import pytest

from onebrush.kit import files
from onebrush.kit.blobs import Blob, BlobTooLarge, Scope, Spool


def spooled(spool: Spool) -> list[Path]:
    return sorted(spool.root.glob("*.spool")) if spool.root and spool.root.exists() else []


def written(spool: Spool, *pieces: files.Bytes, limit: int = 1 << 30, hint: int | None = None) -> Blob:
    writer = spool.writer(limit=limit, hint=hint)
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


def test_small_bytes_stay_in_memory_and_are_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    blob = written(spool, b"abc", bytearray(b"de"), memoryview(b"f"))
    assert (blob.read(), blob.size, blob.path, spool.in_memory) == (b"abcdef", 6, None, 6)
    blob.close()
    blob.close()
    assert spool.in_memory == 0
    with pytest.raises(ValueError, match="closed"):
        blob.read()


def test_a_blob_beyond_its_share_goes_to_a_file_that_closing_deletes(tmp_path: Path) -> None:
    spool = Spool(tmp_path, per_blob=10)
    blob = written(spool, b"0123456789", b"abc")
    assert blob.path is not None and spooled(spool) == [blob.path]
    assert (blob.read(), spool.in_memory) == (b"0123456789abc", 0)
    assert blob.path.stat().st_mode & 0o077 == 0
    blob.close()
    assert spooled(spool) == []


def test_what_exceeds_the_common_budget_goes_to_files(tmp_path: Path) -> None:
    spool = Spool(tmp_path, memory_budget=10, per_blob=8)
    first, second = written(spool, b"12345678"), written(spool, b"abc")
    assert first.path is None and second.path is not None
    first.close()
    assert written(spool, b"abc").path is None


def test_a_large_hint_saves_the_way_through_memory(tmp_path: Path) -> None:
    spool = Spool(tmp_path, per_blob=10)
    writer = spool.writer(limit=100, hint=50)
    writer.write(b"ab")
    assert len(spooled(spool)) == 1 and spool.in_memory == 0
    writer.abort()
    writer.abort()
    assert spooled(spool) == []


@pytest.mark.parametrize("per_blob", [0, 1 << 20])
def test_more_than_the_limit_is_refused_and_leaves_nothing(tmp_path: Path, per_blob: int) -> None:
    spool = Spool(tmp_path, per_blob=per_blob)
    writer = spool.writer(limit=5)
    writer.write(b"12345")
    with pytest.raises(BlobTooLarge) as caught:
        writer.write(b"6")
    assert (caught.value.limit, spool.in_memory, spooled(spool)) == (5, 0, [])
    with pytest.raises(ValueError, match="finished"):
        writer.write(b"7")


@pytest.mark.parametrize("per_blob", [0, 1 << 20])
def test_reads_clamp_at_both_ends_and_pieces_are_exact(tmp_path: Path, per_blob: int) -> None:
    data = os.urandom(1000)
    blob = written(Spool(tmp_path, per_blob=per_blob), data)
    assert blob.read_at(990, 50) == data[990:]
    assert blob.read_at(2000, 5) == b"" and blob.read_at(5, -1) == b""
    pieces = [bytes(piece) for piece in blob.pieces(300)]
    assert [len(piece) for piece in pieces] == [300, 300, 300, 100]
    assert b"".join(pieces) == data == b"".join(blob.pieces())


@pytest.mark.parametrize(
    ("per_blob", "data", "still_in_memory"),
    [(0, b"picture", 0), (1 << 20, b"picture", 7), (1 << 20, b"p" * 65_537, 0)],
    ids=["spooled", "short", "long"],
)
def test_a_moved_blob_lies_under_its_target_and_only_a_short_one_stays_at_hand(
    tmp_path: Path, per_blob: int, data: bytes, still_in_memory: int
) -> None:
    spool = Spool(tmp_path / "spool", per_blob=per_blob)
    target = tmp_path / "kept"
    target.write_bytes(b"former")
    blob = written(spool, data)
    blob.move_to(target)
    assert (target.read_bytes(), blob.read(), blob.path) == (data, data, target)
    assert (spool.in_memory, spooled(spool)) == (still_in_memory, [])
    blob.close()
    assert (target.read_bytes(), spool.in_memory) == (data, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) in (["kept"], ["kept", "spool"])


def test_a_move_to_another_disk_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool", per_blob=0)
    blob = written(spool, b"picture")
    monkeypatch.setattr(files, "sync_rename", lambda source, target: False)
    blob.move_to(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"picture" == blob.read()
    assert spooled(spool) == []


def test_a_move_that_fails_leaves_the_blob_as_it_was(tmp_path: Path, disk: Spool) -> None:
    blob = written(disk, b"picture")
    with pytest.raises(FileNotFoundError):
        blob.move_to(tmp_path / "missing" / "kept")
    assert blob.read() == b"picture" and spooled(disk) == [blob.path]


def test_a_disk_that_cannot_be_opened_leaves_everything_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    spool = Spool(tmp_path / "file" / "spool", memory_budget=4, per_blob=2)
    blob = written(spool, b"123", b"456", hint=100)
    assert (blob.read(), blob.path, spool.in_memory) == (b"123456", None, 6)


def test_a_disk_that_fills_up_midway_gives_the_bytes_back_to_memory(
    disk: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = disk.writer(limit=100)
    writer.write(b"first ")
    real = os.write

    def full(descriptor: int, data: memoryview) -> int:
        if len(data) > 3:
            return real(descriptor, data[:3])  # a part of it still fits
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("onebrush.kit.files.os.write", full)
    writer.write(b"second")
    writer.write(b" third")
    blob = writer.finish()
    assert (blob.read(), blob.path, disk.in_memory) == (b"first second third", None, 18)
    assert spooled(disk) == []


@pytest.mark.parametrize("per_blob", [0, 1 << 20])
def test_forgotten_blobs_and_writers_are_cleaned_up(tmp_path: Path, per_blob: int) -> None:
    spool = Spool(tmp_path, per_blob=per_blob)
    blob = written(spool, b"blob")
    writer = spool.writer(limit=10)
    writer.write(b"writer")
    assert spool.in_memory or len(spooled(spool)) == 2
    del blob, writer
    gc.collect()
    assert (spool.in_memory, spooled(spool)) == (0, [])


def test_a_scope_closes_what_was_written_in_it_and_what_it_was_given(disk: Spool) -> None:
    with Scope(disk) as scope:
        writer = scope.writer(limit=10)
        writer.write(b"one")
        first, second = writer.finish(), scope.keep(disk.from_bytes(b"two"))
        third = scope.from_bytes(b"three")
        assert (first.read(), second.read(), third.read()) == (b"one", b"two", b"three")
    assert spooled(disk) == []


def test_sweeping_deletes_what_dead_processes_left_and_spares_the_living(disk: Spool) -> None:
    blob = written(disk, b"mine")
    root = disk.root
    assert root is not None
    stale = ["999999999.spool_abc.spool", f"{os.getpid()}.spool_former.spool", "old.spool"]
    other = f"{os.getppid()}.spool_other.spool"
    for name in [*stale, other, "picture.png"]:
        (root / name).write_bytes(b"x")
    assert disk.sweep() == 3
    assert sorted(path.name for path in root.iterdir()) == sorted(
        [blob.path.name if blob.path else "", other, "picture.png"]
    )
    assert Spool(None).sweep() == Spool(root / "missing").sweep() == 0


def test_a_file_that_lay_there_before_stays_when_its_blob_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"some bytes")
    blob = Blob.of_file(path)

    assert (blob.size, blob.read(), blob.path) == (10, b"some bytes", path)
    blob.close()
    assert path.read_bytes() == b"some bytes"
