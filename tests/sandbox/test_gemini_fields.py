"""The fields of a Gemini call beyond size and thinking: safety, search, sampling, instructions, orientation."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from PIL import Image

from tests.sandbox.conftest import Stand
from tests.sandbox.pictures import likeness, opened, photo, saved

FIXED, LITE, PRO = "gemini-2.5-flash-image", "gemini-3.1-flash-lite-image", "gemini-3-pro-image"
FLASH, NEWEST = "gemini-3.1-flash-image", "gemini-nano-banana-2.1"
ASK: dict[str, Any] = {"contents": [{"parts": [{"text": "a paper boat"}]}]}
IMAGE = {"generationConfig": {"responseModalities": ["IMAGE"]}}


@pytest.fixture
def gemini(sandbox: Stand) -> Iterator[Any]:
    made = genai.Client(api_key="sandbox", http_options=types.HttpOptions(base_url=f"{sandbox.url}/gemini"))
    yield made
    made.close()


def drawn(answer: dict[str, Any]) -> bytes:
    return base64.b64decode(answer["candidates"][0]["content"]["parts"][-1]["inlineData"]["data"])


def test_the_google_client_sends_every_field_it_can(gemini: Any) -> None:
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"], temperature=0.5, top_p=0.9, top_k=20, seed=7, candidate_count=1,
        image_config=types.ImageConfig(aspect_ratio="1:1", image_size="1K"),
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.HIGH),
        system_instruction="Draw in watercolour.",
        safety_settings=[
            types.SafetySetting(
                category=types.HarmCategory.HARM_CATEGORY_HARASSMENT, threshold=types.HarmBlockThreshold.BLOCK_NONE
            )
        ],
        tools=[types.Tool(google_search=types.GoogleSearch(search_types=types.SearchTypes(image_search={})))],
    )  # fmt: skip
    answer = gemini.models.generate_content(model=NEWEST, contents="a boat", config=config)
    part = answer.candidates[0].content.parts[-1]
    assert opened(part.inline_data.data).size == (1024, 1024)
    assert answer.candidates[0].grounding_metadata.image_search_queries == ["sandbox"]


@pytest.mark.parametrize("model", [NEWEST, FLASH, PRO])
def test_a_search_leaves_its_grounding(sandbox: Stand, model: str) -> None:
    plain = sandbox.gemini(model, ASK).json()["candidates"][0]
    searched = sandbox.gemini(model, {**ASK, "tools": [{"google_search": {}}]}).json()["candidates"][0]
    assert "groundingMetadata" not in plain
    assert searched["groundingMetadata"]["webSearchQueries"] == ["sandbox"]
    assert searched["groundingMetadata"]["searchEntryPoint"]["renderedContent"]


@pytest.mark.parametrize(
    ("model", "tools"),
    [
        (FIXED, [{"googleSearch": {}}]),
        (LITE, [{"googleSearch": {}}]),
        (PRO, [{"googleSearch": {"searchTypes": {"imageSearch": {}}}}]),
        (NEWEST, [{"googleSearch": {"searchTypes": ["webSearch"]}}]),
        (NEWEST, [{"codeExecution": {}}]),
        (NEWEST, [{}]),
    ],
)
def test_a_search_the_model_lacks_is_refused(sandbox: Stand, model: str, tools: list[Any]) -> None:
    answer = sandbox.gemini(model, {**ASK, "tools": tools})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("model", [FIXED, NEWEST])
@pytest.mark.parametrize("names", [("safetySettings", "threshold"), ("safety_settings", "threshold")])
def test_the_four_categories_take_every_threshold(sandbox: Stand, model: str, names: tuple[str, str]) -> None:
    settings = [
        {"category": f"HARM_CATEGORY_{category}", names[1]: threshold}
        for category, threshold in (
            ("HARASSMENT", "OFF"), ("HATE_SPEECH", "BLOCK_NONE"), ("SEXUALLY_EXPLICIT", "BLOCK_ONLY_HIGH"),
            ("DANGEROUS_CONTENT", "BLOCK_LOW_AND_ABOVE"),
        )
    ]  # fmt: skip
    assert sandbox.gemini(model, {**ASK, names[0]: settings}).status_code == 200


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"safetySettings": [{"category": "HARASSMENT", "threshold": "OFF"}]}, "safety_settings[0].category"),
        (
            {"safetySettings": [{"category": "HARM_CATEGORY_IMAGE_HATE", "threshold": "OFF"}]},
            "safety_settings[0].category",
        ),
        (
            {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "low"}]},
            "safety_settings[0].threshold",
        ),
        ({"safetySettings": {"category": "x"}}, "safety_settings"),
        ({"generationConfig": {"temperature": 2.1}}, "generation_config.temperature"),
        ({"generationConfig": {"topP": 1.5}}, "generation_config.top_p"),
        ({"generationConfig": {"top_k": 0}}, "generation_config.top_k"),
        ({"generationConfig": {"seed": 2**31}}, "generation_config.seed"),
        ({"generationConfig": {"seed": 1.5}}, "generation_config.seed"),
        ({"generationConfig": {"imageConfig": {"imageSize": 1024}}}, "generation_config.image_config.image_size"),
        ({"serviceTier": "cheap"}, "service_tier"),
        (
            {"systemInstruction": {"parts": [{"inlineData": {"mimeType": "image/png", "data": ""}}]}},
            "system_instruction.parts[0]",
        ),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(sandbox: Stand, change: dict[str, Any], path: str) -> None:
    answer = sandbox.gemini(NEWEST, {**ASK, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["fieldViolations"][0]["field"] == path


@pytest.mark.parametrize(
    "name", ["negativePrompt", "mask", "numberOfImages", "outputOptions", "negative_prompt", "quality"]
)
@pytest.mark.parametrize("place", ["body", "generationConfig", "imageConfig"])
def test_a_name_of_another_vendor_is_unknown_everywhere(sandbox: Stand, name: str, place: str) -> None:
    body = {
        "body": {**ASK, name: "x"},
        "generationConfig": {**ASK, "generationConfig": {name: "x"}},
        "imageConfig": {**ASK, "generationConfig": {"imageConfig": {name: "x"}}},
    }[place]
    error = sandbox.gemini(NEWEST, body).json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"].startswith(f'Invalid JSON payload received. Unknown name "{name}"')


@pytest.mark.parametrize(
    ("model", "levels"),
    [(NEWEST, {"minimal", "medium", "high"}), (FLASH, {"minimal", "high"}), (LITE, {"minimal", "high"}), (PRO, set())],
)
def test_a_model_takes_its_own_thinking_levels(sandbox: Stand, model: str, levels: set[str]) -> None:
    taken = set()
    for level in ("MINIMAL", "LOW", "MEDIUM", "HIGH"):
        answer = sandbox.gemini(model, {**ASK, "generationConfig": {"thinkingConfig": {"thinkingLevel": level}}})
        assert answer.status_code in (200, 400)
        taken |= {level.lower()} if answer.status_code == 200 else set()
    assert taken == levels


def test_the_system_instruction_is_heeded(sandbox: Stand) -> None:
    config = {"generationConfig": {"seed": 5, "responseModalities": ["IMAGE"]}}
    told = {"system_instruction": {"parts": [{"text": "Draw everything at night."}]}}
    plain, night = (opened(drawn(sandbox.gemini(PRO, {**ASK, **config, **more}).json())) for more in ({}, told))
    assert sum(night.convert("L").resize((1, 1)).tobytes()) < sum(plain.convert("L").resize((1, 1)).tobytes())


def test_what_was_never_cached_is_not_found(sandbox: Stand) -> None:
    answer = sandbox.gemini(NEWEST, {**ASK, "cachedContent": "cachedContents/1"})
    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_pixels_are_taken_as_they_are_stored(sandbox: Stand) -> None:
    lying = photo(320, 180)
    data = base64.b64encode(saved(lying, "JPEG", 6)).decode()
    parts = [{"text": "at sunset"}, {"inlineData": {"mimeType": "image/jpeg", "data": data}}]
    after = opened(drawn(sandbox.gemini(FIXED, {"contents": [{"parts": parts}], **IMAGE}).json()))
    assert after.size == (1344, 768)
    assert likeness(after, lying) > 0.5
    turned = lying.transpose(Image.Transpose.ROTATE_270).resize(lying.size)
    assert likeness(after, lying) > likeness(after, turned)
