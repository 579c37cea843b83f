"""A dry run says, member by member, what the vendor then gets; it buys nothing, keeps nothing and tells no secret."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.conftest import EXAMPLES
from tests.acceptance.looking import alpha_mask, black_and_white_mask, markup
from tests.acceptance.recorder import Recorder
from tests.conformance.asking import form, records, spelt, uri
from tests.conformance.tape import taped
from tests.conformance.wire import Sent, add
from tests.running import KEY, Server, gateway

PROMPT = "A heron on a post in the mist"
HISTORY = [
    {"role": "user", "parts": [{"text": "A heron"}]},
    {"role": "model", "parts": [{"text": "Here it is."}, {"image": "$1"}]},
    {"role": "user", "parts": [{"text": "The same at night"}]},
]

# `$1` to `$3` are pictures, the words in capitals masks and the like.
ASKS: list[dict[str, Any]] = [
    {"model": "gpt-image-2", "n": 3, "size": "1000x1000"},
    {
        "model": "gpt-image-2.6-sunburst",
        "quality": "max",
        "complexity": "high",
        "output_format": "webp",
        "output_compression": 60,
    },
    {"model": "gpt-image-2.6-flare", "output_format": "svg", "n": 2},
    {"model": "gpt-image-2.6-flare", "output_format": "gif", "frame_count": 3, "frame_duration_ms": 50},
    {"model": "gpt-image-1.5", "image": ["$1", "$2", "$3"], "input_fidelity": "high", "n": 2},
    {"model": "gpt-image-2", "image": "$1", "mask": "ALPHA", "size": "1024x1024"},
    {"model": "gpt-image-2", "image": ["$1", "$2"], "mask": "WHITE"},
    {"model": "gpt-image-2", "image": "$1", "mask": "SMALL"},
    {"model": "gpt-image-2.5-flare", "image": "$1", "markup": "MARKUP"},
    {"model": "gpt-image-2", "contents": HISTORY},
    {"model": "gpt-image-1", "user": "u_1", "metadata": {"a": "b"}, "seed": 4, "negative_prompt": "fog"},
    {"model": "gpt-image-2", "provider_options": {"gemini": {"generationConfig": {"topK": 40}}}},
    {"model": "gemini-nano-banana-2.1", "n": 3, "size": "16:9", "image_size": "2K", "thinking_level": "high"},
    {"model": "gemini-3-pro-image", "contents": HISTORY, "temperature": 0.5},
    {"model": "gemini-3-pro-image", "image": ["$1", "$2", "$3"], "n": 2},
    {"model": "gemini-2.5-flash-image", "image": "$1", "mask": "WHITE"},
    {
        "model": "gemini-3.1-flash-image",
        "provider_options": {"gemini": {"generationConfig": {"topK": 40}}},
        "moderation": "low",
    },
    {"model": "gemini-nano-banana-2.1", "output_format": "webp", "exact_size": True, "size": "1000x500"},
    {"model": "doubao-seedream-4-0-250828", "n": 4, "seed": 9},
    {
        "model": "doubao-seedream-4-0-250828",
        "image": ["$1", "$2"],
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": 3},
    },
    {"model": "doubao-seedream-4-5-251128", "image": "$1", "mask": "ALPHA"},
    {"model": "doubao-seedream-5-0-260128", "web_search": True, "output_format": "png", "size": "3K"},
    {"model": "doubao-seedream-5-0-pro-260628", "image": "$1", "background": "opaque", "size": "16:9"},
    {"model": "doubao-seededit-3-0-i2i-250628", "image": "$1", "guidance_scale": 7.5, "n": 2, "seed": 1},
    {
        "model": "seedream-4.0",
        "contents": HISTORY,
        "provider_options": {"ark": {"optimize_prompt_options": {"thinking": "disabled"}}},
    },
    {"model": "doubao-seedream-3-0-t2i-250415", "response_format": "b64_json", "size": "4:3"},
    {"model": "qwen-image-2.0-pro", "n": 8, "size": "512x512"},
    {"model": "qwen-image-plus", "n": 3, "seed": 5, "negative_prompt": "fog"},
    {"model": "qwen-image-edit-plus", "image": ["$1", "$2", "$3"], "n": 2},
    {"model": "qwen-image-2.0", "image": "$1", "mask": "WHITE"},
    {"model": "qwen-image-3.0", "image": "$1", "prompt_extend_mode": "agent", "enable_thinking": False},
    {"model": "qwen-image-plus", "negative_prompt": "fog", "exact_size": True, "size": "4:3"},
    {"model": "z-image-turbo", "n": 2, "exact_size": True, "size": "900x600"},
    {"model": "gpt-image-1.5", "emulate": ["negative_prompt"], "negative_prompt": "fog"},
]


@pytest.fixture
def tape(recorder: Recorder) -> Iterator[list[Sent]]:
    """The vendor calls of this test, with what their pictures are."""
    with taped() as calls:
        yield calls


@pytest.fixture(scope="session")
def words(pictures: list[str]) -> dict[str, str]:
    """What stands for pictures in an ask."""
    named = {"ALPHA": alpha_mask(), "WHITE": black_and_white_mask(), "SMALL": alpha_mask(2), "MARKUP": markup()}
    return {f"${at}": picture for at, picture in enumerate(pictures, 1)} | {
        name: uri(data) for name, data in named.items()
    }


def planned(call: dict[str, Any]) -> list[Any]:
    """A call of a dry run as the recorder would have read it: method, URL, kind, body, pictures."""
    assert set(call) == {"method", "url", "headers", "body"}
    found: list[dict[str, Any]] = []
    ((kind, body),) = call["body"].items()
    read = _planned_form(body, found) if kind == "form" else _planned_json(body, found)
    content_type = {"form": "multipart/form-data", "json": "application/json"}[kind]
    assert call["headers"]["Content-Type"] == content_type
    return [call["method"], call["url"], kind == "form", read, _measures(found)]


def _planned_json(value: Any, found: list[dict[str, Any]]) -> Any:
    if isinstance(value, dict) and value.keys() == {"picture"}:
        found.append(value["picture"])
        return value["picture"].get("prefix", "") + "<picture>"
    if isinstance(value, dict):
        return {key: _planned_json(inner, found) for key, inner in value.items()}
    return [_planned_json(inner, found) for inner in value] if isinstance(value, list) else value


def _planned_form(parts: list[dict[str, Any]], found: list[dict[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in parts:
        if "picture" in part:
            assert set(part) == {"name", "filename", "media_type", "picture"}
            found.append(part["picture"])
            add(fields, part["name"], f"<{part['media_type']}>")
        else:
            assert set(part) == {"name", "value"}
            add(fields, part["name"], part["value"])
    return fields


def _measures(pictures: list[dict[str, Any]]) -> list[Any]:
    return [[seen["media_type"], seen["width"], seen["height"], seen["bytes"]] for seen in pictures]


def received(sent: Sent, relay: str) -> list[Any]:
    """A call as the vendor got it."""
    pictures = [[seen.media_type, seen.width, seen.height, seen.size] for seen in sent.pictures]
    return ["POST", relay + sent.path, sent.form, sent.body, pictures]


def in_order(calls: list[list[Any]]) -> list[list[Any]]:
    """Calls run side by side: they arrive in any order."""
    return sorted(calls, key=lambda call: json.dumps(call, sort_keys=True))


def check(server: Server, tape: list[Sent], ask: dict[str, Any]) -> None:
    before = records(server)
    dry = server.generate({**ask, "dry_run": True})
    assert dry.status == 200, dry.body[:800]
    assert (tape, records(server)) == ([], before), "a dry run bought or kept something"
    answer = dry.json()
    assert set(answer) == {"onebrush"}
    own = answer["onebrush"]
    assert {"id", "model", "provider", "test", "dry_run", "warnings"} <= set(own)
    real = server.generate(ask)
    assert real.status == 200, real.body[:800]
    relay = own["dry_run"]["calls"][0]["url"].partition("/")
    base = "http://" + relay[2].removeprefix("/").partition("/")[0]
    plans = [planned(call) for call in own["dry_run"]["calls"]]
    assert in_order(plans) == in_order([received(call, base) for call in tape])
    check_price(own["dry_run"]["price_bound"], real.json()["onebrush"]["cost"])
    said_of_request = [warning for warning in real.json()["onebrush"]["warnings"] if warning["stage"] == "request"]
    assert [warning for warning in own["warnings"] if warning["stage"] == "request"] == said_of_request


def check_price(bound: dict[str, str], cost: dict[str, str]) -> None:
    assert bound["basis"] in ("computed", "unknown")
    assert ("amount" in bound) == (bound["basis"] == "computed")
    if bound["basis"] == "computed":
        assert bound["currency"] == cost["currency"]
        assert Decimal(bound["amount"]) >= Decimal(cost["amount"])


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.json")))
def test_a_reference_request_is_sent_as_its_dry_run_says(
    name: str, server: Server, tape: list[Sent], example: Callable[[str], dict[str, Any]]
) -> None:
    check(server, tape, example(name))


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: " ".join(str(value)[:20] for value in ask.values()))
def test_a_request_is_sent_as_its_dry_run_says(
    ask: dict[str, Any], server: Server, tape: list[Sent], words: dict[str, str]
) -> None:
    prompt = HISTORY[-1]["parts"][0]["text"] if "contents" in ask else PROMPT  # type: ignore[index]  # a turn's text
    check(server, tape, spelt({"prompt": prompt, **ask}, words))


def test_a_form_has_its_dry_run_too(server: Server, tape: list[Sent], pictures: list[str]) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (100, 80), "teal").save(picture, "PNG")
    parts: list[tuple[str, str | bytes]] = [("model", "gpt-image-2"), ("prompt", PROMPT), ("image", picture.getvalue())]
    body, content_type = form([*parts, ("dry_run", "true")])
    answer = server.ask("/v1/images/edits", body, Content_Type=content_type)
    assert (answer.status, tape) == (200, []), answer.body[:500]
    (call,) = answer.json()["onebrush"]["dry_run"]["calls"]
    assert planned(call)[3] == {"model": "gpt-image-2", "prompt": PROMPT, "n": "1", "image": "<image/png>"}
    assert planned(call)[4] == [["image/png", 100, 80, len(picture.getvalue())]]


def test_the_header_asks_for_a_dry_run_too(server: Server, tape: list[Sent]) -> None:
    ask = {"model": "gpt-image-2", "prompt": PROMPT}
    answer = server.generate(ask, X_OneBrush_Dry_Run="true")
    assert (answer.status, set(answer.json()), tape) == (200, {"onebrush"}, [])
    assert server.generate(ask, X_OneBrush_Dry_Run="false").json()["data"]
    assert len(tape) == 1


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        ({"model": "gpt-image-2", "prompt": PROMPT, "n": 11}, 400, "invalid_value"),
        ({"model": "gpt-image-2"}, 400, "missing_required_parameter"),
        ({"model": "qwen-image-edit-plus", "prompt": PROMPT}, 400, "missing_required_parameter"),
        ({"model": "gpt-image-9", "prompt": PROMPT}, 404, "model_not_found"),
        ({"model": "gpt-image-2", "prompt": PROMPT, "seed": 4, "strict": True}, 400, "unknown_parameter"),
        ({"model": "gpt-image-2", "prompt": PROMPT, "image": "AAAA"}, 400, "invalid_image"),
    ],
    ids=["n", "nothing to draw", "no picture", "no model", "strict", "no image"],
)
def test_a_dry_run_is_refused_like_the_real_one(
    ask: dict[str, Any], status: int, code: str, server: Server, tape: list[Sent]
) -> None:
    answers = [server.generate({**ask, "dry_run": dry}) for dry in (True, False)]
    assert [(answer.status, answer.json()["error"]["code"]) for answer in answers] == [(status, code)] * 2
    assert answers[0].json()["error"] == answers[1].json()["error"]
    assert tape == []


SECRETS = {
    "OPENAI_API_KEY": "sk-test-example-openai",
    "GEMINI_API_KEY": "test-example-gemini",
    "ARK_API_KEY": "test-example-ark",
    "DASHSCOPE_API_KEY": "sk-test-example-dashscope",
}
LIVE_KEY = "sk-dry-run-live"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway with a credential of every vendor, whose addresses nobody answers."""
    bases = {f"{name}_base_url": f"http://127.0.0.1:9/{name}" for name in ("openai", "gemini", "ark", "dashscope")}
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        folder: Path = tmp_path_factory.mktemp("dry")
        with gateway(folder, keys=f"{KEY},{LIVE_KEY}", **bases) as server:
            yield server


@pytest.mark.parametrize(
    "model", ["gpt-image-2", "gemini-3-pro-image", "doubao-seedream-5-0-pro-260628", "qwen-image-3.0"]
)
def test_no_credential_is_in_a_dry_run(model: str, live: Server, pictures: list[str]) -> None:
    ask = {"model": model, "prompt": PROMPT, "image": pictures[0], "dry_run": True}
    answer = live.generate(ask, Authorization=f"Bearer {LIVE_KEY}")
    assert answer.status == 200, answer.body[:500]
    assert answer.json()["onebrush"]["test"] is False
    whole = answer.body.decode() + json.dumps(dict(answer.headers))
    assert [secret for secret in [*SECRETS.values(), LIVE_KEY, KEY] if secret in whole] == []
    (call,) = answer.json()["onebrush"]["dry_run"]["calls"]
    assert call["url"].startswith("http://127.0.0.1:9/")
    assert any("redacted" in value for value in call["headers"].values())


def test_a_dry_run_tells_of_a_substitution_and_strict_refuses_it(live: Server) -> None:
    ask = {"model": "gpt-image-1", "prompt": PROMPT, "dry_run": True}
    own = live.generate(ask, Authorization=f"Bearer {LIVE_KEY}").json()["onebrush"]
    assert [warning["code"] for warning in own["warnings"]] == ["model_substituted"]
    assert own["dry_run"]["calls"][0]["body"]["json"]["model"] == "gpt-image-2"
    strict = live.generate({**ask, "strict": True}, Authorization=f"Bearer {LIVE_KEY}")
    error = strict.json()["error"]
    assert (strict.status, error["code"], error["param"]) == (400, "invalid_value", "model")
    assert "gpt-image-1" in error["message"]
    assert "gpt-image-2" in error["message"]
