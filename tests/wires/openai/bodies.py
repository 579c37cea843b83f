"""Callers' bodies as they come over the wire: text, lifted, decoded."""

from __future__ import annotations

import base64
import json
from typing import Any

from onebrush.domain.request import GenerationRequest
from onebrush.domain.turn import Image
from onebrush.kit.blobs import Spool
from onebrush.kit.lift import Lift
from onebrush.wires.openai.decode import decode
from onebrush.wires.openai.references import PLACES

SPOOL = Spool(None)


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


# Distinct bytes, so that their order can be told; long enough to be base64 beyond doubt.
ONE, TWO, THREE = (bytes([number]) * 90 for number in (1, 2, 3))


def lifted(body: object) -> object:
    """The body with its pictures lifted out, as the door hands it on."""
    lift = Lift(PLACES, SPOOL, strict_keys=True)
    lift.feed(json.dumps(body).encode())
    return lift.finish()


def read(body: object, **settings: Any) -> GenerationRequest:
    return decode(lifted(body), **settings)


def said(**fields: Any) -> GenerationRequest:
    """The request of a model, a prompt and these fields."""
    return read({"model": "painter", "prompt": "a cat", **fields})


def given(image: Image) -> bytes | str:
    """A picture's bytes, or its link."""
    return image.source if isinstance(image.source, str) else image.source.read()


def pictures(request: GenerationRequest) -> list[bytes | str]:
    return [given(image) for image in request.images]
