"""Pictures into files: named for their model, with the ending their bytes ask for, over nobody's file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from onebrush.cli.failures import CommandFailed
from onebrush.kit.blobs import Spool
from onebrush.kit.measure import Measured, NotAPicture, measure

ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/avif": (".avif",),
    "image/heic": (".heic",),
    "image/heif": (".heif",),
    "image/svg+xml": (".svg",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A picture on disk, as its own bytes describe it."""

    path: Path
    measured: Measured
    size: int

    def __str__(self) -> str:
        found = self.measured
        return f"{self.path}  {found.width}x{found.height}  {found.media_type}  {self.size:,} bytes"


def save(picture: bytes, out: Path | None, model: str, index: int) -> Saved:
    """Write one picture to `out`, a file's name or a folder (unset: here). Raises CommandFailed."""
    measured = measured_bytes(picture)
    path = _path(out, model, index, measured.media_type)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _write(path, picture)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}. Choose another --out.") from error
    return Saved(path=written, measured=measured, size=len(picture))


def measured_bytes(picture: bytes) -> Measured:
    """Type and pixels of a picture. Raises CommandFailed for bytes that are none."""
    blob = Spool(None).from_bytes(picture)
    try:
        return measure(blob)
    except NotAPicture as error:
        raise CommandFailed(f"The gateway sent a picture that is none: {error}.") from error
    finally:
        blob.close()


def _path(out: Path | None, model: str, index: int, media_type: str) -> Path:
    endings = ENDINGS[media_type]
    if out is None or out.is_dir() or not out.suffix:
        name = re.sub(r"[^\w.-]+", "-", model).strip(".-") or "picture"
        return (out or Path()) / f"{name}-{index}{endings[0]}"
    # What the vendor sent is kept byte for byte; a name that says otherwise would lie.
    return out if out.suffix.lower() in endings else out.with_suffix(endings[0])


def _write(path: Path, picture: bytes) -> Path:
    """The first free name gets the bytes: a file that is there is never written over."""
    for free in _names(path):
        try:
            with free.open("xb") as file:
                file.write(picture)
            return free
        except FileExistsError:
            continue
    raise AssertionError("names do not end")


def _names(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in count(2))
