"""One part of a form while it arrives: a file's bytes into a blob, or text into the value it spells."""

import re
from typing import Protocol

import msgspec

from onebrush.kit.blobs import BlobTooLarge, BlobWriter, Scope, Spool
from onebrush.kit.brackets import Steps
from onebrush.kit.lift import Lift, LiftLimits
from onebrush.kit.places import Node, Places
from onebrush.kit.skeleton import Lifted, LiftError

_ESCAPED = re.compile(rb'[\x00-\x1f"\\]')
_SPACE = b" \t\r\n"
MOST_SPACE = 1024


class FormPart(Protocol):
    """Takes a part's bytes in any pieces."""

    def feed(self, data: bytes) -> None:
        """The next piece. Raises LiftError."""
        ...

    def finish(self) -> object | None:
        """The value; None: nothing was said. Raises LiftError."""
        ...

    def abort(self) -> None:
        """Let go of what was taken so far."""
        ...


def place_of(places: Places, steps: Steps) -> Node | None:
    """The patterns' node at a path; None where nothing may stand."""
    node: Node | None = places.root
    for step in steps:
        if node is not None:
            node = node.keys.get(step) if isinstance(step, str) else node.items
    return node


class PicturePart:
    """Bytes of a picture. None of them, as browsers send where no file was chosen, say nothing."""

    def __init__(self, writer: BlobWriter, media_type: str | None) -> None:
        self._writer = writer
        self._media_type = media_type

    def feed(self, data: bytes) -> None:
        try:
            self._writer.write(data)
        except BlobTooLarge as error:
            raise LiftError("too_large", f"The picture exceeds {error.limit} bytes") from None

    def finish(self) -> object | None:
        blob = self._writer.finish()
        return Lifted(blob, self._media_type) if blob.size else None

    def abort(self) -> None:
        self._writer.abort()


class TextPart:
    """Text, read as the JSON body would be that says it at the same place: pictures in it go to blobs.

    `json` says that the text may itself be JSON; it is where it begins with a bracket.
    """

    def __init__(self, steps: Steps, places: Places, spool: Spool | Scope, limits: LiftLimits, *, json: bool) -> None:
        self._steps = steps
        self._lift = Lift(places, spool, limits, strict_keys=True)
        self._open = b"".join(_opening(step) for step in steps)
        self._close = b"".join(b"]" if _is_item(step) else b"}" for step in reversed(steps))
        self._undecided: bytes | None = b"" if json else None
        self._is_json = False
        if not json:
            self._begin(is_json=False)

    def feed(self, data: bytes) -> None:
        if self._undecided is None:
            self._take(data)
            return
        data = self._undecided + data
        begins = data.lstrip(_SPACE)[:1]
        if begins or len(data) > MOST_SPACE:
            self._begin(is_json=begins in (b"{", b"["))
            self._take(data)
        else:
            self._undecided = data

    def finish(self) -> object | None:
        if self._undecided is not None:
            undecided = self._undecided
            self._begin(is_json=False)
            self._take(undecided)
        self._lift.feed((b"" if self._is_json else b'"') + self._close)
        return self._unwrapped(self._lift.finish())

    def left(self) -> LiftLimits:
        """What of the limits this part left to the others."""
        return self._lift.left()

    def abort(self) -> None:
        self._lift.abort()

    def _begin(self, *, is_json: bool) -> None:
        self._undecided, self._is_json = None, is_json
        self._lift.feed(self._open + (b"" if is_json else b'"'))

    def _take(self, data: bytes) -> None:
        self._lift.feed(data if self._is_json else _ESCAPED.sub(_escape, data))

    def _unwrapped(self, value: object) -> object:
        """The value inside; whatever else the text brought along makes it no JSON value."""
        for step in self._steps:
            if not isinstance(value, dict | list) or len(value) != 1:
                raise LiftError("syntax", "Not valid JSON")
            value = value[0] if isinstance(value, list) else value[str(step)]
        return value


def _is_item(step: object) -> bool:
    return not isinstance(step, str)


def _opening(step: object) -> bytes:
    return b"[" if _is_item(step) else b"{" + msgspec.json.encode(str(step)) + b":"


def _escape(found: re.Match[bytes]) -> bytes:
    return b"\\" + found[0] if found[0] in b'"\\' else b"\\u%04x" % found[0][0]
