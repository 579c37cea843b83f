"""The folder of given pictures: what a full disk and a killed process leave there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.inputs import LocalInputs

pytestmark = pytest.mark.anyio

PICTURE = bytes(range(256)) * 4096


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_the_copy_is_durable_before_its_location_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        sync(descriptor)
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

    monkeypatch.setattr(os, "fsync", noted)
    inputs = LocalInputs(tmp_path / "inputs", FixedClock())
    assert await inputs.put(Spool(None).from_bytes(PICTURE), "gen_a", 0) == "gen_a/0"
    folder, part, parent = synced
    assert (folder, parent) == ("inputs", "gen_a")
    assert part.startswith(".part_")
    assert (tmp_path / "inputs" / "gen_a" / "0").read_bytes() == PICTURE


async def test_a_spooled_picture_stays_where_it_was(tmp_path: Path) -> None:
    blob = Spool(tmp_path / "spool", per_blob=1).from_bytes(PICTURE)
    inputs = LocalInputs(tmp_path / "inputs", FixedClock())
    kept = inputs.at(await inputs.put(blob, "gen_a", 0))
    assert blob.read() == kept.read() == PICTURE
    assert blob.path != kept.path
    kept.close()
    assert files(tmp_path / "inputs") == ["gen_a/0"]


async def test_a_picture_that_cannot_be_kept_is_storage_unavailable_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr("onebrush.kit.files.write_fully", full)
    inputs = LocalInputs(tmp_path / "inputs", FixedClock())
    with pytest.raises(StorageUnavailable, match="No space left") as refusal:
        await inputs.put(Spool(None).from_bytes(PICTURE), "gen_a", 0)
    assert str(tmp_path) not in refusal.value.message
    assert files(tmp_path) == []


async def test_a_half_written_copy_goes_with_its_generation(tmp_path: Path) -> None:
    inputs = LocalInputs(tmp_path, FixedClock())
    (tmp_path / "gen_a").mkdir()
    (tmp_path / "gen_a" / ".part_x").write_bytes(b"half")
    assert inputs.generations() == ["gen_a"]
    await inputs.drop("gen_a")
    assert inputs.generations() == files(tmp_path) == []


async def test_young_folders_are_not_listed_as_old(tmp_path: Path) -> None:
    clock = FixedClock()
    inputs = LocalInputs(tmp_path, clock)
    for name, age in (("gen_old", 100), ("gen_young", 10)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (clock.now() - age, clock.now() - age))
    assert inputs.generations(older_than=50) == ["gen_old"]
    assert inputs.generations() == ["gen_old", "gen_young"]
