"""Answers that go wrong on their way: bodies that make no sense, links that do not open, redirects."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from copy import deepcopy
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from onebrush.sandbox.links import Links, denied
from onebrush.sandbox.step import Step

PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
PRIVATE = "http://10.0.0.5/result.png"
_LINK = re.compile(r"https?://[^/]+/files/\w+/([0-9a-f]+\.\w+)")
# Where the vendors keep pictures: a list of these.
_PICTURE_KEYS = {"url", "b64_json", "inlineData", "image"}
_CHUNK = 64 * 1024


class Unfit(Exception):
    """A step that this answer cannot take, such as a link's fault where there is no link."""


class CutResponse(Response):
    """The head and a part of a body, then a dropped connection."""

    share = 0.5

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        part = bytes(self.body)[: int(len(self.body) * self.share)]
        # The server closes the connection when an application returns without finishing.
        await send({"type": "http.response.body", "body": part, "more_body": True})


def refusal(response: Response, step: Step) -> Response:
    """A vendor's refusal with the wait that the step names."""
    if step.retry_after is msgspec.UNSET:
        return response
    body = json.loads(bytes(response.body))
    changed = _like(response, _mapped(body, _retold(step.retry_after)), response.status_code)
    del changed.headers["retry-after"]
    if step.retry_after is not None:
        changed.headers["retry-after"] = step.retry_after
    return changed


def _retold(text: str | None) -> Callable[[str, Any], Any]:
    """Where a body tells the wait too (Gemini's RetryInfo), it tells the same."""
    return lambda key, value: (text or "") if key == "retryDelay" else value


def redirect(step: Step) -> Response:
    """To another host, with the method and the body kept."""
    return RedirectResponse(step.url, status_code=307)


# Bodies


def _html(response: Response, step: Step) -> Response:
    return HTMLResponse(PAGE)


def _truncated(response: Response, step: Step) -> Response:
    """Half of the JSON, with a length that is true."""
    body = bytes(response.body)
    return Response(body[: int(len(body) * step.share)], media_type="application/json")


def _wrong_type(response: Response, step: Step) -> Response:
    body = json.loads(bytes(response.body))
    return _like(response, {name: "none" if isinstance(value, list | dict) else value for name, value in body.items()})


def _fewer(response: Response, step: Step) -> Response:
    body, pictures = _found(response)
    pictures.pop()
    return _like(response, body)


def _more(response: Response, step: Step) -> Response:
    body, pictures = _found(response)
    pictures.append(deepcopy(pictures[-1]))
    return _like(response, body)


def _item_error(response: Response, step: Step) -> Response:
    """The last picture refused inside an answer (docs.byteplus.com/en/docs/ModelArk/1541523); only Ark has it so."""
    body, pictures = _found(response)
    usage, count = body.get("usage", {}), len(pictures)
    for name in ("generated_images", "output_tokens", "total_tokens"):
        if name in usage:
            usage[name] = usage[name] * (count - 1) // count
    code = "OutputImageSensitiveContentDetected"
    pictures[-1] = {"error": {"code": code, "message": "The output image may contain sensitive information."}}
    return _like(response, body)


def _cut(response: Response, step: Step) -> Response:
    cut = CutResponse(response.body, status_code=response.status_code)
    cut.raw_headers, cut.share = response.raw_headers, step.share
    return cut


ANSWERS: Mapping[str, Callable[[Response, Step], Response]] = {
    "html": _html,
    "truncated": _truncated,
    "wrong_type": _wrong_type,
    "fewer": _fewer,
    "more": _more,
    "item_error": _item_error,
    "cut": _cut,
}


def _found(response: Response) -> tuple[Any, list[Any]]:
    body = json.loads(bytes(response.body))
    pictures = _pictures(body)
    if pictures is None:
        raise Unfit("the answer holds no picture")
    return body, pictures


def _pictures(value: Any) -> list[Any] | None:
    """The list that holds the pictures, wherever it is."""
    if isinstance(value, list) and any(isinstance(item, dict) and _PICTURE_KEYS & item.keys() for item in value):
        return value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in inner if (found := _pictures(item)) is not None), None)


def _like(response: Response, body: Any, status: int = 200) -> Response:
    kept = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return JSONResponse(body, status_code=status, headers=kept)


def _mapped(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _mapped(inner, change, name) for name, inner in value.items()}
    return [_mapped(inner, change, key) for inner in value] if isinstance(value, list) else change(key, value)


# Links

Opening = Callable[[], Awaitable[Response | None]]


def _opening(step: Step) -> Opening:
    """What stands in for a result file: an answer, or None once it opens."""
    left = [step.times if step.times is not None else -1]

    async def opening() -> Response | None:
        if not left[0]:
            return None
        left[0] -= 1
        return await LINKS[step.fault](step)

    return opening


async def _gone(step: Step) -> Response | None:
    return denied(404, "NoSuchKey", "The specified key does not exist.")


async def _expired(step: Step) -> Response | None:
    return denied(403, "AccessDenied", "Request has expired.")


async def _unavailable(step: Step) -> Response | None:
    return denied(503, "ServiceUnavailable", "Please reduce your request rate.")


async def _slow(step: Step) -> Response | None:
    await asyncio.sleep(step.seconds or 600.0)
    return None


async def _big(step: Step) -> Response | None:
    return StreamingResponse(_zeros(step.size), media_type="image/png", headers={"content-length": str(step.size)})


async def _zeros(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, _CHUNK):
        yield bytes(min(_CHUNK, size - start))


async def _elsewhere(step: Step) -> Response | None:
    return RedirectResponse(step.url, status_code=302)


LINKS: Mapping[str, Callable[[Step], Awaitable[Response | None]]] = {
    "link_gone": _gone,
    "link_expired": _expired,
    "link_503": _unavailable,
    "link_slow": _slow,
    "link_big": _big,
    "link_redirect": _elsewhere,
    # Never asked: the link itself is another.
    "link_private": _gone,
}


def relinked(response: Response, step: Step, links: Links) -> Response:
    """The answer with links that go as the step says. Raises Unfit where it has none."""
    text = bytes(response.body).decode()
    names = _LINK.findall(text)
    if not names:
        raise Unfit("the answer holds no link")
    if step.fault == "link_private":
        return _like(response, _mapped(json.loads(text), _pointed(step.url or PRIVATE)))
    spoil(names, step, links)
    return response


def spoil(names: list[str], step: Step, links: Links) -> None:
    """Let these result files open as the step says."""
    opening = _opening(step)
    for name in names:
        links.stand_in(name, opening)


def _pointed(url: str) -> Callable[[str, Any], Any]:
    return lambda key, value: url if isinstance(value, str) and _LINK.match(value) else value
