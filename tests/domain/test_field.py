"""Fields: values in their type, or refused naming the field; text that spells a number is that number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.domain.errors import InvalidRequest
from onebrush.domain.field import FIELDS, Field, Kind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (float,),
    "boolean": (bool,),
    "object": (dict,),
    "list": (list,),
}


def parse(kind: Kind, raw: object) -> object:
    return Field(name="field", kind=kind).parse(raw, "place")


@given(kind=st.sampled_from(sorted(TYPES)), raw=JSON)
def test_any_value_is_read_in_its_type_or_refused_naming_its_place(kind: Kind, raw: object) -> None:
    try:
        value = parse(kind, raw)
    except InvalidRequest as refused:
        assert refused.param == "place" and refused.message.startswith("place ")
        assert len(refused.message) < 200
    else:
        assert isinstance(value, TYPES[kind])
        assert kind == "boolean" or not isinstance(value, bool)


@given(name=st.sampled_from(sorted(FIELDS)), raw=JSON)
def test_every_field_there_is_reads_or_refuses_any_value(name: str, raw: object) -> None:
    field = FIELDS[name]
    try:
        value = field.parse(raw, name)
    except InvalidRequest as refused:
        assert refused.param == name
    else:
        assert not field.values or value in field.values
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert field.minimum is None or value >= field.minimum
            assert field.maximum is None or value <= field.maximum


@given(st.integers(-(10**17), 10**17))
def test_digits_are_the_number_they_spell(number: int) -> None:
    assert parse("integer", str(number)) == parse("integer", number) == number
    assert parse("number", str(number)) == float(number)


@pytest.mark.parametrize(
    "raw", [math.nan, math.inf, -math.inf, "nan", "inf", "1e5", "", " 1", "1_0", True, None, 10**400]
)
def test_what_is_no_finite_number_is_refused(raw: object) -> None:
    for kind in ("integer", "number"):
        with pytest.raises(InvalidRequest):
            parse(kind, raw)


def test_a_value_out_of_bounds_is_told_with_the_bounds() -> None:
    with pytest.raises(InvalidRequest, match=r"n is 11; allowed: 1 to 10\."):
        Field(name="n", kind="integer", minimum=1, maximum=10).parse(11, "n")
    with pytest.raises(InvalidRequest, match=r"at least 1"):
        Field(name="n", kind="integer", minimum=1).parse(0, "n")
    with pytest.raises(InvalidRequest, match=r"at most 3"):
        Field(name="n", kind="integer", maximum=3).parse(4, "n")


def test_fields_are_named_as_they_are_listed() -> None:
    assert all(name == field.name for name, field in FIELDS.items())
