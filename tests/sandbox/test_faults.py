"""The fault words, each in every vendor's own manner."""

import base64
import binascii
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from onebrush.sandbox import faults
from onebrush.sandbox.faults import Fault, FaultKind
from tests.sandbox.conftest import Stand

Send = Callable[[str], httpx.Response]
VENDORS = ("openai", "gemini", "ark", "dashscope")
GEMINI = "gemini-2.5-flash-image"


def ask_dashscope(prompt: str, **parameters: Any) -> dict[str, Any]:
    message = {"role": "user", "content": [{"text": prompt}]}
    return {"model": "qwen-image-2.0", "input": {"messages": [message]}, "parameters": parameters}


@pytest.fixture
def send(sandbox: Stand, request: pytest.FixtureRequest) -> Send:
    """Ask the named vendor for a small picture."""
    calls: dict[str, Send] = {
        "openai": lambda prompt: sandbox.openai({"model": "dall-e-2", "prompt": prompt, "size": "256x256",
                                                 "response_format": "b64_json"}),
        "gemini": lambda prompt: sandbox.gemini(GEMINI, {"contents": [{"parts": [{"text": prompt}]}]}),
        "ark": lambda prompt: sandbox.ark({"model": "seedream-3-0-t2i-250415", "prompt": prompt,
                                           "size": "512x512"}),
        "dashscope": lambda prompt: sandbox.dashscope(ask_dashscope(prompt, size="512*512")),
    }  # fmt: skip
    return calls[request.param]


def every_vendor(**expected: Any) -> pytest.MarkDecorator:
    cases = [pytest.param(name, expected[name], id=name) for name in VENDORS]
    return pytest.mark.parametrize(("send", "expected"), cases, indirect=["send"])


def paid(sandbox: Stand) -> int:
    count: int = sandbox.count()["paid"]
    return count


def brief(answer: httpx.Response) -> tuple[int, Any]:
    body = answer.json()
    error = body.get("error", body)
    return answer.status_code, error.get("code")


@every_vendor(
    openai=(400, "moderation_blocked"),
    gemini=(200, None),
    ark=(400, "InputTextSensitiveContentDetected"),
    dashscope=(400, "DataInspectionFailed"),
)
def test_moderation_refuses_and_costs_nothing(sandbox: Stand, send: Send, expected: tuple[int, Any]) -> None:
    before = paid(sandbox)
    assert brief(send("a boat [sandbox: moderation]")) == expected
    assert paid(sandbox) == before


def test_gemini_refuses_with_a_block_reason(sandbox: Stand) -> None:
    body = {"contents": [{"parts": [{"text": "[Sandbox:MODERATION] a boat"}]}]}
    answer = sandbox.gemini(GEMINI, body).json()
    assert answer["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in answer


def test_dashscope_refuses_an_edit_inside_a_200(
    sandbox: Stand, picture_bytes: bytes, data_uri: Callable[..., str]
) -> None:
    body = ask_dashscope("a hat [sandbox: moderation]")
    body["input"]["messages"][0]["content"].append({"image": data_uri(picture_bytes)})
    assert brief(sandbox.dashscope(body)) == (200, "DataInspectionFailed")


def test_ark_refuses_one_picture_of_a_group(sandbox: Stand) -> None:
    body = {"model": "seedream-4-0-250828", "prompt": "a boat [sandbox: moderation]", "size": "1280x720",
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {"max_images": 2}}  # fmt: skip
    answer = sandbox.ark(body).json()
    assert "url" in answer["data"][0]
    assert answer["data"][1]["error"]["code"] == "OutputImageSensitiveContentDetected"
    assert answer["usage"]["generated_images"] == 1
    assert sandbox.count(fault="moderation", paid="true")["images"] == 1


@every_vendor(
    openai=(429, "rate_limit_exceeded"),
    gemini=(429, 429),
    ark=(429, "ModelAccountIpmRateLimitExceeded"),
    dashscope=(429, "Throttling.RateQuota"),
)
def test_too_many_requests_come_in_the_vendors_words(sandbox: Stand, send: Send, expected: tuple[int, Any]) -> None:
    before = paid(sandbox)
    assert brief(send("[sandbox: 429] a boat")) == expected
    assert paid(sandbox) == before


def test_the_wait_is_told_where_each_vendor_tells_it(sandbox: Stand) -> None:
    by_header = sandbox.openai({"model": "gpt-image-2", "prompt": "[sandbox: 429]"})
    by_body = sandbox.gemini(GEMINI, {"contents": [{"parts": [{"text": "[sandbox: 429]"}]}]})
    assert by_header.headers["retry-after"] == "2"
    assert by_body.json()["error"]["details"][-1]["retryDelay"] == "2s"
    assert "retry-after" not in by_body.headers


@every_vendor(
    openai=(500, "server_error"),
    gemini=(500, 500),
    ark=(500, "InternalServiceError"),
    dashscope=(500, "InternalError"),
)
def test_an_internal_error_costs_nothing(sandbox: Stand, send: Send, expected: tuple[int, Any]) -> None:
    before = paid(sandbox)
    assert brief(send("[sandbox: 500]")) == expected
    assert paid(sandbox) == before


@pytest.mark.parametrize("send", VENDORS, indirect=True)
def test_a_cut_answer_breaks_off_and_is_paid(sandbox: Stand, send: Send) -> None:
    before = paid(sandbox)
    with pytest.raises(httpx.RemoteProtocolError):
        send("a boat [sandbox: cut]")
    assert paid(sandbox) == before + 1


@pytest.mark.parametrize("send", VENDORS, indirect=True)
def test_a_slow_answer_comes_whole_and_is_paid(sandbox: Stand, send: Send) -> None:
    before = paid(sandbox)
    assert send("a boat [sandbox: slow 0.1]").status_code == 200
    assert paid(sandbox) == before + 1


@pytest.mark.parametrize("send", VENDORS, indirect=True)
def test_an_empty_answer_is_a_200_without_a_picture(sandbox: Stand, send: Send) -> None:
    before = paid(sandbox)
    answer = send("[sandbox: empty]")
    assert answer.status_code == 200
    assert not {"url", "b64_json", "inlineData", "image"} & set(names(answer.json()))
    assert paid(sandbox) == before


def names(value: Any) -> list[str]:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    own = list(value) if isinstance(value, dict) else []
    return [*own, *(name for item in inner for name in names(item))]


@pytest.mark.parametrize("send", ["openai", "gemini"], indirect=True)
def test_garbage_is_no_base64(send: Send) -> None:
    body = send("[sandbox: garbage]").json()
    text = body["data"][0]["b64_json"] if "data" in body else body["candidates"][0]["content"]["parts"][-1]
    text = text["inlineData"]["data"] if isinstance(text, dict) else text
    with pytest.raises(binascii.Error):
        base64.b64decode(text, validate=True)


@pytest.mark.parametrize("send", ["ark", "dashscope"], indirect=True)
def test_garbage_behind_a_link_is_no_picture(sandbox: Stand, send: Send) -> None:
    body = send("[sandbox: garbage]").json()
    link = body["data"][0]["url"] if "data" in body else body["output"]["choices"][0]["message"]["content"]
    downloaded = sandbox.client.get(link if isinstance(link, str) else link[0]["image"])
    assert downloaded.headers["content-type"].startswith("image/")
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(downloaded.content))


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        ("a boat", None),
        ("sandbox: 429", None),
        ("[sandbox: slow]", None),
        ("[sandbox: 404]", None),
        ("一只船[SANDBOX: Cut]🚣", Fault(kind=FaultKind.CUT)),
        ("[sandbox: slow 2.5] [sandbox: 500]", Fault(kind=FaultKind.SLOW, seconds=2.5)),
        ("[sandbox: 503]", Fault(kind=FaultKind.UNAVAILABLE)),
        ("[sandbox: Stuck]", Fault(kind=FaultKind.STUCK)),
        ("[sandbox: queued 3]", Fault(kind=FaultKind.QUEUED, seconds=3)),
        ("[sandbox: queued]", None),
        ("[sandbox: slow 9999]", Fault(kind=FaultKind.SLOW, seconds=600)),
    ],
)
def test_the_first_fault_word_counts(prompt: str, fault: Fault | None) -> None:
    assert faults.find(prompt) == fault


def test_the_artist_does_not_see_fault_words() -> None:
    assert faults.without_words("a boat [sandbox: slow 3]") == "a boat"
