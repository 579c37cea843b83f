"""A push parser that takes the pictures out of a JSON body while it arrives."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from onebrush.kit.blobs import MIB, BlobTooLarge, Scope, Spool
from onebrush.kit.heads import LONGEST_HEAD, Head, Verdict, judge, string_end
from onebrush.kit.places import Cursor, Places
from onebrush.kit.skeleton import MARK, Kind, Lifted, LiftError, parse
from onebrush.kit.unbase64 import BadBase64, Unbase64

__all__ = ["Lift", "LiftError", "LiftLimits", "Lifted", "Places"]

_TOKEN = re.compile(rb'["{}\[\],NI]')
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftLimits:
    """How much of what a body may hold; sizes in bytes."""

    skeleton: int = 4 * MIB
    blob: int = 50_000_000
    pictures: int = 64
    depth: int = 64
    total: int = 256_000_000
    tokens: int = 50_000  # strings, brackets and commas: bounds the time a hostile body can take


@dataclass(slots=True)
class _Picture:
    """The picture being taken out."""

    text: Unbase64
    media_type: str | None


class Lift:
    """Feed it a body in any pieces; `finish` gives the value with `Lifted` where pictures stood."""

    def __init__(
        self,
        places: Places,
        spool: Spool | Scope,
        limits: LiftLimits | None = None,
        *,
        strict_keys: bool = False,
    ) -> None:
        self._spool = spool
        self._limits = limits or LiftLimits()
        self._strict_keys = strict_keys
        self._cursor = Cursor(places)
        # A plain function, not a bound method: a Lift in a cycle with itself would keep its bytes.
        self._state: Callable[[Lift, bytes, int], int] = Lift._outside
        self._skeleton = bytearray()
        self._marks: list[tuple[int, int]] = []
        self._key: bytearray | None = None
        self._in_escape = False
        self._head = bytearray()
        self._picture: _Picture | None = None
        self._string_start = 0
        self._offset = 0
        self._tokens = 0
        self._total = 0
        self._lifted: list[Lifted] = []
        self._failed: LiftError | None = None

    @property
    def pictures(self) -> int:
        """How many have been lifted whole so far."""
        return len(self._lifted)

    def left(self) -> LiftLimits:
        """What of the limits this body left to others that share them."""
        limits = self._limits
        return replace(
            limits,
            skeleton=limits.skeleton - len(self._skeleton),
            pictures=limits.pictures - len(self._lifted),
            total=limits.total - self._total,
            tokens=limits.tokens - self._tokens,
        )

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next piece; nothing of the caller's buffer is kept."""
        self._check()
        data = bytes(chunk)  # the very same object when it is bytes already
        position = 0
        try:
            while position < len(data):
                position = self._state(self, data, position)
        except BaseException as error:
            self._give_up(error)
            raise
        self._offset += len(data)

    def finish(self) -> object:
        """The value; LiftError where the body is not whole or not what we take."""
        self._check()
        try:
            if self._state is not Lift._outside or self._cursor.depth:
                self._fail("truncated", "The body ends before it is complete", self._offset)
            return self._parsed()
        except BaseException as error:
            self._give_up(error)
            raise

    def abort(self) -> None:
        """Let go of every picture taken so far."""
        if self._picture is not None:
            self._picture.text.abort()
        for lifted in self._lifted:
            lifted.blob.close()

    # ---- states: each takes the data from a position on and says how far it came

    def _outside(self, data: bytes, start: int) -> int:
        """Between strings: hop from token to token."""
        position, cursor = start, self._cursor
        while found := _TOKEN.search(data, position):
            position = found.end()
            self._tokens += 1
            if self._tokens > self._limits.tokens:
                self._fail("too_large", f"More than {self._limits.tokens} values", self._offset + position)
            token = data[position - 1]
            if token == _QUOTE:
                self._open_string(data, start, position)
                return position
            if token == 0x2C:
                cursor.comma()
            else:
                self._bracket(token, self._offset + position - 1)
        self._keep(data, start, len(data))
        return len(data)

    def _text(self, data: bytes, start: int) -> int:
        """In a key, or a string that stays: hop to its end."""
        end = string_end(data, start + self._in_escape)
        closed = end < len(data) and data[end] == _QUOTE
        self._in_escape = end < len(data) and not closed
        stop = end if closed else len(data)
        self._keep(data, start, stop + closed)
        if self._key is not None:
            self._key += data[start:stop]
        if closed:
            self._close_text()
        return stop + closed

    def _opening(self, data: bytes, start: int) -> int:
        """At a picture's place: gather until it is clear what the string is."""
        before = len(self._head)
        self._head += data[start : start + LONGEST_HEAD - before]
        end = string_end(self._head, 0)
        closed = end < len(self._head) and self._head[end] == _QUOTE
        raw = bytes(self._head[:end]) if closed else bytes(self._head)
        verdict = judge(raw, closed or len(raw) >= LONGEST_HEAD)
        position = start + len(raw) - before
        if verdict is Verdict.OPEN:
            return position
        self._head.clear()
        if isinstance(verdict, Head):
            self._open_picture(verdict, raw)
        else:
            self._reopen_text(raw)
        return position

    def _base64(self, data: bytes, start: int) -> int:
        """In a picture: hop to the closing quote, which base64 cannot hold."""
        quote = data.find(b'"', start)
        if quote < 0:
            self._decode(data[start:])
            return len(data)
        self._decode(data[start:quote])
        self._close_picture(self._offset + quote + 1)
        return quote + 1

    # ---- moves between them

    def _bracket(self, token: int, offset: int) -> None:
        if token in b"{[":
            if self._cursor.depth >= self._limits.depth:
                self._fail("too_deep", f"Nested more than {self._limits.depth} levels", offset)
            self._cursor.enter(token == ord("["))
        elif token in b"}]":
            if not self._cursor.leave(token == ord("]")):
                self._fail("syntax", "Not valid JSON: a bracket closes nothing", offset)
        else:
            self._fail("number", "NaN and Infinity are not JSON numbers", offset)

    def _open_string(self, data: bytes, start: int, position: int) -> None:
        is_key = self._cursor.at_key()
        if is_key or not self._cursor.at_picture():
            self._key = bytearray() if is_key else None
            self._keep(data, start, position)
            self._state = Lift._text
        else:
            self._keep(data, start, position - 1)
            self._string_start = self._offset + position - 1
            self._state = Lift._opening

    def _close_text(self) -> None:
        if self._key is not None:
            self._cursor.name(_key_name(self._key))
            self._key = None
        self._state = Lift._outside

    def _reopen_text(self, raw: bytes) -> None:
        """It was no picture: the raw text joins the skeleton and the rest of it follows."""
        whole = b'"' + raw
        self._keep(whole, 0, len(whole))
        self._in_escape = _ends_in_escape(raw)
        self._state = Lift._text

    def _open_picture(self, head: Head, raw: bytes) -> None:
        if len(self._lifted) >= self._limits.pictures:
            self._fail("too_large", f"More than {self._limits.pictures} pictures", self._string_start)
        room = min(self._limits.blob, self._limits.total - self._total)
        self._picture = _Picture(Unbase64(self._spool.writer(limit=room)), head.media_type)
        self._state = Lift._base64
        self._decode(raw[head.length :])

    def _decode(self, raw: bytes) -> None:
        if self._picture is not None:
            try:
                self._picture.text.feed(raw)
            except BadBase64 as error:
                self._fail("base64", f"Broken base64: {error}", self._string_start)
            except BlobTooLarge as error:
                self._fail("too_large", f"The picture exceeds {error.limit} bytes", self._string_start)

    def _close_picture(self, end: int) -> None:
        if self._picture is None:
            return
        try:
            blob = self._picture.text.finish()
        except BadBase64 as error:
            self._fail("base64", f"Broken base64: {error}", self._string_start)
        except BlobTooLarge as error:
            self._fail("too_large", f"The picture exceeds {error.limit} bytes", self._string_start)
        self._lifted.append(Lifted(blob, self._picture.media_type))
        self._picture = None
        self._total += blob.size
        self._keep(MARK, 0, len(MARK))
        self._marks.append((len(self._skeleton), end - self._string_start - len(MARK)))
        self._state = Lift._outside

    def _keep(self, data: bytes, start: int, stop: int) -> None:
        if len(self._skeleton) + stop - start > self._limits.skeleton:
            self._fail("too_large", f"The body without pictures exceeds {self._limits.skeleton} bytes", self._offset)
        self._skeleton += data[start:stop]

    # ---- endings

    def _parsed(self) -> object:
        try:
            return parse(self._skeleton, self._lifted, strict_keys=self._strict_keys)
        except LiftError as error:
            if error.offset is None:
                raise
            removed = sum(length for mark, length in self._marks if mark <= error.offset)
            offset = error.offset + removed
            raise LiftError(error.kind, error.reason, path=error.path, offset=offset) from None

    def _fail(self, kind: Kind, reason: str, offset: int) -> NoReturn:
        raise LiftError(kind, reason, path=self._cursor.path(), offset=offset)

    def _give_up(self, error: BaseException) -> None:
        self._failed = error if isinstance(error, LiftError) else LiftError("truncated", "Given up midway")
        self.abort()

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed


def _key_name(raw: bytearray) -> str:
    """The key in plain; one that is not valid is refused when the skeleton is parsed."""
    if b"\\" not in raw:
        return raw.decode("utf-8", "replace")
    try:
        return str(json.loads(b'"' + raw + b'"'))
    except ValueError:
        return ""


def _ends_in_escape(raw: bytes) -> bool:
    return (len(raw) - len(raw.rstrip(b"\\"))) % 2 == 1
