"""The judges can say no: wrong bodies are refused by the SDKs' types and by the schema, and no exception is idle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.conformance.cases import laid, load
from tests.conformance.schema import KEYWORDS, SCHEMA, SILENT
from tests.conformance.sdks import EXCEPTIONS, complaints
from tests.conformance.wire import Sent

OPENAI = {"model": "gpt-image-2.6-flare", "prompt": "A boat"}
EDIT = {**OPENAI, "image": "<image/png>"}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "A boat"}]}], "generationConfig": {}}
ARK = {"model": "doubao-seedream-4-0-250828", "prompt": "A boat"}
DASHSCOPE = {
    "model": "qwen-image-3.0",
    "input": {"messages": [{"role": "user", "content": [{"text": "A boat"}]}]},
    "parameters": {},
}


def sent(body: Mapping[str, Any], form: bool = False) -> Sent:
    return Sent(path="", form=form, body=dict(body), pictures=())


@pytest.mark.parametrize(
    ("family", "body"), [("openai", OPENAI), ("gemini", GEMINI), ("ark", ARK), ("dashscope", DASHSCOPE)]
)
def test_a_plain_body_pleases(family: str, body: dict[str, Any]) -> None:
    assert complaints(family, sent(body)) == []


def test_a_plain_form_pleases() -> None:
    assert complaints("openai", sent(EDIT, form=True)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 7},
        {"response_format": "b64_json"},
        {"n": 11},
        {"n": "2"},
        {"size": "1000x1000"},
        {"size": "16:9"},
        {"size": "4096x4096"},
        {"quality": "hd"},
        {"style": "vivid"},
        {"frame_count": 4},
        {"output_compression": 80},
        {"output_compression": 80, "output_format": "png"},
        {"background": "transparent", "output_format": "jpeg"},
        {"output_format": "svg", "n": 2},
        {"svg": {"model": "gpt-5.6", "effort": "low"}, "output_format": "svg"},
        {"model": "gpt-image-2", "complexity": "low"},
        {"model": "gpt-image-2", "output_format": "gif"},
        {"model": "gpt-image-2", "quality": "max"},
        {"model": "gpt-image-1.5", "size": "1536x864"},
        {"model": "gpt-image-9"},
    ],
    ids=str,
)
def test_a_wrong_openai_body_is_refused(wrong: dict[str, Any]) -> None:
    assert complaints("openai", sent(OPENAI | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_fidelity": "high"},
        {"input_fidelity": "medium", "model": "gpt-image-1.5"},
        {"input_fidelity": "high", "model": "gpt-image-1-mini"},
        {"image": "<application/octet-stream>"},
        {"mask": "<image/jpeg>"},
        {"mask": "<image/png>", "markup": "<image/png>"},
        {"markup": "<image/png>", "model": "gpt-image-2"},
        {"mask": "<image/png>", "output_format": "gif"},
        {"svg[effort]": "low", "svg[model]": "gpt-5.6", "output_format": "svg"},
        {"model": "dall-e-3"},
    ],
    ids=str,
)
def test_a_wrong_openai_form_is_refused(wrong: dict[str, Any]) -> None:
    assert complaints("openai", sent(EDIT | wrong, form=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"generationConfig": {"image_Size": "2K"}},
        {"generationConfig": {"imageConfig": {"size": "2K"}}},
        {"generationConfig": {"imageConfig": {"personGeneration": "ALLOW_ALL"}}},
        {"generationConfig": {"seed": "seven"}},
        {"contents": [{"role": "user", "parts": [{"inline": {"data": "AAAA"}}]}]},
        {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "level": "OFF"}]},
        {"tools": [{"webSearch": {}}]},
        {"size": "1024x1024"},
    ],
    ids=str,
)
def test_a_wrong_gemini_body_is_refused(wrong: dict[str, Any]) -> None:
    assert complaints("gemini", sent(laid(GEMINI, wrong)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2},
        {"quality": "high"},
        {"seed": "7"},
        {"watermark": "false"},
        {"image": {"url": "x"}},
        {"sequential_image_generation_options": {"max": 3}},
        {"optimize_prompt_options": {"mode": 1}},
        {"tools": [{"type": "search"}]},
    ],
    ids=str,
)
def test_a_wrong_ark_body_is_refused(wrong: dict[str, Any]) -> None:
    assert complaints("ark", sent(ARK | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"parameters": {"quality": "high"}},
        {"parameters": {"n": "2"}},
        {"parameters": {"watermark": "false"}},
        {"input": {"prompt": "A boat"}},
        {"size": "1024*1024"},
    ],
    ids=str,
)
def test_a_wrong_dashscope_body_is_refused(wrong: dict[str, Any]) -> None:
    assert complaints("dashscope", sent(laid(DASHSCOPE, wrong)))


@pytest.mark.parametrize(
    ("family", "field"), [(family, field) for family in EXCEPTIONS for field in EXCEPTIONS[family]]
)
def test_every_exception_is_still_needed(family: str, field: str) -> None:
    cases = [case for case in load() if case.family == family and case.field == field and not case.refused]
    calls = [sent(body, case.form) for case in cases for body in case.bodies]
    assert any(complaints(family, call, excepted=False) for call in calls), f"the SDK knows {field} by now"


def test_the_schema_uses_no_keyword_that_is_not_checked() -> None:
    used: set[str] = set()

    def collect(schema: Any, is_map: bool = False) -> None:
        if isinstance(schema, list):
            for inner in schema:
                collect(inner)
        elif isinstance(schema, dict):
            used.update(() if is_map else schema)
            for keyword, inner in schema.items():
                if is_map or keyword not in ("enum", "const", "required"):
                    collect(inner, keyword in ("properties", "$defs") and not is_map)

    collect(SCHEMA)
    assert used - KEYWORDS.keys() - SILENT == set()
