"""Vendor bodies as they crossed the wire, read back without any code of ours: pictures become placeholders."""

from __future__ import annotations

import base64
import binascii
import email.parser
import email.policy
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

LONG = 1000  # no text of a vendor body in these tests is that long: it is a picture
DATA_URI = re.compile(r"(data:[a-z]+/[a-z0-9.+-]+;base64,)(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture found in a body: where it stood, what it said it is, what it is."""

    place: str
    said: str
    media_type: str
    width: int
    height: int
    size: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One vendor call. A picture is `<picture>` (after the prefix of its data URI), in a form `<image/png>`."""

    path: str
    form: bool
    body: dict[str, Any]
    pictures: tuple[Picture, ...]


def read(path: str, content_type: str, body: bytes) -> Sent:
    """The call as sent. Raises ValueError where it is no JSON object or form that a vendor could read."""
    if content_type.startswith("multipart/form-data"):
        return _form(path, content_type, body)
    if content_type.partition(";")[0] != "application/json":
        raise ValueError(f"no vendor reads {content_type}")
    found: list[Picture] = []
    return Sent(path=path, form=False, body=_without(json.loads(body), "", found), pictures=tuple(found))


def _without(value: Any, place: str, found: list[Picture]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, f"{place}.{key}", found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, f"{place}.{at}", found) for at, inner in enumerate(value)]
    if isinstance(value, str) and len(value) >= LONG:
        prefix, text = match.groups() if (match := DATA_URI.fullmatch(value)) else ("", value)
        found.append(_picture(place.lstrip("."), prefix[5:-8], _decoded(text)))
        return f"{prefix}<picture>"
    return value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"a long text that is no base64: {text[:40]}") from error


def _picture(place: str, said: str, data: bytes) -> Picture:
    image = Image.open(io.BytesIO(data))
    return Picture(
        place=place,
        said=said,
        media_type=Image.MIME[str(image.format)],
        width=image.width,
        height=image.height,
        size=len(data),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _form(path: str, content_type: str, body: bytes) -> Sent:
    fields: dict[str, Any] = {}
    found: list[Picture] = []
    for name, filename, said, data in _parts(content_type, body):
        if filename is None:
            add(fields, name, data.decode("utf-8"))
        else:
            found.append(_picture(name, said, data))
            add(fields, name, f"<{said}>")
    return Sent(path=path, form=True, body=fields, pictures=tuple(found))


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, str | None, str, bytes]]:
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in message.iter_parts():
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(data, bytes):
            raise ValueError("a part without a name")
        yield name, part.get_filename(), part.get_content_type(), data


def add(fields: dict[str, Any], name: str, value: str) -> None:
    """A name that comes again makes a list, as a vendor's parser would."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
