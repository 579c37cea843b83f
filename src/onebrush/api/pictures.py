"""Stored pictures: metadata with a fresh link, the bytes behind a link, deletion."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from onebrush.api.auth import Keyring, authenticate
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.domain.errors import InvalidKey, InvalidRequest, NotFound, PermissionDenied
from onebrush.domain.result import Artifact
from onebrush.engine import developing
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.pictures import NotAPicture
from onebrush.wires.openai.render import render_error

THUMB_SIDE = 384
THUMB_SOURCE_LIMIT = 64_000_000


class ArtifactRows(Protocol):
    """What is known of stored pictures."""

    async def get(self, artifact_id: str) -> Artifact | None:
        """One picture's row."""
        ...


class Objects(Protocol):
    """Stored bytes by location."""

    async def open(self, location: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start`. Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRoutes:
    """The routes below /v1/images/{id}. `link_ttl` is in seconds."""

    rows: ArtifactRows
    objects: Objects
    keys: Keyring
    links: Links
    origin: Origin
    spool: Spool
    link_ttl: int
    forget: Callable[[list[Artifact]], Coroutine[None, None, None]]
    leaving: set[asyncio.Task[None]] = field(default_factory=set)

    async def describe(self, request: Request) -> Response:
        """`GET /v1/images/{id}`: what is known of the picture, and a fresh link."""
        artifact = await self._owned(request)
        link = self.links.make(artifact, self.origin.of(request.scope), self.link_ttl)
        return JSONResponse(
            {
                "id": artifact.id,
                "object": "image",
                "generation": artifact.generation,
                "index": artifact.index,
                "media_type": artifact.media_type,
                "width": artifact.width,
                "height": artifact.height,
                "bytes": artifact.size,
                "created": artifact.created,
                "kept_until": artifact.expires,
                "test": artifact.test,
                "url": link.url,
                "expires_at": link.expires_at,
            },
            headers=_PRIVATE,
        )

    async def delete(self, request: Request) -> Response:
        """`DELETE /v1/images/{id}`: the picture is gone at once, its links with it."""
        artifact = await self._owned(request)
        await self.forget([artifact])
        return JSONResponse({"id": artifact.id, "object": "image", "deleted": True}, headers=_PRIVATE)

    async def content(self, request: Request) -> Response:
        """`GET|HEAD /v1/images/{id}/content`: the bytes, for a valid link or the owner's key."""
        artifact = await self._permitted(request)
        variant = request.query_params.get("variant", "")
        if variant == "thumb":
            return await self._thumb(artifact)
        if variant:
            raise NotFound(f"There is no variant '{variant[:40]}'; there is 'thumb'.", param="variant")
        return await self._bytes(artifact, request)

    async def _owned(self, request: Request) -> Artifact:
        key = authenticate(request.scope["headers"], request.scope["query_string"], self.keys)
        artifact = await self.rows.get(request.path_params["id"])
        if artifact is None or artifact.key != key.id:
            raise NotFound(_NO_PICTURE)
        return artifact

    async def _permitted(self, request: Request) -> Artifact:
        query = request.query_params
        if "sig" not in query and "exp" not in query:
            return await self._by_key(request)
        picture = request.path_params["id"]
        self.links.check(picture, query.get("exp", ""), query.get("sig", ""), query.get("variant", ""))
        artifact = await self.rows.get(picture)
        if artifact is None:
            raise NotFound(_NO_PICTURE)
        return artifact

    async def _by_key(self, request: Request) -> Artifact:
        try:
            return await self._owned(request)
        except InvalidKey as error:
            if _sends_key(request):
                raise
            raise PermissionDenied("The link has no signature; ask for one by the picture's id.") from error

    async def _thumb(self, artifact: Artifact) -> Response:
        if artifact.media_type == "image/svg+xml" or artifact.size > THUMB_SOURCE_LIMIT:
            raise NotFound("There is no thumbnail of this picture.", param="variant")
        with Scope(self.spool) as scope:
            try:
                small = await developing.thumbnail(await copied(self.objects, artifact, scope), THUMB_SIDE, scope)
            except NotAPicture as error:
                raise NotFound("There is no thumbnail of this picture.", param="variant") from error
            return Response(small.read(), media_type="image/webp", headers=_PRIVATE)

    async def _bytes(self, artifact: Artifact, request: Request) -> Response:
        span = _span(request.headers.get("range"), artifact.size)
        headers = {**_PRIVATE, **_guards(artifact), "accept-ranges": "bytes"}
        if span == UNSATISFIABLE:
            message = f"The range lies beyond the picture's {artifact.size} bytes."
            told = render_error(InvalidRequest(message, param="Range"), "plain", None)
            return JSONResponse(told, 416, {**headers, "content-range": f"bytes */{artifact.size}"})
        start, length = span or (0, artifact.size)
        headers["content-length"] = str(length)
        if span:
            headers["content-range"] = f"bytes {start}-{start + length - 1}/{artifact.size}"
        status = 206 if span else 200
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=artifact.media_type)
        body = await self.objects.open(artifact.location, start, length)
        if artifact.once and not span:
            body = self._then_forget(body, artifact)
        return StreamingResponse(body, status_code=status, headers=headers, media_type=artifact.media_type)

    async def _then_forget(self, body: AsyncIterator[bytes], artifact: Artifact) -> AsyncIterator[bytes]:
        """The whole body; the picture is deleted when its last byte was taken, not when a reader left early."""
        left = artifact.size
        async for piece in body:
            yield piece
            left -= len(piece)
            if left == 0:
                self._forget_soon(artifact)

    def _forget_soon(self, artifact: Artifact) -> None:
        # A task of its own: the reader has all it wants and may close, which ends the answer's half-way.
        task = asyncio.create_task(self.forget([artifact]))
        self.leaving.add(task)
        task.add_done_callback(self.leaving.discard)


async def copied(objects: Objects, artifact: Artifact, scope: Scope) -> Blob:
    """The stored bytes in `scope`, whatever becomes of the picture meanwhile. Raises NotFound, StorageUnavailable."""
    writer = scope.writer(limit=artifact.size, hint=artifact.size)
    try:
        async for piece in await objects.open(artifact.location):
            writer.write(piece)
        return writer.finish()
    except BaseException:
        writer.abort()
        raise


_NO_PICTURE = "There is no picture of that id here; it may have been deleted or its retention may have ended."

_PRIVATE = {
    "cache-control": "private",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}


def _guards(artifact: Artifact) -> Mapping[str, str]:
    """A drawing can carry script: it is only ever a download, and even then may do nothing."""
    name = f"{artifact.id}.{_EXTENSIONS.get(artifact.media_type, 'bin')}"
    if artifact.media_type == "image/svg+xml":
        return {
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
    return {"content-disposition": f'inline; filename="{name}"'}


def _sends_key(request: Request) -> bool:
    return any(name in request.headers for name in ("authorization", "api-key", "x-api-key", "x-goog-api-key"))


UNSATISFIABLE = (-1, 0)
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})\Z")


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of a single range; None for none, for several and for what is no range: the whole is sent."""
    match = _RANGE.match(header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, length) if length else UNSATISFIABLE
    start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
    if start >= size:
        return UNSATISFIABLE
    return None if match[2] and int(match[2]) < start else (start, end - start + 1)
