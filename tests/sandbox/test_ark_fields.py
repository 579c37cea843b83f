"""The fields of the Ark stand-in that only some families have: grounds, formats, searches, rewriting, seeds."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.conftest import Stand
from tests.sandbox.pictures import DataUri, alpha_levels, entry, likeness, opened, photo, saved

PRO, FLASH = "doubao-seedream-5-0-pro-260628", "doubao-seedream-5-0-flash-260915"
NEWEST, LITE = "doubao-seedream-5-5-261028", "doubao-seedream-5-0-260128"
SINGLE = [PRO, FLASH, NEWEST]


@pytest.mark.parametrize("model", [PRO, FLASH, NEWEST])
def test_a_clear_ground_keeps_the_shape_of_a_cut_input(sandbox: Stand, data_uri: DataUri, model: str) -> None:
    cut = photo(1024, 1024).convert("RGBA")
    cut.paste((0, 0, 0, 0), (0, 0, 512, 1024))
    body = {"model": model, "prompt": "at sunset", "image": data_uri(saved(cut)), "size": "1024x1024"}
    clear = {"background": "transparent", "output_format": "png", "response_format": "b64_json"}
    answer = sandbox.ark({**body, **clear}).json()
    after = opened(entry(answer))
    assert after.format == "PNG" and after.getchannel("A").getpixel((100, 300)) == 0
    assert after.getchannel("A").getpixel((900, 300)) == 255
    assert likeness(after.crop((512, 0, 1024, 900)), cut.crop((512, 0, 1024, 900))) > 0.4
    opaque = photo(1024, 1024)
    refused = sandbox.ark({**body, **clear, "image": data_uri(saved(opaque))})
    assert refused.status_code == (200 if model == NEWEST else 400)


def test_the_newest_draws_on_a_clear_ground_from_words(sandbox: Stand) -> None:
    body = {"model": NEWEST, "prompt": "a cat", "size": "1K", "background": "transparent", "output_format": "png"}
    answer = sandbox.ark({**body, "response_format": "b64_json"}).json()
    assert answer["data"][0]["background"] == "transparent"
    assert alpha_levels(opened(entry(answer))) == (0, 255)


@pytest.mark.parametrize("output_format", ["png", "jpeg"])
@pytest.mark.parametrize("model", [LITE, PRO, FLASH, NEWEST])
def test_the_fifth_family_writes_the_format_asked(sandbox: Stand, model: str, output_format: str) -> None:
    body = {"model": model, "prompt": "a boat", "size": "2K", "output_format": output_format}
    answer = sandbox.ark({**body, "response_format": "b64_json"}).json()
    assert opened(entry(answer)).format == output_format.upper() == answer["data"][0]["output_format"].upper()
    webp = sandbox.ark({**body, "output_format": "webp"})
    assert (webp.status_code, webp.json()["error"]["param"]) == (400, "output_format")


def test_a_search_is_counted_where_there_is_one(sandbox: Stand) -> None:
    body = {"prompt": "a boat", "size": "2K", "tools": [{"type": "web_search"}]}
    answer = sandbox.ark({**body, "model": LITE}).json()
    assert answer["usage"]["tool_usage"] == {"web_search": 1} and answer["tools"] == [{"type": "web_search"}]
    wrong = sandbox.ark({**body, "model": LITE, "tools": [{"type": "code"}]})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "tools")
    for model in SINGLE:
        refused = sandbox.ark({**body, "model": model})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "tools")


@pytest.mark.parametrize(
    ("model", "modes"),
    [
        ("doubao-seedream-3-0-t2i-250415", set()),
        ("doubao-seedream-4-0-250828", {"standard", "fast"}),
        ("doubao-seedream-4-5-251128", {"standard"}),
        (LITE, {"standard"}),
        (PRO, {"standard", "fast"}),
        (FLASH, {"standard"}),
        (NEWEST, {"standard"}),
    ],
)
def test_a_model_rewrites_in_its_own_modes(sandbox: Stand, model: str, modes: set[str]) -> None:
    body = {"model": model, "prompt": "a boat", "size": "2048x2048"}
    answers = {mode: sandbox.ark({**body, "optimize_prompt_options": {"mode": mode}}) for mode in ("standard", "fast")}
    assert {mode for mode, answer in answers.items() if answer.status_code == 200} == modes
    assert {answer.status_code for answer in answers.values()} <= {200, 400}


def test_a_seed_steers_the_older_models_only_and_passes_elsewhere(sandbox: Stand) -> None:
    def picture(model: str, size: str) -> bytes:
        body = {"model": model, "prompt": "a boat", "size": size, "seed": 4, "guidance_scale": 7.5}
        return base64.b64decode(sandbox.ark({**body, "response_format": "b64_json"}).json()["data"][0]["b64_json"])

    older, newer = ("doubao-seedream-3-0-t2i-250415", "512x512"), ("doubao-seedream-4-0-250828", "1K")
    assert picture(*older) == picture(*older)
    assert picture(*newer) != picture(*newer)
