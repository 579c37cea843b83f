"""The emulated DashScope API, driven by the vendor's own client and by hand."""

from collections.abc import Callable
from typing import Any

import dashscope
import pytest
from dashscope.v2 import errors as dashscope_errors
from PIL import Image

from tests.sandbox.conftest import Stand
from tests.sandbox.pictures import likeness, opened, photo, saved

Measure = Callable[[bytes], tuple[str, int, int]]
PLUS, EDIT_PLUS, EDIT = "qwen-image-plus", "qwen-image-edit-plus", "qwen-image-edit"
TWO, THREE, TWO_ONE = "qwen-image-2.0", "qwen-image-3.0", "qwen-image-2.1-pro"


def ask(model: str, *images: str, text: str = "a paper boat", **parameters: Any) -> dict[str, Any]:
    content = [*({"image": image} for image in images), {"text": text}]
    return {
        "model": model,
        "input": {"messages": [{"role": "user", "content": content}]},
        "parameters": parameters,
    }


def links(answer: Any) -> list[str]:
    content = answer["output"]["choices"][0]["message"]["content"]
    return [part["image"] for part in content if "image" in part]


@pytest.fixture
def conversation(sandbox: Stand, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The client's one-shot call, which takes its address from the module."""
    monkeypatch.setattr(dashscope, "base_http_api_url", f"{sandbox.url}/dashscope/api/v1")

    def call(model: str, *images: str, key: str = "sandbox", **parameters: Any) -> Any:
        messages = ask(model, *images)["input"]["messages"]
        return dashscope.MultiModalConversation.call(model=model, api_key=key, messages=messages, **parameters)

    return call


def test_the_dashscope_client_generates_a_picture_behind_a_link(
    sandbox: Stand, conversation: Callable[..., Any], measure: Measure
) -> None:
    answer = conversation(PLUS, size="1328*1328", prompt_extend=False, watermark=False, seed=4)
    assert (answer.status_code, answer.code) == (200, "")
    downloaded = sandbox.client.get(links(answer)[0])
    assert measure(downloaded.content) == ("PNG", 1328, 1328)
    assert downloaded.headers["content-type"] == "image/png"
    assert (answer.usage["image_count"], answer.usage["width"]) == (1, 1328)


def test_the_dashscope_client_edits_at_the_ratio_of_the_last_picture(
    sandbox: Stand,
    conversation: Callable[..., Any],
    measure: Measure,
    make_picture: Callable[..., bytes],
    data_uri: Callable[..., str],
) -> None:
    pictures = [data_uri(make_picture(100, 100)), data_uri(make_picture(200, 100))]
    answer = conversation(EDIT_PLUS, *pictures, n=2, negative_prompt="blurry")
    assert [measure(sandbox.client.get(link).content) for link in links(answer)] == [("PNG", 1456, 720)] * 2


def test_the_dashscope_client_reads_the_error_for_a_wrong_key(conversation: Callable[..., Any]) -> None:
    answer = conversation(PLUS, key="sk-test-example")
    assert (answer.status_code, answer.code) == (401, "InvalidApiKey")


def test_the_newer_dashscope_client_reads_the_answer_and_raises(sandbox: Stand) -> None:
    def call(key: str) -> Any:
        made = dashscope.Client(api_key=key, base_url=f"{sandbox.url}/dashscope/api/v1", max_retries=0)
        messages = ask(PLUS)["input"]["messages"]
        return made.multimodal.chat.create(model=PLUS, messages=messages, parameters={"size": "928*1664"})

    answer = call("sandbox")
    # This client is made for chats: it keeps the envelope and drops the picture parts.
    assert answer.choices[0].finish_reason == "stop"
    assert answer.request_id == sandbox.count(vendor="dashscope")["calls"][-1]["id"]
    with pytest.raises(dashscope_errors.AuthenticationError):
        call("sk-test-example")


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (PLUS, {"n": 2}),
        (PLUS, {"size": "1024*1024"}),
        (PLUS, {"size": "1328x1328"}),
        (PLUS, {"size": "1K"}),
        (PLUS, {"seed": "4"}),
        (PLUS, {"seed": -1}),
        (PLUS, {"watermark": "true"}),
        (PLUS, {"quality": "high"}),
        (PLUS, {"enable_thinking": True}),
        (PLUS, {"prompt_extend_mode": "direct"}),
        (TWO, {"n": 7}),
        (TWO, {"n": "1"}),
        (TWO, {"size": "511*512"}),
        (TWO, {"size": "2048*2064"}),
        (THREE, {"size": "2048*240"}),
        (THREE, {"prompt_extend_mode": "slow"}),
        (TWO_ONE, {"negative_prompt": "blurry"}),
    ],
)
def test_a_wrong_parameter_is_refused(sandbox: Stand, model: str, parameters: dict[str, Any]) -> None:
    answer = sandbox.dashscope(ask(model, **parameters))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert answer.json()["message"].startswith(f"parameters.{next(iter(parameters))}")


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (EDIT, {"size": "1024*1024"}),
        (EDIT, {"n": 2}),
        (EDIT, {"prompt_extend": False}),
        (EDIT_PLUS, {"size": "511*1024"}),
        (EDIT_PLUS, {"size": "2049*1024"}),
        (THREE, {"prompt_extend_mode": "agent"}),
    ],
)
def test_a_parameter_wrong_for_an_edit_is_refused(
    sandbox: Stand, picture_bytes: bytes, data_uri: Callable[..., str], model: str, parameters: dict[str, Any]
) -> None:
    answer = sandbox.dashscope(ask(model, data_uri(picture_bytes), **parameters))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(("model", "count"), [(PLUS, 1), (EDIT_PLUS, 0), (EDIT_PLUS, 4), (TWO, 4)])
def test_the_number_of_pictures_is_the_models(
    sandbox: Stand, picture_bytes: bytes, data_uri: Callable[..., str], model: str, count: int
) -> None:
    answer = sandbox.dashscope(ask(model, *[data_uri(picture_bytes)] * count))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "user", "content": [{"text": "a"}]}] * 2,
        [{"role": "system", "content": [{"text": "a"}]}],
        [{"role": "user", "content": []}],
        [{"role": "user", "content": [{"text": "a"}, {"text": "b"}]}],
        [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
        [{"role": "user", "content": "a"}],
    ],
)
def test_exactly_one_message_with_one_text_is_taken(sandbox: Stand, messages: list[Any]) -> None:
    answer = sandbox.dashscope({"model": PLUS, "input": {"messages": messages}})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_sides_of_an_edit_are_rounded_to_sixteen(
    sandbox: Stand, measure: Measure, picture_bytes: bytes, data_uri: Callable[..., str]
) -> None:
    answer = sandbox.dashscope(ask(EDIT_PLUS, data_uri(picture_bytes), size="1033*1032")).json()
    assert measure(sandbox.client.get(links(answer)[0]).content) == ("PNG", 1040, 1024)


def test_usage_is_spelled_by_generation(sandbox: Stand) -> None:
    older = sandbox.dashscope(ask(PLUS)).json()
    newer = sandbox.dashscope(ask(THREE, size="512*512")).json()
    assert older["usage"] == {"image_count": 1, "width": 1664, "height": 928}
    assert older["output"]["task_metric"] == {"TOTAL": 1, "SUCCEEDED": 1, "FAILED": 0}
    assert newer["usage"]["output_image_type"] == "qima_output_1k"
    assert "task_metric" not in newer["output"]


def test_a_result_can_be_the_next_reference_by_its_link(sandbox: Stand, measure: Measure) -> None:
    first = links(sandbox.dashscope(ask(TWO, size="512*512")).json())[0]
    second = links(sandbox.dashscope(ask(EDIT_PLUS, first, size="512*512")).json())[0]
    assert measure(sandbox.client.get(second).content) == ("PNG", 512, 512)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("https://example.com/a.png", "InvalidURL.Timeout"),
        ("oss://bucket/a.png", "InvalidURL"),
        ("data:image/png;base64,aaaa", "InvalidImage.FileFormat"),
    ],
)
def test_a_reference_that_gives_no_picture_is_refused(sandbox: Stand, image: str, code: str) -> None:
    answer = sandbox.dashscope(ask(TWO, image))
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_unknown_model_is_not_found(sandbox: Stand) -> None:
    answer = sandbox.dashscope(ask("qwen-image-9"))
    assert (answer.status_code, answer.json()["code"]) == (404, "ModelNotFound")


def test_an_asynchronous_call_is_refused_on_the_synchronous_route(sandbox: Stand) -> None:
    answer = sandbox.dashscope(ask(PLUS), **{"X-DashScope-Async": "enable"})
    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize("model", [THREE, "qwen-image-3.0-pro"])
def test_the_agent_rewrites_words_only(
    sandbox: Stand, picture_bytes: bytes, data_uri: Callable[..., str], model: str
) -> None:
    asked: dict[str, Any] = {"prompt_extend_mode": "agent", "enable_thinking": False, "size": "512*512"}
    assert sandbox.dashscope(ask(model, **asked)).json()["output"]["rewrite_status"] == "success"
    refused = sandbox.dashscope(ask(model, data_uri(picture_bytes), **asked))
    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidParameter")
    assert refused.json()["message"].startswith("parameters.prompt_extend_mode")


def test_the_agent_of_two_point_one_takes_pictures(
    sandbox: Stand, picture_bytes: bytes, data_uri: Callable[..., str]
) -> None:
    asked = ask(TWO_ONE, data_uri(picture_bytes), prompt_extend_mode="agent", enable_thinking=True, size="512*512")
    assert sandbox.dashscope(asked).status_code == 200


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (THREE, "enable_thinking", "true"),
        (THREE, "negative_prompt", ["blurry"]),
        (THREE, "prompt_extend", 1),
        (THREE, "guidance_scale", 3),
        (THREE, "response_format", "url"),
        (THREE, "n", 0),
        (THREE, "size", "auto"),
        (THREE, "size", "2049*2048"),
        (TWO_ONE, "n", 7),
        ("z-image-turbo", "n", 2),
        ("qwen-image-max", "size", "1472*1140"),
    ],
)
def test_a_value_against_the_rules_is_named(sandbox: Stand, model: str, name: str, value: Any) -> None:
    answer = sandbox.dashscope(ask(model, **{name: value}))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert answer.json()["message"].startswith(f"parameters.{name}")


@pytest.mark.parametrize("model", [PLUS, TWO, THREE, "z-image-turbo"])
def test_a_negative_prompt_of_any_length_is_taken(sandbox: Stand, model: str) -> None:
    asked = ask(model, negative_prompt="blurry " * 200, size="1328*1328")
    assert sandbox.dashscope(asked).status_code == 200


def test_a_negative_prompt_beside_the_messages_is_refused(sandbox: Stand) -> None:
    asked = ask(PLUS)
    asked["input"]["negative_prompt"] = "blurry"
    assert (answer := sandbox.dashscope(asked)).status_code == 400
    assert answer.json()["message"].startswith("input.negative_prompt")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_listed_input_format_is_edited_and_recognised(
    sandbox: Stand, data_uri: Callable[..., str], kind: str
) -> None:
    before = photo(512, 512)
    image = data_uri(saved(before, kind), f"image/{kind.lower()}")
    answer = sandbox.dashscope(ask(TWO, image, text="at sunset", size="512*512")).json()
    after = opened(sandbox.client.get(links(answer)[0]).content)
    assert after.tobytes() != before.tobytes()
    assert likeness(after, before) > 0.5


def test_an_input_above_ten_megabytes_is_refused(sandbox: Stand, data_uri: Callable[..., str]) -> None:
    heavy = saved(Image.effect_noise((1900, 1900), 90).convert("RGB"), "BMP")
    assert len(heavy) > 10 * 1024 * 1024
    answer = sandbox.dashscope(ask(TWO, data_uri(heavy, "image/bmp")))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidImage.ImageSize")


def test_pixels_are_taken_as_they_are_stored(sandbox: Stand, data_uri: Callable[..., str]) -> None:
    lying = photo(640, 512)
    image = data_uri(saved(lying, "JPEG", 6), "image/jpeg")
    answer = sandbox.dashscope(ask(TWO, image, text="at sunset", size="640*512")).json()
    assert likeness(opened(sandbox.client.get(links(answer)[0]).content), lying) > 0.5
