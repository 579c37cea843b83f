"""Edits at the OpenAI stand-in: masks to the pixel, markups, turned pictures and uploaded files."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import openai
import pytest
from PIL import Image

from onebrush.sandbox.settings import SandboxSettings
from tests.sandbox.conftest import BEARER, Stand
from tests.sandbox.pictures import (
    DataUri,
    alpha_levels,
    changed_box,
    entry,
    hole,
    likeness,
    opened,
    paint,
    photo,
    saved,
)

SIZE, BOX = (1024, 640), (300, 200, 700, 500)
TWO, TWO_FIVE = "gpt-image-2", "gpt-image-2.5-flare"
FIELDS = {"model": TWO, "prompt": "a red cat", "size": "1024x640"}
SIDEWAYS = 6  # stored lying on its left side: a viewer turns it a quarter to the right


def client(sandbox: Stand) -> Any:
    return openai.OpenAI(base_url=f"{sandbox.url}/openai/v1", api_key="sandbox", max_retries=0)


def part(name: str, data: bytes, media_type: str = "image/png") -> tuple[str, tuple[str, bytes, str]]:
    return name, (f"{name}.png", data, media_type)


def test_only_what_the_mask_opens_changes(sandbox: Stand) -> None:
    before = photo(*SIZE)
    mask = ("mask.png", saved(hole(SIZE, BOX)), "image/png")
    answer = client(sandbox).images.edit(
        model=TWO, prompt="a red cat", size="1024x640", image=("a.png", saved(before), "image/png"), mask=mask
    )
    after = opened(base64.b64decode(answer.data[0].b64_json))
    assert changed_box(before, after) == BOX


def test_a_mask_by_reference_does_the_same(sandbox: Stand, data_uri: DataUri) -> None:
    before = photo(*SIZE)
    images = [{"image_url": data_uri(saved(before))}]
    body = {**FIELDS, "images": images, "mask": {"image_url": data_uri(saved(hole(SIZE, BOX)))}}
    assert changed_box(before, opened(entry(sandbox.openai(body, "edits").json()))) == BOX


def test_a_draft_keeps_to_its_mask_as_well(stand_with: Callable[[SandboxSettings], Any]) -> None:
    before = photo(*SIZE)
    with stand_with(SandboxSettings(draft=True)) as stand:
        files = [part("image", saved(before)), part("mask", saved(hole(SIZE, BOX)))]
        assert changed_box(before, opened(entry(stand.form(FIELDS, files).json()))) == BOX


def test_a_masked_edit_with_a_clear_ground_is_clear_in_the_hole_only(sandbox: Stand) -> None:
    files = [part("image", saved(photo(*SIZE))), part("mask", saved(hole(SIZE, BOX)))]
    after = opened(entry(sandbox.form({**FIELDS, "background": "transparent"}, files).json()))
    assert alpha_levels(after)[0] < 200
    outside = after.getchannel("A")
    outside.paste(255, BOX)
    assert outside.getextrema() == (255, 255)


def test_only_the_surroundings_of_a_markup_change_and_its_paint_is_gone(sandbox: Stand) -> None:
    before = photo(*SIZE)
    answer = client(sandbox).images.edit(
        model=TWO_FIVE, prompt="at night", size="1024x640", image=("a.png", saved(before), "image/png"),
        markup=("markup.png", saved(paint(SIZE, BOX)), "image/png"),
    )  # fmt: skip
    after = opened(base64.b64decode(answer.data[0].b64_json)).convert("RGB")
    assert changed_box(before, after) == BOX
    assert all(after.getpixel(at) != (255, 0, 0) for at in ((310, 210), (500, 350), (690, 490)))


@pytest.mark.parametrize(
    ("model", "parts", "param"),
    [
        (TWO, {"markup": paint(SIZE, BOX)}, "markup"),
        (TWO_FIVE, {"markup": paint((640, 1024), BOX)}, "markup"),
        (TWO_FIVE, {"markup": photo(*SIZE)}, "markup"),
        (TWO_FIVE, {"markup": Image.new("RGBA", SIZE, (255, 0, 0, 255))}, "markup"),
        (TWO_FIVE, {"markup": paint(SIZE, BOX), "mask": hole(SIZE, BOX)}, "markup"),
        (TWO, {"mask": hole((1024, 624), BOX)}, "mask"),
        (TWO, {"mask": hole(SIZE, BOX).convert("L")}, "mask"),
    ],
)
def test_a_mask_or_markup_against_the_rules_is_named(
    sandbox: Stand, model: str, parts: dict[str, Image.Image], param: str
) -> None:
    files = [part("image", saved(photo(*SIZE))), *(part(name, saved(picture)) for name, picture in parts.items())]
    answer = sandbox.form({**FIELDS, "model": model}, files)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_edited_as_its_orientation_turns_it(sandbox: Stand, file_format: str) -> None:
    lying = photo(*SIZE)
    upright = lying.transpose(Image.Transpose.ROTATE_270)
    data = saved(lying, file_format, SIDEWAYS)
    media_type = f"image/{file_format.lower()}"
    fields = {**FIELDS, "prompt": "at sunset", "size": "640x1024"}
    mask = saved(hole((640, 1024), (200, 300, 400, 600)))
    after = opened(entry(sandbox.form(fields, [part("image", data, media_type)]).json()))
    assert likeness(after, upright) > 0.5
    # How much of it a sunset leaves alike is drawn anew each time; which way round it lies is not.
    assert likeness(after, upright) > likeness(after, lying)
    assert sandbox.form(fields, [part("image", data, media_type), part("mask", mask)]).status_code == 200
    refused = sandbox.form(fields, [part("image", data, media_type), part("mask", saved(hole(SIZE, BOX)))])
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "mask")


def test_a_broken_orientation_turns_nothing(sandbox: Stand) -> None:
    data = (
        saved(photo(*SIZE), "JPEG", SIDEWAYS)
        .replace(b"Exif\0\0MM", b"Exif\0\0XX")
        .replace(b"Exif\0\0II", b"Exif\0\0XX")
    )
    files = [part("image", data, "image/jpeg"), part("mask", saved(hole(SIZE, BOX)))]
    assert sandbox.form(FIELDS, files).status_code == 200


@pytest.mark.parametrize("prompt", ["at sunset", "an oil painting of it", "add a cat", "make it rain"])
def test_an_edit_changes_its_picture_and_leaves_it_recognisable(sandbox: Stand, prompt: str) -> None:
    before = photo(*SIZE)
    answer = sandbox.form({**FIELDS, "prompt": prompt}, [part("image", saved(before))]).json()
    after = opened(entry(answer))
    assert after.tobytes() != before.tobytes()
    assert likeness(after, before) > 0.4


def test_an_uploaded_file_is_a_reference_until_it_is_deleted(sandbox: Stand) -> None:
    files, before = client(sandbox).files, photo(*SIZE)
    image = files.create(file=("a.png", saved(before), "image/png"), purpose="vision")
    mask = files.create(
        file=("m.png", saved(hole(SIZE, BOX)), "image/png"), purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )  # fmt: skip
    assert (image.bytes, image.status, mask.expires_at - mask.created_at) == (len(saved(before)), "processed", 3600)
    body = {**FIELDS, "images": [{"file_id": image.id}], "mask": {"file_id": mask.id}}
    assert changed_box(before, opened(entry(sandbox.openai(body, "edits").json()))) == BOX
    assert files.retrieve(image.id).filename == "a.png"
    assert files.delete(image.id).deleted
    refused = sandbox.openai(body, "edits")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "images[0].file_id")
    with pytest.raises(openai.NotFoundError):
        files.retrieve(image.id)


@pytest.mark.parametrize(
    ("fields", "with_file", "param"),
    [
        ({}, True, "purpose"),
        ({"purpose": "art"}, True, "purpose"),
        ({"purpose": "vision"}, False, "file"),
        ({"purpose": "vision", "name": "a"}, True, "name"),
        ({"purpose": "vision", "expires_after[anchor]": "now"}, True, "expires_after.anchor"),
        (
            {"purpose": "vision", "expires_after[anchor]": "created_at", "expires_after[seconds]": "60"},
            True, "expires_after.seconds",
        ),
    ],
)  # fmt: skip
def test_an_upload_against_the_rules_is_named(
    sandbox: Stand, fields: dict[str, str], with_file: bool, param: str
) -> None:
    files = {"file": ("a.png", b"x", "image/png")} if with_file else {"other": ("a.png", b"x", "image/png")}
    answer = sandbox.client.post(f"{sandbox.url}/openai/v1/files", data=fields, files=files, headers=BEARER)
    expected = param if with_file else "other"
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, expected)


def test_a_json_edit_takes_no_more_pictures_than_the_model(sandbox: Stand, data_uri: DataUri) -> None:
    images = [{"image_url": data_uri(saved(photo(32, 32)))}] * 17
    answer = sandbox.openai({**FIELDS, "images": images}, "edits")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "images")


def test_a_json_edit_has_images_and_no_image(sandbox: Stand, data_uri: DataUri) -> None:
    spelled = data_uri(saved(photo(32, 32)))
    for body, param, code in (
        ({"image": spelled}, "images", "missing_required_parameter"),
        ({"images": [{"image_url": spelled}], "image": spelled}, "image", "unknown_parameter"),
        ({"images": [{"image_url": spelled}], "markup": {"image_url": spelled}}, "markup", "unknown_parameter"),
        ({"images": [{"image_url": spelled, "detail": "high"}]}, "images[0].detail", "unknown_parameter"),
        ({"images": [spelled]}, "images[0]", "invalid_value"),
    ):
        answer = sandbox.openai({**FIELDS, **body}, "edits")
        error = answer.json()["error"]
        assert (answer.status_code, error["param"], error["code"]) == (400, param, code)


@pytest.mark.parametrize(
    ("model", "value", "code"),
    [
        ("gpt-image-1.5", "high", None),
        ("gpt-image-1-mini", "low", None),
        ("gpt-image-1-mini", "high", "invalid_value"),
        ("gpt-image-1.5", "auto", "invalid_value"),
        (TWO, "high", "invalid_input_fidelity_model"),
        (TWO_FIVE, "low", "invalid_input_fidelity_model"),
        ("gpt-image-2.6-sunburst", "high", "invalid_input_fidelity_model"),
    ],
)
def test_input_fidelity_is_the_older_models(sandbox: Stand, model: str, value: str, code: str | None) -> None:
    fields = {"model": model, "prompt": "a hat", "input_fidelity": value}
    answer = sandbox.form(fields, [part("image", saved(photo(64, 64)))])
    assert answer.json().get("error", {}).get("code") == code
    assert answer.status_code == (400 if code else 200)
