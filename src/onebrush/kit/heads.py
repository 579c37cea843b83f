"""What a string at a picture's place turns out to be, told from its first characters."""

import re
from dataclasses import dataclass
from enum import Enum, auto

HEAD = 256  # characters within which a data URI must reach its comma
LONGEST_HEAD = 6 * HEAD  # the same, each written as \u00XX
SHORTEST_BARE = 64  # anything shorter is an id or a word

# Possessive, so that a long text leaves nothing to go back to.
_TO_QUOTE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_WHOLE_ESCAPES = re.compile(rb"[^\\]*+(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^\\]*+)*+", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_DATA_URI = re.compile(r"data:([^,;]*)(?:;[^,;]*)*?;base64,", re.IGNORECASE)
_BARE = re.compile(r"[A-Za-z0-9+/_-]{62}(?:[A-Za-z0-9+/_-]{2}|[A-Za-z0-9+/_-]=|==)")
_LINE_BREAKS = str.maketrans("", "", "\r\n")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Verdict(Enum):
    """What is certain without a picture's head."""

    OPEN = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Head:
    """A picture begins: its declared type, and how many raw bytes came before its base64."""

    media_type: str | None
    length: int


def string_end(data: bytes | bytearray, start: int) -> int:
    """The closing quote's position, a lone backslash's where the data ends in one, or the data's end."""
    found = _TO_QUOTE.match(data, start)
    return found.end() if found else start


def judge(raw: bytes, whole: bool) -> Head | Verdict:
    """What a string is that begins so, escapes and all; the same however its bytes were cut.

    `whole` says that no more will come that could change the answer.
    """
    escaped = _finished(raw)
    text = _ESCAPE.sub(_plain, escaped)
    uri = _DATA_URI.match(text[:HEAD])
    if uri:
        return Head(uri[1].strip().lower() or None, _raw_length(escaped, uri.end()))
    if text[:5].lower() == "data:"[: len(text)]:
        return Verdict.TEXT if whole or len(text) >= HEAD else Verdict.OPEN
    bare = text.translate(_LINE_BREAKS)
    if len(bare) < SHORTEST_BARE:
        return Verdict.TEXT if whole else Verdict.OPEN
    return Head(None, 0) if _BARE.match(bare) else Verdict.TEXT


def _finished(raw: bytes) -> str:
    """The raw text up to an escape that is still cut off; Latin-1, as only ASCII matters here."""
    found = _WHOLE_ESCAPES.match(raw)
    return raw[: found.end() if found else 0].decode("latin-1")


def _plain(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _PLAIN.get(escape[2], escape[2])


def _raw_length(escaped: str, count: int) -> int:
    """How many raw characters the first `count` plain ones take."""
    position = 0
    for _ in range(count):
        escape = _ESCAPE.match(escaped, position)
        position = escape.end() if escape else position + 1
    return position
