"""Replies as frames: a plain JSON body is one, an event stream is many."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.lift import Lift, LiftError, LiftLimits
from onebrush.kit.places import Places

SHOWN = 2048  # how much of a body that is no JSON is kept for the error message
_OPENING = 16  # enough to tell `[DONE]` from a JSON array
_DONE = b"[DONE]"
_LONGEST_NAME = 1024
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a reply: its value, or what it said where that was no JSON."""

    data: object | None
    text: str = ""
    event: str | None = None


async def json_frames(
    chunks: AsyncIterator[bytes], places: Places, scope: Scope | Spool, limits: LiftLimits | None = None
) -> AsyncIterator[Frame]:
    """The one frame of a plain body."""
    body = _Body(places, scope, limits)
    try:
        async for chunk in chunks:
            body.feed(chunk)
        frame = body.finish(None)
    except BaseException:
        body.abort()
        raise
    yield frame


async def sse_frames(
    chunks: AsyncIterator[bytes], places: Places, scope: Scope | Spool, limits: LiftLimits | None = None
) -> AsyncIterator[Frame]:
    """A frame for each event of a text/event-stream, however long its lines are."""
    events = _Events(places, scope, limits)
    try:
        async for chunk in chunks:
            for frame in events.feed(chunk):
                yield frame
        for frame in events.finish():
            yield frame
    except BaseException:
        events.abort()
        raise


class _Body:
    """JSON is lifted; of anything else the beginning is kept."""

    def __init__(self, places: Places, scope: Scope | Spool, limits: LiftLimits | None) -> None:
        self._lift = Lift(places, scope, limits)
        self._opening: bytearray | None = bytearray()
        self._shown = bytearray()
        self._is_json = False

    def feed(self, chunk: bytes) -> None:
        if len(self._shown) < SHOWN:
            self._shown += chunk[: SHOWN - len(self._shown)]
        if self._opening is None:
            if self._is_json:
                self._lift.feed(chunk)
            return
        self._opening += chunk.lstrip(_BLANK) if not self._opening else chunk
        if len(self._opening) >= _OPENING:
            self._open()

    def finish(self, event: str | None) -> Frame:
        if self._opening is not None:
            if self._opening.strip() == _DONE:
                return Frame(None, _DONE.decode(), event)
            self._open()
        if self._is_json:
            return Frame(self._lift.finish(), "", event)
        return self._scalar_or_text(event)

    def abort(self) -> None:
        self._lift.abort()

    def _open(self) -> None:
        if self._opening is not None:
            opening, self._opening = bytes(self._opening), None
            self._is_json = opening.removeprefix(_BOM).lstrip(_BLANK)[:1] in (b"{", b"[")
            if self._is_json:
                self._lift.feed(opening)

    def _scalar_or_text(self, event: str | None) -> Frame:
        """A lone number or string is JSON as well; whatever else this is, it is shown."""
        text = self._shown.decode("utf-8", "replace").strip()
        if len(self._shown) < SHOWN:
            try:
                self._lift.feed(self._shown)
                return Frame(self._lift.finish(), "", event)
            except LiftError:
                return Frame(None, text, event)
        return Frame(None, text, event)


class _Events:
    """Splits a stream into events without ever holding a line: a picture's line may have 13 MB."""

    def __init__(self, places: Places, scope: Scope | Spool, limits: LiftLimits | None) -> None:
        self._making = (places, scope, limits)
        self._body: _Body | None = None
        self._line = bytearray()
        self._in_data = False
        self._event: str | None = None

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        position = 0
        while (end := chunk.find(b"\n", position)) >= 0:
            self._take(chunk[position:end])
            yield from self._end_line()
            position = end + 1
        self._take(chunk[position:])

    def finish(self) -> Iterator[Frame]:
        """What a stream without a last empty line still holds."""
        yield from self._end_line()
        yield from self._dispatch()

    def abort(self) -> None:
        if self._body is not None:
            self._body.abort()

    def _take(self, piece: bytes) -> None:
        if not self._in_data:
            missing = max(len(b"data:") - len(self._line), 0)
            self._line += piece[:missing]
            piece = piece[missing:]
            self._in_data = self._line == b"data:"
        if self._in_data:
            self._to_body(piece)
        else:
            self._line += piece[: max(_LONGEST_NAME - len(self._line), 0)]

    def _to_body(self, piece: bytes) -> None:
        if self._body is None:
            self._body = _Body(*self._making)
        # The optional space and the \r of a line's end are white space to JSON: no need to cut them off.
        if piece:
            self._body.feed(piece)

    def _end_line(self) -> Iterator[Frame]:
        line, in_data = bytes(self._line).rstrip(b"\r"), self._in_data
        self._line.clear()
        self._in_data = False
        if in_data:
            self._to_body(b"\n")
        elif not line:
            yield from self._dispatch()
        elif line.startswith(b"event:"):
            self._event = line[6:].decode("utf-8", "replace").strip() or None

    def _dispatch(self) -> Iterator[Frame]:
        body, event = self._body, self._event
        self._body, self._event = None, None
        if body is not None:
            yield body.finish(event)
