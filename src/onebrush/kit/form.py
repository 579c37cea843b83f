"""A push parser for multipart forms: files become blobs while they arrive, names and texts a value as JSON has it."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.brackets import Names, Repeated, Steps, Tree, steps_of
from onebrush.kit.formparts import FormPart, PicturePart, TextPart, place_of
from onebrush.kit.lift import LiftLimits
from onebrush.kit.places import Node, Places, path_text
from onebrush.kit.skeleton import Lifted, LiftError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # exists for type checkers only

MOST_PARTS = 1000
MOST_HEADERS = 8
LONGEST_HEADER = 4096
LONGEST_NAME = 200

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]\Z")  # RFC 2046
_PLAIN = re.compile(r"[\w.\[\]-]{1,200}\Z", re.ASCII)
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,60}\Z")
_STRAY = "A file came in a field that takes none; look at the field's name"
_UNCODED = (b"", b"7bit", b"8bit", b"binary")

# Every refusal reaches the caller; what strangers send is no matter for the log.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a header names; None where there is none that may be one."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    return boundary if _BOUNDARY.match(boundary) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What a part's headers say. A file's name is only whether there is one: nobody ever uses it."""

    name: str
    is_file: bool
    media_type: str | None


class FormLift:
    """Feed it a form in any pieces; `finish` gives the object with `Lifted` where pictures stood.

    `names` tell which of its texts may be JSON or lists. Raises LiftError, like Lift.
    """

    def __init__(
        self,
        boundary: bytes,
        places: Places,
        spool: Spool | Scope,
        limits: LiftLimits | None = None,
        *,
        names: Names | None = None,
    ) -> None:
        self._places = places
        self._spool = spool
        self._left = limits or LiftLimits()
        self._names = names or Names()
        self._tree = Tree()
        self._parts = 0
        self._ended = False
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._steps: Steps = ()
        self._file = False
        self._part: FormPart | None = None
        self._parser: MultipartParser | None = MultipartParser(
            boundary, self._callbacks(), max_header_count=MOST_HEADERS, max_header_size=LONGEST_HEADER
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; what follows the last boundary is not looked at."""
        if self._parser is None or self._ended:
            return
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise LiftError("syntax", f"Not a valid form: {error}") from None

    def finish(self) -> dict[str, object]:
        """The form's fields; LiftError where its last boundary did not come."""
        self._parser = None  # it holds this object by its callbacks: let go, so that neither keeps its bytes
        if not self._ended:
            raise LiftError("truncated", "The form ends before its last boundary")
        return self._tree.value()

    def abort(self) -> None:
        """Let go of the part that was under way; whole pictures belong to their scope."""
        self._parser = None
        if self._part is not None:
            self._part.abort()

    # ---- what the parser finds, in this order

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_begin": self._begin_header,
            "on_header_field": self._adding(lambda: self._header[0]),
            "on_header_value": self._adding(lambda: self._header[1]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise LiftError("too_large", f"More than {MOST_PARTS} parts")
        self._headers = {}

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _adding(self, to: Callable[[], bytearray]) -> Callable[[bytes, int, int], None]:
        def add(data: bytes, start: int, end: int) -> None:
            to().extend(data[start:end])

        return add

    def _end_header(self) -> None:
        name = bytes(self._header[0]).lower()
        if name in self._headers:
            raise LiftError("syntax", f"A part has two headers '{name.decode('latin-1')[:40]}'")
        self._headers[name] = bytes(self._header[1])

    def _open(self) -> None:
        head = self._head()
        self._file = head.is_file
        self._name, self._steps = head.name, steps_of(head.name)
        place = place_of(self._places, self._steps)
        if head.is_file and place is not None and place.picture:
            room = min(self._left.blob, self._left.total)
            self._part = PicturePart(self._spool.writer(limit=room), head.media_type)
        else:
            json = self._names.may_be_json(self._steps) or (place is not None and place.picture)
            self._part = TextPart(self._steps, self._places, self._spool, self._left, json=json)

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part is not None:
            with self._named():
                part.feed(data[start:end])

    def _close(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        with self._named():
            value = part.finish()
            self._count(part, value)
        if value is not None and not (value == "" and self._at_picture()):  # no file, and no text instead of one
            self._keep(value)

    def _end(self) -> None:
        self._ended = True

    # ---- pieces of these

    def _head(self) -> _Head:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))
        if disposition != b"form-data" or not options.get(b"name"):
            raise LiftError("syntax", "A part has no Content-Disposition: form-data with a name")
        try:
            name = options[b"name"].decode("utf-8")
        except UnicodeDecodeError:
            raise LiftError("encoding", "A part's name is not UTF-8") from None
        if len(name) > LONGEST_NAME:
            raise LiftError("too_large", f"A part's name has more than {LONGEST_NAME} characters")
        kind = self._kind()
        is_file = b"filename" in options or kind.startswith("image/")
        return _Head(name=name, is_file=is_file, media_type=kind if _MEDIA_TYPE.match(kind) else None)

    def _kind(self) -> str:
        """The part's declared type, in lower case. Refuses what would have to be unpacked first."""
        kind = parse_options_header(self._headers.get(b"content-type", b"").decode("latin-1"))[0].decode("latin-1")
        if kind.startswith("multipart/"):
            raise LiftError("syntax", "A part is a form itself; send each file as a part of its own")
        if self._headers.get(b"content-transfer-encoding", b"").strip().lower() not in _UNCODED:
            raise LiftError("syntax", "A part is encoded for transfer; send its bytes as they are")
        return kind

    def _count(self, part: FormPart, value: object) -> None:
        """What this part took of the limits is not there for the next."""
        if isinstance(part, TextPart):
            self._left = part.left()
        elif isinstance(value, Lifted):
            self._left = replace(self._left, total=self._left.total - value.blob.size, pictures=self._left.pictures - 1)
            if self._left.pictures < 0:
                raise LiftError("too_large", "Too many pictures")

    def _keep(self, value: object) -> None:
        try:
            self._tree.put(self._steps, value, repeats=self._goes_on())
        except Repeated:
            raise LiftError("duplicate_key", "Duplicate field", path=self._shown()) from None

    def _goes_on(self) -> bool:
        """Whether a name said again makes a list: `image` does, and `image[]` goes on where a single `image` began."""
        place = place_of(self._places, self._steps)
        in_list = not isinstance(self._steps[-1], str) or (place is not None and _takes_items(place))
        return (self._at_picture() and in_list) or self._names.make_a_list(self._steps)

    def _at_picture(self) -> bool:
        place = place_of(self._places, self._steps)
        return place is not None and place.picture

    def _shown(self) -> str:
        """The part's name as errors give it: as it was written, or quoted where that could mislead."""
        return self._name if _PLAIN.match(self._name) else path_text([self._name])

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Refusals of a part's content name the part: a path inside it only where it is exact, offsets never."""
        try:
            yield
        except LiftError as error:
            path = error.path if len(self._steps) == 1 and error.path else self._shown()
            stray = error.kind == "encoding" and self._file
            raise LiftError(error.kind, _STRAY if stray else error.reason, path=path) from None


def _takes_items(place: Node) -> bool:
    return place.items is not None and place.items.picture
