"""Base64 text, still escaped as JSON, decoded into a blob as it arrives."""

import binascii
import re

import pybase64

from onebrush.kit.blobs import Blob, BlobWriter

_UNFINISHED = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_UNICODE = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
# Encoders escape by the thousand (PHP the slash, .NET the plus sign): replacing beats a call for each.
_USUAL = {
    rb"\/": b"/",
    rb"\n": b"",
    rb"\r": b"",
    rb"\u002b": b"+",
    rb"\u002B": b"+",
    rb"\u002f": b"/",
    rb"\u002F": b"/",
    rb"\u003d": b"=",
    rb"\u003D": b"=",
}


class BadBase64(ValueError):
    """The text is not base64; says why."""


class Unbase64:
    """Takes the raw inside of a JSON string in any pieces and writes the bytes it stands for."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer
        self._escape = b""
        self._quantum = b""
        self._padded = False
        self._url_safe = False
        self._any = False

    def feed(self, raw: bytes) -> None:
        """The next piece, cut anywhere, an escape included."""
        if self._escape:
            raw, self._escape = self._escape + raw, b""
        self._decode(self._unescaped(raw) if b"\\" in raw else raw)

    def finish(self) -> Blob:
        """The string has ended."""
        if self._escape:
            raise BadBase64("an escape that base64 does not use")
        if not self._any:
            raise BadBase64("there is nothing of it")
        if len(self._quantum) == 1:
            raise BadBase64("its length is impossible (one character left over)")
        if self._quantum:
            self._write(self._quantum.ljust(4, b"="))
        return self._writer.finish()

    def abort(self) -> None:
        self._writer.abort()

    def _unescaped(self, raw: bytes) -> bytes:
        if rb"\\" in raw:
            raise BadBase64("a backslash")
        cut = _UNFINISHED.search(raw, max(len(raw) - 6, 0))
        if cut:
            raw, self._escape = raw[: cut.start()], cut[0]
        for escape, plain in _USUAL.items():
            if b"\\" not in raw:
                return raw
            raw = raw.replace(escape, plain)
        if b"\\" in raw:
            raw = _UNICODE.sub(lambda found: bytes([int(found[1], 16)]).strip(b"\r\n"), raw)
        if b"\\" in raw:
            raise BadBase64("an escape that base64 does not use")
        return raw

    def _decode(self, text: bytes) -> None:
        if not text:
            return
        self._any = True
        view = memoryview(text)
        if self._quantum:
            missing = 4 - len(self._quantum)
            self._quantum += view[:missing]
            view = view[missing:]
            if len(self._quantum) < 4:
                return
            self._write(self._quantum)
        whole = len(view) - len(view) % 4
        self._quantum = bytes(view[whole:])
        if whole:
            self._write(view[:whole])

    def _write(self, text: bytes | memoryview) -> None:
        if self._padded:
            raise BadBase64("text after the padding")
        decoded = self._decoded(text)
        self._padded = text[-1] == ord("=")
        self._writer.write(decoded)

    def _decoded(self, text: bytes | memoryview) -> bytes:
        # The first '-' or '_' may come millions of characters into the text, so each piece is asked again.
        if not self._url_safe:
            try:
                return pybase64.b64decode(text, validate=True)
            except binascii.Error:
                self._url_safe = True
        try:
            return pybase64.b64decode(text, altchars=b"-_", validate=True)
        except binascii.Error:
            raise BadBase64("a character outside its alphabet, or padding in its midst") from None
