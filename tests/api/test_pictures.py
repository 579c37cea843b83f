"""Stored pictures: whose they are, what a link opens, and which bytes a range means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.api.pictures import UNSATISFIABLE, PictureRoutes, _span
from onebrush.domain.errors import OneBrushError
from onebrush.domain.result import Artifact
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.storage.memory import MemoryArtifactRows, MemoryObjects, MemoryRecords
from tests import unsound
from tests.api.asking import Ring, ask

pytestmark = pytest.mark.anyio

OWNER = {"authorization": "Bearer sk-test-example"}
STRANGER = {"authorization": "Bearer sk-test-other"}
CONTENT = "/v1/images/img_one/content"


class Gallery:
    """The routes over one stored picture."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.records = MemoryRecords()
        self.objects = MemoryObjects(self.clock)
        self.spool = Spool(None)
        self.forgotten: list[str] = []
        self.routes = PictureRoutes(
            rows=MemoryArtifactRows(self.records),
            objects=self.objects,
            keys=Ring(),
            links=Links([b"a secret"], self.clock.now),
            origin=Origin(),
            spool=self.spool,
            link_ttl=3600,
            forget=self.forget,
        )
        self.app = Starlette(
            routes=[
                Route("/v1/images/{id}", self.routes.describe, methods=["GET"]),
                Route("/v1/images/{id}", self.routes.delete, methods=["DELETE"]),
                Route("/v1/images/{id}/content", self.routes.content, methods=["GET"]),
            ],
            exception_handlers={OneBrushError: told},
        )

    async def forget(self, artifacts: list[Artifact]) -> None:
        for artifact in artifacts:
            self.forgotten.append(artifact.id)
            del self.records.artifacts[artifact.id]

    async def hang(self, data: bytes, media_type: str = "image/png") -> None:
        location = await self.objects.keep(Spool(None).from_bytes(data), "img_one", media_type)
        self.records.artifacts["img_one"] = Artifact(
            id="img_one", generation="gen_1", key="key_1", index=0, media_type=media_type, width=64, height=48,
            size=len(data), created=1, location=location, test=True,
        )  # fmt: skip

    async def ask(self, path: str, method: str = "GET", **sent: Any) -> httpx.Response:
        return await ask(self.app, method, path, **sent)


async def told(request: Request, error: Exception) -> Response:
    assert isinstance(error, OneBrushError)
    return JSONResponse({"code": error.code}, status_code=error.status)


@pytest.fixture
async def gallery(picture_bytes: bytes) -> Gallery:
    made = Gallery()
    await made.hang(picture_bytes)
    return made


async def link(gallery: Gallery) -> str:
    described = (await gallery.ask("/v1/images/img_one", headers=OWNER)).json()
    return str(described["url"]).removeprefix("http://gate.example")


async def test_the_owner_is_told_of_the_picture_with_a_fresh_link_that_opens_it(
    gallery: Gallery, picture_bytes: bytes
) -> None:
    described = (await gallery.ask("/v1/images/img_one", headers=OWNER)).json()

    assert (described["object"], described["width"], described["height"]) == ("image", 64, 48)
    assert (described["media_type"], described["bytes"]) == ("image/png", len(picture_bytes))
    assert described["expires_at"] == gallery.clock.now() + 3600
    answer = await gallery.ask(await link(gallery))
    assert (answer.status_code, answer.content) == (200, picture_bytes)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/images/img_one", "/v1/images/img_none"])
async def test_anothers_picture_is_not_found_like_one_that_never_was(gallery: Gallery, method: str, path: str) -> None:
    answer = await gallery.ask(path, method, headers=STRANGER)

    assert (answer.status_code, answer.json()) == (404, {"code": "not_found"})
    assert gallery.forgotten == []


async def test_a_deleted_picture_takes_its_links_along(gallery: Gallery) -> None:
    url = await link(gallery)

    assert (await gallery.ask("/v1/images/img_one", "DELETE", headers=OWNER)).json()["deleted"] is True
    assert (await gallery.ask(url)).status_code == 404


async def test_the_bytes_are_for_a_valid_link_or_the_owners_key(gallery: Gallery) -> None:
    url = await link(gallery)
    forged = url[:-1] + ("A" if url[-1] != "A" else "B")

    assert (await gallery.ask(CONTENT, headers=OWNER)).status_code == 200
    assert (await gallery.ask(CONTENT, headers=STRANGER)).status_code == 404
    assert (await gallery.ask(CONTENT)).status_code == 403
    assert (await gallery.ask(forged)).status_code == 403
    assert (await gallery.ask(forged, headers=OWNER)).status_code == 403
    gallery.clock.advance(3600)
    assert (await gallery.ask(url)).status_code == 410


async def test_a_picture_is_private_and_its_type_is_never_guessed(gallery: Gallery) -> None:
    answer = await gallery.ask(await link(gallery))

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-disposition"] == 'inline; filename="img_one.png"'


async def test_a_drawing_is_only_ever_a_download_that_may_do_nothing() -> None:
    gallery = Gallery()
    await gallery.hang(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")

    answer = await gallery.ask(CONTENT, headers=OWNER)

    assert answer.headers["content-disposition"].startswith("attachment;")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert (await gallery.ask(f"{CONTENT}?variant=thumb", headers=OWNER)).status_code == 404


async def test_a_smaller_variant_is_a_webp_by_the_same_link(make_picture: Callable[..., bytes]) -> None:
    gallery = Gallery()
    await gallery.hang(make_picture(900, 600))

    answer = await gallery.ask(f"{await link(gallery)}&variant=thumb")

    assert (answer.headers["content-type"], answer.content[8:12]) == ("image/webp", b"WEBP")
    assert gallery.spool.in_memory == 0
    assert (await gallery.ask(f"{CONTENT}?variant=huge", headers=OWNER)).status_code == 404


async def test_what_cannot_be_decoded_has_no_smaller_variant() -> None:
    gallery = Gallery()
    await gallery.hang(unsound.UNSOUND["just over the cap"]())

    assert (await gallery.ask(f"{CONTENT}?variant=thumb", headers=OWNER)).status_code == 404
    assert gallery.spool.in_memory == 0


async def test_head_tells_what_get_would_without_the_bytes(gallery: Gallery) -> None:
    for sent in ({}, {"range": "bytes=3-9"}):
        get, head = [await gallery.ask(CONTENT, method, headers={**OWNER, **sent}) for method in ("GET", "HEAD")]
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert dict(head.headers) == dict(get.headers)


async def test_a_range_is_those_bytes(gallery: Gallery, picture_bytes: bytes) -> None:
    size = len(picture_bytes)
    answer = await gallery.ask(CONTENT, headers={**OWNER, "range": "bytes=3-9"})

    assert (answer.status_code, answer.content) == (206, picture_bytes[3:10])
    assert answer.headers["content-range"] == f"bytes 3-9/{size}"
    last = await gallery.ask(CONTENT, headers={**OWNER, "range": "bytes=-4"})
    assert (last.status_code, last.content) == (206, picture_bytes[-4:])
    beyond = await gallery.ask(CONTENT, headers={**OWNER, "range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["error"]["param"]) == (416, "Range")
    assert beyond.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 10)),
        ("bytes=10-999999", (10, 90)),
        ("bytes=99-", (99, 1)),
        ("bytes=100-", UNSATISFIABLE),
        ("bytes=-1", (99, 1)),
        ("bytes=-500", (0, 100)),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=0-1 ", (0, 2)),
        ("bytes = 0-1", None),
        ("bytes=+0-1", None),
        ("bytes=0--1", None),
        ("bytes=\u0660-\u0661", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_a_range_is_one_span_or_none(header: str | None, span: tuple[int, int] | None) -> None:
    assert _span(header, 100) == span


@pytest.mark.parametrize("ranges", ["0-1," * 200_000, "-" * 1_000_000, "1" * 1_000_000 + "-", " " * 1_000_000])
def test_a_hostile_range_is_no_range(ranges: str) -> None:
    assert _span(f"bytes={ranges}", 100) is None


@given(header=st.text() | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}", fullmatch=True), size=st.integers(1, 9999))
def test_whatever_the_header_the_span_lies_inside(header: str, size: int) -> None:
    span = _span(header, size)

    if span is not None and span != UNSATISFIABLE:
        start, length = span
        assert start >= 0 and length >= 1 and start + length <= size
