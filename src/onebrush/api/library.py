"""The pictures kept here, taken up again by callers who name one: by its id, or by a link of ours on whatever host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from onebrush.api.links import Links
from onebrush.api.pictures import ArtifactRows, Objects, copied
from onebrush.domain.errors import InvalidImage, LinkExpired, NotFound, PermissionDenied
from onebrush.domain.result import Artifact
from onebrush.kit.blobs import Blob, Scope

_ID = re.compile(r"img_[A-Za-z0-9_-]{1,100}\Z", re.ASCII)
# A base URL may have a path before ours; what makes a link ours is its signature.
_PATH = re.compile(r".{0,2000}/v1/images/(img_[A-Za-z0-9_-]{1,100})/content/?\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPictures:
    """The engine's Library, over rows, objects and links."""

    rows: ArtifactRows
    objects: Objects
    links: Links

    async def take(self, source: str, key: str, scope: Scope, *, test: bool) -> Blob | None:
        """The bytes of the kept picture that `source` names, as a copy in `scope`; None for a link that is not ours.

        `test` is whether it is for the sandbox: a test picture is for nothing else. An id opens its owner's pictures
        only. A link opens for anybody until it expires, and for the owner after it.
        Raises NotFound for a picture that is gone or another key's, InvalidImage for an expired link of another key's
        picture, StorageUnavailable.
        """
        artifact = await self._named_by(source, key)
        if artifact is None:
            return None
        if artifact.test and not test:
            raise NotFound("The picture was drawn by the sandbox; what is bought starts from pictures of your own.")
        return await copied(self.objects, artifact, scope)

    async def _named_by(self, source: str, key: str) -> Artifact | None:
        if _ID.match(source):
            return await self._owned(source, key)
        if not source.lower().startswith(("http://", "https://")):
            raise NotFound(_GONE)
        return await self._linked(source, key)

    async def _owned(self, picture: str, key: str) -> Artifact:
        artifact = await self.rows.get(picture)
        if artifact is None or artifact.key != key:
            raise NotFound(_GONE)
        return artifact

    async def _linked(self, link: str, key: str) -> Artifact | None:
        named = _named(link)
        if named is None:
            return None
        picture, expires, signature = named
        try:
            # Whatever variant the link asks for: one that is signed for a variant only never opens the whole picture.
            self.links.check(picture, expires, signature, "")
        except PermissionDenied:
            return await self._unsigned(picture, key)
        except LinkExpired as error:
            return await self._expired(picture, key, error)
        artifact = await self.rows.get(picture)
        if artifact is None:
            raise NotFound(_GONE)
        return artifact

    async def _unsigned(self, picture: str, key: str) -> Artifact | None:
        """A link whose signature is not ours may still be ours, cut short or mistyped: then the id tells."""
        artifact = await self.rows.get(picture)
        if artifact is None or artifact.key == key:
            return artifact
        raise InvalidImage("The link to a picture kept here has no valid signature; ask its owner for a fresh one.")

    async def _expired(self, picture: str, key: str, error: LinkExpired) -> Artifact:
        artifact = await self.rows.get(picture)
        if artifact is None or artifact.key != key:
            raise InvalidImage("The link to a picture kept here has expired; ask its owner for a fresh one.") from error
        return artifact


_GONE = "There is no such picture among those kept for this key; it may have been deleted, or its retention has ended."


def _named(link: str) -> tuple[str, str, str] | None:
    """Id, expiry and signature of a link that may be ours."""
    try:
        parts = urlsplit(link)
        query = parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return None
    found = _PATH.match(parts.path)
    if found is None:
        return None
    return found[1], query.get("exp", [""])[0], query.get("sig", [""])[0]
