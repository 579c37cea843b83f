"""The emulated Gemini API, driven by the vendor's own client and by hand."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from tests.sandbox.conftest import Stand

Measure = Callable[[bytes], tuple[str, int, int]]
FIXED, PRO, NEWEST = "gemini-2.5-flash-image", "gemini-3-pro-image", "gemini-nano-banana-2.1"
ASK: dict[str, Any] = {"contents": [{"parts": [{"text": "a paper boat"}]}]}


def client(sandbox: Stand, key: str = "sandbox") -> Any:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=f"{sandbox.url}/gemini"))


@pytest.fixture
def gemini(sandbox: Stand) -> Iterator[Any]:
    made = client(sandbox)
    yield made
    made.close()


def with_config(**config: Any) -> dict[str, Any]:
    return {**ASK, "generationConfig": config}


def pictures(answer: Any) -> list[bytes]:
    return [part.inline_data.data for part in answer.candidates[0].content.parts if part.inline_data]


def test_the_google_client_generates_a_picture(gemini: Any, measure: Measure) -> None:
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=types.ImageConfig(aspect_ratio="16:9", image_size="1K"),
    )
    answer = gemini.models.generate_content(model=PRO, contents="a boat", config=config)
    assert [measure(data) for data in pictures(answer)] == [("JPEG", 1376, 768)]
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.model_version == PRO
    assert answer.usage_metadata.candidates_token_count == 1120


def test_the_google_client_edits_a_picture_at_its_ratio(
    gemini: Any, measure: Measure, make_picture: Callable[..., bytes]
) -> None:
    part = types.Part.from_bytes(data=make_picture(90, 160), mime_type="image/png")
    answer = gemini.models.generate_content(model=FIXED, contents=["a hat", part])
    assert [measure(data) for data in pictures(answer)] == [("PNG", 768, 1344)]


def test_the_google_client_chats_about_its_own_picture(gemini: Any, measure: Measure) -> None:
    chat = gemini.chats.create(model=FIXED)
    first = chat.send_message("a house in spring")
    second = chat.send_message("the same on a snowy night")
    assert len(pictures(first)) == len(pictures(second)) == 1
    assert pictures(first) != pictures(second)


def test_the_google_client_meets_its_own_error_for_a_wrong_key(sandbox: Stand) -> None:
    wrong = client(sandbox, "sk-test-example")
    with pytest.raises(errors.ClientError) as caught:
        wrong.models.generate_content(model=FIXED, contents="a boat")
    wrong.close()
    details = caught.value.details["error"]["details"]
    assert (caught.value.code, details[0]["reason"]) == (400, "API_KEY_INVALID")


def test_the_google_client_lists_models(gemini: Any) -> None:
    names = {model.name for model in gemini.models.list()}
    assert {f"models/{name}" for name in (FIXED, PRO, NEWEST)} <= names
    assert gemini.models.get(model=PRO).display_name == "Nano Banana Pro"


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (FIXED, {"imageConfig": {"imageSize": "1K"}}),
        (FIXED, {"imageConfig": {"aspectRatio": "1:8"}}),
        (FIXED, {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}),
        (PRO, {"imageConfig": {"imageSize": "2k"}}),
        (PRO, {"imageConfig": {"imageSize": "512"}}),
        (PRO, {"imageConfig": {"imageSize": "1024x1024"}}),
        (PRO, {"imageConfig": {"aspectRatio": "16x9"}}),
        (PRO, {"imageConfig": {"aspectRatio": "1:4"}}),
        (PRO, {"thinkingConfig": {"thinkingLevel": "HIGH"}}),
        (PRO, {"candidateCount": 2}),
        (PRO, {"responseModalities": ["image"]}),
        (PRO, {"responseModalities": ["TEXT"]}),
        (NEWEST, {"imageConfig": {"imageSize": "512"}}),
        (NEWEST, {"thinkingConfig": {"thinkingLevel": "LOW"}}),
        (NEWEST, {"imageConfig": {}, "responseFormat": {"image": {}}}),
    ],
)
def test_a_configuration_the_model_lacks_is_refused(sandbox: Stand, model: str, config: dict[str, Any]) -> None:
    answer = sandbox.gemini(model, with_config(**config))
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({**ASK, "n": 2}, "n"),
        (with_config(imageConfig={"outputMimeType": "image/png"}), "outputMimeType"),
        (with_config(image_config={"person_generation": "ALLOW_ALL"}), "person_generation"),
        ({"contents": [{"parts": [{"image": "x"}]}]}, "image"),
    ],
)
def test_an_unknown_name_is_refused_by_name(sandbox: Stand, body: dict[str, Any], name: str) -> None:
    error = sandbox.gemini(NEWEST, body).json()["error"]
    assert error["message"].startswith(f'Invalid JSON payload received. Unknown name "{name}"')


def test_both_spellings_of_names_are_taken(sandbox: Stand, measure: Measure) -> None:
    asked = {"generation_config": {"image_config": {"aspect_ratio": "1:8", "image_size": "512"}}}
    answer = sandbox.gemini("gemini-3.1-flash-image", {**ASK, **asked, "store": False}).json()
    part = answer["candidates"][0]["content"]["parts"][-1]
    assert measure(base64.b64decode(part["inlineData"]["data"])) == ("JPEG", 192, 1536)


def test_the_enum_twin_of_the_image_configuration_is_taken(sandbox: Stand, measure: Measure) -> None:
    image = {"aspectRatio": "ASPECT_RATIO_TWENTY_ONE_BY_NINE", "imageSize": "IMAGE_SIZE_ONE_K"}
    answer = sandbox.gemini(NEWEST, with_config(responseFormat={"image": image})).json()
    part = answer["candidates"][0]["content"]["parts"][-1]
    assert measure(base64.b64decode(part["inlineData"]["data"])) == ("PNG", 1584, 672)


def test_text_comes_along_unless_only_a_picture_was_asked_for(sandbox: Stand) -> None:
    both = sandbox.gemini(FIXED, ASK).json()["candidates"][0]["content"]["parts"]
    only = sandbox.gemini(FIXED, with_config(responseModalities=["IMAGE"])).json()
    assert [*both[0], *both[1]] == ["text", "inlineData", "thoughtSignature"]
    assert [list(part) for part in only["candidates"][0]["content"]["parts"]] == [["inlineData", "thoughtSignature"]]


def test_thoughts_bring_a_draft_that_is_not_the_picture(sandbox: Stand) -> None:
    answer = sandbox.gemini(PRO, with_config(thinkingConfig={"includeThoughts": True})).json()
    parts = answer["candidates"][0]["content"]["parts"]
    assert [part.get("thought", False) for part in parts] == [True, True, False, False]
    assert parts[1]["inlineData"]["data"] != parts[3]["inlineData"]["data"]


@pytest.mark.parametrize("signature", [None, "c29tZW9uZSBlbHNl", "not base64!"])
def test_a_model_picture_needs_its_own_signature(sandbox: Stand, picture_bytes: bytes, signature: str | None) -> None:
    data = base64.b64encode(picture_bytes).decode()
    part: dict[str, Any] = {"inlineData": {"mimeType": "image/png", "data": data}}
    if signature:
        part["thoughtSignature"] = signature
    turns = [ASK["contents"][0], {"role": "model", "parts": [part]}, ASK["contents"][0]]
    answer = sandbox.gemini(FIXED, {"contents": turns})
    assert answer.status_code == 400
    assert "signature" in answer.json()["error"]["message"]


def test_a_signature_of_another_model_is_foreign(sandbox: Stand) -> None:
    drawn = sandbox.gemini(FIXED, with_config(responseModalities=["IMAGE"])).json()
    turns = [ASK["contents"][0], drawn["candidates"][0]["content"], ASK["contents"][0]]
    assert sandbox.gemini(FIXED, {"contents": turns}).status_code == 200
    assert sandbox.gemini(PRO, {"contents": turns}).status_code == 400


@pytest.mark.parametrize(
    "part",
    [
        {"inlineData": {"mimeType": "image/jpg", "data": "aaaa"}},
        {"inlineData": {"mimeType": "image/png", "data": "data:image/png;base64,aaaa"}},
        {"inlineData": {"mimeType": "image/png", "data": "aaaa"}},
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.com/a.png"}},
        {},
    ],
)
def test_a_part_that_gives_no_picture_is_refused(sandbox: Stand, part: dict[str, Any]) -> None:
    answer = sandbox.gemini(FIXED, {"contents": [{"parts": [{"text": "a hat"}, part]}]})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_model_takes_only_so_many_pictures(sandbox: Stand, picture_bytes: bytes) -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(picture_bytes).decode()}}
    answer = sandbox.gemini(FIXED, {"contents": [{"parts": [{"text": "a hat"}, *[part] * 4]}]})
    assert answer.status_code == 400


def test_an_unknown_model_is_not_found(sandbox: Stand) -> None:
    answer = sandbox.gemini("gemini-9-image", ASK)
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_seed_draws_the_same_picture_and_none_another(sandbox: Stand) -> None:
    def draw(body: dict[str, Any]) -> str:
        parts = sandbox.gemini(FIXED, body).json()["candidates"][0]["content"]["parts"]
        return str(parts[-1]["inlineData"]["data"])

    assert draw(with_config(seed=5)) == draw(with_config(seed=5))
    assert draw(ASK) != draw(ASK)
