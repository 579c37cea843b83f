"""Reading a request's body within limits."""

import json
from typing import Any

from starlette.requests import Request

MEGABYTE = 1024 * 1024
LARGEST_BODY = 256 * MEGABYTE


class TooLarge(Exception):
    """A body above the vendor's cap."""


class NotJson(Exception):
    """A body that is not a JSON object."""


async def read_body(request: Request, cap: int = LARGEST_BODY) -> bytes:
    """Take the body, stopping at the cap."""
    if int(request.headers.get("content-length", "0")) > cap:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            raise TooLarge
    return bytes(body)


async def read_json(request: Request, cap: int = LARGEST_BODY) -> dict[str, Any]:
    """Take the body as one JSON object."""
    try:
        value = json.loads(await read_body(request, cap))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error
    if not isinstance(value, dict):
        raise NotJson("the body is not an object")
    return value
