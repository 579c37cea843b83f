"""Forms: files go to blobs as they come, texts are read as JSON would be, and every excess ends early."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.brackets import Names
from onebrush.kit.form import MOST_PARTS, FormLift, boundary_of
from onebrush.kit.lift import LiftLimits
from onebrush.kit.places import Places
from onebrush.kit.skeleton import Lifted, LiftError
from tests.kit.forms import BOUNDARY, CONTENT_TYPE, END, a_file, form, part

PLACES = Places("image", "image[]", "image.url", "image[].url", "mask", "talk[].parts[].image")
NAMES = Names(structured=frozenset({"talk", "parts", "more"}))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--" + BOUNDARY[:-1] + b"\r\n"
TEXT = base64.b64encode(PNG).decode()
URI = f"data:image/png;base64,{TEXT}"


def read(body: bytes, *, step: int = 1 << 16, limits: LiftLimits | None = None, spool: Spool | None = None) -> Any:
    """The form's value, pictures as (bytes, type)."""
    lift = FormLift(BOUNDARY, PLACES, spool or Spool(None), limits, names=NAMES)
    for start in range(0, len(body), step):
        lift.feed(body[start : start + step])
    return shown(lift.finish())


def shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return (value.blob.read(), value.media_type) if isinstance(value, Lifted) else value


def refusal(body: bytes, **settings: Any) -> LiftError:
    with pytest.raises(LiftError) as refused:
        read(body, **settings)
    return refused.value


EVERYTHING = form(
    ["prompt", 'a "cat"\\\r\n[sandbox: slow 5] {with} ünïcode\t'],
    ["svg[model]", "fast"],
    ["more", ' {"seed": 4, "on": [true, null]}'],
    ["talk", '[{"parts": [{"image": "' + URI + '"}, {"text": "hi"}]}]'],
    a_file("image", PNG),
    a_file("image", PNG, kind="application/octet-stream"),
    ["image[]", URI],
    ["image[]", TEXT],
    ["image", "https://pictures.example/a.png"],
    part("mask", PNG, kind="image/png"),
)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 1 << 16])
def test_a_form_is_read_alike_however_its_bytes_are_cut(step: int) -> None:
    assert read(EVERYTHING, step=step) == {
        "prompt": 'a "cat"\\\r\n[sandbox: slow 5] {with} ünïcode\t',
        "svg": {"model": "fast"},
        "more": {"seed": 4, "on": [True, None]},
        "talk": [{"parts": [{"image": (PNG, "image/png")}, {"text": "hi"}]}],
        "image": [
            (PNG, "image/png"),
            (PNG, None),
            (PNG, "image/png"),
            (PNG, None),
            "https://pictures.example/a.png",
        ],
        "mask": (PNG, "image/png"),
    }


def test_one_picture_is_one_value_and_its_name_with_brackets_a_list() -> None:
    assert read(form(a_file("image", PNG))) == {"image": (PNG, "image/png")}
    assert read(form(a_file("image[]", PNG))) == {"image": [(PNG, "image/png")]}
    assert read(form(["image", f'{{"url": "{URI}"}}'])) == {"image": {"url": (PNG, "image/png")}}
    assert read(form(["image", f'["{URI}"]'], a_file("image", PNG))) == {"image": [(PNG, "image/png")] * 2}


def test_numbered_pictures_stand_by_their_number() -> None:
    one, two = PNG + b"1", PNG + b"2"
    assert read(form(a_file("image[1]", two), a_file("image[0]", one)))["image"] == [
        (one, "image/png"),
        (two, "image/png"),
    ]


def test_a_picture_may_stand_deep_inside() -> None:
    deep = form(a_file("talk[0][parts][0][image]", PNG), ["talk[0][parts][1][text]", "hi"])
    assert read(deep) == {"talk": [{"parts": [{"image": (PNG, "image/png")}, {"text": "hi"}]}]}


def test_a_file_elsewhere_is_text_and_its_name_is_nothing() -> None:
    assert read(form(a_file("prompt", b"a cat", filename="../../etc/passwd", kind="text/plain"))) == {"prompt": "a cat"}


def test_no_file_chosen_says_nothing() -> None:
    assert read(form(part("mask", b"", filename="", kind="application/octet-stream"), ["a", ""])) == {"a": ""}


def test_text_that_is_no_json_stays_text_even_where_it_might_have_been() -> None:
    assert read(form(["more", "hello"], ["talk", "  "], ["note", "[1]"])) == {
        "more": "hello",
        "talk": "  ",
        "note": "[1]",
    }


def test_an_empty_form_is_an_empty_object() -> None:
    assert read(END) == {}


def test_what_follows_the_last_boundary_is_not_looked_at() -> None:
    assert read(form(["a", "1"]) + form(["a", "2"])) == {"a": "1"}


@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_comes_through_unchanged(text: str) -> None:
    assert read(form(["prompt", text])) == {"prompt": text}


@given(data=st.binary(max_size=400))
def test_any_text_part_is_read_or_refused(data: bytes) -> None:
    for name in ("prompt", "more", "image", "talk[0][parts]"):
        try:
            assert isinstance(read(form(part(name, data))), dict)
        except LiftError as refused:
            assert refused.reason


@given(data=st.binary(max_size=400))
def test_any_body_is_read_or_refused(data: bytes) -> None:
    try:
        assert isinstance(read(data), dict)
    except LiftError as refused:
        assert refused.reason


# Refusals


@pytest.mark.parametrize(
    ("body", "kind", "path"),
    [
        (form(["seed", "1"], ["seed", "1"]), "duplicate_key", "seed"),
        (form(["seed", "1"], ["seed[]", "1"]), "duplicate_key", "seed[]"),
        (form(a_file("mask", PNG), a_file("mask", PNG)), "duplicate_key", "mask"),
        (form(["more", '{"a": 1}'], ["more[a]", "2"]), "duplicate_key", "more[a]"),
        (form(["more", '{"a": 1, "a": 2}']), "duplicate_key", "more.a"),
        (form(["more", '{"a": NaN}']), "number", "more.a"),
        (form(["more", "{"]), "truncated", "more"),
        (form(["more", "{}}"]), "syntax", "more"),
        (form(["more", '{"a": 1}, "prompt": {"b": 2}']), "syntax", "more"),
        (form(["more[parts]", '{"a": 1}}, "prompt": {"b": {}']), "syntax", "more[parts]"),
        (form(["talk[]", "{}, {}"]), "syntax", "talk[]"),
        (form(["image", URI + '"']), "base64", "image"),
        (form(["image[]", URI[:-3]]), "base64", "image[]"),
        (form(part("prompt", b"\xff\xfe")), "encoding", "prompt"),
        (form(part("prompt", b'"\xed\xa0\x80')), "encoding", "prompt"),
        (form(part(None, "x", "Content-Disposition: attachment")), "syntax", ""),
        (form(part(None, "x", 'Content-Disposition: form-data; filename="a"')), "syntax", ""),
        (form(part(None, "x")), "syntax", ""),
        (form(part("a", "x", 'Content-Disposition: form-data; name="b"')), "syntax", ""),
        (form(part("a", "x", "Content-Transfer-Encoding: base64")), "syntax", ""),
        (form(part("a", "--x\r\n", kind="multipart/mixed; boundary=x")), "syntax", ""),
        (b"", "truncated", ""),
        (EVERYTHING[:-6], "truncated", ""),
        (EVERYTHING[:700], "truncated", ""),
        (b'{"model": "x"}', "syntax", ""),
    ],
)
def test_what_makes_no_sense_is_refused_naming_its_part(body: bytes, kind: str, path: str) -> None:
    refused = refusal(body)

    assert (refused.kind, refused.path) == (kind, path)


def test_a_name_that_could_mislead_is_quoted() -> None:
    name = "a\\nb: c"
    assert refusal(form([name, "1"], [name, "1"])).path == '["a\\\\nb: c"]'


def taken(body: bytes) -> int:
    """How many bytes came in before the refusal."""
    lift = FormLift(BOUNDARY, PLACES, Spool(None), names=NAMES)
    for start in range(0, len(body), 4096):
        try:
            lift.feed(body[start : start + 4096])
        except LiftError as refused:
            assert refused.kind in ("too_large", "syntax")
            return start + 4096
    raise AssertionError("it was taken whole")


def test_a_hundred_thousand_parts_end_after_the_first_thousand() -> None:
    one = part("a", "v")
    body = form(*(part(f"a{number}", "v") for number in range(100_000)))

    assert taken(body) < (MOST_PARTS + 100) * (len(one) + 5)


def test_a_hundred_thousand_headers_of_a_part_end_within_the_first_piece() -> None:
    assert taken(form(part("a", "v", *(f"X-{number}: v" for number in range(100_000))))) == 4096


@pytest.mark.parametrize("length", [1000, 1_000_000])
def test_a_long_name_ends_at_once(length: int) -> None:
    assert taken(form(["n" * length, "v"])) <= 3 * 4096


def test_a_long_header_ends_at_once() -> None:
    assert taken(form(part("a", "v", "X-Long: " + "v" * 1_000_000))) <= 3 * 4096


LIMITS = LiftLimits(skeleton=1000, blob=600, pictures=2, total=4000, tokens=100)


@pytest.mark.parametrize(
    "body",
    [
        form(["prompt", "x" * 1100]),
        form(*(["x" * number, "y" * 90] for number in range(1, 15))),
        form(a_file("image", b"x" * 601)),
        form(["image", "data:image/png;base64," + "AAAA" * 201]),
        form(*(a_file("image", b"x") for _ in range(3))),
        form(a_file("image", b"x" * 80), a_file("image", b"x"), ["image", URI]),
        form(["more", "[" + "1," * 60 + "1]"], ["talk", "[" + "1," * 60 + "1]"]),
    ],
)
def test_the_parts_share_one_set_of_limits(body: bytes) -> None:
    assert refusal(body, limits=LIMITS).kind == "too_large"


def test_within_the_limits_a_form_is_taken() -> None:
    assert len(read(form(a_file("image", b"x" * 600), ["image", URI]), limits=LIMITS)["image"]) == 2


@pytest.mark.parametrize(
    "body", [EVERYTHING, EVERYTHING[:-6], form(a_file("image", PNG), ["seed", "1"], ["seed", "1"])]
)
def test_nothing_stays_behind_when_the_scope_is_closed(body: bytes) -> None:
    spool = Spool(None)
    with Scope(spool) as scope:
        lift = FormLift(BOUNDARY, PLACES, scope, names=NAMES)
        try:
            lift.feed(body)
            lift.finish()
        except LiftError:
            lift.abort()
        assert spool.in_memory
    assert spool.in_memory == 0


def test_a_large_picture_passes_in_pieces_without_being_held() -> None:
    data = os.urandom(3_000_000)
    [(bytes_of_it, kind)] = read(form(a_file("image[]", data), end=END), step=65_536)["image"]
    assert (bytes_of_it, kind) == (data, "image/png")


# The header


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (CONTENT_TYPE, BOUNDARY),
        ('multipart/form-data; charset=utf-8; boundary="a b"', b"a b"),
        ("multipart/form-data; Boundary=X", b"X"),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=" + "x" * 71, None),
        ('multipart/form-data; boundary="a\r\nb"', None),
        ("multipart/form-data; boundary=é", None),
    ],
)
def test_a_boundary_is_taken_only_where_it_may_be_one(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary
