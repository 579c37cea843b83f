"""The given pictures of generations that outlive their connection: copied durably, dropped with the outcome."""

from __future__ import annotations

import os
import re
import shutil
from math import inf
from pathlib import Path

import anyio.to_thread

from onebrush.kit import files
from onebrush.kit.blobs import MIB, Blob
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.storage.errors import unavailable

_GENERATION = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LOCATION = re.compile(r"[A-Za-z0-9_-]{1,128}/[0-9]{1,9}")


def location_of(generation: str, number: int) -> str:
    """Where a picture lies under the root. Raises ValueError for what is no id or no number."""
    return checked(f"{generation}/{number}")


def checked(location: str) -> str:
    """The location, if it is of our making; nothing else reaches the file system."""
    if not _LOCATION.fullmatch(location):
        raise ValueError(f"{location!r} is no location of a given picture")
    return location


def named(generation: str) -> str:
    """The name of a generation's folder, which is its id. Raises ValueError for what is none."""
    if not _GENERATION.fullmatch(generation):
        raise ValueError(f"{generation!r} is no generation's id")
    return generation


class LocalInputs:
    """A folder with one folder per generation."""

    def __init__(self, root: Path, clock: Clock) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._clock = clock

    async def put(self, blob: Blob, generation: str, number: int) -> str:
        """Keep a copy durably; the location. Raises StorageUnavailable."""
        location = location_of(generation, number)
        try:
            await anyio.to_thread.run_sync(self._copy, blob, self._root / location)
        except OSError as error:
            raise unavailable(f"Picture {number} of {generation} could not be kept", error) from error
        return location

    def _copy(self, blob: Blob, target: Path) -> None:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            files.sync_folder(self._root)
        part = target.with_name(f".{new_id('part')}")
        try:
            _write(blob, part)
            part.replace(target)
        except BaseException:
            files.remove(part)
            raise
        files.sync_folder(target.parent)

    def at(self, location: str) -> Blob:
        """The bytes kept there, to be read as long as they are not dropped. Raises OSError where they are gone."""
        return Blob.of_file(self._root / checked(location))

    async def drop(self, generation: str) -> None:
        """Delete all of a generation; none is no error, and what cannot be deleted is for the next sweep."""
        await anyio.to_thread.run_sync(shutil.rmtree, self._root / named(generation), True)

    def generations(self, older_than: float = 0.0) -> list[str]:
        """Those that something has been kept of for `older_than` seconds."""
        limit = self._clock.now() - older_than
        found = [path for path in self._root.iterdir() if _GENERATION.fullmatch(path.name)]
        return sorted(path.name for path in found if _changed(path) <= limit)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf  # dropped this moment


def _write(blob: Blob, part: Path) -> None:
    descriptor = files.create(part)
    try:
        for piece in blob.pieces(MIB):
            files.write_fully(descriptor, piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
