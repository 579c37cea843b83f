"""The emulated OpenAI Images API, driven by the vendor's own client and by hand."""

import base64
from collections.abc import Callable
from typing import Any

import openai
import pytest

from tests.sandbox.conftest import BEARER, Stand

Measure = Callable[[bytes], tuple[str, int, int]]
SMALL = {"model": "gpt-image-1-mini", "prompt": "a paper boat"}


def client(sandbox: Stand, key: str = "sandbox") -> Any:
    return openai.OpenAI(base_url=f"{sandbox.url}/openai/v1", api_key=key, max_retries=0)


def test_the_openai_client_generates_pictures(sandbox: Stand, measure: Measure) -> None:
    answer = client(sandbox).images.generate(
        model="gpt-image-2", prompt="纸船 🚣", n=2, size="1440x480", output_format="webp", quality="low"
    )
    pictures = [measure(base64.b64decode(entry.b64_json)) for entry in answer.data]
    assert pictures == [("WEBP", 1440, 480), ("WEBP", 1440, 480)]
    assert answer.data[0].b64_json != answer.data[1].b64_json
    assert (answer.size, answer.quality, answer.output_format) == ("1440x480", "low", "webp")
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer._request_id.startswith("req_")


def test_the_openai_client_edits_several_pictures_with_a_mask(
    sandbox: Stand, measure: Measure, make_picture: Callable[..., bytes]
) -> None:
    pictures = [(f"{name}.png", make_picture(64, 64), "image/png") for name in "ab"]
    mask = ("mask.png", make_picture(64, 64, "PNG", "RGBA"), "image/png")
    answer = client(sandbox).images.edit(model="gpt-image-1", prompt="a hat", image=pictures, mask=mask)
    assert measure(base64.b64decode(answer.data[0].b64_json)) == ("PNG", 1024, 1024)
    assert answer.usage.input_tokens_details.image_tokens > 0


def test_the_openai_client_edits_one_picture(sandbox: Stand, measure: Measure, picture_bytes: bytes) -> None:
    image = ("a.png", picture_bytes, "image/png")
    answer = client(sandbox).images.edit(model="gpt-image-2", prompt="a hat", image=image, n=1, size="1024x1024")
    assert measure(base64.b64decode(answer.data[0].b64_json)) == ("PNG", 1024, 1024)


def test_the_openai_client_meets_its_own_error_for_a_wrong_key(sandbox: Stand) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        client(sandbox, "sk-test-example").images.generate(**SMALL)
    assert caught.value.code == "invalid_api_key"


def test_the_openai_client_lists_models_with_their_shutdown_dates(sandbox: Stand) -> None:
    models = {model.id: model for model in client(sandbox).models.list()}
    assert models["gpt-image-1"].shutdown_date == "2026-10-23"
    assert models["gpt-image-2"].shutdown_date is None
    assert client(sandbox).models.retrieve("gpt-image-2").id == "gpt-image-2"
    with pytest.raises(openai.NotFoundError):
        client(sandbox).models.retrieve("gpt-image-9")


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"response_format": "b64_json"}, "response_format", "unknown_parameter"),
        ({"seed": 1}, "seed", "unknown_parameter"),
        ({"style": "vivid"}, "style", "unknown_parameter"),
        ({"image": "x"}, "image", "unknown_parameter"),
        ({"input_fidelity": "low"}, "input_fidelity", "unknown_parameter"),
        ({"prompt": None}, "prompt", "missing_required_parameter"),
        ({"prompt": "x" * 32_001}, "prompt", "invalid_value"),
        ({"model": None}, "model", "missing_required_parameter"),
        ({"n": 11}, "n", "invalid_value"),
        ({"n": "1"}, "n", "invalid_value"),
        ({"n": True}, "n", "invalid_value"),
        ({"size": "512x512"}, "size", "invalid_value"),
        ({"size": "1536x864"}, "size", "invalid_value"),
        ({"quality": "xhigh"}, "quality", "invalid_value"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
        ({"output_compression": 50}, "output_compression", "invalid_value"),
        ({"complexity": "low"}, "complexity", "invalid_value"),
        ({"partial_images": 1}, "partial_images", "invalid_value"),
        ({"stream": True}, "stream", "invalid_value"),
        ({"frame_count": 4}, "frame_count", "invalid_value"),
    ],
)
def test_a_wrong_field_is_named(sandbox: Stand, change: dict[str, Any], param: str, code: str) -> None:
    answer = sandbox.openai({**SMALL, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("size", ["1000x1000", "3856x1600", "1600x480", "640x640", "3840x2176", "1024*1024"])
def test_free_sizes_keep_the_rules(sandbox: Stand, size: str) -> None:
    answer = sandbox.openai({"model": "gpt-image-2", "prompt": "a boat", "size": size})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "size")


def test_an_unknown_model_is_not_found(sandbox: Stand) -> None:
    answer = sandbox.openai({"model": "gpt-image-2.6", "prompt": "a boat"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_a_retired_model_draws_as_itself_with_a_link(sandbox: Stand, measure: Measure) -> None:
    answer = sandbox.openai({"model": "dall-e-2", "prompt": "a boat", "size": "256x256"}).json()
    downloaded = sandbox.client.get(answer["data"][0]["url"])
    assert measure(downloaded.content) == ("PNG", 256, 256)
    assert answer.keys() == {"created", "data"}


def test_a_json_edit_takes_references(
    sandbox: Stand, measure: Measure, data_uri: Callable[..., str], picture_bytes: bytes
) -> None:
    body = {**SMALL, "images": [{"image_url": data_uri(picture_bytes)}]}
    answer = sandbox.openai(body, "edits").json()
    assert measure(base64.b64decode(answer["data"][0]["b64_json"])) == ("PNG", 1024, 1024)


def test_a_json_edit_takes_exactly_one_kind_of_reference(sandbox: Stand) -> None:
    for entry in ({}, {"image_url": "https://example.com/a.png", "file_id": "file-1"}, {"url": "x"}):
        answer = sandbox.openai({**SMALL, "images": [entry]}, "edits")
        assert answer.status_code == 400
        assert answer.json()["error"]["param"].startswith("images[0]")


def test_repeated_image_parts_are_refused_and_bracketed_ones_taken(sandbox: Stand, picture_bytes: bytes) -> None:
    part = ("a.png", picture_bytes, "image/png")
    refused = sandbox.form(SMALL, [("image", part), ("image", part)])
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "duplicate_parameter")
    assert sandbox.form({**SMALL, "n": "1"}, [("image[]", part), ("image[]", part)]).status_code == 200


@pytest.mark.parametrize("media_type", ["application/octet-stream", "image/gif", "text/plain"])
def test_a_part_without_a_picture_type_is_refused(sandbox: Stand, picture_bytes: bytes, media_type: str) -> None:
    answer = sandbox.form(SMALL, [("image", ("a.png", picture_bytes, media_type))])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_file_mimetype")


def test_bytes_that_are_no_picture_are_refused(sandbox: Stand) -> None:
    answer = sandbox.form(SMALL, [("image", ("a.png", b"not a picture", "image/png"))])
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("image_generation_user_error", "invalid_image_file")


@pytest.mark.parametrize(("width", "mode"), [(32, "RGBA"), (64, "RGB")])
def test_a_mask_must_have_alpha_and_the_size_of_the_first_picture(
    sandbox: Stand, make_picture: Callable[..., bytes], width: int, mode: str
) -> None:
    image = ("a.png", make_picture(64, 64), "image/png")
    mask = ("m.png", make_picture(width, 64, "PNG", mode), "image/png")
    answer = sandbox.form(SMALL, [("image", image), ("mask", mask)])
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "mask")


def test_input_fidelity_is_refused_where_the_model_forbids_it(sandbox: Stand, picture_bytes: bytes) -> None:
    fields = {"model": "gpt-image-2", "prompt": "a hat", "input_fidelity": "high"}
    answer = sandbox.form(fields, [("image", ("a.png", picture_bytes, "image/png"))])
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("input_fidelity", "invalid_input_fidelity_model")


def test_gif_and_svg_come_from_the_newest_models_only(sandbox: Stand, measure: Measure) -> None:
    asked = {"model": "gpt-image-2.6-flare", "prompt": "a boat", "size": "1024x1024"}
    gif = sandbox.openai({**asked, "output_format": "gif", "frame_count": 2}).json()
    assert measure(base64.b64decode(gif["data"][0]["b64_json"])) == ("GIF", 1024, 1024)
    svg = sandbox.openai({**asked, "output_format": "svg"}).json()
    assert b"<svg" in base64.b64decode(svg["data"][0]["b64_json"])
    assert svg["svg_usage"]["total_tokens"] > 0


def test_unknown_routes_and_bodies_answer_as_json(sandbox: Stand) -> None:
    nowhere = sandbox.client.post(f"{sandbox.url}/openai/v1/images/paint", headers=BEARER)
    broken = sandbox.client.post(
        f"{sandbox.url}/openai/v1/images/generations",
        content=b"{",
        headers={**BEARER, "content-type": "application/json"},
    )
    assert (nowhere.status_code, broken.status_code) == (404, 400)
    assert nowhere.json()["error"]["message"] and broken.json()["error"]["message"]
