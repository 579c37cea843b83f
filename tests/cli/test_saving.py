"""Names of pictures: a prompt as a file's name, one number where it is needed, nothing written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.cli.saving import LONGEST_NAME, save, slug
from onebrush.cli.words import seconds_words


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A red bicycle", "a-red-bicycle"),
        ("  Ein Äpfelchen – 20 % größer!\n", "ein-apfelchen-20-groer"),
        ("../../etc/passwd", "etc-passwd"),
        ("橘猫", "picture"),
        ("", "picture"),
        ("a kitten that sleeps on a windowsill in the sun", "a-kitten-that-sleeps-on-a-windowsill-in"),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_prompt_becomes_a_name(prompt: str, name: str) -> None:
    assert slug(prompt) == name


@given(st.text())
def test_every_prompt_becomes_a_safe_name(prompt: str) -> None:
    name = slug(prompt)
    assert 0 < len(name) <= LONGEST_NAME
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name[0] != "-" != name[-1]


def test_the_same_prompt_again_gets_the_next_number(tmp_path: Path, picture_bytes: bytes) -> None:
    names = [save(picture_bytes, tmp_path, "a red bicycle").path.name for _ in range(3)]
    assert names == ["a-red-bicycle.png", "a-red-bicycle-2.png", "a-red-bicycle-3.png"]


def test_another_ending_than_was_asked_for_is_told(tmp_path: Path, picture_bytes: bytes) -> None:
    told = save(picture_bytes, tmp_path / "cat.jpg", "a cat")
    assert told.path == tmp_path / "cat.png"
    assert told.renamed == "The picture came as PNG: saved as cat.png, not cat.jpg."
    assert save(picture_bytes, tmp_path / "dog.PNG", "a dog").renamed is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0.001 s"), (0.0432, "0.04 s"), (0.5, "0.5 s"), (1.0, "1.0 s"), (12.34, "12.3 s")]
)
def test_seconds_say_something(seconds: float, words: str) -> None:
    assert seconds_words(seconds) == words
