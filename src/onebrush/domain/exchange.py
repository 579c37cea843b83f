"""A call to a vendor and the head of its reply, as descriptions: nothing here connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onebrush.kit.lift import Places
from onebrush.kit.pour import Field, FilePart


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBody:
    """A JSON value in which kit.pour.Base64 stands for a picture."""

    value: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBody:
    """A multipart form: fields and files."""

    parts: tuple[Field | FilePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a wire wants sent. `path` hangs under the deployment's base URL.

    `places` is where the reply has pictures.
    """

    path: str
    body: JsonBody | FormBody | None
    places: Places
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyHead:
    """Status and headers (names in lower case) of a vendor's reply."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300
