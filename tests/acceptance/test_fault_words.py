"""Each fault word on each family: the vendor's own failure, told in the contract's codes."""

import time
from typing import Any

import pytest

from tests.acceptance.looking import pictures_of
from tests.running import Server

MODELS = ("gpt-image-1", "gemini-2.5-flash-image", "doubao-seedream-4-0-250828", "qwen-image-plus")
FAULTS = {
    "moderation": (400, "moderation_blocked", "false"),
    "429": (429, "rate_limit_exceeded", None),
    "500": (502, "provider_error", "false"),
    "cut": (502, "provider_error", "false"),
    "empty": (502, "no_image", "false"),
    "garbage": (502, "provider_error", "false"),
}


def _ask(server: Server, model: str, word: str, **fields: Any) -> Any:
    return server.generate({"model": model, "prompt": f"A lighthouse [sandbox: {word}]", **fields})


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("word", FAULTS)
@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_a_vendors_failure_has_the_contracts_code(model: str, word: str, form: str, server: Server) -> None:
    answer = _ask(server, model, word, response_format=form)
    status, code, retry = FAULTS[word]
    error = answer.json()["error"]
    assert (answer.status, error["code"]) == (status, code), error
    assert answer.headers.get("x-should-retry") == retry
    assert answer.json()["onebrush"]["id"] == answer.headers["x-request-id"]
    assert "data" not in answer.json()
    if status == 429:
        assert 1 <= int(answer.headers["retry-after"]) <= 59


@pytest.mark.parametrize("model", MODELS)
def test_a_slow_vendor_is_waited_for(model: str, server: Server) -> None:
    started = time.monotonic()
    answer = _ask(server, model, "slow 1")
    assert answer.status == 200
    assert time.monotonic() - started >= 1
    assert len(pictures_of(answer.json(), server)) == 1


@pytest.mark.parametrize("model", MODELS)
def test_the_vendors_own_words_go_along(model: str, server: Server) -> None:
    said = _ask(server, model, "moderation").json()["onebrush"]["provider_error"]
    assert said["provider"]
    assert said["message"]
