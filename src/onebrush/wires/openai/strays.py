"""Members that nobody reads inside turns, parts, pictures and webhooks: each is told, none vanishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onebrush.wires.openai.own import WEBHOOK
from onebrush.wires.openai.references import MEMBERS, PICTURE_FIELDS
from onebrush.wires.openai.said import Body, Said

_TURN = frozenset({"role", "parts", "content"})
_PART = frozenset({"text", "image", "image_url", "inline_data", "inlineData", "type"})
# A picture's own type is read from its bytes.
_PICTURE = frozenset({*MEMBERS, "file_id", "type", "mime_type", "mimeType", "media_type"})


def strays(body: Body) -> Iterator[Said]:
    """In the order of the body."""
    for said in body.all("contents"):
        yield from _turns(said.value, said.param)
    for said in body.all("input"):
        if isinstance(said.value, Mapping):
            yield from _turns(said.value.get("messages"), f"{said.param}.messages")
    for name in PICTURE_FIELDS:
        for said in body.all(name):
            yield from _pictures(said.value, said.param)
    for said in body.all("webhook"):
        yield from _beside(said.value, WEBHOOK, said.param)


def _turns(turns: object, param: str) -> Iterator[Said]:
    for place, turn in enumerate(turns if isinstance(turns, list) else ()):
        here = f"{param}[{place}]"
        yield from _beside(turn, _TURN, here)
        for name in ("parts", "content"):
            parts = turn.get(name) if isinstance(turn, Mapping) else None
            for at, part in enumerate(parts if isinstance(parts, list) else ()):
                yield from _part(part, f"{here}.{name}[{at}]")


def _part(part: object, param: str) -> Iterator[Said]:
    yield from _beside(part, _PART, param)
    if isinstance(part, Mapping):
        for name in MEMBERS:
            yield from _pictures(part.get(name), f"{param}.{name}")


def _pictures(value: object, param: str) -> Iterator[Said]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _pictures(item, f"{param}[{place}]")
    else:
        yield from _beside(value, _PICTURE, param)


def _beside(value: object, known: frozenset[str], param: str) -> Iterator[Said]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in known and inner is not None:
                yield Said(value=inner, param=f"{param}.{name}")
