"""A vendor's mark on a picture it made: kept with the picture, given back with the same bytes to the same deployment.

Gemini takes a picture in a model's turn only with the signature it gave out with it
(ai.google.dev/gemini-api/docs/thought-signatures).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Protocol

from onebrush.domain.deployment import Deployment
from onebrush.domain.request import GenerationRequest
from onebrush.domain.turn import Image, Opaque, Part, Turn
from onebrush.kit.blobs import Blob


class Marks(Protocol):
    """Where marks are kept."""

    async def opaque_of(self, digest: str, key: str, deployment: str) -> str | None:
        """The mark of a picture of these bytes, given to this key at this deployment."""
        ...


async def digest_of(blob: Blob) -> str:
    """What identifies the bytes; only taken where a mark hangs on them, because it reads them all."""
    return await asyncio.to_thread(_digest, blob)


def _digest(blob: Blob) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for piece in blob.pieces():
        digest.update(piece)
    return digest.hexdigest()


def place_of(deployment: Deployment, model: str) -> str:
    """Where a mark is good: a deployment and one of its models."""
    return f"{deployment.id}/{model}"


async def replay(
    request: GenerationRequest, key: str, deployment: Deployment, model: str, marks: Marks
) -> GenerationRequest:
    """The same request, each picture of a model's turn followed by its mark where it is one of ours."""
    place = place_of(deployment, model)
    turns = [await _marked(turn, key, place, deployment.provider, marks) for turn in request.turns]
    return replace(request, turns=tuple(turns))


async def _marked(turn: Turn, key: str, place: str, provider: str, marks: Marks) -> Turn:
    if turn.role != "model":
        return turn
    parts: list[Part] = []
    for part in turn.parts:
        parts.append(part)
        if isinstance(part, Image):
            mark = await marks.opaque_of(await digest_of(part.blob), key, place)
            parts.extend([Opaque(provider=provider, value=mark)] if mark else [])
    return replace(turn, parts=tuple(parts))
