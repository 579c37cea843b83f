"""Result files behind signed links that need no key and really expire."""

import hashlib
import hmac
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
SWEEP_EVERY_S = 60.0
# A file outlives its link a little, so that a refusal says "expired" and a slow download ends well.
GRACE_S = 600.0


class Links:
    """Keeps result files in a folder and answers for them."""

    def __init__(self, folder: Path, secret: bytes, life_s: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._secret, self._life_s = folder, secret, life_s
        self._swept = 0.0
        self._stand_ins: dict[str, Callable[[], Awaitable[Response | None]]] = {}

    def put(self, request: Request, vendor: str, data: bytes, suffix: str) -> str:
        """Store a result and give the link a vendor would."""
        return self.link(request, vendor, self.keep(vendor, data, suffix), time.time())

    def keep(self, vendor: str, data: bytes, suffix: str) -> str:
        """Store a result under a name that cannot be guessed."""
        name = f"{token_hex(16)}.{suffix}"
        path = self._folder / vendor / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self._sweep(time.time())
        return name

    def link(self, request: Request, vendor: str, name: str, now: float) -> str:
        """Give the link to a stored result that lives from `now` on."""
        return self._link(f"{request.url.scheme}://{request.url.netloc}", vendor, name, now)

    def stand_in(self, name: str, opening: Callable[[], Awaitable[Response | None]]) -> None:
        """Ask `opening` first whenever that file is asked for; None lets the file be served."""
        self._stand_ins[name] = opening

    def _link(self, origin: str, vendor: str, name: str, now: float) -> str:
        expires = str(math.ceil(now + self._life_s))
        signature = self._sign(vendor, name, expires)
        query = {"Expires": expires, "Signature": signature}
        if vendor == "ark":
            date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
            query = {"X-Tos-Date": date, "X-Tos-Expires": f"{self._life_s:.0f}", **query}
        return f"{origin}/files/{vendor}/{name}?{urlencode(query)}"

    def _sign(self, vendor: str, name: str, expires: str) -> str:
        text = f"{vendor}/{name}?{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    async def answer(self, request: Request) -> Response:
        """Serve one file: no key asked, 403 once the link is over or was altered."""
        vendor, name = request.path_params["vendor"], request.path_params["name"]
        if name in self._stand_ins and (response := await self._stand_ins[name]()) is not None:
            return response
        expires = request.query_params.get("Expires", "")
        if not hmac.compare_digest(self._sign(vendor, name, expires), request.query_params.get("Signature", "")):
            return denied(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        if int(expires) < time.time():
            return denied(403, "AccessDenied", "Request has expired.")
        path = self._path(vendor, name)
        if path is None:
            return denied(404, "NoSuchKey", "The specified key does not exist.")
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix.lstrip(".")])

    def own(self, request: Request, url: str) -> bytes | None:
        """Read back a result of this sandbox by its link; None for any other address."""
        prefix = f"{request.url.scheme}://{request.url.netloc}/files/"
        vendor, _, name = url.removeprefix(prefix).partition("?")[0].partition("/")
        path = self._path(vendor, name) if url.startswith(prefix) else None
        return path.read_bytes() if path else None

    def _path(self, vendor: str, name: str) -> Path | None:
        path = self._folder / vendor / name
        plain = "/" not in name and ".." not in (vendor, name) and "/" not in vendor
        return path if plain and path.suffix.lstrip(".") in MEDIA_TYPES and path.is_file() else None

    def _sweep(self, now: float) -> None:
        if now - self._swept < SWEEP_EVERY_S:
            return
        self._swept = now
        for path in self._folder.glob("*/*"):
            if now - path.stat().st_mtime > self._life_s + GRACE_S:
                path.unlink(missing_ok=True)


def denied(status: int, code: str, message: str) -> Response:
    """Answer as an object store refuses."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message>"
        f"<RequestId>{token_hex(12).upper()}</RequestId></Error>"
    )
    return Response(body, status_code=status, media_type="application/xml")
