"""What the wires send, held against types that are not ours: the vendors' own SDKs."""

import inspect
import json
import re
from typing import Any

import dashscope.v2.resources.images as dashscope_images
import pytest
from google.genai import types as gemini
from openai.types.image_edit_params import ImageEditParamsBase
from openai.types.image_generate_params import ImageGenerateParamsBase
from volcenginesdkarkruntime.resources.images.images import Images as ArkImages
from volcenginesdkarkruntime.types.images.images import (
    OptimizePromptOptions,
    SequentialImageGenerationOptions,
)

from tests.wires.exchanges import call_for, fixtures, written_call

# Documented, but not in the SDK's type. `background`: docs.byteplus.com/en/docs/ModelArk/1541523.
ARK_EXTRAS = {"background"}
# www.alibabacloud.com/help/en/model-studio/qwen-image-generation-and-editing-api-reference.
DASHSCOPE_EXTRAS = {"prompt_extend_mode", "enable_thinking"}


def calls(provider: str, form: str, *, options: bool = False) -> list[dict[str, Any]]:
    """What is sent for the fixtures, with a caller's own members or without."""
    cases = [case.values for case in fixtures("call") if ("options" in case.values[1]["request"]) is options]
    sent = [written_call(call_for(name, case["request"])) for name, case in cases if name == provider]
    found = [call[form] for call in sent if form in call]
    assert found
    return found


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def test_openai_knows_every_key_of_a_generation() -> None:
    known = ImageGenerateParamsBase.__annotations__.keys()
    assert [body.keys() - known for body in calls("openai", "json") if body.keys() - known] == []


def test_openai_knows_every_part_of_an_edit() -> None:
    known = ImageEditParamsBase.__annotations__.keys()
    names = {re.split(r"\[", part[0])[0] for form in calls("openai", "form") for part in form}
    assert names <= known


def test_gemini_knows_every_key_of_its_config() -> None:
    besides = {"safetySettings", "tools", "systemInstruction"}
    for body in [*calls("gemini", "json"), *calls("gemini", "json", options=True)]:
        config = body["generationConfig"] | {name: body[name] for name in besides & body.keys()}
        gemini.GenerateContentConfig.model_validate_json(json.dumps(config), strict=False)
        assert body.keys() <= {"contents", "generationConfig", "store", *besides}


def test_gemini_knows_every_key_of_its_contents() -> None:
    contents = [content for body in calls("gemini", "json") for content in body["contents"]]
    parsed = [gemini.Content.model_validate(content) for content in contents]
    assert [len(content.parts or []) for content in parsed] == [len(content["parts"]) for content in contents]


@pytest.mark.parametrize("wrong", [{"image_Size": "2K"}, {"imageConfig": {"size": "2K"}}])
def test_gemini_would_not_know_a_wrong_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        gemini.GenerateContentConfig.model_validate(wrong)


def test_ark_knows_every_key() -> None:
    # The method is wrapped without a trace of its signature; the wrapper still holds it.
    (generate,) = inspect.getclosurevars(ArkImages.generate).nonlocals.values()
    known = parameters(generate) | ARK_EXTRAS
    bodies = [*calls("ark", "json"), *calls("ark", "json", options=True)]
    assert [body.keys() - known for body in bodies if body.keys() - known] == []
    for name, shape in (
        ("sequential_image_generation_options", SequentialImageGenerationOptions),
        ("optimize_prompt_options", OptimizePromptOptions),
    ):
        options = [body[name] for body in bodies if name in body]
        assert options
        assert all(option.keys() <= shape.__annotations__.keys() for option in options)


def test_dashscope_knows_every_parameter() -> None:
    known = parameters(dashscope_images.Images.generate) | DASHSCOPE_EXTRAS
    unknown = [body["parameters"].keys() - known for body in calls("dashscope", "json")]
    assert [names for names in unknown if names] == []
