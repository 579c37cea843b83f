"""Picture bytes without a disk, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import PurePosixPath

from onebrush.domain.errors import NotFound, StorageUnavailable
from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.clock import Clock
from onebrush.storage import inputs
from onebrush.storage.objects import GONE, checked, location_of


class MemoryObjects:
    """Picture bytes in dictionaries. Set `room` or `fault` to have the disk be full or fail.

    `files` are the stored ones by location, `spool_files` those a process left in the spool by name.
    """

    def __init__(self, clock: Clock) -> None:
        self.files: dict[str, bytes] = {}
        self.spool_files: dict[str, bytes] = {}
        self.room = True
        self.fault: StorageUnavailable | None = None
        self._clock = clock
        self._since: dict[str, float] = {}

    async def keep(self, blob: Blob, artifact_id: str, media_type: str) -> str:
        """Store; the location. Raises StorageUnavailable."""
        location = location_of(artifact_id, media_type)
        if self.fault is not None:
            raise self.fault
        self.files[location] = blob.read()
        self._since[location] = self._clock.now()
        return location

    def kept(self, artifact_id: str) -> Blob | None:
        """The picture that lies under this id, whatever its type; None where there is none."""
        wanted = PurePosixPath(location_of(artifact_id, "")).stem
        found = [data for location, data in self.files.items() if PurePosixPath(location).stem == wanted]
        return Spool(None).from_bytes(found[0]) if found else None

    def spooled(self, name: str) -> Blob | None:
        """The spool file of that bare name; None where there is none."""
        data = self.spool_files.get(name)
        return None if data is None else Spool(None).from_bytes(data)

    async def open(self, location: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, all or `length` of them. Raises NotFound."""
        data = self.files.get(checked(location))
        if data is None:
            raise NotFound(GONE)
        return _pieces(data[start:] if length is None else data[start : start + length])

    async def size(self, location: str) -> int | None:
        """How many bytes are stored there; None where nothing is."""
        data = self.files.get(checked(location))
        return None if data is None else len(data)

    async def remove(self, locations: Sequence[str]) -> None:
        """Delete; missing ones are no error."""
        for location in [checked(location) for location in locations]:
            self.files.pop(location, None)

    def has_room(self) -> bool:
        """Whether the reserve of free space is there."""
        return self.room

    async def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """The locations of what has been there that long."""
        limit = self._clock.now() - seconds
        if locations := [location for location in self.files if self._since[location] < limit]:
            yield locations


class MemoryInputs:
    """Given pictures in a dictionary by location."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, blob: Blob, generation: str, number: int) -> str:
        """Keep a copy; the location."""
        location = inputs.location_of(generation, number)
        self.files[location] = blob.read()
        return location

    def at(self, location: str) -> Blob:
        """The bytes kept there. Raises OSError where they are gone."""
        data = self.files.get(inputs.checked(location))
        if data is None:
            raise FileNotFoundError(f"Nothing is kept at {location}")
        return Spool(None).from_bytes(data)

    async def drop(self, generation: str) -> None:
        """Delete all of a generation; none is no error."""
        inputs.named(generation)
        self.files = {
            location: data for location, data in self.files.items() if location.partition("/")[0] != generation
        }

    def generations(self, older_than: float = 0.0) -> list[str]:
        """Those that something is kept of; all are as old as is asked for."""
        return sorted({location.partition("/")[0] for location in self.files})


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data
