"""The contract's thirteen reference requests as they stand, plain and wrapped; their links, and the links' end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import EXAMPLES
from tests.acceptance.looking import pictures_of
from tests.running import KEY, OTHER_KEY, Server, gateway

NAMES = sorted(path.name for path in EXAMPLES.glob("*.json"))

Example = Callable[[str], dict[str, object]]


def test_there_are_thirteen_reference_requests() -> None:
    assert len(NAMES) == 13


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["header", "base path", "query"])
def test_a_reference_request_is_answered_wrapped(name: str, way: str, server: Server, example: Example) -> None:
    path = {"base path": "/wrapped/v1/images/generations", "query": "/v1/images/generations?envelope=wrapped"}
    headers = {"X_Response_Envelope": "wrapped"} if way == "header" else {}
    answer = server.ask(path.get(way, "/v1/images/generations"), example(name), **headers)
    assert answer.status == 200, answer.body[:500]
    body = answer.json()
    assert set(body) == {"code", "msg", "data", "onebrush"}
    assert (body["code"], body["msg"]) == (200, "Success")
    assert set(body["data"]) == {"data", "created"}
    for entry in body["data"]["data"]:
        assert set(entry) == {"url", "b64_json", "revised_prompt"}
        assert bool(entry["url"]) != bool(entry["b64_json"])
    assert pictures_of(body, server)


def test_plain_is_the_default_and_leaves_out_what_is_not_there(server: Server, example: Example) -> None:
    body = server.generate(example("minimal.json")).json()
    assert {"created", "data", "onebrush"} <= set(body)
    assert set(body) <= {"created", "data", "onebrush", "size", "output_format", "usage"}
    assert set(body["data"][0]) == {"url"}


def test_the_base_path_wins_over_the_header(server: Server, example: Example) -> None:
    answer = server.ask("/wrapped/v1/images/generations", example("minimal.json"), X_Response_Envelope="plain")
    assert "code" in answer.json()


def test_an_error_is_wrapped_too(server: Server) -> None:
    answer = server.generate({"model": "flux-x", "prompt": "a cat"}, X_Response_Envelope="wrapped")
    assert answer.status == 404
    body = answer.json()
    assert (body["code"], body["data"]) == (404, None)
    assert "flux-x" in body["msg"]


def test_answer_headers_carry_id_cost_and_warnings(server: Server, example: Example) -> None:
    answer = server.generate(example("gemini-text-to-image.json"))
    own = answer.json()["onebrush"]
    assert answer.headers["x-request-id"] == own["id"]
    assert answer.headers["x-onebrush-cost"] == f"{own['cost']['amount']} {own['cost']['currency']}"
    assert answer.headers["x-onebrush-warnings"] == ",".join(warning["code"] for warning in own["warnings"])
    assert own["test"] is True


# Links


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway of its own, whose sandbox it starts itself."""
    with gateway(tmp_path_factory.mktemp("hasty"), link_ttl="86400") as server:
        yield server


def _wait_until_gone(server: Server, artifact: str) -> None:
    """The last byte reaches the caller a moment before the picture is gone."""
    deadline = time.monotonic() + 10
    while list((server.data / "pictures").rglob(f"{artifact}*")):
        assert time.monotonic() < deadline, "the picture is still there"
        time.sleep(0.02)


def _picture(server: Server, **fields: object) -> dict[str, object]:
    asked = {"model": "qwen-image-plus", "prompt": "A lighthouse", "response_format": "url", **fields}
    answer = server.generate(asked)
    assert answer.status == 200, answer.body[:500]
    image = answer.json()["onebrush"]["images"][0]
    assert isinstance(image, dict)
    return image


def _anybody(server: Server) -> Server:
    return Server(url=server.url, process=server.process, data=server.data)


def test_a_link_needs_no_key_and_ends_while_the_picture_stays(hasty: Server) -> None:
    image = _picture(hasty, link_ttl=2)
    first = _anybody(hasty).ask(str(image["url"]))
    assert (first.status, first.headers["content-type"]) == (200, image["media_type"])
    assert first.headers["x-content-type-options"] == "nosniff"
    assert len(first.body) == image["bytes"]
    time.sleep(2.1)
    ended = _anybody(hasty).ask(str(image["url"]))
    assert (ended.status, ended.json()["error"]["code"]) == (410, "link_expired")
    fresh = hasty.ask(f"/v1/images/{image['id']}").json()
    assert _anybody(hasty).ask(fresh["url"]).body == first.body


def test_a_link_life_may_come_in_a_header(hasty: Server) -> None:
    asked = {"model": "qwen-image-plus", "prompt": "A lighthouse"}
    before = time.time()
    image = hasty.generate(asked, X_OneBrush_Link_TTL="600").json()["onebrush"]["images"][0]
    assert 598 <= image["expires_at"] - before <= 605


def test_a_changed_link_is_refused(hasty: Server) -> None:
    url = str(_picture(hasty)["url"])
    for changed in (url.replace("exp=1", "exp=2"), url[:-1], url + "A", url.replace("/img_", "/img_a")):
        assert _anybody(hasty).ask(changed).status == 403, changed


def test_head_and_range_are_served(hasty: Server) -> None:
    image = _picture(hasty)
    url = str(image["url"])
    whole = _anybody(hasty).ask(url).body
    head = _anybody(hasty).ask(url, method="HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(image["bytes"]), b"")
    part = _anybody(hasty).ask(url, Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{image['bytes']}"
    tail = _anybody(hasty).ask(url, Range="bytes=-5")
    assert (tail.status, tail.body) == (206, whole[-5:])
    beyond = _anybody(hasty).ask(url, Range=f"bytes={image['bytes']}-")
    assert beyond.status == 416


def test_a_picture_belongs_to_its_key_alone(hasty: Server) -> None:
    image = _picture(hasty)
    other = {"Authorization": f"Bearer {OTHER_KEY}"}
    for path, method in (("", "GET"), ("/content", "GET"), ("", "DELETE")):
        answer = hasty.ask(f"/v1/images/{image['id']}{path}", method=method, **other)
        assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")
    own = hasty.ask(f"/v1/images/{image['id']}/content", Authorization=f"Bearer {KEY}")
    assert own.status == 200


def test_a_deleted_picture_is_gone_with_its_links(hasty: Server) -> None:
    image = _picture(hasty)
    assert hasty.ask(f"/v1/images/{image['id']}", method="DELETE").json()["deleted"] is True
    assert _anybody(hasty).ask(str(image["url"])).status == 404
    assert hasty.ask(f"/v1/images/{image['id']}", method="DELETE").status == 404


def test_a_thumbnail_is_small_and_a_picture(hasty: Server) -> None:
    url = str(_picture(hasty)["url"])
    small = _anybody(hasty).ask(url + "&variant=thumb")
    assert (small.status, small.headers["content-type"]) == (200, "image/webp")
    assert len(small.body) < 60_000
    assert _anybody(hasty).ask(url + "&variant=huge").status == 404


def test_store_false_delivers_inline_and_keeps_nothing(hasty: Server) -> None:
    asked = {"model": "gpt-image-1", "prompt": "A lighthouse", "store": False}
    answer = hasty.generate(asked).json()
    image = answer["onebrush"]["images"][0]
    assert image["stored"] is False
    assert "url" not in image
    assert answer["data"][0]["b64_json"]
    _wait_until_gone(hasty, str(image["id"]))


def test_store_false_by_link_keeps_the_picture_until_it_was_fetched(hasty: Server) -> None:
    asked = {"model": "qwen-image-plus", "prompt": "A lighthouse", "response_format": "url"}
    image = hasty.generate(asked, X_OneBrush_Store="False").json()["onebrush"]["images"][0]
    url = str(image["url"])
    assert _anybody(hasty).ask(url, method="HEAD").status == 200
    assert _anybody(hasty).ask(url, Range="bytes=0-9").status == 206
    whole = _anybody(hasty).ask(url)
    assert (whole.status, len(whole.body)) == (200, image["bytes"])
    _wait_until_gone(hasty, str(image["id"]))
    assert _anybody(hasty).ask(url, method="HEAD").status == 404


def test_a_route_of_a_later_version_says_what_to_use_now(hasty: Server) -> None:
    answer = hasty.ask("/v1/images/variations", {"model": "gpt-image-1", "prompt": "A cat"})
    assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")
    assert "/v1/images/edits" in answer.json()["error"]["message"]


def test_pictures_outlive_a_restart(tmp_path: Path) -> None:
    with gateway(tmp_path) as first:
        image = _picture(first)
        before = _anybody(first).ask(str(image["url"])).body
    with gateway(tmp_path) as second:
        path = str(image["url"]).partition("/v1/")[2]
        assert _anybody(second).ask(f"/v1/{path}").body == before
