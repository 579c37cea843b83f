"""A conversation: turns of text, pictures and vendors' opaque parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from onebrush.kit.blobs import Blob

Role = Literal["user", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words, as the caller wrote them."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture given by the caller: bytes at hand, or an http(s) link or the id of a kept picture, still to be got.

    `param` is where the caller put it (`image[1]`, `contents[0].parts[1].image`); width and height are
    pixels as stored in the file, known once the picture has been measured. `turned` is the EXIF orientation
    (1: upright), by which a viewer turns them.
    """

    source: Blob | str
    param: str
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    turned: int = 1

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as a viewer sees them: orientations 5 to 8 lie on their side."""
        width, height = self.width or 0, self.height or 0
        return (height, width) if self.turned >= 5 else (width, height)

    @property
    def blob(self) -> Blob:
        """The bytes; a link or an id must have been resolved first."""
        if isinstance(self.source, str):
            raise TypeError(f"{self.param} is a link or an id that was not resolved")
        return self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """A vendor's own part (such as a thought signature), kept for that vendor only."""

    provider: str
    value: str


Part = Text | Image | Opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one side said, parts in their order."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All words of the turn, one paragraph a part."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures of the turn, in order."""
        return tuple(part for part in self.parts if isinstance(part, Image))
