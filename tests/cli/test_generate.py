"""`onebrush generate`: pictures on disk, told as they are, and every way it may not come to that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import KEY, Ran, Standing, command, shown_keys

TOLD = re.compile(r"(?m)^(\S+)  (\d+)x(\d+)  (image/\w+)  ([\d,]+) bytes$")


Draw = Callable[..., Ran]


@pytest.fixture
def draw(home: Path, gateway: Standing) -> Draw:
    """`onebrush generate` with the gateway's address and key in the environment."""

    def run(*words: str | Path, key: str = KEY) -> Ran:
        return command(home, "generate", *words, ONEBRUSH_URL=gateway.url, ONEBRUSH_KEY=key)

    return run


def told(ran: Ran) -> list[tuple[Path, tuple[int, int], str, int]]:
    found = TOLD.findall(ran.out)
    return [(Path(path), (int(w), int(h)), kind, int(size.replace(",", ""))) for path, w, h, kind, size in found]


def assert_true(ran: Ran) -> None:
    """What was told of each file is what the file is."""
    for path, pixels, media_type, size in told(ran):
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == pixels
            assert Image.MIME[picture.format or ""] == media_type
        assert path.stat().st_size == size


def test_a_picture_is_saved_under_its_prompt_and_told_as_it_is(draw: Draw, tmp_path: Path) -> None:
    ran = draw("A fox, in the snow!", "--model", "qwen-image-plus", "--size", "1664x928", "--out", tmp_path)
    assert (ran.status, ran.said.splitlines()) == (0, ["Asking qwen-image-plus for a picture …"])
    assert [(path, pixels) for path, pixels, *_ in told(ran)] == [(tmp_path / "a-fox-in-the-snow.png", (1664, 928))]
    assert_true(ran)
    assert re.match(r"0\.2 CNY \(sandbox, nothing is charged\), [\d.]+ s, qwen-image-plus$", ran.lines[1])
    assert len(ran.lines) == 2


def test_several_pictures_get_one_name_and_the_ending_their_bytes_ask_for(draw: Draw, tmp_path: Path) -> None:
    words = ("two boats", "--model", "seedream-4.0", "--size", "1024x1024", "--n", "2", "--format", "b64")
    ran = draw(*words, "--out", tmp_path / "new" / "boat.png")
    assert ran.status == 0, ran.said
    assert [path.name for path, *_ in told(ran)] == ["boat.jpg", "boat-2.jpg"]
    assert ran.lines[3:] == ["The picture came as JPEG: saved as boat.jpg, not boat.png."]
    assert_true(ran)


def test_nothing_is_written_over(draw: Draw, tmp_path: Path) -> None:
    kept = tmp_path / "cat.png"
    kept.write_bytes(b"mine")
    ran = draw("a cat", "--model", "gpt-image-2", "--size", "1024x1024", "--out", kept)
    assert [path.name for path, *_ in told(ran)] == ["cat-2.png"]
    assert kept.read_bytes() == b"mine"
    assert "saved as" not in ran.out


def test_files_are_sent_along_for_an_edit_wherever_the_prompt_stands(
    draw: Draw, tmp_path: Path, picture_bytes: bytes
) -> None:
    for name in ("one.png", "two.png"):
        (tmp_path / name).write_bytes(picture_bytes)
    pictures = ("--image", tmp_path / "one.png", "--image", tmp_path / "two.png")
    ran = draw(*pictures, "join them, at night", "--model", "gpt-image-1", "--size", "1024x1024", "--out", tmp_path)
    assert ran.status == 0, ran.said
    assert [path.name for path, *_ in told(ran)] == ["join-them-at-night.png"]
    assert_true(ran)


def test_a_warning_of_the_gateway_is_a_line(draw: Draw, tmp_path: Path) -> None:
    ran = draw("a cat", "--model", "gemini-2.5-flash-image", "--size", "1000x1000", "--out", tmp_path)
    assert ran.status == 0, ran.said
    assert [line for line in ran.lines if line.startswith("warning: ")] == ran.lines[2:] != []


def test_a_mask_keeps_the_rest_and_an_exact_size_is_exact(draw: Draw, tmp_path: Path) -> None:
    original, mask = tmp_path / "original.png", tmp_path / "mask.png"
    Image.new("RGB", (640, 480), "teal").save(original)
    Image.new("L", (640, 480), 0).save(mask)

    ran = draw(
        *("a hat", "--model", "qwen-image-edit-plus", "--image", original, "--mask", mask),
        *("--size", "600x300", "--exact-size", "--out", tmp_path / "hat.png"),
    )

    assert [pixels for _, pixels, *_ in told(ran)] == [(600, 300)], ran.said
    assert "takes no mask" in ran.out
    with Image.open(tmp_path / "hat.png") as hat:
        assert hat.convert("RGB").getpixel((300, 150)) == (0, 128, 128)


def test_a_dry_run_shows_the_calls_and_saves_nothing(draw: Draw, tmp_path: Path) -> None:
    ran = draw("two boats", "--model", "seedream-4.0", "--n", "2", "--dry-run", "--out", tmp_path)

    shown = json.loads(ran.out)["dry_run"]
    assert len(shown["calls"]) == 2 and shown["price_bound"]["currency"] == "CNY"
    assert list(tmp_path.iterdir()) == []


def test_a_strict_wish_is_refused_where_it_would_be_adjusted(draw: Draw, tmp_path: Path) -> None:
    ran = draw("a boat", "--model", "gpt-image-1", "--size", "2000x2000", "--strict", "--out", tmp_path)

    assert ran.status == 1 and "strict" in ran.said
    assert list(tmp_path.iterdir()) == []


def test_who_names_no_model_gets_a_picture_all_the_same(draw: Draw, tmp_path: Path) -> None:
    ran = draw("a cat", "--size", "1024x1024", "--out", tmp_path)
    assert ran.status == 0, ran.said
    assert len(told(ran)) == 1


def test_a_gateway_that_buys_is_asked_for_what_it_can_buy(home: Path, selling: Standing, tmp_path: Path) -> None:
    live = shown_keys(selling.banner)["live"]
    ran = command(home, "generate", "a cat", "--url", selling.url, "--key", live, "--out", tmp_path)
    assert ran.status == 0, ran.said
    assert ran.lines[1].endswith(", gemini-nano-banana-2.1")
    assert "sandbox" not in ran.lines[1]
    assert "no vendor's key for seedream-4.0-base; asking for " in ran.said


def test_a_model_that_was_named_is_not_replaced(home: Path, selling: Standing, tmp_path: Path) -> None:
    live = shown_keys(selling.banner)["live"]
    words = ("a cat", "--model", "gpt-image-2", "--out", tmp_path)
    ran = command(home, "generate", *words, "--url", selling.url, "--key", live)
    assert (ran.status, list(tmp_path.iterdir())) == (1, [])
    assert "set OPENAI_API_KEY" in ran.said


def test_a_refusal_is_the_gateways_own_sentence(draw: Draw, tmp_path: Path) -> None:
    ran = draw("a cat", "--model", "nano-banan", "--out", tmp_path)
    assert ran.status == 1
    assert ran.said.splitlines()[-1].startswith("onebrush: No model 'nano-banan'. Nearest: 'nano-banana'")
    assert ran.said.endswith("GET /v1/models lists all. So does `onebrush models`.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_prompt_says_so(draw: Draw, tmp_path: Path) -> None:
    ran = draw("a cat [sandbox: moderation]", "--model", "gpt-image-2", "--out", tmp_path)
    assert ran.status == 1
    assert "refused the content" in ran.said.splitlines()[-1]


def test_a_wrong_key_is_told_apart_from_none(draw: Draw, home: Path, gateway: Standing) -> None:
    wrong = draw("a cat", key="sk-test-other")
    none = command(home, "generate", "a cat", "--url", gateway.url)
    assert (wrong.status, none.status) == (1, 1)
    assert "The API key is not known here" in wrong.said
    assert "set ONEBRUSH_KEY or say --key" in none.said


def test_a_gateway_that_was_named_and_is_not_there_is_not_replaced(home: Path) -> None:
    ran = command(home, "generate", "a cat", "--url", "http://127.0.0.1:1")
    assert ran.status == 1
    assert "No answer from http://127.0.0.1:1: nothing listens there." in ran.said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), 'Say what to draw: onebrush generate "a cat"'),
        (("a", "cat"), 'Put the prompt in quotes: onebrush generate "a cat"'),
        (("--image", "a.png", "b.png", "join"), "say --image for each picture"),
        (("a cat", "--n", "many"), "many"),
        (("a cat", "--format", "gif"), "gif"),
        (("a cat", "--image", "nowhere.png"), "--image nowhere.png cannot be read: No such file or directory."),
        (("a cat", "--image", "notes.txt"), "--image notes.txt is no picture"),
        (("a cat", "--url", "ftp://127.0.0.1"), "is no address of a gateway"),
    ],
)
def test_wrong_usage_is_status_two_and_says_what(home: Path, words: tuple[str, ...], sentence: str) -> None:
    (home / "notes.txt").write_text("no picture")
    ran = command(home, "generate", *words)
    assert ran.status == 2
    assert sentence in ran.said
