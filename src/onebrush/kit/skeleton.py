"""What is left of a body once its pictures are out: parsed strictly, refusals named by path."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

from onebrush.kit.blobs import Blob
from onebrush.kit.places import path_text

Kind = Literal["syntax", "base64", "too_large", "too_deep", "truncated", "duplicate_key", "number", "encoding"]

MARK = b"NaN"  # no JSON text holds it outside a string, the scan refuses it: so it can stand for a picture
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BOM = b"\xef\xbb\xbf"


class LiftError(ValueError):
    """A body that cannot be taken: why, and where in it."""

    def __init__(self, kind: Kind, reason: str, *, path: str = "", offset: int | None = None) -> None:
        place = f" at '{path}'" if path else ""
        byte = f" (byte {offset})" if offset is not None else ""
        super().__init__(f"{reason}{place}{byte}")
        self.kind: Kind = kind
        self.reason = reason
        self.path = path
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Lifted:
    """Stands in the skeleton where a picture was; `media_type` is what its data URI declared."""

    blob: Blob
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands for a value the parser took and we do not; found again after parsing, with its path."""

    kind: Kind
    reason: str
    key: str | None = None


def parse(skeleton: bytearray, lifted: list[Lifted], *, strict_keys: bool) -> object:
    """The value, with each mark replaced by the next lifted picture; LiftError for what we do not take.

    Its offset, where it has one, counts in the skeleton.
    """
    return _Parser(skeleton, lifted, strict_keys).value()


class _Parser:
    def __init__(self, skeleton: bytearray, lifted: list[Lifted], strict_keys: bool) -> None:
        self._skeleton = skeleton
        self._shift = len(_BOM) if skeleton.startswith(_BOM) else 0
        self._pictures = iter(lifted)
        self._strict_keys = strict_keys
        self._refused = False

    def value(self) -> object:
        text = self._text()
        if not text.strip(" \t\r\n"):
            raise LiftError("syntax", "Empty body", offset=0)
        value = self._parsed(text)
        if self._refused:
            _raise_first(value)
        if _SURROGATE.search(text):
            _check_surrogates(value)
        return value

    def _text(self) -> str:
        try:
            return self._skeleton.removeprefix(_BOM).decode("utf-8")
        except UnicodeDecodeError as error:
            raise LiftError("encoding", "The body is not UTF-8", offset=error.start + self._shift) from None

    def _parsed(self, text: str) -> object:
        try:
            return json.loads(
                text,
                object_pairs_hook=self._object,
                parse_constant=self._constant,
                parse_float=self._float,
                parse_int=self._int,
            )
        except json.JSONDecodeError as error:
            offset = len(text[: error.pos].encode("utf-8")) + self._shift
            raise LiftError("syntax", f"Not valid JSON: {error.msg}", offset=offset) from None
        except RecursionError:
            raise LiftError("too_deep", "The body is nested too deeply") from None

    def _object(self, pairs: list[tuple[str, object]]) -> object:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        seen: dict[str, object] = {}
        for key, inner in pairs:
            # Without strict keys the last one wins, unless a picture would get lost by it.
            if key in seen and (self._strict_keys or _holds_picture(seen[key]) or _holds_picture(inner)):
                return self._refuse("duplicate_key", "Duplicate key", key)
            seen[key] = inner
        return value

    def _constant(self, name: str) -> object:
        picture = next(self._pictures, None) if name.encode() == MARK else None
        return picture or self._refuse("number", f"{name} is not a JSON number")

    def _float(self, text: str) -> object:
        number = float(text)
        return self._refuse("number", "The number is too large") if math.isinf(number) else number

    def _int(self, text: str) -> object:
        try:
            return int(text)
        except ValueError:
            return self._refuse("number", f"The number has {len(text)} digits, too many")

    def _refuse(self, kind: Kind, reason: str, key: str | None = None) -> _Refused:
        self._refused = True
        return _Refused(kind, reason, key)


def _walk(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))


def _holds_picture(value: object) -> bool:
    # A value already refused counts: whatever it held is in doubt.
    return any(isinstance(inner, Lifted | _Refused) for _, inner in _walk(value))


def _raise_first(value: object) -> None:
    for path, inner in _walk(value):
        if isinstance(inner, _Refused):
            steps = [*path] if inner.key is None else [*path, inner.key]
            raise LiftError(inner.kind, inner.reason, path=path_text(steps))


def _check_surrogates(value: object) -> None:
    for path, inner in _walk(value):
        if isinstance(inner, str) and not _encodes(inner):
            _lone(path)
        if isinstance(inner, dict) and not all(map(_encodes, inner)):
            _lone(path)


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _lone(path: tuple[str | int, ...]) -> NoReturn:
    raise LiftError("encoding", "The text holds half a surrogate pair", path=path_text([*path]))
