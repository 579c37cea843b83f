"""Where a blob's bytes lie: counted against one budget of memory, or in a file of their own."""

import os
import threading
from pathlib import Path

from onebrush.kit import files
from onebrush.kit.ids import new_id

FEW = 64 * 1024  # bytes

live: set[Path] = set()  # this process's own spool files, whoever made them


class Budget:
    """The memory that all blobs of a spool share."""

    def __init__(self, total: int, per_blob: int) -> None:
        self.held = 0
        self._total = total
        self._per_blob = per_blob
        # Re-entrant: a finalizer may give bytes back while its own thread is counting.
        self._lock = threading.RLock()

    def has_room(self, size: int, more: int) -> bool:
        """Whether a blob of `size` bytes may grow by `more`."""
        return size + more <= self._per_blob and self.held + more <= self._total

    def count(self, change: int) -> None:
        with self._lock:
            self.held += change


class Held:
    """Bytes being written or finished; apart from writer and blob, so that their finalizers can let go."""

    def __init__(self, budget: Budget, folder: Path | None) -> None:
        self.budget = budget
        self.folder = folder
        self.memory: bytearray | None = bytearray()
        self.descriptor: int | None = None  # open while a writer fills the file
        self.path: Path | None = None
        self.owned = True
        self.open = True

    @classmethod
    def lying(cls, path: Path) -> "Held":
        """Bytes of a file that is not ours to delete."""
        held = cls(Budget(0, 0), None)
        held.memory, held.path, held.owned = None, path, False
        return held

    def release(self) -> None:
        """Give the memory back, delete the file; any further call does nothing."""
        if self.open:
            self.open = False
            self.forget_memory()
            self.forget_file()

    def forget_memory(self) -> None:
        if self.memory is not None:
            size, self.memory = len(self.memory), None
            self.budget.count(-size)

    def forget_file(self) -> None:
        self.shut()
        if self.path is not None and self.owned:
            files.remove(self.path)
            live.discard(self.path)
        self.path = None

    def moved(self, target: Path, *, renamed: bool) -> None:
        """The bytes lie under `target` now, which is not ours to delete; `renamed`: their former file is that one."""
        former, owned = self.path, self.owned
        # In this order, as another thread may be reading: there is always memory or a file.
        self.path, self.owned = target, False
        if self.memory is not None and len(self.memory) > FEW:
            self.forget_memory()  # the file is read again; what is short is at hand without opening it
        if former is not None and owned:
            if not renamed:
                files.remove(former)
            live.discard(former)

    def shut(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def append(self, piece: files.Bytes, length: int) -> None:
        if self.descriptor is not None:
            files.write_fully(self.descriptor, piece)
        elif self.memory is not None:
            self.memory += piece
            self.budget.count(length)
        else:
            raise ValueError("The bytes were let go")

    def to_file(self) -> None:
        """Go on in a new spool file; on OSError nothing has changed."""
        path = self._new_path()
        descriptor = self._created(path)
        try:
            files.write_fully(descriptor, self.memory or b"")
        except OSError:
            os.close(descriptor)
            files.remove(path)
            raise
        live.add(path)
        self.path, self.descriptor = path, descriptor
        self.forget_memory()

    def to_memory(self, size: int) -> None:
        """Take the first `size` bytes back from a file that takes no more."""
        held = bytearray(files.read_fully(self.descriptor, 0, size) if self.descriptor is not None else b"")
        if len(held) < size:
            raise OSError(f"Only {len(held)} of {size} spooled bytes could be read back")
        self.forget_file()
        self.memory = held
        self.budget.count(size)

    def _new_path(self) -> Path:
        if self.folder is None:
            raise OSError("There is no folder to spool to")
        return self.folder / f"{os.getpid()}.{new_id('spool')}.spool"

    @staticmethod
    def _created(path: Path) -> int:
        try:
            return files.create(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return files.create(path)
