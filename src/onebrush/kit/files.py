"""The few moves on files that blobs are made of."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

Bytes = bytes | bytearray | memoryview


def create(path: Path) -> int:
    """A descriptor of a file that did not exist, readable by its owner alone."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def write_fully(descriptor: int, data: Bytes) -> None:
    """Append everything: a single write may take less than it was given."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_fully(descriptor: int, offset: int, length: int) -> bytes:
    """`length` bytes from `offset`, fewer only where the file ends."""
    found = os.pread(descriptor, length, offset)
    while len(found) < length:
        more = os.pread(descriptor, length - len(found), offset + len(found))
        if not more:
            break
        found += more
    return found


def slices(data: memoryview, length: int) -> Iterator[memoryview]:
    """Views of `length` bytes, the last one shorter."""
    for start in range(0, len(data), length):
        yield data[start : start + length]


def pieces(path: Path, size: int, length: int) -> Iterator[bytes]:
    """A file's first `size` bytes in pieces; a file that became shorter is an error, not a short answer."""
    with path.open("rb", buffering=0) as file:
        for offset in range(0, size, length):
            wanted = min(length, size - offset)
            piece = read_fully(file.fileno(), offset, wanted)
            if len(piece) < wanted:
                reason = f"The file ends after {offset + len(piece)} of {size} bytes"
                raise OSError(errno.EIO, reason, str(path))
            yield piece


def remove(path: Path) -> None:
    """Delete if it is there and can be; what stays is for the next sweep."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def sync_rename(source: Path, target: Path) -> bool:
    """Make the content durable, then rename; False where the two lie on different disks."""
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def alive(process: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
