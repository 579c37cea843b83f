"""Pictures of an answer, fetched and decoded whole."""

import base64
import io
from typing import Any

from PIL import Image

from tests.running import Server

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def pictures_of(answer: Any, server: Server) -> list[tuple[str, tuple[int, int]]]:
    """Media type and pixels of every picture, as an independent decoder sees them."""
    data = answer["data"]["data"] if "code" in answer else answer["data"]
    return [_decoded(_bytes(entry, server)) for entry in data]


def _bytes(entry: dict[str, str], server: Server) -> bytes:
    if entry.get("b64_json"):
        return base64.b64decode(entry["b64_json"], validate=True)
    # A link must work without a key, as clients open it.
    reply = Server(url=server.url, process=server.process, data=server.data).ask(entry["url"])
    assert reply.status == 200, reply.body[:200]
    return reply.body


def _decoded(data: bytes) -> tuple[str, tuple[int, int]]:
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format is not None
    return TYPES[image.format], image.size
