"""F-8, F-9 and F-12: answers that make no sense, pictures that are none, links that lead nowhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.scripts import canned, changed
from tests.faults.world import BOUGHT, FAMILIES, LINKED, RELEASED, UNRESOLVED, pictures_in

HTML = b"<!doctype html><html><body>Welcome</body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'

# F-8


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (HTML, "text/html"),
        (HTML, "application/json"),
        (b"", "application/json"),
        (b'{"data": [{"b64_js', "application/json"),
        (b"[1, 2, 3]", "application/json"),
        (b'{"data": 7, "candidates": "x", "output": []}', "application/json"),
        (b'{"data": [7, null], "candidates": [null], "output": {"choices": [7]}}', "application/json"),
        (b"null", "application/json"),
    ],
    ids=["html", "html as json", "nothing", "cut", "a list", "wrong types", "wrong types within", "null"],
)
def test_a_200_without_sense_is_an_error_and_unresolved(inner: InnerWorld, body: bytes, kind: str) -> None:
    inner.proxy.script = canned(200, body, kind=kind, paid=True)
    with inner.serving() as server:
        for family in FAMILIES:
            came = inner.outcome(server, family)
            assert (came.answer.status, came.calls) == (502, 1), (family, came.answer.body)
            assert came.money == UNRESOLVED, (family, came.answer.body)
            assert came.answer.headers["x-should-retry"] == "false", family
    verdict = inner.verdict()
    assert verdict.wrong == {}
    assert (verdict.paid, verdict.unresolved, verdict.pictures) == (4, 4, 0)


def test_an_error_inside_a_200_is_that_error(inner: InnerWorld) -> None:
    said = {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."}
    inner.proxy.then(canned(200, {**said, "request_id": "r"}))
    with inner.serving() as server:
        came = inner.outcome(server, "dashscope")
    assert (came.answer.status, came.code, came.money) == (400, "moderation_blocked", RELEASED)
    assert inner.verdict().wrong == {}


def test_an_error_of_one_picture_leaves_the_others_and_their_price(inner: InnerWorld) -> None:
    def refuse_second(said: Any) -> Any:
        said["data"][1] = {"error": {"code": "OutputImageSensitiveContentDetected", "message": "No."}}
        said["usage"]["generated_images"] = 2
        return said

    inner.proxy.then(changed(refuse_second))
    series = {"sequential_image_generation": "auto", "sequential_image_generation_options": {"max_images": 3}}
    with inner.serving() as server:
        came = inner.outcome(server, "ark", **series)
    said = came.answer.json()
    assert (came.answer.status, came.status, came.money) == (200, "partial", BOUGHT)
    assert [image["index"] for image in said["onebrush"]["images"]] == [0, 2]
    assert [failure["index"] for failure in said["onebrush"]["failures"]] == [1]
    assert said["onebrush"]["cost"]["amount"] == "0.4"
    assert inner.verdict().wrong == {}


# F-9


def with_picture(data: bytes | str) -> Any:
    """The OpenAI answer, with this in the place of its picture."""

    def change(said: Any) -> Any:
        said["data"][0]["b64_json"] = data if isinstance(data, str) else base64.b64encode(data).decode()
        return said

    return changed(change)


def drawn(kind: str = "PNG", size: tuple[int, int] = (1024, 1024)) -> bytes:
    """A picture of another kind or size than was asked."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind)
    return file.getvalue()


NO_PICTURES: dict[str, bytes | str] = {
    "broken base64": "iVBORw0KGgo!!!!*",
    "nothing": "",
    "HTML": HTML,
    "SVG with a script": SVG,
    "half a picture": drawn()[:2_000],
    "a header alone": drawn()[:40],
    "words": b"These bytes are no picture.",
}


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_never_kept(inner: InnerWorld, what: str) -> None:
    inner.proxy.then(with_picture(NO_PICTURES[what]))
    with inner.serving() as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED)
    assert "b64_json" not in came.answer.json()
    verdict = inner.verdict()
    assert verdict.wrong == {}
    assert (verdict.paid, verdict.pictures) == (1, 0)


def test_pictures_are_told_as_they_are_not_as_they_were_announced(inner: InnerWorld) -> None:
    inner.proxy.then(with_picture(drawn("JPEG", (640, 480))))
    with inner.serving() as server:
        came = inner.outcome(server)
    [image] = came.answer.json()["onebrush"]["images"]
    assert (image["media_type"], image["width"], image["height"]) == ("image/jpeg", 640, 480)
    assert came.money == BOUGHT
    assert inner.verdict().wrong == {}


def test_a_picture_too_many_is_dropped_and_told(inner: InnerWorld) -> None:
    inner.proxy.then(changed(lambda said: {**said, "data": said["data"] * 2}))
    with inner.serving() as server:
        came = inner.outcome(server)
    said = came.answer.json()
    assert len(said["data"]) == 1
    assert "pictures_dropped" in [warning["code"] for warning in said["onebrush"]["warnings"]]
    assert inner.verdict().wrong == {}


def test_a_picture_too_few_is_told(inner: InnerWorld) -> None:
    inner.proxy.then(changed(lambda said: {**said, "data": said["data"][:1]}))
    with inner.serving() as server:
        came = inner.outcome(server, n=2)
    said = came.answer.json()
    assert (came.answer.status, len(said["data"]), came.status, came.money) == (200, 1, "partial", BOUGHT)
    assert [failure["index"] for failure in said["onebrush"]["failures"]] == [1]
    assert inner.verdict().wrong == {}


# F-12


def of_links(*names: str) -> Callable[[Any], Any]:
    """Mark cases by family."""
    return pytest.mark.parametrize("family", names or LINKED)


@pytest.mark.parametrize("status", [403, 404, 410])
@of_links()
def test_a_link_that_is_gone_leaves_its_call_unresolved(inner: InnerWorld, family: str, status: int) -> None:
    inner.proxy.then(canned(status, b"<Error/>", kind="application/xml"), kind="link")
    with inner.serving() as server:
        came = inner.outcome(server, family)
    assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED)
    assert came.answer.headers["x-should-retry"] == "false"
    [kept] = inner.rows("SELECT reply FROM attempts")
    assert "/files/" in kept["reply"]  # what there is to ask the vendor about
    assert inner.verdict().wrong == {}


@of_links()
def test_a_link_that_fails_for_a_moment_is_fetched_again_and_not_bought_again(inner: InnerWorld, family: str) -> None:
    inner.proxy.then(canned(500), scripts.half_body, kind="link")
    with inner.serving() as server:
        came = inner.outcome(server, family)
    assert (came.answer.status, came.calls, came.money) == (200, 1, BOUGHT)
    assert len(inner.proxy.of("link")) == 3
    assert inner.verdict().wrong == {}


@of_links()
def test_a_link_that_never_answers_leaves_its_call_unresolved(inner: InnerWorld, family: str) -> None:
    inner.proxy.then(*[scripts.hold] * 3, kind="link")
    with inner.serving(providers={family: {"timeout": 0.7}}) as server:
        came = inner.outcome(server, family)
    assert (came.answer.status // 100, came.calls, came.money) == (5, 1, UNRESOLVED)
    assert came.answer.headers["x-should-retry"] == "false"
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("what", ["a page", "too large"])
def test_a_link_to_what_is_no_picture_for_us_is_unresolved(inner: InnerWorld, what: str) -> None:
    if what == "a page":
        inner.proxy.then(canned(200, HTML, kind="image/png"), kind="link")
    else:
        inner.proxy.then(scripts.endless(b"\x89PNG", kind="image/png"), kind="link")
    with inner.serving(max_picture=2_000_000) as server:
        came = inner.outcome(server, "ark")
    assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED)
    assert inner.proxy.of("link")[0].sent < 20_000_000
    assert inner.verdict().wrong == {}


@pytest.mark.parametrize("where", ["http://10.0.0.1/picture.png", "http://169.254.169.254/latest", "canary"])
def test_a_link_to_an_inner_address_is_not_followed(inner: InnerWorld, where: str) -> None:
    canary = inner.another_proxy()
    inner.proxies.remove(canary)  # so that the operator does not admit its port
    link = f"{canary.url}/files/x.png" if where == "canary" else where

    def lead_away(said: Any) -> Any:
        said["data"][0]["url"] = link
        return said

    inner.proxy.then(changed(lead_away))
    with inner.serving() as server:
        came = inner.outcome(server, "ark")
    assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED)
    assert canary.exchanges == []
    assert inner.verdict().wrong == {}


def test_the_picture_of_a_link_is_the_vendors_byte_for_byte(inner: InnerWorld) -> None:
    """The control: all these refusals are not because no link ever works."""
    with inner.serving() as server:
        came = inner.outcome(server, "dashscope")
        [picture] = pictures_in(came.answer, server)
    link = inner.proxy.of("link")[0]
    assert link.answer is not None
    assert link.answer.endswith(picture)
