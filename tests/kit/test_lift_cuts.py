"""However a body is cut into chunks, the outcome is the same."""

import base64
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebrush.kit.blobs import Spool
from onebrush.kit.lift import Lift, Places

from .bodies import LATE_URL_SAFE, RAW, STANDARD, dumped, lifted, mixed, outcome, plain

MIXED = mixed()

BAD = {
    "a foreign character": dumped({"image": f"data:image/png;base64,{STANDARD[:90]}!{STANDARD}"}),
    "an escaped quote": b'{"image":"data:image/png;base64,QUJD\\"QUJD"}',
    "an escaped backslash": b'{"image":"data:image/png;base64,QUJD\\\\/QUJD"}',
    "an escape cut by the end": b'{"image":"data:image/png;base64,QUJD\\u00"}',
    "text after the padding": dumped({"image": "data:image/png;base64,QUI=QUJD"}),
    "too much padding": dumped({"image": "data:image/png;base64,QQ==="}),
    "one character left over": dumped({"image": f"{STANDARD}A"}),
    "nothing after the comma": dumped({"image": "data:image/png;base64,"}),
    "a raw line break": b'{"image":"data:image/png;base64,QU\nJD"}',
    "a truncated picture": MIXED[: MIXED.index(b"base64") + 80],
    "a truncated key": b'{"image":"https://example.com","ima',
    "an unclosed list": b'{"images":["a","b"]',
    "a bracket too many": b'{"images":["a"]]}',
    "a lone surrogate": b'{"prompt":"\\ud83d","image":"a"}',
    "a bad escape at a picture's place": b'{"image":"\\uZZZZ","n":1}',
    "invalid UTF-8": b'{"prompt":"\xff\xfe"}',
    "NaN": b'{"image":"x","n":NaN}',
    "a control character": b'{"prompt":"a\nb"}',
}


def cut(body: bytes, points: list[int]) -> list[bytes]:
    edges = [0, *sorted(points), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


def test_the_mixed_body_is_what_a_plain_parser_reads_with_the_pictures_taken_out() -> None:
    expected = json.loads(MIXED)
    expected["image"] = ("picture", "image/png", RAW)
    for index, picture in {
        1: (None, RAW),
        3: (None, RAW),
        4: (None, b"\0" * 120 + b"\xfb\xff\xfe"),
        5: (None, RAW),
        7: ("image/webp", b"RIFF"),
    }.items():
        expected["images"][index] = ("picture", *picture)
    expected["contents"][0]["parts"][1]["image"] = ("picture", None, b"ABC")
    assert lifted(MIXED) == expected


def test_one_cut_at_every_offset_changes_nothing() -> None:
    whole = lifted(MIXED)
    for point in range(len(MIXED) + 1):
        assert lifted(cut(MIXED, [point])) == whole, point


def test_single_bytes_change_nothing() -> None:
    assert lifted(MIXED[at : at + 1] for at in range(len(MIXED))) == lifted(MIXED)


@given(st.lists(st.integers(0, len(MIXED)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_random_cuts_change_nothing(points: list[int]) -> None:
    assert lifted(cut(MIXED, points)) == lifted(MIXED)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_alike_at_every_cut(name: str) -> None:
    body = BAD[name]
    whole = outcome(body)
    assert isinstance(whole, tuple)
    for point in range(len(body) + 1):
        assert outcome(cut(body, [point])) == whole, point
    assert outcome([body[at : at + 1] for at in range(len(body))]) == whole


def test_every_truncation_of_the_mixed_body_is_refused() -> None:
    for end in range(1, len(MIXED)):
        assert outcome(MIXED[:end])[0] in ("truncated", "base64"), end  # type: ignore[index]  # never a value


picture_text = st.binary(min_size=48, max_size=300).map(
    lambda raw: f"data:image/png;base64,{base64.b64encode(raw).decode()}"
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(anything, st.lists(picture_text, max_size=3), st.booleans(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_beside_any_pictures_comes_back_equal(
    value: object, pictures: list[str], ascii_only: bool, data: st.DataObject
) -> None:
    original = {"other": value, "images": pictures, "last": [value]}
    body = json.dumps(original, ensure_ascii=ascii_only).encode()
    points = data.draw(st.lists(st.integers(0, len(body)), max_size=10))
    expected = {**original, "images": [("picture", "image/png", decoded(text)) for text in pictures]}
    assert lifted(cut(body, points), strict=True) == expected


def decoded(text: str) -> bytes:
    return base64.b64decode(text.partition(",")[2])


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u00NaI1e9 imageAQ=-_', max_size=60).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_value_or_a_named_error_like_the_standard_parser(body: bytes) -> None:
    found = outcome(body)
    if found in (("syntax", ""), ("truncated", "")):
        with pytest.raises(ValueError):
            json.loads(body)
    elif not isinstance(found, tuple):
        assert found == json.loads(body.decode("utf-8-sig"))


def test_the_callers_buffer_may_be_reused_at_once() -> None:
    buffer = bytearray(64)
    lift = Lift(Places("images[]"), Spool(None))
    body = dumped({"images": [LATE_URL_SAFE, "text", STANDARD]})
    for start in range(0, len(body), 64):
        piece = body[start : start + 64]
        buffer[: len(piece)] = piece
        lift.feed(memoryview(buffer)[: len(piece)])
        buffer[:] = b"\xee" * 64
    assert plain(lift.finish()) == lifted(body)
