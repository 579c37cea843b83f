"""Writing asks: pictures for the words that stand for them, forms as browsers write them, and what was kept of it."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from tests.running import Server

Part = tuple[str, str | bytes]


def spelt(value: Any, words: Mapping[str, str]) -> Any:
    """An ask with the pictures its words stand for."""
    if isinstance(value, dict):
        return {key: spelt(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [spelt(inner, words) for inner in value]
    return words.get(value, value) if isinstance(value, str) else value


def uri(data: bytes, media_type: str = "image/png") -> str:
    """A file as a data URI."""
    return f"data:{media_type};base64," + base64.b64encode(data).decode()


def form(parts: Iterable[Part]) -> tuple[bytes, str]:
    """A multipart body as a browser writes it, and its content type; bytes go as PNG files."""
    lines = []
    for name, value in parts:
        head = f'--line\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, bytes):
            lines.append(f'{head}; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'.encode() + value + b"\r\n")
        else:
            lines.append(f"{head}\r\n\r\n{value}\r\n".encode())
    return b"".join(lines) + b"--line--\r\n", "multipart/form-data; boundary=line"


def records(server: Server) -> int:
    """How many generations the gateway has on record."""
    with sqlite3.connect(f"file:{server.data}/onebrush.db?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM generations").fetchone()[0])
