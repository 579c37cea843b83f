"""Signed links to stored pictures: id, expiry and variant inside the signature; two signing keys may overlap."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from itsdangerous import BadData, Signer, base64_decode, base64_encode

from onebrush.domain.errors import LinkExpired, PermissionDenied
from onebrush.domain.result import Artifact
from onebrush.wires.openai.render import Link

PATH = "/v1/images/{id}/content"
LEAST_LEFT = 60


class Links:
    """Makes and checks links. `secrets` are tried in turn; the last one signs. Times are unix seconds."""

    def __init__(self, secrets: Sequence[bytes], now: Callable[[], float]) -> None:
        self._signer = Signer(list(secrets), salt="picture-link", digest_method=hashlib.sha256)
        self._now = now

    def make(self, artifact: Artifact, origin: str, ttl: int, *, at: float | None = None) -> Link:
        """A link on `origin`, valid for `ttl` seconds, never beyond the picture's own retention.

        They count from `at` while a minute of them is left, so that an answer asked for again has the same links.
        """
        now = self._now()
        since = at if at is not None and now - ttl + LEAST_LEFT <= at <= now else now
        expires = int(since) + ttl
        if artifact.expires is not None:
            expires = min(expires, artifact.expires)
        signature = self._signer.get_signature(_claim(artifact.id, expires, "")).decode()
        path = PATH.format(id=artifact.id)
        return Link(url=f"{origin}{path}?exp={expires}&sig={signature}", expires_at=expires)

    def check(self, artifact_id: str, expires: str, signature: str, variant: str) -> None:
        """Let pass, or raise PermissionDenied (not our signature) or LinkExpired.

        The link of a picture serves its smaller variants too.
        """
        known = self._signer.verify_signature(_claim(artifact_id, expires, ""), signature) or (
            variant != "" and self._signer.verify_signature(_claim(artifact_id, expires, variant), signature)
        )
        if not known or not _canonical(signature) or not (expires.isascii() and expires.isdigit()):
            raise PermissionDenied("The link's signature is not valid; ask for a fresh link by the picture's id.")
        if self._now() >= int(expires):
            raise LinkExpired(
                f"The link has expired; GET /v1/images/{artifact_id} with your key gives a fresh one "
                "while the picture is kept."
            )


def _canonical(signature: str) -> bool:
    """Readers of base64 overlook stray characters and spare bits; a link is one text and no other."""
    try:
        return base64_encode(base64_decode(signature)) == signature.encode()
    except BadData:
        return False


def _claim(artifact_id: str, expires: int | str, variant: str) -> bytes:
    return f"{artifact_id}\n{expires}\n{variant}".encode()
