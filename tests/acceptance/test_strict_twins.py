"""Requests that a model cannot take as they are: lenient runs say what was changed, their strict twins refuse it."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.looking import alpha_mask, markup
from tests.acceptance.recorder import Recorder
from tests.conformance.asking import records, spelt, uri
from tests.running import Server

PROMPT = "A fox asleep in the ferns"
HISTORY = [
    {"role": "user", "parts": [{"text": "A fox"}]},
    {"role": "model", "parts": [{"text": "Here it is."}, {"image": "$1"}]},
    {"role": "user", "parts": [{"text": PROMPT}]},
]
GPT, GPT_1_5, GPT_2_6 = "gpt-image-2", "gpt-image-1.5", "gpt-image-2.6-flare"
NANO, PRO, FLASH, LITE = (
    "gemini-nano-banana-2.1", "gemini-3-pro-image", "gemini-2.5-flash-image", "gemini-3.1-flash-lite-image",
)  # fmt: skip
DREAM_3, DREAM_4, DREAM_4_5, DREAM_PRO, SEEDEDIT = (
    "doubao-seedream-3-0-t2i-250415", "doubao-seedream-4-0-250828", "doubao-seedream-4-5-251128",
    "doubao-seedream-5-0-pro-260628", "doubao-seededit-3-0-i2i-250628",
)  # fmt: skip
PLUS, QWEN_2, QWEN_2_1, QWEN_3, EDIT = (
    "qwen-image-plus", "qwen-image-2.0-pro", "qwen-image-2.1-pro", "qwen-image-3.0", "qwen-image-edit",
)  # fmt: skip

# Model, what is asked, the codes of the warnings. `$1` is a picture, words in capitals are others.
MISMATCHED: list[tuple[str, dict[str, Any], set[str]]] = [
    (GPT, {"seed": 7}, {"field_ignored"}),
    (GPT, {"negative_prompt": "fog"}, {"field_ignored"}),
    (GPT, {"watermark": True, "guidance_scale": 4.5}, {"field_ignored"}),
    (GPT, {"quality": "xhigh"}, {"field_adjusted"}),
    (GPT_1_5, {"quality": "hd"}, {"field_adjusted"}),
    (GPT, {"output_format": "svg"}, {"field_adjusted"}),
    (GPT, {"output_compression": 40}, {"field_ignored"}),
    (GPT, {"complexity": "high"}, {"field_ignored"}),
    (GPT_2_6, {"frame_count": 4}, {"field_ignored"}),
    (GPT, {"size": "1000x1000"}, {"size_adjusted"}),
    (GPT_1_5, {"size": "16:9"}, {"size_adjusted"}),
    (GPT_1_5, {"size": "2K"}, {"size_dropped"}),
    (GPT, {"size": "3K"}, {"tier_adjusted"}),
    (GPT_1_5, {"image": "$1", "input_fidelity": "medium"}, {"field_ignored"}),
    (GPT_1_5, {"input_fidelity": "high"}, {"field_ignored"}),
    (GPT, {"image": "$1", "input_fidelity": "high"}, {"field_ignored"}),
    (GPT, {"image": "$1", "moderation": "low"}, {"field_ignored"}),
    (GPT, {"image": "$1", "markup": "MARKUP"}, {"field_ignored"}),
    (GPT, {"image": "$1", "mask": "SMALL"}, {"mask_adjusted"}),
    (GPT, {"image": "BMP"}, {"converted"}),
    (GPT, {"contents": HISTORY}, {"history_flattened"}),
    (GPT, {"seed": 7, "quality": "max", "size": "1000x1000"}, {"field_ignored", "field_adjusted", "size_adjusted"}),
    (FLASH, {"image_size": "2K"}, {"size_dropped"}),
    (PRO, {"image_size": "3K"}, {"tier_adjusted"}),
    (PRO, {"quality": "high"}, {"field_ignored"}),
    (PRO, {"background": "transparent"}, {"field_ignored"}),
    (PRO, {"thinking_level": "high"}, {"field_ignored"}),
    (PRO, {"size": "1536x1024"}, {"size_adjusted"}),
    (PRO, {"contents": HISTORY}, {"history_reshaped"}),
    (NANO, {"temperature": 1.1}, {"field_ignored"}),
    (NANO, {"size": "2:1"}, {"size_adjusted"}),
    (LITE, {"web_search": True}, {"field_ignored"}),
    (FLASH, {"image": "$1", "mask": "ALPHA"}, {"mask_emulated"}),
    (DREAM_4, {"n": 2, "seed": 7}, {"effect_unverified", "seed_varied"}),
    (DREAM_4, {"image": "$1", "mask": "ALPHA"}, {"mask_emulated"}),
    (DREAM_4, {"image": "TURNED"}, {"turned_upright"}),
    (DREAM_4_5, {"size": "1024x1024"}, {"size_adjusted"}),
    (DREAM_4_5, {"size": "1K"}, {"tier_adjusted"}),
    (DREAM_4_5, {"guidance_scale": 4.5}, {"field_ignored"}),
    (DREAM_PRO, {"sequential_image_generation": "auto"}, {"field_ignored"}),
    (DREAM_PRO, {"background": "opaque"}, {"field_ignored"}),
    (SEEDEDIT, {"image": "$1", "size": "1024x1024"}, {"size_dropped"}),
    (DREAM_3, {"size": "2K"}, {"size_dropped"}),
    (DREAM_3, {"optimize_prompt_options": {"mode": "standard"}}, {"field_ignored"}),
    (PLUS, {"size": "1024x1024"}, {"size_adjusted"}),
    (PLUS, {"n": 2, "seed": 7}, {"seed_varied"}),
    (PLUS, {"enable_thinking": False}, {"field_ignored"}),
    (QWEN_2, {"quality": "high"}, {"field_ignored"}),
    (QWEN_2, {"contents": HISTORY}, {"history_flattened"}),
    (QWEN_2_1, {"negative_prompt": "fog"}, {"field_ignored"}),
    (QWEN_3, {"image": "$1", "prompt_extend_mode": "agent"}, {"field_adjusted"}),
    (EDIT, {"image": "$1", "size": "16:9"}, {"size_dropped"}),
    (EDIT, {"image": "$1", "prompt_extend": True}, {"field_ignored"}),
    # Only the answer reveals these: a strict request passes.
    (PRO, {"seed": 7}, {"effect_unverified"}),
    (PRO, {"mime_type": "image/png"}, {"converted"}),
    (FLASH, {"output_format": "webp", "output_compression": 70}, {"converted"}),
    (FLASH, {"size": "1000x700", "exact_size": True}, {"resized"}),
    (DREAM_4, {"seed": 7}, {"effect_unverified"}),
    (DREAM_4_5, {"output_format": "png"}, {"converted"}),
    (GPT, {"negative_prompt": "fog", "emulate": ["negative_prompt"]}, {"field_emulated"}),
]

# Nothing to warn of: strict changes nothing.
MATCHED: list[tuple[str, dict[str, Any]]] = [
    (GPT, {"quality": "high", "size": "1536x1024", "user": "u_1", "metadata": {"a": 1}}),
    (GPT, {"image": "$1", "mask": "ALPHA"}),
    (PRO, {"size": "16:9", "image_size": "2K", "temperature": 0.5}),
    (DREAM_4, {"size": "16:9", "watermark": True, "n": 2}),
    (QWEN_2, {"size": "1024x1024", "n": 2, "seed": 7, "negative_prompt": "fog"}),
]

# Model, the field nobody knows, its value, the one that was meant.
MISSPELT: list[tuple[str, str, Any, str]] = [
    (GPT, "qualty", "high", "quality"),
    (GPT, "ouput_format", "webp", "output_format"),
    (PRO, "aspectratio", "16:9", "aspect_ratio"),
    (NANO, "temprature", 1, "temperature"),
    (DREAM_4, "guidance_scal", 3, "guidance_scale"),
    (DREAM_4, "water_mark", False, "watermark"),
    (QWEN_2, "negative_promt", "fog", "negative_prompt"),
    (PLUS, "prompt_extendd", True, "prompt_extend"),
]


def _saved(file_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((320, 240)).save(file, file_format, **options)
    return file.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn it a quarter to the right
    return _saved("JPEG", exif=exif)


@pytest.fixture(scope="session")
def words(pictures: list[str]) -> dict[str, str]:
    """What stands for pictures in an ask."""
    return {
        "$1": pictures[0],
        "ALPHA": uri(alpha_mask()),
        "SMALL": uri(alpha_mask(2)),
        "MARKUP": uri(markup()),
        "BMP": uri(_saved("BMP"), "image/bmp"),
        "TURNED": uri(_turned(), "image/jpeg"),
    }


def _named(case: Any) -> str:
    return case if isinstance(case, str) else " ".join(f"{key}={str(value)[:20]}" for key, value in case.items())


@pytest.mark.parametrize(
    ("model", "ask", "codes"), MISMATCHED, ids=lambda part: "" if isinstance(part, set) else _named(part)
)
def test_every_change_to_the_request_has_its_refusal(
    model: str, ask: dict[str, Any], codes: set[str], server: Server, recorder: Recorder, words: dict[str, str]
) -> None:
    body = {"model": model, "prompt": PROMPT, **spelt(ask, words)}
    lenient = server.generate(body)
    assert lenient.status == 200, lenient.body[:600]
    warnings = lenient.json()["onebrush"]["warnings"]
    assert {warning["code"] for warning in warnings} == codes
    changes = [warning for warning in warnings if warning["stage"] == "request"]
    recorder.clear()
    before = records(server)
    strict = server.generate({**body, "strict": True})
    if not changes:
        assert strict.status == 200, strict.body[:600]
        assert [warning["code"] for warning in strict.json()["onebrush"]["warnings"]] == [
            warning["code"] for warning in warnings
        ]
        return
    assert (recorder.calls, records(server)) == ([], before)
    _check_refusal(body, strict.status, strict.json()["error"], changes)


UNKNOWN = {"unknown_field", "field_ignored", "header_ignored"}


def _check_refusal(body: dict[str, Any], status: int, error: dict[str, str], changes: list[dict[str, Any]]) -> None:
    """A 400 for one of the changes, that names the field as the caller wrote it, its value and what is allowed."""
    param, message = error["param"], error["message"]
    assert re.split(r"[.\[]", param)[0] in body, f"the caller wrote no {param}"
    change = {warning["param"]: warning for warning in reversed(changes)}[param]
    code = "unknown_parameter" if change["code"] in UNKNOWN else "invalid_value"
    assert (status, error["code"]) == (400, code)
    asked = change.get("asked")
    assert re.split(r"[.\[]", param)[-1] in message
    assert asked is None or json.dumps(asked).strip('"').lower() in message.lower()
    _check_allowed(str(asked), change["code"], message)


def _check_allowed(asked: str, code: str, message: str) -> None:
    """What is allowed stands in the message, and what was asked is none of it; or it says that nothing is."""
    _, _, allowed = message.partition("Allowed: ")
    if code in ("field_ignored", "mask_emulated") and not allowed:
        assert re.search(r"has no use for|takes no mask", message), message
    else:
        assert allowed, message
        assert asked not in re.split(r", |\. ", allowed.rstrip(".")), message


@pytest.mark.parametrize(("model", "ask"), MATCHED, ids=_named)
def test_a_strict_request_that_fits_is_served_as_it_is(
    model: str, ask: dict[str, Any], server: Server, recorder: Recorder, words: dict[str, str]
) -> None:
    body = {"model": model, "prompt": PROMPT, **spelt(ask, words)}
    strict = server.generate({**body, "strict": True})
    assert strict.status == 200, strict.body[:600]
    assert strict.json()["onebrush"]["warnings"] == []
    assert recorder.calls


@pytest.mark.parametrize(("model", "field", "value", "meant"), MISSPELT, ids=lambda part: str(part))
def test_a_misspelt_field_is_told_with_the_one_meant(
    model: str, field: str, value: Any, meant: str, server: Server, recorder: Recorder
) -> None:
    body = {"model": model, "prompt": PROMPT, field: value}
    (warning,) = server.generate(body).json()["onebrush"]["warnings"]
    assert (warning["code"], warning["param"], warning["stage"]) == ("unknown_field", field, "request")
    assert re.search(rf"\b{meant}\b", warning["message"]), warning["message"]
    assert field not in str([call.body for call in recorder.calls])
    recorder.clear()
    strict = server.generate({**body, "strict": True})
    error = strict.json()["error"]
    assert (strict.status, error["code"], error["param"]) == (400, "unknown_parameter", field)
    assert re.search(rf"\b{meant}\b", error["message"]), error["message"]
    assert json.dumps(value).strip('"').lower() in error["message"].lower()
    assert recorder.calls == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("zzz", 1), ("api_base", "http://127.0.0.1:9"), ("provider_options", {"nobody": {"a": 1}})],
    ids=["zzz", "api_base", "unknown provider"],
)
def test_what_nobody_knows_goes_nowhere(field: str, value: Any, server: Server, recorder: Recorder) -> None:
    body = {"model": GPT, "prompt": PROMPT, field: value}
    (warning,) = server.generate(body).json()["onebrush"]["warnings"]
    assert warning["code"] == "unknown_field"
    assert warning["param"].startswith(field)
    assert [call.body for call in recorder.calls] == [{"model": GPT, "prompt": PROMPT, "n": 1}]
    assert server.generate({**body, "strict": True}).json()["error"]["code"] == "unknown_parameter"


def test_the_header_is_as_strict_as_the_field(server: Server, recorder: Recorder) -> None:
    body = {"model": GPT, "prompt": PROMPT, "seed": 7}
    strict = server.generate(body, X_OneBrush_Strict="true")
    assert (strict.status, strict.json()["error"]["param"], recorder.calls) == (400, "seed", [])
    assert server.generate(body, X_OneBrush_Strict="false").status == 200


def test_fifty_requests_and_more_are_put_to_every_family() -> None:
    assert len(MISMATCHED) >= 50
    families = {re.split(r"[-.]", model)[0] for model, _, _ in MISMATCHED}
    assert families == {"gpt", "gemini", "doubao", "qwen"}


def test_a_header_without_effect_is_a_change_too(server: Server, recorder: Recorder) -> None:
    body = {"model": GPT, "prompt": PROMPT}
    (warning,) = server.generate(body, Prefer="return=minimal").json()["onebrush"]["warnings"]
    assert (warning["code"], warning["stage"]) == ("header_ignored", "request")
    recorder.clear()
    strict = server.generate({**body, "strict": True}, Prefer="return=minimal")
    assert (strict.status, strict.json()["error"]["code"]) == (400, "unknown_parameter")
    assert recorder.calls == []
