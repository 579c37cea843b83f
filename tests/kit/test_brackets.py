"""Form names: the path each spells, and the tree that values under them make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.kit.brackets import Repeated, Tree, steps_of


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("image", ("image",)),
        ("image[]", ("image", None)),
        ("image[0]", ("image", 0)),
        ("svg[model]", ("svg", "model")),
        ("contents[1][parts][0][image]", ("contents", 1, "parts", 0, "image")),
        ("image[99999]", ("image", "99999")),
        ("a]b", ("a]b",)),
        ("a[b", ("a[b",)),
        ("a[b]c", ("a[b]c",)),
        ("[]", ("[]",)),
        ("a" + "[b]" * 13, ("a" + "[b]" * 13,)),
    ],
)
def test_a_name_spells_a_path_or_is_a_plain_key(name: str, steps: tuple[object, ...]) -> None:
    assert steps_of(name) == steps


def tree(*said: tuple[str, object], repeats: bool = False) -> dict[str, object]:
    made = Tree()
    for name, value in said:
        made.put(steps_of(name), value, repeats=repeats)
    return made.value()


def test_names_make_objects_and_lists() -> None:
    assert tree(("a", 1), ("b[x]", 2), ("b[y][z]", 3), ("c[]", 4), ("c[]", 5)) == {
        "a": 1,
        "b": {"x": 2, "y": {"z": 3}},
        "c": [4, 5],
    }


def test_numbered_items_stand_in_their_order_whatever_order_they_came_in() -> None:
    assert tree(("a[7]", "last"), ("a[0]", "first"), ("a[2]", "middle")) == {"a": ["first", "middle", "last"]}


def test_members_of_an_item_meet_under_its_number() -> None:
    said = [("turns[0][role]", "user"), ("turns[0][parts][0][text]", "hi"), ("turns[1][role]", "model")]

    assert tree(*said) == {"turns": [{"role": "user", "parts": [{"text": "hi"}]}, {"role": "model"}]}


def test_members_join_an_object_that_was_given_whole() -> None:
    assert tree(("a", {"x": 1}), ("a[y]", 2)) == {"a": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    "names",
    [
        ["a", "a"], ["a[x]", "a[x]"], ["a[0]", "a[0]"], ["a", "a[]"], ["a[]", "a"], ["a[x]", "a"], ["a", "a[x]"],
        ["a[x]", "a[]"], ["a[]", "a[x]"],
    ],
)  # fmt: skip
def test_what_is_said_again_is_refused(names: list[str]) -> None:
    with pytest.raises(Repeated):
        tree(*((name, 1) for name in names))


@pytest.mark.parametrize(
    ("names", "count"),
    [(["a", "a"], 2), (["a", "a", "a"], 3), (["a", "a[]"], 2), (["a[]", "a"], 2), (["a[0]", "a[]", "a"], 3)],
)
def test_where_a_name_may_repeat_its_values_make_a_list(names: list[str], count: int) -> None:
    assert tree(*((name, place) for place, name in enumerate(names)), repeats=True) == {"a": list(range(count))}


def test_a_list_that_was_given_whole_goes_on() -> None:
    assert tree(("a", ["x", "y"]), ("a", "z"), repeats=True) == {"a": ["x", "y", "z"]}


NAMES = st.from_regex(r"[ab](\[[ab01]?\]){0,3}", fullmatch=True)


@given(said=st.lists(st.tuples(NAMES, st.integers()), max_size=8), repeats=st.booleans())
def test_any_names_make_a_tree_with_every_value_or_are_refused(said: list[Any], repeats: bool) -> None:
    try:
        made = tree(*said, repeats=repeats)
    except Repeated:
        return

    assert sorted(leaves(made)) == sorted(value for _, value in said)


def leaves(value: object) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for item in inner for leaf in leaves(item)]
    return [value]
