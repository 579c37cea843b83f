"""A request's body, JSON or a form, lifted as it arrives: pictures go to blobs, the rest becomes a small value."""

from __future__ import annotations

from typing import Protocol

from starlette.types import Receive

from onebrush.api.auth import header
from onebrush.api.forms import form_lift
from onebrush.domain.errors import InvalidImage, InvalidRequest, OneBrushError, RequestTooLarge
from onebrush.kit.blobs import Scope
from onebrush.kit.brackets import Names
from onebrush.kit.lift import Lift, LiftError, LiftLimits, Places

Headers = list[tuple[bytes, bytes]]


class ClientGone(Exception):
    """The caller closed the connection before its request was whole."""


class Taking(Protocol):
    """A body's parser, fed as it arrives."""

    def feed(self, chunk: bytes) -> None:
        """The next piece. Raises LiftError."""
        ...

    def finish(self) -> object:
        """The body's value. Raises LiftError."""
        ...

    def abort(self) -> None:
        """Let go of what was taken so far."""
        ...


async def read_body(
    headers: Headers, receive: Receive, places: Places, names: Names, scope: Scope, limits: LiftLimits
) -> object:
    """The body's value, JSON's or a form's, with kit.lift.Lifted where pictures stood.

    `names` say what a form's texts may be. Raises OneBrushError or ClientGone.
    """
    _check_head(headers, limits)
    kind = header(headers, "content-type") or ""
    if kind.strip().lower().startswith("multipart/"):
        return await _read(receive, form_lift(kind, places, names, scope, limits), limits.total)
    return await _read(receive, Lift(places, scope, limits, strict_keys=True), limits.total)


async def _read(receive: Receive, taking: Taking, most: int) -> object:
    taken, more = 0, True
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            taken += len(piece)
            # A body without a length may be nothing but blanks: what it comes to is no measure of it.
            if taken > most:
                raise RequestTooLarge(f"The body has more than {most} bytes.")
            taking.feed(piece)
            more = message.get("more_body", False)
        return taking.finish()
    except LiftError as error:
        taking.abort()
        raise _told(error) from error
    except BaseException:
        taking.abort()
        raise


def _check_head(headers: Headers, limits: LiftLimits) -> None:
    if (header(headers, "content-encoding") or "identity").lower() != "identity":
        raise InvalidRequest("Packed bodies are not taken; send the body without Content-Encoding.")
    length = header(headers, "content-length") or "0"
    if length.isdigit() and int(length) > limits.total:
        raise RequestTooLarge(f"The body has {length} bytes; at most {limits.total} are taken.")


def _told(error: LiftError) -> OneBrushError:
    param = error.path or None
    if error.kind == "too_large":
        return RequestTooLarge(f"The body is over a cap: {error}.", param=param)
    if error.kind == "base64":
        return InvalidImage(f"{error.path}: {error.reason}. Send the picture's bytes as base64 again.", param=param)
    if error.kind == "duplicate_key":
        return InvalidRequest(f"The body says one thing twice: {error}.", param=param)
    return InvalidRequest(f"The body cannot be read. {error}.", param=param)
