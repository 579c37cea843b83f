"""Which processes of this machine live: each holds a lock that the kernel lets go of when it dies."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from onebrush.storage.errors import unavailable

_PROCESS = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Presence:
    """This process's own lock, and a look at those of others that share the folder."""

    def __init__(self, folder: Path, process: str) -> None:
        """Hold the lock of `process`, a name no other has, until `close`. Raises StorageUnavailable."""
        if not _PROCESS.fullmatch(process):
            raise ValueError(f"{process!r} is no name of a process")
        self._folder = folder
        self._own = folder / f"{process}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = _hold(self._own)
        except OSError as error:
            raise unavailable(f"The lock of process {process} could not be taken", error) from error

    def alive(self, process: str) -> bool | None:
        """Whether a process lives: False is certain (its lock is free or gone), None is not known."""
        if not _PROCESS.fullmatch(process):
            return False  # nobody ever had that name: rows of the first version have an empty one
        try:
            return not _is_free(self._folder / f"{process}.lock")
        except FileNotFoundError:
            return False
        except OSError:
            return None

    def forget(self, process: str) -> None:
        """Remove the file of a process that is dead; that of a living one stays."""
        if self.alive(process) is False and _PROCESS.fullmatch(process):
            (self._folder / f"{process}.lock").unlink(missing_ok=True)

    def processes(self) -> list[str]:
        """All whose file is there, dead or alive."""
        return sorted(path.stem for path in self._folder.glob("*.lock"))

    def close(self) -> None:
        """Leave: to others this process is gone."""
        if self._descriptor is not None:
            self._own.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def _hold(path: Path) -> int:
    # Not inherited by programs that are started: they may outlive us.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _is_free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Shared: two who look at once do not take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
