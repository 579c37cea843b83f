"""Picture bytes in a local folder: renamed in from the spool, read and deleted through obstore."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from onebrush.domain.errors import NotFound
from onebrush.kit.blobs import Blob
from onebrush.kit.clock import Clock
from onebrush.kit.files import sync_folder
from onebrush.kit.ids import new_id
from onebrush.storage.errors import unavailable

if TYPE_CHECKING:
    from obstore import GetResult  # exists for type checkers only

CHUNK = 256 * 1024
BATCH = 500
GONE = "The picture's bytes are no longer stored"
FRESH = 1.0  # seconds for which a look at the free space is good
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}
UNHEARD_OF = "bin"

_ID = re.compile(r"[A-Za-z0-9_-]{4,128}")
_SPOOLED = re.compile(r"[0-9]{1,10}\.spool_[a-z0-9]{1,64}\.spool")
_LOCATION = re.compile(r"[A-Za-z0-9_-]{2}/(?:[A-Za-z0-9_-]{4,128}\.[a-z0-9]{1,8}|\.[A-Za-z0-9_-]{1,128})")


def location_of(artifact_id: str, media_type: str) -> str:
    """Where a picture lies under the root. One level of folders named after random letters: 1024 of them
    hold a million pictures at a thousand each."""
    if not _ID.fullmatch(artifact_id):
        raise ValueError(f"{artifact_id!r} is no artifact id")
    return f"{artifact_id[-4:-2]}/{artifact_id}.{EXTENSIONS.get(media_type, UNHEARD_OF)}"


def checked(location: str) -> str:
    """The location, if it is of our making; nothing else reaches the file system."""
    if not _LOCATION.fullmatch(location):
        raise ValueError(f"{location!r} is no location of a picture")
    return location


class LocalObjects:
    """The folder. A file appears under its name only when it is whole and durable."""

    def __init__(self, root: Path, *, reserve_bytes: int, clock: Clock) -> None:
        """`reserve_bytes` is the free space below which nothing new may be bought."""
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._reserve = reserve_bytes
        self._clock = clock
        self._store = LocalStore(root)
        self._looked: tuple[float, bool] | None = None
        self._sound = True  # nothing failed since a file was last taken

    @property
    def spool_root(self) -> Path:
        """Where the spool belongs: on the same disk, so that keeping a picture is a rename."""
        return self._root / "spool"

    async def keep(self, blob: Blob, artifact_id: str, media_type: str) -> str:
        """Store durably; the location. Raises StorageUnavailable."""
        location = location_of(artifact_id, media_type)
        try:
            await anyio.to_thread.run_sync(self._move, blob, self._root / location)
        except OSError as error:
            self._looked, self._sound = None, False
            raise unavailable(f"Picture {artifact_id} could not be stored", error) from error
        self._sound = True
        return location

    def _move(self, blob: Blob, target: Path) -> None:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self._root)
        blob.move_to(target)

    def kept(self, artifact_id: str) -> Blob | None:
        """The picture that lies under this id, whatever its type; None where there is none."""
        named = Path(location_of(artifact_id, ""))
        endings = [*EXTENSIONS.values(), UNHEARD_OF]
        return _first_lying(self._root / named.with_suffix(f".{ending}") for ending in endings)

    def spooled(self, name: str) -> Blob | None:
        """The spool file of that bare name; None where there is none, and for what no spool names its files."""
        return _first_lying([self.spool_root / name] if _SPOOLED.fullmatch(name) else [])

    async def open(self, location: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, all or `length` of them, in pieces.

        The file is opened before this returns: NotFound and StorageUnavailable come before the first piece.
        """
        size = await self.size(location)
        if size is None:
            raise NotFound(GONE)
        end = size if length is None else min(size, start + length)
        if not 0 <= start < end:
            return _nothing()
        try:
            found = await self._store.get_async(location, options={"range": (start, end)})
        except FileNotFoundError as error:
            raise NotFound(GONE) from error
        except (OSError, BaseError) as error:
            raise unavailable("The picture could not be read", error) from error
        return _pieces(found)

    async def size(self, location: str) -> int | None:
        """How many bytes are stored there; None where nothing is. Raises StorageUnavailable."""
        try:
            return (await self._store.head_async(checked(location)))["size"]
        except FileNotFoundError:
            return None
        except (OSError, BaseError) as error:
            raise unavailable("The picture could not be read", error) from error

    async def remove(self, locations: Sequence[str]) -> None:
        """Delete; missing ones are no error. Raises StorageUnavailable."""
        for location in [checked(location) for location in locations]:
            try:
                await self._store.delete_async(location)
            except FileNotFoundError:
                continue
            except (OSError, BaseError) as error:
                raise unavailable("A picture could not be deleted", error) from error

    def has_room(self) -> bool:
        """Whether the reserve of free space is there; looked up once a second at most."""
        now = self._clock.monotonic()
        if self._looked is None or now - self._looked[0] >= FRESH:
            self._looked = (now, self._enough_is_free())
        return self._looked[1]

    def _enough_is_free(self) -> bool:
        try:
            return shutil.disk_usage(self._root).free >= self._reserve and (self._sound or self._takes_a_file())
        except OSError:
            return False  # the disk is gone, or takes nothing: nothing can be kept there

    def _takes_a_file(self) -> bool:
        """Free space alone proves nothing once a picture could not be stored: a folder may be read-only."""
        probe = self._root / f".{new_id('probe')}"
        try:
            probe.write_bytes(b"?")
        finally:
            probe.unlink(missing_ok=True)
        self._sound = True
        return True

    async def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """The locations of files that have been there that long, a few hundred at a time; spool files not."""
        limit = datetime.fromtimestamp(self._clock.now() - seconds, UTC)
        async for batch in self._store.list(chunk_size=BATCH):
            old = [meta["path"] for meta in batch if meta["last_modified"] < limit]
            if locations := [path for path in old if _LOCATION.fullmatch(path)]:
                yield locations


def _first_lying(paths: Iterable[Path]) -> Blob | None:
    for path in paths:
        with suppress(FileNotFoundError):
            return Blob.of_file(path)
    return None


async def _pieces(found: GetResult) -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=CHUNK):
        yield bytes(piece)


async def _nothing() -> AsyncIterator[bytes]:
    empty: tuple[bytes, ...] = ()
    for piece in empty:
        yield piece
