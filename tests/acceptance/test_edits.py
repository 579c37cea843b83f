"""Edits as clients send them: the OpenAI SDK's form, raw forms for every family, kept pictures taken up again."""

from __future__ import annotations

import base64
import io
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

from tests.acceptance.recorder import Recorder
from tests.kit.forms import BOUNDARY, a_file, form, part
from tests.running import KEY, OTHER_KEY, Answer, Server

CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"

# One of each family, and what an edit of two pictures is called there.
FAMILIES = ("gpt-image-2", "gemini-3-pro-image", "doubao-seedream-4-0-250828", "qwen-image-edit-plus")


@pytest.fixture(scope="module")
def files(pictures: list[str]) -> list[bytes]:
    """The three pictures as files."""
    return [base64.b64decode(picture.partition(",")[2]) for picture in pictures]


@pytest.fixture(scope="module")
def mask() -> bytes:
    """Transparent where the picture is to change: its left half."""
    image = Image.new("RGBA", (640, 480), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 320, 480))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url + "/v1", api_key=KEY, max_retries=0) as client:
        yield client


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def size_of(answer: Any) -> tuple[int, int]:
    """The pixels of the first picture of an SDK's answer."""
    return opened(base64.b64decode(answer.data[0].b64_json)).size


# The SDK's own edits


def test_the_sdk_edits_one_file(client: openai.OpenAI, recorder: Recorder, files: list[bytes]) -> None:
    answer = client.images.edit(
        model="gpt-image-2", prompt="Give it a red hat", image=("a.png", files[0], "image/png"), size="1024x1024"
    )

    assert size_of(answer) == (1024, 1024)
    assert len(recorder.calls[0].pictures) == 1


def test_the_sdk_edits_a_list_of_files(client: openai.OpenAI, recorder: Recorder, files: list[bytes]) -> None:
    answer = client.images.edit(
        model="gpt-image-2",
        prompt="Put them side by side",
        image=[(f"{number}.png", data, "image/png") for number, data in enumerate(files)],
        n=2,
        size="1536x1024",
    )

    assert answer.data is not None
    assert (len(answer.data), size_of(answer)) == (2, (1536, 1024))
    assert len(recorder.calls[0].pictures) == 3


def test_the_sdk_edits_with_a_mask(client: openai.OpenAI, recorder: Recorder, files: list[bytes], mask: bytes) -> None:
    client.images.edit(
        model="gpt-image-2", prompt="Give it a red hat", image=("a.png", files[0], "image/png"), mask=("m.png", mask)
    )

    assert len(recorder.calls[0].pictures) == 2
    assert "mask" in recorder.calls[0].pictures


def test_the_sdk_is_told_what_is_missing(server: Server, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.post("/images/edits", body={"model": "gpt-image-2", "prompt": "x"}, cast_to=object)

    assert (refused.value.code, refused.value.param) == ("missing_required_parameter", "image")


# A form and JSON bring the same vendor request, on every family


def posted(server: Server, path: str, body: bytes, **headers: str) -> Answer:
    return server.ask(path, body, Content_Type=CONTENT_TYPE, **headers)


@pytest.mark.parametrize("model", FAMILIES)
@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/images/generations", "/wrapped/v1/images/edits"])
def test_a_form_and_json_make_the_same_vendor_request(
    model: str, path: str, server: Server, recorder: Recorder, pictures: list[str], files: list[bytes]
) -> None:
    said = {"model": model, "prompt": "Join them", "n": "1", "seed": "4", "size": "1024x1024", "watermark": "false"}
    parts = [*(part(name, value) for name, value in said.items()), *(a_file("image[]", data) for data in files[:2])]
    as_form = posted(server, path, form(*parts))
    as_json = server.ask(path, {**said, "n": 1, "seed": 4, "watermark": False, "image": pictures[:2]})

    assert (as_form.status, as_json.status) == (200, 200), as_form.body
    assert recorder.calls[0] == recorder.calls[1]
    assert len(recorder.calls[0].pictures) == 2


# Kept pictures


def made(server: Server, **headers: str) -> dict[str, Any]:
    body = {"model": "gpt-image-2", "prompt": "A lighthouse", "size": "1024x1024", "response_format": "url"}
    [image] = server.generate(body, **headers).json()["onebrush"]["images"]
    assert isinstance(image, dict)
    return image


def content(server: Server, image: dict[str, Any]) -> bytes:
    return server.ask(image["url"]).body


@pytest.mark.parametrize("model", FAMILIES)
def test_a_kept_picture_is_gone_on_from_by_its_id(model: str, server: Server, recorder: Recorder) -> None:
    image = made(server)
    recorder.clear()
    answer = server.generate({"model": model, "prompt": "The same at night", "previous_image_id": image["id"]})

    assert answer.status == 200, answer.body
    assert len(recorder.calls[0].pictures) == 1


def test_our_link_is_read_here_whatever_host_stands_in_it(server: Server, recorder: Recorder) -> None:
    image = made(server)
    elsewhere = urllib.parse.urlsplit(image["url"])._replace(scheme="https", netloc="gate.example").geturl()
    recorder.clear()
    for source in (image["url"], elsewhere, image["id"]):
        body = {"model": "gemini-3-pro-image", "prompt": "The same at night", "image": source}
        assert server.generate(body).status == 200

    assert [len(sent.pictures) for sent in recorder.calls] == [1, 1, 1]


def test_another_keys_picture_is_not_found_and_a_removed_one_neither(server: Server) -> None:
    stranger = {"Authorization": f"Bearer {OTHER_KEY}"}
    image = made(server)
    body = {"model": "gpt-image-2", "prompt": "x", "image": [image["id"]]}
    foreign = server.generate(body, **stranger)
    server.ask(f"/v1/images/{image['id']}", method="DELETE")
    removed = server.generate(body)

    for answer in (foreign, removed):
        assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")
        assert answer.json()["error"]["param"] == "image[0]"


# Dry runs


@pytest.mark.parametrize("model", FAMILIES)
def test_a_dry_run_shows_the_call_and_buys_nothing(
    model: str, server: Server, recorder: Recorder, files: list[bytes]
) -> None:
    body = form(
        part("model", model),
        part("prompt", "Join"),
        part("dry_run", "true"),
        *(a_file("image", data) for data in files),
    )
    answer = posted(server, "/v1/images/edits", body)
    own = answer.json()["onebrush"]

    assert (answer.status, recorder.calls) == (200, [])
    assert own["id"] == answer.headers["x-request-id"]
    assert json.dumps(own["dry_run"]["calls"]).count('"picture"') == 3
    assert "sandbox" not in json.dumps([call["headers"] for call in own["dry_run"]["calls"]])
