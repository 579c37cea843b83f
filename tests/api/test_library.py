"""Kept pictures given back as input: by their owner's id, by a link of ours on any host, by nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from itsdangerous import Signer

from onebrush.api.library import OwnPictures
from onebrush.api.links import Links
from onebrush.domain.errors import InvalidImage, NotFound
from onebrush.domain.result import Artifact
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.clock import FixedClock

pytestmark = pytest.mark.anyio

START = 1_800_000_000
BYTES = b"the picture's bytes"
PICTURE = Artifact(
    id="img_one", generation="gen_1", key="key_1", index=0, media_type="image/png", width=1, height=1,
    size=len(BYTES), created=START, location="aa/img_one.png", test=True,
)  # fmt: skip


class Shelf:
    """One picture's row and bytes, links on a clock, and a library over them."""

    def __init__(self) -> None:
        self.clock = FixedClock(START)
        self.links = Links([b"a secret"], self.clock.now)
        self.kept: dict[str, Artifact] = {PICTURE.id: PICTURE}
        self.bytes_gone = False
        self.spool = Spool(None)
        self.scope = Scope(self.spool)
        self.library = OwnPictures(rows=self, objects=self, links=self.links)

    async def get(self, artifact_id: str) -> Artifact | None:
        return self.kept.get(artifact_id)

    async def open(self, location: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        if self.bytes_gone or location != PICTURE.location:
            raise NotFound("gone")
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        for start in range(0, len(BYTES), 7):
            yield BYTES[start : start + 7]

    def link(self, origin: str = "https://gate.example", ttl: int = 60) -> str:
        return self.links.make(PICTURE, origin, ttl).url

    async def take(self, source: str, key: str = "key_1") -> bytes | None:
        taken: Blob | None = await self.library.take(source, key, self.scope, test=True)
        return None if taken is None else taken.read()


async def test_an_id_opens_its_owners_picture_only() -> None:
    shelf = Shelf()

    assert await shelf.take("img_one") == BYTES
    for source, key in [("img_one", "key_2"), ("img_two", "key_1")]:
        with pytest.raises(NotFound):
            await shelf.take(source, key)


@pytest.mark.parametrize(
    "origin", ["https://gate.example", "http://127.0.0.1:8000", "https://old.example/images", "HTTPS://GATE.example"]
)
async def test_a_link_of_ours_opens_for_anybody_on_whatever_host(origin: str) -> None:
    shelf = Shelf()

    assert await shelf.take(shelf.link(origin), "key_2") == BYTES


async def test_a_thumbnails_link_brings_the_whole_picture() -> None:
    shelf = Shelf()

    assert await shelf.take(shelf.link() + "&variant=thumb", "key_2") == BYTES


async def test_a_link_that_is_signed_for_a_variant_opens_no_whole_picture() -> None:
    shelf, expires = Shelf(), START + 60
    signature = Signer([b"a secret"], salt="picture-link", digest_method=hashlib.sha256).get_signature(
        f"img_one\n{expires}\nthumb"
    )
    link = f"https://gate.example/v1/images/img_one/content?exp={expires}&sig={signature.decode()}&variant=thumb"

    shelf.links.check("img_one", str(expires), signature.decode(), "thumb")
    with pytest.raises(InvalidImage, match="signature"):
        await shelf.take(link, "key_2")


async def test_an_expired_link_opens_for_the_owner_only() -> None:
    shelf = Shelf()
    link = shelf.link(ttl=60)
    shelf.clock.set_wall(START + 60)

    assert await shelf.take(link, "key_1") == BYTES
    with pytest.raises(InvalidImage, match="expired"):
        await shelf.take(link, "key_2")


async def test_an_expired_link_tells_a_stranger_nothing_of_whether_its_picture_is_there() -> None:
    shelf = Shelf()
    link = shelf.link(ttl=60)
    shelf.clock.set_wall(START + 60)
    with pytest.raises(InvalidImage) as there:
        await shelf.take(link, "key_2")
    shelf.kept.clear()
    with pytest.raises(InvalidImage) as gone:
        await shelf.take(link, "key_2")

    assert there.value.message == gone.value.message


LINK = Shelf().link()


@pytest.mark.parametrize(
    "link",
    [
        "https://pictures.example/cat.png",
        LINK.replace("img_one", "img_two"),
        LINK.replace("/content", "/contents"),
        LINK.replace("/v1/", "/v2/"),
        LINK.replace("img_one", "img%5Fone"),
        "https://[::1/v1/images/img_one/content?exp=1&sig=2",
        "https://a.example/?" + "&".join("a=1" for _ in range(100)),
        "https://a.example/v1/images/img_two/content?exp=%FF&sig=%00",
    ],
)
async def test_any_other_link_is_not_ours(link: str) -> None:
    assert await Shelf().take(link) is None


@pytest.mark.parametrize(
    "link",
    [
        LINK.replace("sig=", "sig=A"),
        LINK.replace("exp=1", "exp=2"),
        LINK.partition("?")[0],
        LINK.partition("&sig")[0],
        "https://a.example/v1/images/img_one/content?exp=%FF&sig=%00",
    ],
)
async def test_a_broken_link_of_ours_opens_for_the_owner_and_is_told_to_others(link: str) -> None:
    assert await Shelf().take(link, "key_1") == BYTES
    with pytest.raises(InvalidImage, match="signature"):
        await Shelf().take(link, "key_2")


@pytest.mark.parametrize("named", ["img_one", LINK])
async def test_what_the_sandbox_drew_is_for_the_sandbox_alone(named: str) -> None:
    shelf = Shelf()
    shelf.kept["img_one"] = replace(PICTURE, test=True)

    with pytest.raises(NotFound, match="sandbox"):
        await shelf.library.take(named, "key_1", shelf.scope, test=False)
    assert await shelf.take(named) == BYTES


@pytest.mark.parametrize("source", ["cat.png", "img_../../etc/passwd", "img_", "", "file:///v1/images/img_one/content"])
async def test_what_is_neither_id_nor_link_names_no_picture(source: str) -> None:
    with pytest.raises(NotFound):
        await Shelf().take(source)


async def test_a_picture_that_is_gone_is_told_whichever_way_it_is_named() -> None:
    shelf = Shelf()
    link = shelf.link()
    shelf.bytes_gone = True
    for source in ("img_one", link):
        with pytest.raises(NotFound):
            await shelf.take(source)
    shelf.kept.clear()
    with pytest.raises(NotFound):
        await shelf.take(link)

    assert shelf.spool.in_memory == 0


async def test_what_was_taken_is_a_copy_that_goes_with_its_scope() -> None:
    shelf = Shelf()
    taken = await shelf.library.take("img_one", "key_1", shelf.scope, test=True)
    shelf.kept["img_one"] = replace(PICTURE, key="key_2")
    shelf.bytes_gone = True

    assert taken is not None
    assert taken.read() == BYTES
    shelf.scope.close()
    assert shelf.spool.in_memory == 0
