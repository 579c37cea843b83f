"""Multipart bodies, written out byte by byte."""

from __future__ import annotations

from collections.abc import Sequence

BOUNDARY = b"----forty-two"
CONTENT_TYPE = "multipart/form-data; boundary=" + BOUNDARY.decode()
END = b"--" + BOUNDARY + b"--\r\n"


def part(name: str | None, value: str | bytes, *headers: str, filename: str | None = None, kind: str = "") -> bytes:
    """One part; without a name it has no Content-Disposition of ours."""
    said = [] if name is None else [f'Content-Disposition: form-data; name="{name}"']
    if filename is not None:
        said[0] += f'; filename="{filename}"'
    if kind:
        said.append(f"Content-Type: {kind}")
    head = "\r\n".join([*said, *headers]).encode()
    body = value.encode() if isinstance(value, str) else value
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + body + b"\r\n"


def a_file(name: str, data: bytes, filename: str = "a.png", kind: str = "image/png") -> bytes:
    """A part that brings a file."""
    return part(name, data, filename=filename, kind=kind)


def form(*parts: bytes | Sequence[str], end: bytes = END) -> bytes:
    """A whole body; a pair is a plain field."""
    return b"".join(given if isinstance(given, bytes) else part(given[0], given[1]) for given in parts) + end
