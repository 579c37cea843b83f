"""The emulated Ark image API, driven by the vendor's own client and by hand."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime import _exceptions as ark_exceptions

from tests.sandbox.conftest import Stand

Measure = Callable[[bytes], tuple[str, int, int]]
FOUR, FOUR_FIVE, LITE = (
    "doubao-seedream-4-0-250828",
    "doubao-seedream-4-5-251128",
    "doubao-seedream-5-0-260128",
)
THREE, EDIT = "doubao-seedream-3-0-t2i-250415", "doubao-seededit-3-0-i2i-250628"
PRO, NEWEST = "doubao-seedream-5-0-pro-260628", "doubao-seedream-5-5-261028"
SMALL = {"model": FOUR, "prompt": "a paper boat", "size": "1280x720"}


def client(sandbox: Stand, key: str = "sandbox") -> Any:
    return Ark(base_url=f"{sandbox.url}/ark/api/v3", api_key=key, max_retries=0)


def test_the_ark_client_generates_a_picture_behind_a_link(sandbox: Stand, measure: Measure) -> None:
    answer = client(sandbox).images.generate(model="seedream-4-0-250828", prompt="纸船", size="1K", watermark=False)
    downloaded = sandbox.client.get(answer.data[0].url)
    assert measure(downloaded.content) == ("JPEG", 1024, 1024)
    assert downloaded.headers["content-type"] == "image/jpeg"
    assert (answer.data[0].size, answer.usage.output_tokens) == ("1024x1024", 4096)


def test_the_ark_client_edits_a_picture_at_its_ratio(
    sandbox: Stand, measure: Measure, make_picture: Callable[..., bytes], data_uri: Callable[..., str]
) -> None:
    answer = client(sandbox).images.generate(
        model=EDIT,
        prompt="a hat",
        image=data_uri(make_picture(200, 100)),
        size="adaptive",
        seed=7,
        guidance_scale=5.5,
        response_format="b64_json",
    )
    assert measure(base64.b64decode(answer.data[0].b64_json)) == ("JPEG", 1456, 720)


def test_the_ark_client_meets_its_own_error_for_a_wrong_key(sandbox: Stand) -> None:
    with pytest.raises(ark_exceptions.ArkAuthenticationError) as caught:
        client(sandbox, "sk-test-example").images.generate(**SMALL)
    assert caught.value.code == "AuthenticationError"


def test_a_group_gives_as_many_as_asked(
    sandbox: Stand, make_picture: Callable[..., bytes], data_uri: Callable[..., str]
) -> None:
    body = {
        **SMALL,
        "image": [data_uri(make_picture())] * 2,
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": 2},
    }
    answer = sandbox.ark(body).json()
    assert [entry["size"] for entry in answer["data"]] == ["1280x720", "1280x720"]
    assert answer["usage"] == {"generated_images": 2, "output_tokens": 7200, "total_tokens": 7200}
    refused = sandbox.ark({**body, "sequential_image_generation_options": {"max_images": 14}})
    assert refused.json()["error"]["code"] == "InvalidParameter"


def test_a_picture_is_marked_unless_told_not_to(sandbox: Stand) -> None:
    def draw(**fields: Any) -> str:
        body = {"model": THREE, "prompt": "a boat", "size": "512x512", "seed": 3, **fields}
        return str(sandbox.ark({**body, "response_format": "b64_json"}).json()["data"][0]["b64_json"])

    assert draw() == draw(watermark=True)
    assert draw() != draw(watermark=False)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"quality": "high"}, "quality"),
        ({"negative_prompt": "x"}, "negative_prompt"),
        ({"mask": "x"}, "mask"),
        ({"output_format": "png"}, "output_format"),
        ({"background": "opaque"}, "background"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"size": "1280*720"}, "size"),
        ({"size": "1024x768"}, "size"),
        ({"size": "4096x4112"}, "size"),
        ({"size": "8192x400"}, "size"),
        ({"size": "3K"}, "size"),
        ({"size": "adaptive"}, "size"),
        ({"size": "16:9"}, "size"),
        ({"watermark": "false"}, "watermark"),
        ({"seed": -2}, "seed"),
        ({"seed": "4"}, "seed"),
        ({"guidance_scale": 11}, "guidance_scale"),
        ({"stream": True}, "stream"),
        ({"response_format": "png"}, "response_format"),
        ({"optimize_prompt_options": {"mode": "slow"}}, "optimize_prompt_options.mode"),
        (
            {"sequential_image_generation_options": {"max_images": 16}},
            "sequential_image_generation_options.max_images",
        ),
        ({"model": FOUR_FIVE, "size": "1024x1024"}, "size"),
        ({"model": FOUR_FIVE, "size": "1K"}, "size"),
        ({"model": FOUR_FIVE, "size": "2K", "optimize_prompt_options": {"mode": "fast"}},
         "optimize_prompt_options.mode"),
        ({"model": LITE, "size": "1536x1024"}, "size"),
        ({"model": PRO, "size": "4K"}, "size"),
        ({"model": PRO, "sequential_image_generation": "disabled"}, "sequential_image_generation"),
        ({"model": PRO, "stream": False}, "stream"),
        ({"model": PRO, "background": "transparent", "output_format": "png"}, "background"),
        ({"model": NEWEST, "background": "transparent"}, "background"),
        ({"model": THREE, "image": "data:image/png;base64,aaaa"}, "image"),
        ({"model": THREE, "size": "2K"}, "size"),
        ({"model": THREE, "optimize_prompt_options": {"mode": "standard"}}, "optimize_prompt_options"),
    ],
)  # fmt: skip
def test_a_field_outside_the_models_column_is_named(sandbox: Stand, change: dict[str, Any], param: str) -> None:
    answer = sandbox.ark({**SMALL, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "InvalidParameter", param)
    assert error["message"].endswith(answer.headers["x-request-id"])


@pytest.mark.parametrize("name", ["prompt", "model"])
def test_a_missing_field_is_named(sandbox: Stand, name: str) -> None:
    answer = sandbox.ark({key: value for key, value in SMALL.items() if key != name})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "MissingParameter", name)


def test_an_edit_model_needs_its_picture(sandbox: Stand) -> None:
    error = sandbox.ark({"model": EDIT, "prompt": "a hat"}).json()["error"]
    assert (error["code"], error["param"]) == ("MissingParameter", "image")


@pytest.mark.parametrize(
    "spelled",
    ["{base64}", "data:image/PNG;base64,{base64}", "data:image/png;base64,!", "https://example.com/a.png"],
)
def test_only_lower_case_data_uris_give_a_picture(sandbox: Stand, picture_bytes: bytes, spelled: str) -> None:
    text = spelled.format(base64=base64.b64encode(picture_bytes).decode())
    error = sandbox.ark({**SMALL, "image": text}).json()["error"]
    assert (error["code"], error["param"]) == ("InvalidParameter", "image")


@pytest.mark.parametrize("size", [(14, 100), (1000, 20)])
def test_a_reference_outside_the_input_limits_is_refused(
    sandbox: Stand, make_picture: Callable[..., bytes], data_uri: Callable[..., str], size: tuple[int, int]
) -> None:
    answer = sandbox.ark({**SMALL, "image": data_uri(make_picture(*size))})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "image")


def test_a_keyword_takes_its_ratio_from_the_reference(
    sandbox: Stand, measure: Measure, make_picture: Callable[..., bytes], data_uri: Callable[..., str]
) -> None:
    body = {"model": PRO, "prompt": "a hat", "size": "1k", "image": data_uri(make_picture(160, 90))}
    answer = sandbox.ark({**body, "output_format": "png", "response_format": "b64_json"}).json()
    assert measure(base64.b64decode(answer["data"][0]["b64_json"])) == ("PNG", 1424, 800)
    assert answer["data"][0]["output_format"] == "png"
    assert answer["usage"]["input_images"] == 1


def test_n_is_ignored(sandbox: Stand) -> None:
    assert len(sandbox.ark({**SMALL, "n": 3}).json()["data"]) == 1


def test_an_unknown_model_is_not_found(sandbox: Stand) -> None:
    answer = sandbox.ark({**SMALL, "model": "ep-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "InvalidEndpointOrModel.NotFound")
