"""Pictures into files: named for their prompt, with the ending their bytes ask for, over nobody's file."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from onebrush.cli.failures import CommandFailed, os_words
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


LONGEST_NAME = 40
PART = ".part"
UNNAMED = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A picture on disk, as its own bytes describe it. `asked` is the name that would have said otherwise."""

    path: Path
    measured: Measured
    size: int
    asked: str | None = None

    def __str__(self) -> str:
        found = self.measured
        return f"{self.path}  {found.width}x{found.height}  {found.media_type}  {self.size:,} bytes"

    @property
    def renamed(self) -> str | None:
        """Why it has another ending than was asked for."""
        if self.asked is None:
            return None
        kind = self.measured.media_type.removeprefix("image/").upper()
        return f"The picture came as {kind}: saved as {self.path.name}, not {self.asked}."


def save(picture: bytes, out: Path | None, prompt: str) -> Saved:
    """Write one picture to `out`, a file's name or a folder (unset: here). Raises CommandFailed."""
    measured = measured_bytes(picture)
    asked = _asked(out, prompt)
    path = _honest(asked, measured.media_type)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _write(path, picture)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}. Choose another --out.") from error
    renamed = asked.suffix and path != asked
    return Saved(path=written, measured=measured, size=len(picture), asked=asked.name if renamed else None)


def keep(picture: bytes, folder: Path, stem: str) -> Path:
    """Write one picture durably under a name of its own, or find it there. Raises CommandFailed.

    One that was written before and never told of is taken for what it is: the same bytes under the same name.
    """
    ending = ENDINGS[measured_bytes(picture).media_type][0]
    try:
        for path in _names(folder / f"{stem}{ending}"):
            if not path.exists():
                return _placed(picture, path)
            if path.read_bytes() == picture:
                return path
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written to: {os_words(error)}. Choose another --out.") from error
    raise AssertionError("names do not end")


def _placed(picture: bytes, path: Path) -> Path:
    """Whole or not at all, also when the power goes."""
    part = path.with_name(f".{path.name}{PART}")
    with part.open("wb") as file:
        file.write(picture)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def slug(prompt: str) -> str:
    """A prompt as a file's name without an ending: ASCII, whole words where one fits."""
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME + 1].rpartition("-")[0] or name[:LONGEST_NAME]
    return name or UNNAMED


def measured_bytes(picture: bytes) -> Measured:
    """Type and pixels of a picture. Raises CommandFailed for bytes that are none."""
    blob = Spool(None).from_bytes(picture)
    try:
        return measure(blob)
    except NotAPicture as error:
        raise CommandFailed(f"The gateway sent a picture that is none: {error}.") from error
    finally:
        blob.close()


def _asked(out: Path | None, prompt: str) -> Path:
    """The name that was said, or one without an ending in the folder that was said."""
    if out is None or out.is_dir() or not out.suffix:
        return (out or Path()) / slug(prompt)
    return out


def _honest(path: Path, media_type: str) -> Path:
    """With the ending of its type: what the vendor sent is kept byte for byte, and the name says what it is."""
    endings = ENDINGS[media_type]
    return path if path.suffix.lower() in endings else path.with_suffix(endings[0])


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
