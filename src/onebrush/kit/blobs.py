"""Finished bytes outside any body: in memory while the budget lasts, in spool files beyond it."""

import logging
import os
import re
import weakref
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from onebrush.kit import files
from onebrush.kit.files import Bytes
from onebrush.kit.held import Budget, Held, live
from onebrush.kit.ids import new_id

MIB = 1024 * 1024
PIECE = 192 * 1024  # divisible by 3: base64 of a piece needs no padding, and is 256 KiB

# The standard library's: structlog costs every process that imports blobs 0.3 s of its start.
_log = logging.getLogger(__name__)
_NOWHERE = Path("/nonexistent/picture")
_NAME = re.compile(r"(\d{1,10})\.spool_\w+\.spool")


class BlobTooLarge(ValueError):
    """More bytes were written than the writer's limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The bytes exceed the limit of {limit}")
        self.limit = limit


class Blob:
    """Immutable finished bytes, in memory or in a file."""

    def __init__(self, held: Held, size: int) -> None:
        self._held = held
        self.size = size
        weakref.finalize(self, held.release)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """A file that lies there already, and stays when the blob is closed. Raises OSError."""
        return cls(Held.lying(path), path.stat().st_size)

    @classmethod
    def absent(cls, size: int) -> Self:
        """Bytes of which only the size is known any more; reading them is an OSError."""
        return cls(Held.lying(_NOWHERE), size)

    @property
    def is_absent(self) -> bool:
        """Whether only its size is known."""
        return self._held.path is _NOWHERE

    def __repr__(self) -> str:
        return f"Blob({self.size} bytes, {self.path or 'in memory'})"

    @property
    def path(self) -> Path | None:
        """The file that holds the bytes; None while they are in memory."""
        return self._held.path

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; fewer where the blob ends."""
        offset = max(offset, 0)
        length = max(min(length, self.size - offset), 0)
        memory = self._held.memory
        if memory is not None:
            return bytes(memoryview(memory)[offset : offset + length])
        with self._file().open("rb", buffering=0) as file:
            return files.read_fully(file.fileno(), offset, length)

    def pieces(self, length: int = PIECE) -> Iterator[bytes | memoryview]:
        """The bytes in order; every piece but the last is exactly `length` long."""
        memory = self._held.memory
        if memory is not None:
            return files.slices(memoryview(memory).toreadonly(), length)
        return files.pieces(self._file(), self.size, length)

    def read(self) -> bytes:
        """All the bytes at once: for small blobs and for decoders that want the whole."""
        return self.read_at(0, self.size)

    def move_to(self, target: Path) -> None:
        """Make the bytes durable under `target`; from then on the blob reads there and deletes nothing."""
        former = None if self._held.memory is not None else self._file()
        renamed = former is not None and files.sync_rename(former, target)
        if not renamed:
            self._copy_to(target)
        files.sync_folder(target.parent)
        self._held.moved(target, renamed=renamed)

    def close(self) -> None:
        """Give the memory back and delete the spool file unless it was moved; again does nothing."""
        self._held.release()

    def _copy_to(self, target: Path) -> None:
        part = target.with_name(f".{new_id('part')}")
        descriptor = files.create(part)
        try:
            for piece in self.pieces(MIB):
                files.write_fully(descriptor, piece)
            os.fsync(descriptor)
            part.replace(target)
        except BaseException:
            files.remove(part)
            raise
        finally:
            os.close(descriptor)

    def _file(self) -> Path:
        if self._held.path is None:
            raise ValueError("The blob is closed")
        return self._held.path


class BlobWriter:
    """Takes bytes as they come and turns them into a blob."""

    def __init__(
        self, held: Held, limit: int, hint: int, finished: Callable[[Blob], None], *, in_memory: int | None = None
    ) -> None:
        self.size = 0
        self._limit = limit
        self._held = held
        self._finished = finished
        self._may_spool = held.folder is not None
        # A writer that is dropped half-way lets go of what it held.
        self._net = weakref.finalize(self, held.release)
        self._in_memory = limit if in_memory is None else in_memory
        if not self._has_room(hint):
            self._spill()

    def write(self, piece: Bytes) -> None:
        """Append; beyond the limit everything is let go and BlobTooLarge is raised."""
        self._check_open()
        length = piece.nbytes if isinstance(piece, memoryview) else len(piece)
        if self.size + length > self._limit:
            self.abort()
            raise BlobTooLarge(self._limit)
        if self._held.memory is not None and not self._has_room(length):
            self._spill()
        self._put(piece, length)
        self.size += length

    def finish(self) -> Blob:
        """The blob; the writer is done."""
        self._check_open()
        self._net.detach()
        self._held.shut()
        blob = Blob(self._held, self.size)
        self._finished(blob)
        return blob

    def abort(self) -> None:
        """Let everything go; after finish or a former abort it does nothing."""
        self._net()

    def _check_open(self) -> None:
        if not self._net.alive:
            raise ValueError("The writer is finished")

    def _put(self, piece: Bytes, length: int) -> None:
        try:
            self._held.append(piece, length)
        except OSError as error:
            self._held.to_memory(self.size)
            self._stay(error)
            self._held.append(piece, length)

    def _has_room(self, more: int) -> bool:
        return self.size + more <= self._in_memory and self._held.budget.has_room(self.size, more)

    def _spill(self) -> None:
        if self._may_spool:
            try:
                self._held.to_file()
            except OSError as error:
                self._stay(error)

    def _stay(self, error: OSError) -> None:
        """The disk refuses: stay in memory, over the budget if need be, rather than lose a picture."""
        self._may_spool = False
        _log.warning("The spool cannot be used, a blob stays in memory: %s", error)


class Spool:
    """Hands out writers and keeps the one budget of memory they share."""

    def __init__(self, root: Path | None, *, memory_budget: int = 64 * MIB, per_blob: int = MIB) -> None:
        self.root = root
        self._budget = Budget(memory_budget, per_blob)

    @property
    def in_memory(self) -> int:
        """Bytes held in memory now."""
        return self._budget.held

    def writer(self, *, limit: int, hint: int | None = None) -> BlobWriter:
        """A writer of at most `limit` bytes; a `hint` of a large size saves the way through memory."""
        return self._writer(limit, hint, lambda blob: None)

    def from_bytes(self, data: bytes) -> Blob:
        """A blob of bytes already at hand."""
        writer = self.writer(limit=len(data), hint=len(data))
        writer.write(data)
        return writer.finish()

    def sweep(self, keep: Collection[str] = ()) -> int:
        """Delete the spool files of processes that are gone, but for those named `keep`; how many there were."""
        if self.root is None or not self.root.is_dir():
            return 0
        stale = [path for path in self.root.glob("*.spool") if path.name not in keep and not _in_use(path)]
        for path in stale:
            files.remove(path)
        return len(stale)

    def _writer(
        self, limit: int, hint: int | None, finished: Callable[[Blob], None], in_memory: int | None = None
    ) -> BlobWriter:
        held = Held(self._budget, self.root)
        return BlobWriter(held, limit, min(hint or 0, limit), finished, in_memory=in_memory)


class Scope:
    """The blobs of one piece of work: whatever becomes of it, they are closed with it."""

    def __init__(self, spool: Spool, *, in_memory: int | None = None) -> None:
        """`in_memory`: larger blobs go to spool files, which outlive a kill; None: as there is room."""
        self.spool = spool
        self._in_memory = in_memory
        self._blobs: list[Blob] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def writer(self, *, limit: int, hint: int | None = None) -> BlobWriter:
        """A writer whose blob this scope will close."""
        return self.spool._writer(limit, hint, self._blobs.append, self._in_memory)

    def from_bytes(self, data: bytes) -> Blob:
        """A blob of bytes already at hand, which this scope will close."""
        return self.keep(self.spool.from_bytes(data))

    def keep(self, blob: Blob) -> Blob:
        """Close this blob as well when the work ends."""
        self._blobs.append(blob)
        return blob

    def close(self) -> None:
        """Close every blob."""
        while self._blobs:
            self._blobs.pop().close()


def _in_use(path: Path) -> bool:
    """A file of this process, or of another one that still runs beside it."""
    name = _NAME.fullmatch(path.name)
    if name is None:
        return False
    owner = int(name[1])
    # A container's process has the number its predecessor had: our own number alone proves nothing.
    return path in live if owner == os.getpid() else files.alive(owner)
