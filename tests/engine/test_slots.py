"""Slots: how many calls give the pictures asked, in which order, with which seeds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.domain.model import Capability
from onebrush.domain.request import FittedRequest
from onebrush.domain.size import FittedSize
from onebrush.engine.slots import split
from tests.engine.doubles import a_card, picture, user


def fitted(n: int, native: int = 1, references: int = 0, **fields: Any) -> FittedRequest:
    return FittedRequest(
        card=a_card(capability=Capability(native_count=native, max_references=14)),
        model="painter",
        turns=(user("a cat"),),
        prompt="a cat",
        references=(picture(),) * references,
        n=n,
        size=FittedSize(),
        fields=fields,
        answer_form="url",
    )


def calls(request: FittedRequest) -> list[tuple[int, int]]:
    return [(slot.first, slot.request.n) for slot in split(request)[0]]


def seeds(request: FittedRequest) -> list[object]:
    return [slot.request.fields.get("seed") for slot in split(request)[0]]


@pytest.mark.parametrize(
    ("n", "native", "expected"),
    [
        (1, 1, [(0, 1)]),
        (4, 10, [(0, 4)]),
        (6, 6, [(0, 6)]),
        (8, 6, [(0, 6), (6, 2)]),
        (3, 1, [(0, 1), (1, 1), (2, 1)]),
    ],
)
def test_pictures_come_by_native_count_split_above_it_fanned_out_at_one(
    n: int, native: int, expected: list[tuple[int, int]]
) -> None:
    assert calls(fitted(n, native)) == expected


@given(n=st.integers(1, 10), native=st.integers(1, 10))
def test_every_place_is_asked_exactly_once(n: int, native: int) -> None:
    places = [place for first, count in calls(fitted(n, native)) for place in range(first, first + count)]

    assert places == list(range(n))


def test_each_call_has_the_seed_of_its_first_picture_and_that_is_told() -> None:
    assert seeds(fitted(3, seed=7)) == [7, 8, 9]
    assert seeds(fitted(8, 6, seed=7)) == [7, 13]
    assert [warning.code for warning in split(fitted(3, seed=7))[1]] == ["seed_varied"]


def test_a_seed_at_its_end_begins_anew() -> None:
    assert seeds(fitted(3, seed=2_147_483_646)) == [2_147_483_646, 2_147_483_647, 0]


def test_seed_zero_is_a_seed() -> None:
    assert seeds(fitted(2, seed=0)) == [0, 1]


def test_one_call_or_no_seed_is_no_word_worth() -> None:
    assert split(fitted(4, 10, seed=7))[1] == ()
    assert split(fitted(3))[1] == ()
    assert seeds(fitted(2)) == [None, None]


def test_a_series_is_one_call_bounded_by_n() -> None:
    (slot,), warnings = split(fitted(4, sequential_image_generation="auto"))

    assert (slot.first, slot.request.n, slot.request.fields["max_images"]) == (0, 1, 4)
    assert warnings == ()


def test_a_series_bound_the_caller_gave_stays() -> None:
    (slot,), _ = split(fitted(4, sequential_image_generation="auto", max_images=2))

    assert slot.request.fields["max_images"] == 2


def test_a_series_of_one_sends_no_bound() -> None:
    (slot,), _ = split(fitted(1, sequential_image_generation="auto"))

    assert "max_images" not in slot.request.fields


def test_references_and_series_together_are_at_most_fifteen() -> None:
    (slot,), (warning,) = split(fitted(10, references=8, sequential_image_generation="auto"))

    assert slot.request.fields["max_images"] == 7
    assert (warning.code, warning.param, warning.asked, warning.sent) == ("field_adjusted", "n", 10, 7)
