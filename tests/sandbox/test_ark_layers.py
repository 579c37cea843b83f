"""Pictures taken apart by the Ark stand-in, and put together again."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from volcenginesdkarkruntime import Ark

from onebrush.sandbox.artist import Commission, draw
from tests.sandbox.conftest import Stand
from tests.sandbox.pictures import DataUri, alpha_levels, changed_box, entry, opened, photo, saved

PRO, FLASH = "doubao-seedream-5-0-pro-260628", "doubao-seedream-5-0-flash-260915"
NEWEST, LITE = "doubao-seedream-5-5-261028", "doubao-seedream-5-0-260128"
PEELING = [PRO, FLASH, NEWEST]
SIZE = (1280, 960)


@pytest.fixture(scope="module")
def cat() -> bytes:
    return draw(Commission(prompt="an orange cat in a garden", width=SIZE[0], height=SIZE[1], seed=1))


def asked(model: str, image: str, **more: Any) -> dict[str, Any]:
    plain = {"model": model, "image": image, "layer_decomposition": True, "output_format": "png", "watermark": False}
    return {**plain, "response_format": "b64_json", **more}


def rebuilt(answer: dict[str, Any]) -> Image.Image:
    """Lay the layers on their base again, each at its box."""
    sheet = opened(entry(answer)).convert("RGB")
    for index, one in enumerate(answer["data"][1:], 1):
        layer = opened(entry(answer, index))
        sheet.paste(layer, tuple(one["bounding_box"]["absolute"][:2]), layer)
    return sheet


@pytest.mark.parametrize("model", PEELING)
def test_the_layers_laid_on_their_base_are_the_picture(
    sandbox: Stand, cat: bytes, data_uri: DataUri, model: str
) -> None:
    answer = sandbox.ark(asked(model, data_uri(cat))).json()
    base, *layers = answer["data"]
    assert (base["z_index"], base["size"]) == (0, "1280x960")
    assert not {"bounding_box", "name", "description"} & base.keys()
    assert [one["z_index"] for one in layers] == list(range(1, len(layers) + 1)) != []
    changed = changed_box(opened(cat), rebuilt(answer))
    # Only the label of the sandbox, in the lower left, differs.
    assert changed is not None and changed[1] > SIZE[1] * 0.9 and changed[2] < SIZE[0] * 0.2
    assert changed_box(opened(cat), opened(entry(answer))) != changed


def test_a_layer_is_a_clear_edged_png_of_its_box(sandbox: Stand, cat: bytes, data_uri: DataUri) -> None:
    answer = sandbox.ark(asked(PRO, data_uri(cat), output_format="jpeg")).json()
    assert opened(entry(answer)).format == "JPEG"
    for index, one in enumerate(answer["data"][1:], 1):
        layer, (left, top, right, bottom) = opened(entry(answer, index)), one["bounding_box"]["absolute"]
        assert (layer.format, layer.size) == ("PNG", (right - left, bottom - top))
        assert one["size"] == f"{right - left}x{bottom - top}" and one["output_format"] == "png"
        assert alpha_levels(layer) == (0, 255)
        expected = [round(at * 1000 / SIZE[i % 2]) for i, at in enumerate((left, top, right, bottom))]
        assert one["bounding_box"]["normalized"] == expected
        assert one["name"] and one["description"]


def test_every_layer_is_counted_and_paid_for(sandbox: Stand, cat: bytes, data_uri: DataUri) -> None:
    answer = sandbox.ark(asked(PRO, data_uri(cat))).json()
    areas = [int(w) * int(h) for w, h in (one["size"].split("x") for one in answer["data"])]
    tokens = round(sum(areas) / 256)
    assert answer["usage"] == {
        "generated_images": len(areas), "output_tokens": tokens, "total_tokens": tokens, "input_images": 1
    }  # fmt: skip
    assert sandbox.count(vendor="ark")["calls"][-1]["images"] == len(areas)


def test_the_ark_client_takes_a_picture_apart(sandbox: Stand, cat: bytes, data_uri: DataUri) -> None:
    client = Ark(base_url=f"{sandbox.url}/ark/api/v3", api_key="sandbox", max_retries=0)
    answer = client.images.generate(
        model=PRO, prompt="the cat", image=data_uri(cat), layer_decomposition=True, size="1K"
    )
    assert answer.data[0].size == "1152x864"
    assert answer.data[1].bounding_box.absolute[2] <= 1152
    layer = opened(sandbox.client.get(answer.data[1].url).content)
    assert alpha_levels(layer) == (0, 255)


@pytest.mark.parametrize(
    ("size", "sent", "drawn"),
    [
        ("auto", (1280, 960), "1280x960"),
        (None, (1280, 960), "1280x960"),
        ("auto", (640, 480), "1120x832"),
        ("1.5k", (1280, 960), "1792x1344"),
        ("2K", (960, 1280), "1776x2368"),
    ],
)
def test_the_base_follows_its_input_or_a_keyword(
    sandbox: Stand, data_uri: DataUri, size: str | None, sent: tuple[int, int], drawn: str
) -> None:
    answer = sandbox.ark(asked(PRO, data_uri(saved(photo(*sent))), size=size)).json()
    assert answer["data"][0]["size"] == drawn
    assert "x".join(str(side) for side in opened(entry(answer)).size) == drawn


def test_an_even_picture_still_has_a_layer(sandbox: Stand, data_uri: DataUri) -> None:
    grey = Image.new("RGB", (1024, 1024), (128, 128, 128))
    assert len(sandbox.ark(asked(FLASH, data_uri(saved(grey)))).json()["data"]) > 1


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"size": "1024x1024"}, "size"),
        ({"size": "4K"}, "size"),
        ({"image": []}, "image"),
        ({"image": None}, "image"),
        ({"background": "transparent"}, "background"),
        ({"background": "opaque"}, "background"),
        ({"sequential_image_generation": "auto"}, "sequential_image_generation"),
        ({"sequential_image_generation": "disabled"}, "sequential_image_generation"),
        ({"layer_decomposition": "true"}, "layer_decomposition"),
        ({"model": LITE}, "layer_decomposition"),
        ({"model": "doubao-seedream-4-0-250828", "output_format": None}, "layer_decomposition"),
    ],
)
def test_what_does_not_go_with_layers_is_named(
    sandbox: Stand, cat: bytes, data_uri: DataUri, change: dict[str, Any], param: str
) -> None:
    answer = sandbox.ark({**asked(PRO, data_uri(cat)), **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "InvalidParameter", param)


@pytest.mark.parametrize(("file_format", "size"), [("WEBP", SIZE), ("GIF", SIZE), ("PNG", (511, 512))])
def test_only_a_png_or_jpeg_that_is_large_enough_is_taken_apart(
    sandbox: Stand, data_uri: DataUri, file_format: str, size: tuple[int, int]
) -> None:
    image = data_uri(saved(photo(*size), file_format), f"image/{file_format.lower()}")
    answer = sandbox.ark(asked(PRO, image))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "image")


def test_two_pictures_are_not_taken_apart(sandbox: Stand, cat: bytes, data_uri: DataUri) -> None:
    answer = sandbox.ark({**asked(PRO, ""), "image": [data_uri(cat)] * 2})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "image")


def test_a_refused_layer_refuses_the_request(sandbox: Stand, cat: bytes, data_uri: DataUri) -> None:
    answer = sandbox.ark(asked(PRO, data_uri(cat), prompt="[sandbox: moderation]"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InputTextSensitiveContentDetected")
