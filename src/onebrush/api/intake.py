"""A request's body, lifted as it arrives: pictures go to blobs, the rest becomes a small skeleton."""

from __future__ import annotations

from starlette.types import Receive

from onebrush.api.auth import header
from onebrush.domain.errors import InvalidImage, InvalidRequest, OneBrushError, RequestTooLarge
from onebrush.kit.blobs import Scope
from onebrush.kit.lift import Lift, LiftError, LiftLimits, Places

Headers = list[tuple[bytes, bytes]]


class ClientGone(Exception):
    """The caller closed the connection before its request was whole."""


async def read_json(headers: Headers, receive: Receive, places: Places, scope: Scope, limits: LiftLimits) -> object:
    """The body's JSON with kit.lift.Lifted where pictures stood. Raises OneBrushError or ClientGone."""
    _check_head(headers, limits)
    lift = Lift(places, scope, limits, strict_keys=True)
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            lift.feed(message.get("body", b""))
            more = message.get("more_body", False)
        return lift.finish()
    except LiftError as error:
        raise _told(error) from error
    except BaseException:
        lift.abort()
        raise


def _check_head(headers: Headers, limits: LiftLimits) -> None:
    kind = (header(headers, "content-type") or "application/json").split(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise InvalidRequest(
            "Multipart bodies are not served by this version of the gateway yet; send JSON with pictures as data URIs."
        )
    if (header(headers, "content-encoding") or "identity").lower() != "identity":
        raise InvalidRequest("Packed bodies are not taken; send the JSON without Content-Encoding.")
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
        return InvalidRequest(f"The body says one key twice: {error}.", param=param)
    return InvalidRequest(f"The body cannot be read. {error}.", param=param)
