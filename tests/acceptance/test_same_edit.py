"""An edit is the same edit however it is written: JSON or multipart, either route, every spelling of its pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.acceptance.looking import alpha_mask, black_and_white_mask
from tests.conformance.asking import Part, form, uri
from tests.conformance.vendor import Vendor, standing_in
from tests.conformance.wire import Sent
from tests.running import Server, gateway

MODELS = ("gpt-image-2", "gemini-3-pro-image", "doubao-seedream-4-0-250828", "qwen-image-2.0-pro")
PROMPT = "Put a red scarf on it"
ROUTES = ("/v1/images/edits", "/v1/images/generations", "/wrapped/v1/images/edits")


@pytest.fixture(scope="module")
def told_vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Vendor]]:
    """A gateway before a vendor that draws nothing: only what it is sent matters here."""
    with standing_in() as vendor, gateway(tmp_path_factory.mktemp("same"), sandbox_url=vendor.url) as server:
        yield server, vendor


@pytest.fixture(scope="module")
def server(told_vendor: tuple[Server, Vendor]) -> Server:
    """The gateway."""
    return told_vendor[0]


@pytest.fixture
def tape(told_vendor: tuple[Server, Vendor]) -> list[Sent]:
    """The vendor calls of this test with their pictures' digests."""
    told_vendor[1].clear()
    return told_vendor[1].calls


def told(server: Server, tape: list[Sent], route: str, ask: Mapping[str, Any] | list[Part]) -> list[str]:
    """What the vendor was told for an ask: its calls whole, digests of the pictures in them, in a fixed order."""
    tape.clear()
    if isinstance(ask, list):
        data, content_type = form(ask)
        answer = server.ask(route, data, Content_Type=content_type)
    else:
        answer = server.ask(route, ask)
    assert answer.status == 200, (route, answer.body[:500])
    return sorted(
        json.dumps([call.path, call.form, call.body, [vars(seen) for seen in call.pictures]]) for call in tape
    )


def data_of(link: str) -> bytes:
    return base64.b64decode(link.partition(",")[2])


def spellings(pictures: list[str]) -> Iterator[tuple[str, dict[str, Any] | list[tuple[str, bytes]]]]:
    """The same pictures in every way there is to write them: members of a JSON body, or files of a form."""
    one = len(pictures) == 1
    bare = [picture.partition(",")[2] for picture in pictures]
    files = [data_of(picture) for picture in pictures]
    yield "image", {"image": pictures[0] if one else pictures}
    yield "images of objects", {"images": [{"image_url": picture} for picture in pictures]}
    yield "image_url of objects", {"image_url": [{"url": picture} for picture in pictures]}
    yield "image_urls", {"image_urls": pictures}
    yield "input_references", {"input_references": pictures}
    yield "image[]", {"image[]": pictures}
    yield "bare base64", {"image": bare}
    yield "shouting data URIs", {"image": [f"DATA:image/PNG;base64,{text}" for text in bare]}
    yield "URL-safe base64", {"image": [text.replace("+", "-").replace("/", "_") for text in bare]}
    yield "file image, repeated" if not one else "file image", [("image", data) for data in files]
    yield "files image[]", [("image[]", data) for data in files]
    yield "files images", [("images", data) for data in files]


def asks(model: str, pictures: list[str], mask: bytes | None) -> Iterator[tuple[str, dict[str, Any] | list[Part]]]:
    """Whole requests: JSON bodies with the mask as a link or an object, forms with the mask as a file."""
    for name, spelt in spellings(pictures):
        if isinstance(spelt, dict):
            yield name, {"model": model, "prompt": PROMPT, **spelt, **({"mask": uri(mask)} if mask else {})}
        else:
            words: list[Part] = [("model", model), ("prompt", PROMPT)]
            yield name, [*words, *spelt, *([("mask", mask)] if mask else [])]
    if mask:
        as_object = {"image_url": uri(mask)}
        yield "mask as an object", {"model": model, "prompt": PROMPT, "image": pictures, "mask": as_object}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [1, 3])
def test_every_spelling_of_pictures_is_the_same_edit(
    model: str, count: int, server: Server, tape: list[Sent], pictures: list[str]
) -> None:
    first, *others = asks(model, pictures[:count], None)
    wanted = told(server, tape, ROUTES[0], first[1])
    assert [len(call.pictures) for call in tape] == [count]
    assert {name: told(server, tape, ROUTES[0], ask) for name, ask in others} == dict.fromkeys(
        [name for name, _ in others], wanted
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_mask_is_the_same_mask_however_it_comes(
    model: str, server: Server, tape: list[Sent], pictures: list[str]
) -> None:
    chosen = [ask for ask in asks(model, pictures[:1], alpha_mask()) if ask[0] in MASKED]
    assert len(chosen) == len(MASKED)
    sent = {name: told(server, tape, ROUTES[0], ask) for name, ask in chosen}
    assert sent == dict.fromkeys(sent, sent["image"])


MASKED = {"image", "images of objects", "file image", "files image[]", "mask as an object"}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("with_mask", [False, True], ids=["without a mask", "with a mask"])
def test_both_routes_are_one_door(
    model: str, with_mask: bool, server: Server, tape: list[Sent], pictures: list[str]
) -> None:
    mask = black_and_white_mask() if with_mask else None
    chosen = [ask for ask in asks(model, pictures[:1], mask) if ask[0] in ("image", "file image")]
    sent = [told(server, tape, route, ask) for route in ROUTES for _, ask in chosen]
    assert sent == [sent[0]] * len(sent)


def test_a_mask_reaches_the_vendor_that_has_masks_and_no_other(
    server: Server, tape: list[Sent], pictures: list[str]
) -> None:
    seen = {}
    for model in MODELS:
        told(
            server, tape, ROUTES[0], {"model": model, "prompt": PROMPT, "image": pictures[0], "mask": uri(alpha_mask())}
        )
        seen[model] = [picture.place for call in tape for picture in call.pictures]
    assert {model: "mask" in places for model, places in seen.items()} == {
        model: model == MODELS[0] for model in MODELS
    }
    assert {model: len(places) for model, places in seen.items()} == dict(zip(MODELS, (2, 1, 1, 1), strict=True))


# The same fields as JSON values and as the text and bracket names of a form.
FIELDS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "gpt-image-2",
        {"n": 2, "output_format": "webp", "output_compression": 80, "store": True, "metadata": {"a": "b"}},
        [("n", "2"), ("output_format", "webp"), ("output_compression", "80"), ("store", "true"), ("metadata[a]", "b")],
    ),
    (
        "gpt-image-2.6-flare",
        {"output_format": "svg", "svg": {"model": "gpt-5.6", "reasoning": {"effort": "low"}}},
        [("output_format", "svg"), ("svg[model]", "gpt-5.6"), ("svg[reasoning][effort]", "low")],
    ),
    (
        "gemini-3-pro-image",
        {
            "image_size": "2K",
            "aspect_ratio": "16:9",
            "temperature": 1.5,
            "response_modalities": ["TEXT", "IMAGE"],
            "n": 2,
        },
        [
            ("image_size", "2K"),
            ("aspect_ratio", "16:9"),
            ("temperature", "1.5"),
            ("response_modalities[]", "TEXT"),
            ("response_modalities[]", "IMAGE"),
            ("n", "2"),
        ],
    ),
    (
        "doubao-seedream-4-0-250828",
        {
            "seed": 0,
            "watermark": True,
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {"max_images": 2},
            "provider_options": {"ark": {"optimize_prompt_options": {"thinking": "disabled"}}},
        },
        [
            ("seed", "0"),
            ("watermark", "true"),
            ("sequential_image_generation", "auto"),
            ("sequential_image_generation_options[max_images]", "2"),
            ("provider_options[ark][optimize_prompt_options][thinking]", "disabled"),
        ],
    ),
    (
        "qwen-image-2.0-pro",
        {"parameters": {"size": "1024*1024", "seed": 4, "negative_prompt": "1", "prompt_extend": False}, "n": 2},
        [
            ("parameters[size]", "1024*1024"),
            ("parameters[seed]", "4"),
            ("parameters[negative_prompt]", "1"),
            ("parameters[prompt_extend]", "false"),
            ("n", "2"),
        ],
    ),
]


@pytest.mark.parametrize(("model", "values", "parts"), FIELDS, ids=[model for model, _, _ in FIELDS])
@pytest.mark.parametrize("route", ROUTES[:2])
def test_text_and_bracket_names_are_the_values_they_spell(
    route: str,
    model: str,
    values: dict[str, Any],
    parts: list[tuple[str, str]],
    server: Server,
    tape: list[Sent],
    pictures: list[str],
) -> None:
    as_json = {"model": model, "prompt": PROMPT, "image": pictures[0], **values}
    as_form: list[Part] = [("model", model), ("prompt", PROMPT), ("image", data_of(pictures[0])), *parts]
    assert told(server, tape, route, as_form) == told(server, tape, route, as_json)


def test_words_alone_may_come_as_a_form_too(server: Server, tape: list[Sent]) -> None:
    words: list[Part] = [("model", "gpt-image-2"), ("prompt", PROMPT), ("size", "1024x1024")]
    sent = told(server, tape, ROUTES[1], words)
    assert sent == told(server, tape, ROUTES[1], {"model": "gpt-image-2", "prompt": PROMPT, "size": "1024x1024"})


@pytest.mark.parametrize("model", MODELS)
def test_the_edit_door_demands_a_picture(model: str, server: Server, tape: list[Sent]) -> None:
    answer = server.ask(ROUTES[0], {"model": model, "prompt": PROMPT})
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["param"]) == (400, "missing_required_parameter", "image")
    assert tape == []
