"""The main door's bodies: every spelling of one request reads alike, and what makes no sense is named."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from onebrush.domain.errors import (
    ConflictingParameters,
    InvalidImage,
    InvalidRequest,
    MissingParameter,
    NotBuiltYet,
    OneBrushError,
)
from onebrush.domain.request import GenerationRequest
from onebrush.domain.size import Pixels, Ratio
from onebrush.domain.turn import Text, Turn
from onebrush.wires.openai.decode import LATER, decode
from tests.wires.openai.bodies import ONE, THREE, TWO, data_uri, given, lifted, pictures, read, said

EXAMPLES = Path(__file__).parents[2] / "fixtures" / "examples"
LINK = "https://pictures.example/cat.png"


def refusal(**fields: Any) -> InvalidRequest:
    """Why a body with these fields is refused."""
    with pytest.raises(InvalidRequest) as refused:
        said(**fields)
    return refused.value


def codes(request: GenerationRequest) -> list[str]:
    return [warning.code for warning in request.warnings]


def shape(request: GenerationRequest) -> tuple[object, ...]:
    """Everything of a request that matters, pictures by their bytes."""
    turns = [
        (turn.role, [part.text if isinstance(part, Text) else given(part) for part in turn.parts])  # type: ignore[arg-type]  # a caller's turn has no opaque part
        for turn in request.turns
    ]
    return request.model, turns, request.n, request.size, request.answer_form, dict(request.fields), codes(request)


# The contract's reference requests


def example(name: str) -> GenerationRequest:
    text = (EXAMPLES / f"{name}.json").read_text("utf-8").replace("${IMAGE_DATA_URI}", data_uri(ONE))
    return read(json.loads(text))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_reference_request_is_read_without_refusal_or_unknown_field(path: Path) -> None:
    request = example(path.stem)

    assert request.prompt.strip()
    assert "unknown_field" not in codes(request)
    assert len(pictures(request)) == path.read_text("utf-8").count("${IMAGE_DATA_URI}")


def test_there_are_thirteen_reference_requests() -> None:
    assert len(list(EXAMPLES.glob("*.json"))) == 13


def test_a_conversation_keeps_its_turns_parts_and_pictures() -> None:
    request = example("gemini-multi-turn")

    assert [turn.role for turn in request.turns] == ["user", "model", "user"]
    assert [turn.text for turn in request.turns[:2]] == ["Draw this house in spring", "Here it is."]
    assert [len(turn.images) for turn in request.turns] == [1, 1, 0]
    assert request.prompt == "Now the same house on a snowy night"
    assert (request.size.ratio, request.answer_form) == (Ratio(width=4, height=3), "url")


def test_a_series_with_its_options_is_read_whole() -> None:
    request = example("seedream-fusion-series")

    assert request.fields == {"sequential_image_generation": "auto", "max_images": 2, "watermark": False}
    assert [image.param for image in request.images] == ["images[0]", "images[1]"]
    assert request.size.pixels == Pixels(width=2304, height=1728)


def test_a_qwen_edit_says_its_words_once() -> None:
    request = example("qwen-edit-contents")

    assert (request.prompt, request.n) == ("Put a red scarf on the kitten", 2)
    assert request.fields == {"negative_prompt": "blurry", "watermark": False, "seed": 11}
    assert codes(request) == []


# The four spellings of a Qwen request

QWEN = {"size": "1328*1328", "negative_prompt": "blurry", "prompt_extend": True, "watermark": False, "seed": 7, "n": 2}
WORDS, PICTURE = {"text": "a hat"}, {"image": data_uri(ONE)}
MESSAGES = {"messages": [{"role": "user", "content": [PICTURE, WORDS]}]}
SPELLINGS: dict[str, dict[str, Any]] = {
    "input and parameters": {"input": MESSAGES, "parameters": QWEN},
    "prompt, parameters and picture": {"prompt": "a hat", "parameters": QWEN, "image": data_uri(ONE)},
    "prompt and extra": {"prompt": "a hat", "extra": {"input": MESSAGES, "parameters": QWEN}},
    "prompt, parameters and contents": {
        "prompt": "a hat",
        "parameters": QWEN,
        "contents": [{"role": "user", "parts": [PICTURE, WORDS]}],
    },
    "all at the top": {"prompt": "a hat", "image": data_uri(ONE), **QWEN},
    "as SDKs merge it": {"prompt": "a hat", "image": data_uri(ONE), "extra_body": {"parameters": QWEN}},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_qwen_request_reads_alike(spelling: str) -> None:
    request = read({"model": "qwen-image-edit-plus", **SPELLINGS[spelling]})

    assert shape(request) == (
        "qwen-image-edit-plus",
        [("user", [ONE, "a hat"])],
        2,
        request.size,
        None,
        {"negative_prompt": "blurry", "prompt_extend": True, "watermark": False, "seed": 7},
        [],
    )
    assert request.size.pixels == Pixels(width=1328, height=1328)


def test_the_vendors_older_input_is_read_too() -> None:
    request = read({"model": "m", "input": {"prompt": "a hat", "negative_prompt": "blurry"}})

    assert (request.prompt, request.fields) == ("a hat", {"negative_prompt": "blurry"})


# Ruling 8: pictures

IN_PARTS: dict[str, Any] = {
    "image": data_uri(ONE),
    "image_url": data_uri(ONE),
    "image_url object": {"image_url": {"url": data_uri(ONE)}},
    "inline_data": {"inline_data": {"mime_type": "image/png", "data": base64.b64encode(ONE).decode()}},
    "inlineData": {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(ONE).decode()}},
}


@pytest.mark.parametrize("name", ["image", "image[]", "images", "image_url", "image_urls", "input_references"])
@pytest.mark.parametrize("form", [data_uri(ONE), base64.b64encode(ONE).decode(), "data:;base64," + "AQEB" * 30])
def test_a_picture_is_read_under_every_name_alone_and_in_a_list(name: str, form: str) -> None:
    assert pictures(said(**{name: form})) == pictures(said(**{name: [form]})) == [ONE]


@pytest.mark.parametrize("name", ["image", "image[]", "images", "image_url", "image_urls", "input_references"])
def test_a_link_is_read_under_every_name_and_left_to_be_fetched(name: str) -> None:
    assert pictures(said(**{name: LINK})) == pictures(said(**{name: [LINK]})) == [LINK]


@pytest.mark.parametrize("key", ["image_url", "url", "image"])
def test_a_picture_may_be_an_object_around_its_spelling(key: str) -> None:
    assert pictures(said(images=[{key: data_uri(ONE)}, {key: LINK}])) == [ONE, LINK]


@pytest.mark.parametrize("spelling", IN_PARTS)
@pytest.mark.parametrize(("turns", "parts"), [("contents", "parts"), ("messages", "content")])
def test_a_picture_is_read_from_every_kind_of_part(spelling: str, turns: str, parts: str) -> None:
    part = IN_PARTS[spelling] if isinstance(IN_PARTS[spelling], dict) else {spelling: IN_PARTS[spelling]}
    conversation = [{"role": "user", parts: [part, {"text": "a hat"}]}]
    body = {"contents": conversation} if turns == "contents" else {"input": {"messages": conversation}}

    assert pictures(read({"model": "m", **body})) == [ONE]


def test_an_entry_of_words_and_a_picture_loses_neither() -> None:
    request = read({"model": "m", "contents": [{"parts": [{"text": "a hat", "image": data_uri(ONE)}]}]})

    assert (request.prompt, pictures(request)) == ("a hat", [ONE])


def test_pictures_beside_a_conversation_come_first_in_its_last_turn_one_ordered_list() -> None:
    request = read(
        {
            "model": "m",
            "contents": [{"role": "user", "parts": [{"text": "join"}, {"image": data_uri(THREE)}]}],
            "images": [data_uri(TWO)],
            "image": data_uri(ONE),
        }
    )

    assert pictures(request) == [ONE, TWO, THREE]
    assert [image.param for image in request.images] == ["image", "images[0]", "contents[0].parts[1].image"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "empty"),
        ("data:image/png,raw", "data URI without base64"),
        ("cat.png", "neither base64 of a picture nor a link"),
        ("file:///etc/passwd", "neither base64 of a picture nor a link"),
        ("/etc/passwd", "neither base64 of a picture nor a link"),
        ("ftp://pictures.example/a.png", "neither base64 of a picture nor a link"),
        (5, "no picture"),
        ({}, "without `image_url`"),
    ],
)
def test_what_is_no_picture_is_refused_naming_where_it_stood(value: object, why: str) -> None:
    refused = refusal(images=[data_uri(ONE), value])

    assert isinstance(refused, InvalidImage)
    assert (refused.param or "").startswith("images[1]")
    assert why in refused.message


def test_a_prompt_that_looks_like_a_picture_is_words() -> None:
    assert read({"model": "m", "prompt": data_uri(ONE)}).prompt == data_uri(ONE)


# Ruling 9: prompt and contents


def test_the_same_words_twice_count_once() -> None:
    request = read({"model": "m", "prompt": " a hat ", "contents": [{"parts": [PICTURE, {"text": "a hat\n"}]}]})

    assert request.turns == (Turn(role="user", parts=request.turns[0].parts),)
    assert (request.prompt, codes(request), pictures(request)) == ("a hat\n", [], [ONE])


def test_other_words_replace_those_of_the_last_user_turn_and_its_pictures_stay() -> None:
    request = read(
        {
            "model": "m",
            "prompt": "a scarf",
            "contents": [
                {"role": "user", "parts": [{"text": "a house"}]},
                {"role": "model", "parts": [{"text": "here"}]},
                {"role": "user", "parts": [PICTURE, {"text": "a hat"}]},
            ],
        }
    )

    assert [turn.text for turn in request.turns] == ["a house", "here", "a scarf"]
    assert (pictures(request), codes(request)) == ([ONE], ["prompt_replaced"])


def test_a_prompt_beside_pictures_alone_is_no_replacement() -> None:
    request = read({"model": "m", "prompt": "a hat", "contents": [{"parts": [PICTURE]}]})

    assert (request.prompt, pictures(request), codes(request)) == ("a hat", [ONE], [])


# Ruling 15: values

NUMBERS = [("seed", "4", 4), ("seed", "-1", None), ("guidance_scale", "2.5", 2.5), ("temperature", "1", 1.0)]


@pytest.mark.parametrize(("name", "text", "value"), NUMBERS)
def test_a_number_written_as_text_is_that_number(name: str, text: str, value: object) -> None:
    assert said(**{name: text}).fields.get(name) == value


@pytest.mark.parametrize(
    ("name", "value"), [("negative_prompt", "1"), ("user", "007"), ("negative_prompt", ""), ("user", "true")]
)
def test_text_stays_text(name: str, value: str) -> None:
    assert said(**{name: value}).fields == {name: value}


@pytest.mark.parametrize(("name", "value"), [("seed", 0), ("watermark", False), ("temperature", 0)])
def test_a_falsy_value_is_a_value(name: str, value: object) -> None:
    fields = said(**{name: value}).fields

    assert fields == {name: value} and type(fields[name]) is not type(None)


def test_seed_minus_one_is_unset() -> None:
    assert said(seed=-1).fields == {}


@pytest.mark.parametrize("digits", ["\u0664", "\uff14", "0x4", "4.0", " 4", "1e3", "\uff144", "--4", ""])
def test_only_ascii_digits_are_a_number(digits: str) -> None:
    assert refusal(seed=digits).param == "seed"


def test_null_is_not_said() -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ["n", "size", "quality", "seed", "watermark", "image", "contents", "input", "parameters", "extra", "mask"]
    )
    nothing |= dict.fromkeys(["response_format", "store", "link_ttl", "stream", "image_size", "unheard_of", *LATER])

    assert shape(said(**nothing)) == shape(said())


def test_a_null_inside_an_older_way_of_saying_is_not_said() -> None:
    request = said(input={"messages": None, "prompt": None}, sequential_image_generation_options={"max_images": None})

    assert shape(request) == shape(said())


# Ruling 18: one thing said twice


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("size", "1328*1328", "1328x1328"),
        ("n", 2, "2"),
        ("seed", 4, "4"),
        ("watermark", True, "true"),
        ("guidance_scale", 5, 5.0),
        ("negative_prompt", "blurry", "blurry"),
    ],
)
def test_what_is_said_twice_alike_counts_once(name: str, one: object, other: object) -> None:
    assert shape(said(**{name: one, "parameters": {name: other}})) == shape(said(**{name: one}))


@pytest.mark.parametrize(
    ("name", "one", "other"), [("size", "1K", "2K"), ("n", 2, 3), ("seed", 0, 1), ("watermark", True, False)]
)
def test_what_is_said_twice_differently_is_refused_naming_both(name: str, one: object, other: object) -> None:
    refused = refusal(**{name: one, "parameters": {name: other}})

    assert isinstance(refused, ConflictingParameters)
    assert refused.code == "conflicting_parameters"
    assert name in refused.message and f"parameters.{name}" in refused.message


@pytest.mark.parametrize(
    "fields",
    [
        {"extra": {"prompt": "a dog"}},
        {"input": {"prompt": "a dog"}},
        {"negative_prompt": "blurry", "input": {"prompt": "a cat", "negative_prompt": "sharp"}},
        {
            "contents": [{"parts": [{"text": "a cat"}]}],
            "input": {"messages": [{"content": [{"text": "a dog"}]}]},
        },
        {
            "contents": [{"parts": [{"text": "a cat"}]}],
            "input": {"messages": [{"content": [{"text": "a cat"}, {"image": LINK}]}]},
        },
        {"input": {"messages": []}, "extra": {"input": {"messages": [{"content": [{"text": "a dog"}]}]}}},
    ],
)
def test_words_said_twice_differently_are_refused(fields: dict[str, Any]) -> None:
    assert isinstance(refusal(**fields), ConflictingParameters)


def test_a_conversation_said_twice_alike_counts_once() -> None:
    request = read(
        {"model": "m", "contents": [{"parts": [PICTURE, WORDS]}], "input": {"messages": [{"content": [WORDS]}]}}
    )

    assert (request.prompt, pictures(request), len(request.turns)) == ("a hat", [ONE], 1)


# Ruling 16 and the words for a size


@pytest.mark.parametrize(
    ("text", "pixels", "ratio", "tier", "keyword"),
    [
        ("1024x768", Pixels(width=1024, height=768), None, None, None),
        ("1024*768", Pixels(width=1024, height=768), None, None, None),
        ("1024X768", Pixels(width=1024, height=768), None, None, None),
        ("16:9", None, Ratio(width=16, height=9), None, None),
        ("2K", None, None, "2K", None),
        ("2k", None, None, "2K", None),
        ("auto", None, None, None, "auto"),
        ("adaptive", None, None, None, "adaptive"),
    ],
)
def test_a_size_has_four_forms(text: str, pixels: Any, ratio: Any, tier: Any, keyword: Any) -> None:
    size = said(size=text).size

    assert (size.pixels, size.ratio, size.tier, size.keyword, size.size_text) == (pixels, ratio, tier, keyword, text)


@pytest.mark.parametrize(
    "text",
    [
        "0x0",
        "1024x",
        "-1x5",
        "1024x0",
        "\u0661\u0660x\u0661\u0660",
        "1024",
        "16:0",
        "huge",
        "",
        "5M",
        "1024x768x2",
        "1e3x5",
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    assert refusal(size=text).param == "size"


@pytest.mark.parametrize("value", [1024, True, [1024, 1024], {"width": 1}])
def test_a_size_that_is_no_text_is_refused(value: object) -> None:
    assert refusal(size=value).param == "size"


@pytest.mark.parametrize(
    "fields",
    [
        {"size": "1024x1024", "image_size": "4K"},
        {"size": "4096x4096", "resolution": "1K"},
        {"size": "1024x1024", "aspect_ratio": "16:9"},
        {"size": "1:1", "aspect_ratio": "16:9"},
        {"size": "1K", "image_size": "2K"},
        {"image_size": "1K", "resolution": "2K"},
    ],
)
def test_sizes_that_contradict_are_refused(fields: dict[str, str]) -> None:
    refused = refusal(**fields)

    assert isinstance(refused, ConflictingParameters)
    assert all(name in refused.message for name in fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"size": "1024x1024", "image_size": "1K"},
        {"size": "1536x1024", "image_size": "1K"},
        {"size": "3840x2160", "image_size": "4K"},
        {"size": "1376x768", "aspect_ratio": "16:9"},
        {"size": "16:9", "aspect_ratio": "16:9"},
        {"size": "16:9", "image_size": "2K"},
        {"size": "2K", "aspect_ratio": "16:9"},
        {"image_size": "2K", "resolution": "2K"},
        {"size": "1024x1024", "aspect_ratio": "auto"},
    ],
)
def test_sizes_that_agree_or_complete_one_another_are_taken(fields: dict[str, str]) -> None:
    size = said(**fields).size

    assert size.pixels or size.ratio or size.tier


def test_ratio_and_tier_stand_beside_one_another() -> None:
    size = said(aspect_ratio="16:9", image_size="2k").size

    assert (size.ratio, size.tier, size.tier_text, size.tier_param) == (
        Ratio(width=16, height=9),
        "2K",
        "2k",
        "image_size",
    )


# Counts, forms, links


@pytest.mark.parametrize("n", [0, -1, 11, 10**9, 1.5, True, "two", [], "11", -0.0])
def test_a_count_out_of_bounds_is_refused(n: object) -> None:
    assert refusal(n=n).param == "n"


@pytest.mark.parametrize(("n", "count"), [(1, 1), (10, 10), ("4", 4)])
def test_a_count_within_bounds_is_taken(n: object, count: int) -> None:
    assert said(n=n).n == count


@pytest.mark.parametrize("value", ["URL", "base64", "", 1, True])
def test_another_response_format_is_refused(value: object) -> None:
    assert refusal(response_format=value).param == "response_format"


def test_links_and_storing_are_read() -> None:
    assert (said().link_ttl, said().store, said().answer_form) == (None, True, None)
    request = said(link_ttl=60, store=False, response_format="b64_json")
    assert (request.link_ttl, request.store, request.answer_form) == (60, False, "b64_json")
    assert refusal(link_ttl=0).param == refusal(link_ttl=7 * 86_400 + 1).param == "link_ttl"


# Models and prompts


@pytest.mark.parametrize(
    "body", [{"prompt": "a cat"}, {"prompt": "a cat", "model": ""}, {"prompt": "a cat", "model": None}]
)
def test_a_body_without_model_is_refused_unless_the_operator_has_a_default(body: dict[str, Any]) -> None:
    with pytest.raises(MissingParameter) as refused:
        read(body)
    assert refused.value.param == "model"


def test_the_operators_default_serves_where_no_model_is_named() -> None:
    assert read({"prompt": "a cat"}, default_model="painter").model == "painter"
    assert read({"prompt": "a cat", "model": "other"}, default_model="painter").model == "other"


@pytest.mark.parametrize(
    "fields",
    [{"prompt": ""}, {"prompt": " \n"}, {"prompt": None}, {"prompt": "", "contents": []}, {"input": {}, "prompt": ""}],
)
def test_a_body_that_says_nothing_to_draw_is_refused(fields: dict[str, Any]) -> None:
    refused = refusal(**fields)

    assert (refused.code, refused.param) == ("missing_required_parameter", "prompt")


def test_a_picture_without_words_says_nothing_to_draw() -> None:
    with pytest.raises(MissingParameter):
        read({"model": "m", "contents": [{"parts": [PICTURE]}]})


def test_a_conversation_ends_with_the_user_whose_answer_may_be_the_prompt() -> None:
    turns = [{"role": "user", "parts": [WORDS]}, {"role": "model", "parts": [{"text": "here"}]}]
    with pytest.raises(InvalidRequest) as refused:
        read({"model": "m", "contents": turns})
    assert refused.value.param == "contents"
    answered = read({"model": "m", "contents": turns, "prompt": "at night"})
    assert [(turn.role, turn.text) for turn in answered.turns] == [
        ("user", "a hat"),
        ("model", "here"),
        ("user", "at night"),
    ]
    assert codes(answered) == []


def test_a_prompt_has_at_most_32000_characters() -> None:
    assert len(said(prompt="ä" * 32_000).prompt) == 32_000
    assert refusal(prompt="a" * 32_001).param == "prompt"


@pytest.mark.parametrize("text", ["\x00", "\u202e", "e\u0301", "\u200b\u200d", "🐈‍⬛", "a\r\nb"])
def test_odd_characters_pass_unchanged(text: str) -> None:
    assert said(prompt=f"a {text} cat").prompt == f"a {text} cat"


# Fields nobody knows, fields of later versions


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("promt_extend", "prompt_extend"), ("response_fromat", "response_format"), ("sed", "seed"), ("Size", "size")],
)
def test_an_unknown_field_is_told_with_the_nearest_known_name(wrong: str, right: str) -> None:
    (warning,) = said(**{wrong: "x"}).warnings

    assert (warning.code, warning.param) == ("unknown_field", wrong)
    assert f"Did you mean {right}?" in warning.message


def test_an_unknown_field_unlike_any_other_is_told_without_a_guess() -> None:
    (warning,) = said(zzzzzz=1).warnings

    assert "Did you mean" not in warning.message


@pytest.mark.parametrize("name", ["api_base", "base_url", "api_key", "user_config", "headers", "__class__"])
@pytest.mark.parametrize("folder", [None, "parameters", "extra", "extra_body", "input"])
def test_nothing_a_caller_says_of_the_upstream_is_carried_on(name: str, folder: str | None) -> None:
    value = "http://attacker.example"
    request = said(**({name: value} if folder is None else {folder: {name: value}}))

    assert request.fields == {}
    assert "attacker" not in repr(replace(request, warnings=()))
    assert codes(request) == ["unknown_field"]


def test_unknown_members_of_options_are_told_with_their_path() -> None:
    request = said(optimize_prompt_options={"mode": "fast", "thinking": "on"})

    assert request.fields == {"optimize_prompt_mode": "fast"}
    assert [warning.param for warning in request.warnings] == ["optimize_prompt_options.thinking"]


def test_thousands_of_unknown_fields_are_refused_and_of_unknown_members_a_few_told() -> None:
    many = {f"prompt_extent_{number}": 1 for number in range(10_000)}

    assert "10000 fields" in refusal(**many).message
    assert 0 < len(said(optimize_prompt_options=many).warnings) <= 20
    assert 0 < len(said(input=many).warnings) <= 20


ASKING = {
    "stream": True, "partial_images": 2,
    "max_cost": {"amount": "1", "currency": "USD"},
}  # fmt: skip


@pytest.mark.parametrize("name", ASKING)
def test_a_field_of_a_later_version_that_asks_for_something_is_refused(name: str) -> None:
    refused = refusal(**{name: ASKING[name]})

    assert isinstance(refused, NotBuiltYet)
    assert (refused.status, refused.param) == (400, name)


@pytest.mark.parametrize(("name", "value"), [("stream", False), ("stream", "false"), ("partial_images", 0)])
def test_a_field_of_a_later_version_that_asks_for_nothing_passes(name: str, value: object) -> None:
    assert shape(said(**{name: value})) == shape(said())


def test_every_later_field_is_tried() -> None:
    assert set(ASKING) == set(LATER)


# Families' fields


@pytest.mark.parametrize(
    ("name", "value", "read_as"),
    [
        ("response_modalities", "image", ["IMAGE"]),
        ("response_modalities", ["TEXT", "IMAGE"], ["TEXT", "IMAGE"]),
        ("response_modalities", ["Image", "text"], ["TEXT", "IMAGE"]),
        ("guidance_scale", 2.5, 2.5),
        ("quality", "ultra", "ultra"),
        ("background", "transparent", "transparent"),
    ],
)
def test_a_familys_field_is_read_in_its_type(name: str, value: object, read_as: object) -> None:
    assert said(**{name: value}).fields == {name: read_as}


def test_the_search_tool_is_a_field() -> None:
    assert said(tools=[{"type": "web_search"}]).fields == {"web_search": True}
    assert codes(said(tools=[{"type": "code"}])) == ["unknown_field"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 1.5), ("seed", True), ("seed", 2**31), ("seed", -2), ("seed", [4]), ("seed", "9" * 40),
        ("watermark", 1), ("watermark", "yes"), ("guidance_scale", 0.5), ("guidance_scale", "x"),
        ("temperature", 10**400), ("temperature", True), ("top_p", 1.01), ("background", "blue"),
        ("mime_type", "image/gif"), ("quality", 5), ("negative_prompt", 1), ("response_modalities", "text"),
        ("response_modalities", [1]), ("response_modalities", {}), ("output_compression", 101), ("svg", "x"),
        ("output_format", "bmp"), ("sequential_image_generation", "yes"), ("optimize_prompt_options", "fast"),
        ("prompt", 5), ("prompt", ["a"]), ("model", 5), ("model", "m" * 201), ("contents", "a"), ("contents", {}),
        ("contents", [5]), ("contents", [{"parts": 5}]), ("contents", [{"role": "system", "parts": [WORDS]}]),
        ("contents", [{"parts": [{}]}]), ("contents", [{"parts": [{"text": 5}]}]), ("contents", [{}] * 201),
        ("input", "a"), ("input", {"messages": 5}), ("parameters", 5), ("extra", []), ("aspect_ratio", "wide"),
        ("image_size", "16:9"), ("store", "maybe"), ("link_ttl", "soon"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_naming_its_field(name: str, value: object) -> None:
    refused = refusal(**{name: value})

    assert (refused.status, (refused.param or "").startswith(name)) == (400, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sequential_image_generation_options", {"max_images": 16}), ("optimize_prompt_options", {"mode": "slow"})],
)
def test_a_member_out_of_bounds_is_refused_with_its_path(name: str, value: dict[str, object]) -> None:
    assert refusal(**{name: value}).param == f"{name}.{next(iter(value))}"


# Anything at all

WORD = st.sampled_from(["a cat", "16:9", "1K", "auto", "url", "4", "", LINK, data_uri(ONE), "user", "model", "true"])
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | WORD
KEYS = st.text(max_size=5) | st.sampled_from(
    ["text", "image", "image_url", "url", "inline_data", "data", "parts", "content", "role", "messages", "prompt",
     "max_images", "mode", "type", "negative_prompt"]
)  # fmt: skip
VALUES = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
NAMES = st.sampled_from(
    ["model", "prompt", "contents", "input", "parameters", "extra", "extra_body", "image", "image[]", "images", "n",
     "size", "image_size", "aspect_ratio", "resolution", "seed", "tools", "response_modalities", "response_format",
     "sequential_image_generation_options", "optimize_prompt_options", "metadata", "link_ttl", "store", "svg",
     "mask", "markup", "strict", "dry_run", "exact_size", "emulate", "provider_options", "previous_image_id",
     "mime_type", "output_format", "async", "webhook", *LATER]
)  # fmt: skip
BODIES = st.dictionaries(NAMES | KEYS, VALUES, max_size=6)


def outcome(body: object) -> GenerationRequest | OneBrushError:
    try:
        return decode(body)
    except OneBrushError as error:
        return error


@for_any(body=VALUES | BODIES)
def test_any_body_is_read_or_refused_with_a_400(body: object) -> None:
    result = outcome(lifted(body))

    assert isinstance(result, GenerationRequest | InvalidRequest)


@for_any(body=BODIES)
def test_any_body_about_a_cat_is_read_whole_or_refused(body: dict[str, Any]) -> None:
    result = outcome(lifted({**body, "model": "painter", "prompt": "a cat"}))

    if isinstance(result, GenerationRequest):
        assert (result.model, result.prompt.strip(), result.turns[-1].role) == ("painter", "a cat", "user")
        assert 1 <= result.n <= 10
    else:
        assert isinstance(result, InvalidRequest) and result.message
