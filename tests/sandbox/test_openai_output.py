"""What the OpenAI stand-in puts out: animations, drawings, clear grounds and compression, all measured."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

import openai
import pytest
from PIL import Image, ImageSequence

from tests.sandbox.conftest import Stand
from tests.sandbox.pictures import alpha_levels, entry, likeness, opened, photo, saved

NEWEST, TWO_FIVE, TWO = "gpt-image-2.6-flare", "gpt-image-2.5-sunburst", "gpt-image-2"
SMALL = {"model": NEWEST, "prompt": "a paper boat", "size": "1024x640"}
FREE = (1024, 640)


def client(sandbox: Stand) -> Any:
    return openai.OpenAI(base_url=f"{sandbox.url}/openai/v1", api_key="sandbox", max_retries=0)


def first(answer: Any) -> bytes:
    return base64.b64decode(answer.data[0].b64_json)


def test_the_openai_client_gets_an_animation_of_its_frames_and_pace(sandbox: Stand) -> None:
    answer = client(sandbox).images.generate(**SMALL, output_format="gif", frame_count=3, frame_duration_ms=124)
    film = opened(first(answer))
    assert (film.format, film.size, getattr(film, "n_frames", 1)) == ("GIF", FREE, 3)
    assert [frame.info["duration"] for frame in ImageSequence.Iterator(film)] == [120] * 3
    assert (answer.output_format, answer.size) == ("gif", "1024x640")


def test_an_animated_edit_moves_and_shows_its_picture(sandbox: Stand) -> None:
    image = ("a.png", saved(photo(*FREE)), "image/png")
    answer = client(sandbox).images.edit(
        model=NEWEST, prompt="at sunset", image=image, size="1024x640", output_format="gif", frame_count=2
    )
    film = opened(first(answer))
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
    assert frames[0].tobytes() != frames[1].tobytes()
    assert film.info["duration"] == 200
    assert likeness(frames[0], photo(*FREE)) > 0.5


def test_the_openai_client_gets_a_drawing_that_parses(sandbox: Stand) -> None:
    svg = {"model": "gpt-6-mini", "reasoning": {"effort": "low"}}
    answer = client(sandbox).images.generate(**SMALL, output_format="svg", svg=svg)
    root = ElementTree.fromstring(first(answer))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == ("1024", "640")
    shapes = [node.tag.rpartition("}")[2] for node in root.iter()]
    assert shapes.count("path") > 5 and not {"script", "image", "foreignObject"} & set(shapes)
    assert answer.svg_usage.model == "gpt-6-mini"


def test_an_edit_can_be_drawn_as_svg_and_is_recognised(sandbox: Stand) -> None:
    image = ("a.png", saved(photo(*FREE)), "image/png")
    fields = {"model": NEWEST, "prompt": "at sunset", "size": "1024x640", "output_format": "svg"}
    answer = sandbox.form({**fields, "svg[model]": "gpt-6-mini"}, [("image", image)]).json()
    root = ElementTree.fromstring(entry(answer))
    sheet = Image.new("RGB", FREE)
    for tile in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, width, height = (float(tile.get(name, "0")) for name in ("x", "y", "width", "height"))
        if str(tile.get("fill")).startswith("#"):
            sheet.paste(str(tile.get("fill")), (round(x), round(y), round(x + width), round(y + height)))
    assert likeness(sheet, photo(*FREE)) > 0.5


@pytest.mark.parametrize("model", [NEWEST, TWO_FIVE, TWO, "gpt-image-1.5"])
@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_transparent_background_is_really_clear(sandbox: Stand, model: str, output_format: str) -> None:
    asked = {"model": model, "prompt": "a cat", "background": "transparent", "output_format": output_format}
    answer = sandbox.openai({**asked, "size": "1024x1024"}).json()
    assert answer["background"] == "transparent"
    assert alpha_levels(opened(entry(answer))) == (0, 255)


def test_a_transparent_edit_keeps_the_shape_its_picture_was_cut_to(sandbox: Stand) -> None:
    cut = photo(*FREE).convert("RGBA")
    cut.paste((0, 0, 0, 0), (0, 0, 512, 640))
    fields = {"model": TWO, "prompt": "at sunset", "size": "1024x640", "background": "transparent"}
    answer = sandbox.form(fields, [("image", ("a.png", saved(cut), "image/png"))]).json()
    alpha = opened(entry(answer)).getchannel("A")
    assert alpha.getpixel((100, 100)) == 0 and alpha.getpixel((900, 300)) == 255


@pytest.mark.parametrize("output_format", ["jpeg", "webp"])
def test_compression_makes_smaller_files_down_to_nothing(sandbox: Stand, output_format: str) -> None:
    def size(**more: int) -> int:
        asked = {**SMALL, "model": TWO, "prompt": "a garden", "output_format": output_format, **more}
        data = entry(sandbox.openai(asked).json())
        assert opened(data).format == output_format.upper()
        return len(data)

    assert size(output_compression=0) * 2 < size(output_compression=60) < size(output_compression=100)
    assert size() > size(output_compression=60)


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": TWO_FIVE, "output_format": "gif"}, "output_format", "invalid_value"),
        ({"model": TWO, "output_format": "svg"}, "output_format", "invalid_value"),
        ({"output_format": "svg", "n": 2}, "n", "invalid_value"),
        ({"output_format": "svg", "output_compression": 50}, "output_compression", "invalid_value"),
        ({"output_format": "gif", "output_compression": 100}, "output_compression", "invalid_value"),
        ({"output_format": "gif", "background": "transparent"}, "background", "invalid_value"),
        ({"output_format": "svg", "background": "transparent"}, "background", "invalid_value"),
        ({"output_format": "webp", "svg": {"model": "gpt-6-mini"}}, "svg", "invalid_value"),
        ({"output_format": "svg", "svg": {"effort": "low"}}, "svg.effort", "unknown_parameter"),
        ({"output_format": "svg", "svg": {"reasoning": {"effort": "most"}}}, "svg.reasoning.effort", "invalid_value"),
        ({"output_format": "gif", "frame_count": 1}, "frame_count", "invalid_value"),
        ({"output_format": "gif", "frame_count": 17}, "frame_count", "invalid_value"),
        ({"output_format": "gif", "frame_duration_ms": 19}, "frame_duration_ms", "invalid_value"),
        ({"output_format": "png", "frame_duration_ms": 40}, "frame_duration_ms", "invalid_value"),
        ({"output_format": "svg", "frame_count": 2}, "frame_count", "invalid_value"),
        ({"output_compression": 101}, "output_compression", "invalid_value"),
        ({"model": TWO_FIVE, "complexity": "high"}, "complexity", "invalid_value"),
        ({"complexity": "auto"}, "complexity", "invalid_value"),
        ({"moderation": "none"}, "moderation", "invalid_value"),
        ({"model": TWO, "quality": "max"}, "quality", "invalid_value"),
        ({"background": "clear"}, "background", "invalid_value"),
        ({"safety_identifier": "x" * 129}, "safety_identifier", "invalid_value"),
        ({"user": 7}, "user", "invalid_value"),
        ({"mask": {"image_url": "x"}}, "mask", "unknown_parameter"),
        ({"images": []}, "images", "unknown_parameter"),
        ({"markup": {"image_url": "x"}}, "markup", "unknown_parameter"),
        ({"aspect_ratio": "16:9"}, "aspect_ratio", "unknown_parameter"),
    ],
)
def test_a_field_against_the_rules_is_named(sandbox: Stand, change: dict[str, Any], param: str, code: str) -> None:
    answer = sandbox.openai({**SMALL, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code)


@pytest.mark.parametrize("quality", ["xhigh", "max"])
@pytest.mark.parametrize("model", [NEWEST, TWO_FIVE, "gpt-image-2.5-flare-2026-09-08"])
def test_the_finest_qualities_are_there_since_two_and_a_half(sandbox: Stand, model: str, quality: str) -> None:
    answer = sandbox.openai({**SMALL, "model": model, "quality": quality}).json()
    assert answer["quality"] == quality


def test_every_documented_field_is_taken_at_once_and_the_identifier_echoed(sandbox: Stand) -> None:
    answer = client(sandbox).images.generate(
        **SMALL, n=2, quality="xhigh", background="opaque", output_format="webp", output_compression=40,
        moderation="low", complexity="medium", safety_identifier="u_5f2a", user="u_5f2a",
        stream=False,
    )  # fmt: skip
    assert [opened(base64.b64decode(one.b64_json)).size for one in answer.data] == [FREE, FREE]
    assert answer.safety_identifier == "u_5f2a"
