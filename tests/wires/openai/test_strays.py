"""Nothing a caller writes vanishes: members nobody reads are told wherever they stand."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from tests.wires.openai.bodies import said

LINK, OTHER = "https://pictures.example/a.png", "https://pictures.example/b.png"


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ({"contents": [{"parts": [{"text": "x", "style": "bold"}]}]}, ["contents[0].parts[0].style"]),
        ({"contents": [{"foo": 1, "parts": [{"text": "x"}]}]}, ["contents[0].foo"]),
        ({"prompt": "x", "image": {"image_url": LINK, "detail": "high"}}, ["image.detail"]),
        ({"prompt": "x", "images": [{"url": LINK}, {"url": LINK, "crop": 1}]}, ["images[1].crop"]),
        (
            {"input": {"messages": [{"role": "user", "content": [{"text": "x"}, {"image": LINK, "weight": 2}]}]}},
            ["input.messages[0].content[1].weight"],
        ),
        (
            {"prompt": "x", "tools": [{"type": "web_search", "max": 3}]},
            ["tools[0].max"],
        ),
        ({"contents": [{"parts": [{"type": "text", "text": "x"}, {"image_url": {"url": LINK}}]}]}, []),
        ({"prompt": "x", "image": {"mime_type": "image/png", "data": LINK}}, []),
    ],
)
def test_a_member_nobody_reads_is_told_with_its_place(body: dict[str, Any], params: list[str]) -> None:
    request = said(**{"prompt": None, **body})

    assert [warning.param for warning in request.warnings] == params
    assert {warning.code for warning in request.warnings} <= {"unknown_field"}


def test_two_pictures_in_one_object_are_refused() -> None:
    with pytest.raises(ConflictingParameters) as refused:
        said(image={"image_url": LINK, "url": OTHER})

    assert refused.value.param == "image.url"


def conversation(link: str) -> list[dict[str, Any]]:
    return [{"role": "user", "parts": [{"text": "x"}, {"image": link}]}]


def test_two_conversations_with_different_pictures_are_refused() -> None:
    messages = [{"role": "user", "content": [{"text": "x"}, {"image": LINK}]}]

    same = said(prompt=None, contents=conversation(LINK), input={"messages": messages})
    assert [image.source for image in same.images] == [LINK]
    with pytest.raises(ConflictingParameters):
        said(prompt=None, contents=conversation(OTHER), input={"messages": messages})


@pytest.mark.parametrize("value", [{}, {"model": "gpt-6"}, {"reasoning": {"effort": "low"}}])
def test_svg_takes_what_is_documented(value: dict[str, Any]) -> None:
    assert said(svg=value).fields["svg"] == value


@pytest.mark.parametrize(
    "value",
    [
        {"base_url": "http://attacker.example"},
        {"model": 5},
        {"model": "x" * 300},
        {"reasoning": {"effort": "huge"}},
        {"reasoning": {"api_key": "x"}},
        {"reasoning": 5},
    ],
)
def test_svg_takes_nothing_else(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        said(svg=value)

    assert refused.value.param == "svg"


@pytest.mark.parametrize("word", ["JPG", "jpg", "JPEG", " jpeg "])
def test_a_format_is_read_as_people_write_it(word: str) -> None:
    assert said(output_format=word).fields["output_format"] == "jpeg"


@pytest.mark.parametrize(("wrong", "right"), [("num_images", "n"), ("width", "size"), ("cfg_scale", "guidance_scale")])
def test_other_formats_names_are_known(wrong: str, right: str) -> None:
    (warning,) = said(**{wrong: 2}).warnings

    assert f"Did you mean {right}?" in warning.message


def test_bytes_are_compared_as_bytes() -> None:
    one, other = (base64.b64encode(b"\x89PNG" + bytes([n]) * 64).decode() for n in (1, 2))
    turns = {"messages": [{"role": "user", "content": [{"text": "x"}, {"image": one}]}]}

    assert len(said(prompt=None, contents=conversation(one), input=turns).images) == 1
    with pytest.raises(ConflictingParameters):
        said(prompt=None, contents=conversation(other), input=turns)
