"""Bodies described with blobs in them, poured piece by piece with a length known beforehand."""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pybase64

from onebrush.kit.blobs import PIECE, Blob

JOINED = 256 * 1024  # small segments travel together up to this size

_TOKEN = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")  # RFC 2046, without the space
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Base64:
    """Stands in a JSON value for the string `prefix` + base64 of the blob."""

    # Not a dataclass: msgspec would write its fields instead of asking the hook.
    __slots__ = ("blob", "prefix")

    def __init__(self, blob: Blob, prefix: str = "") -> None:
        self.blob = blob
        self.prefix = prefix

    def __repr__(self) -> str:
        return f"Base64({self.blob!r}, {self.prefix!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Base64) and (self.blob, self.prefix) == (other.blob, other.prefix)

    def __hash__(self) -> int:
        return hash((self.blob, self.prefix))


@dataclass(frozen=True, slots=True)
class Field:
    """A plain field of a multipart body."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a multipart body."""

    name: str
    filename: str
    media_type: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class _Encoded:
    blob: Blob

    def __len__(self) -> int:
        return (self.blob.size + 2) // 3 * 4

    def pieces(self) -> Iterator[bytes | memoryview]:
        return map(pybase64.b64encode, self.blob.pieces(PIECE))


@dataclass(frozen=True, slots=True)
class _Raw:
    blob: Blob

    def __len__(self) -> int:
        return self.blob.size

    def pieces(self) -> Iterator[bytes | memoryview]:
        return self.blob.pieces(PIECE)


_Segment = bytes | _Encoded | _Raw


class Poured:
    """A body ready to send; may be iterated again while its blobs are open."""

    def __init__(self, content_type: str, segments: Sequence[_Segment]) -> None:
        self.content_type = content_type
        self.length = sum(len(segment) for segment in segments)
        self._segments = segments

    def __iter__(self) -> Iterator[bytes | memoryview]:
        waiting: list[bytes | memoryview] = []
        size = 0
        for piece in self._pieces():
            if size + len(piece) > JOINED and waiting:
                yield _joined(waiting)
                waiting, size = [], 0
            waiting.append(piece)
            size += len(piece)
        if waiting:
            yield _joined(waiting)

    def _pieces(self) -> Iterator[bytes | memoryview]:
        for segment in self._segments:
            if isinstance(segment, bytes):
                yield segment
            else:
                yield from segment.pieces()


def pour_json(value: object) -> Poured:
    """Compact UTF-8 JSON with each `Base64` written while pouring."""
    marked = _Marked()
    text = msgspec.json.encode(value, enc_hook=marked.stand_in)
    return Poured("application/json", marked.split(text))


def pour_multipart(parts: Sequence[Field | FilePart], boundary: str | None = None) -> Poured:
    """A multipart/form-data body; names are escaped as browsers do."""
    line = boundary or f"----{secrets.token_hex(16)}"
    if not _TOKEN.fullmatch(line):
        raise ValueError(f"The boundary {line!r} holds a character that needs quoting, or is too long")
    segments: list[_Segment] = []
    for part in parts:
        segments.append(f"--{line}\r\n{_part_head(part)}\r\n\r\n".encode())
        segments.append(part.value.encode() if isinstance(part, Field) else _Raw(part.blob))
        segments.append(b"\r\n")
    segments.append(f"--{line}--\r\n".encode())
    return Poured(f"multipart/form-data; boundary={line}", segments)


class _Marked:
    """Marks that stand for blobs in encoded JSON, random so that no text can hold one by design."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)
        self._found: list[Base64] = []

    def stand_in(self, value: object) -> str:
        if not isinstance(value, Base64):
            raise NotImplementedError(f"{type(value).__name__} has no JSON form")
        self._found.append(value)
        return self._mark

    def split(self, text: bytes) -> list[_Segment]:
        first, *texts = text.split(f'"{self._mark}"'.encode())
        segments: list[_Segment] = [first]
        for found, after in zip(self._found, texts, strict=True):
            opened = msgspec.json.encode(found.prefix)[:-1]
            segments += [opened, _Encoded(found.blob), b'"' + after]
        return segments


def _part_head(part: Field | FilePart) -> str:
    disposition = f'Content-Disposition: form-data; name="{part.name.translate(_ESCAPES)}"'
    if isinstance(part, Field):
        return disposition
    if not part.media_type.isprintable():
        raise ValueError(f"The media type {part.media_type!r} cannot stand in a header")
    return f'{disposition}; filename="{part.filename.translate(_ESCAPES)}"\r\nContent-Type: {part.media_type}'


def _joined(pieces: list[bytes | memoryview]) -> bytes | memoryview:
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
