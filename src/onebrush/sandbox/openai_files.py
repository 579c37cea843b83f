"""OpenAI's Files API as far as an edit needs it (developers.openai.com/api/reference/resources/files)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.desk import guarded
from onebrush.sandbox.reading import LARGEST_BODY, MEGABYTE

PURPOSES = ("assistants", "batch", "evals", "fine-tune", "user_data", "vision")
FIELDS = ("file", "purpose", "expires_after[anchor]", "expires_after[seconds]")
SHORTEST_LIFE, LONGEST_LIFE = 3600, 2_592_000
# The sandbox keeps files in memory only, and the newest of them only.
MOST_FILES = 32

Admit = Callable[[Request], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One uploaded file."""

    name: str
    data: bytes
    filename: str
    purpose: str
    created: int = field(default_factory=lambda: int(time.time()))
    expires: int | None = None

    def shown(self) -> dict[str, Any]:
        """Give the file as the vendor describes it."""
        return {
            "id": self.name, "object": "file", "bytes": len(self.data), "created_at": self.created,
            "expires_at": self.expires, "filename": self.filename, "purpose": self.purpose, "status": "processed",
        }  # fmt: skip


class Shelf:
    """The uploaded files."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def put(self, file: StoredFile) -> None:
        """Keep a file, and forget the oldest when there are too many."""
        self._files[file.name] = file
        while len(self._files) > MOST_FILES:
            del self._files[next(iter(self._files))]

    def find(self, name: str) -> StoredFile | None:
        """Give a file that is still there."""
        file = self._files.get(name)
        return None if file is None or (file.expires is not None and file.expires < time.time()) else file

    def drop(self, name: str) -> bool:
        """Forget a file; False when there was none."""
        return self._files.pop(name, None) is not None


def routes(shelf: Shelf, admit: Admit) -> list[Route]:
    """Build the routes over a shelf; `admit` raises for a wrong key."""

    async def upload(request: Request) -> Response:
        admit(request)
        file = await _read(request)
        shelf.put(file)
        return JSONResponse(file.shown())

    async def one(request: Request) -> Response:
        admit(request)
        name = request.path_params["name"]
        file = shelf.find(name)
        if file is None:
            raise errors.refusal(404, f"No such File object: {name}", param="id")
        if request.method != "DELETE":
            return JSONResponse(file.shown())
        return JSONResponse({"id": name, "object": "file", "deleted": shelf.drop(name)})

    return [
        Route("/files", guarded(upload, errors.server_error), methods=["POST"]),
        Route("/files/{name}", guarded(one, errors.server_error), methods=["GET", "DELETE"]),
    ]


async def _read(request: Request) -> StoredFile:
    if int(request.headers.get("content-length", "0")) > LARGEST_BODY:
        raise errors.refusal(413, "The request body is too large.")
    try:
        async with request.form(max_files=1, max_fields=8, max_part_size=MEGABYTE) as form:
            return await _stored(form)
    except HTTPException as error:
        raise errors.refusal(400, "We could not parse the form of your request.") from error


async def _stored(form: FormData) -> StoredFile:
    for name in form:
        if name not in FIELDS:
            raise errors.unknown(name)
    file, purpose = form.get("file"), form.get("purpose")
    if not isinstance(file, UploadFile):
        raise errors.missing("file")
    if purpose is None:
        raise errors.missing("purpose")
    if purpose not in PURPOSES:
        raise errors.invalid("purpose", f"Invalid value: '{purpose}'. Supported values are: {', '.join(PURPOSES)}.")
    return StoredFile(
        name=f"file-{token_urlsafe(16)}", data=await file.read(), filename=file.filename or "upload",
        purpose=str(purpose), expires=_expiry(form),
    )  # fmt: skip


def _expiry(form: FormData) -> int | None:
    anchor, seconds = form.get("expires_after[anchor]"), str(form.get("expires_after[seconds]", ""))
    if anchor is None and not seconds:
        return None
    if anchor != "created_at":
        raise errors.invalid("expires_after.anchor", "The only anchor is 'created_at'.")
    if not seconds.isdecimal() or not SHORTEST_LIFE <= int(seconds) <= LONGEST_LIFE:
        message = f"'expires_after.seconds' must be between {SHORTEST_LIFE} and {LONGEST_LIFE}."
        raise errors.invalid("expires_after.seconds", message)
    return int(time.time()) + int(seconds)
