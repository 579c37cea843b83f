"""The OpenAI SDK with only base URL and key changed, reaching a model of each family."""

import base64
import io
from collections.abc import Iterator

import openai
import pytest
from PIL import Image

from tests.running import KEY, Server

MODELS = ("gpt-image-1", "gemini-2.5-flash-image", "seedream-4.0-base", "qwen-image-plus")


@pytest.fixture(scope="module", params=["/v1", "/v1/v1", "/v1/"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url + request.param, api_key=KEY, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("model", MODELS)
def test_images_generate_brings_a_picture(model: str, client: openai.OpenAI) -> None:
    answer = client.images.generate(model=model, prompt="A lighthouse", size="1024x1024", response_format="b64_json")
    assert answer.data and answer.data[0].b64_json
    picture = Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json)))
    picture.load()
    assert answer._request_id and answer._request_id.startswith("gen_")


def test_models_list_and_retrieve(client: openai.OpenAI) -> None:
    ids = {model.id for model in client.models.list()}
    assert {"gpt-image-2", "gemini-nano-banana-2.1", "qwen-image-3.0", "doubao-seedream-4-0-250828"} <= ids
    assert client.models.retrieve("seedream-4.0-base").id == "doubao-seedream-4-0-250828"


def test_errors_are_the_sdks_own_types(client: openai.OpenAI, server: Server) -> None:
    with pytest.raises(openai.NotFoundError) as gone:
        client.images.generate(model="flux-x", prompt="A cat")
    assert gone.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(model="gpt-image-1", prompt="A cat [sandbox: moderation]")
    assert refused.value.code == "moderation_blocked"
    with pytest.raises(openai.RateLimitError):
        client.images.generate(model="gpt-image-1", prompt="A cat [sandbox: 429]")
    with (
        openai.OpenAI(base_url=server.url + "/v1", api_key="sk-test-unknown", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.images.generate(model="gpt-image-1", prompt="A cat")
