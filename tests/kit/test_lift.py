"""The lifter: what is taken out, what stays, and how each refusal is named."""

import base64
import gc
import json
import sys
from pathlib import Path

import pytest

from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.lift import Lift, Lifted, LiftError, LiftLimits, Places

from .bodies import RAW, STANDARD, dumped, lifted

PNG = f"data:image/png;base64,{STANDARD}"


def refusal(body: bytes, limits: LiftLimits | None = None, *, strict: bool = False) -> LiftError:
    with pytest.raises(LiftError) as caught:
        lifted(body, limits=limits, strict=strict)
    return caught.value


# ---- what is a picture


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (PNG, "image/png"),
        (f"DATA:Image/JPEG;name=a.jpg;Base64,{STANDARD}", "image/jpeg"),
        (f"data:;base64,{STANDARD}", None),
        (f"data:image/png;base64,{STANDARD.rstrip('=')}", "image/png"),
        (STANDARD, None),
        (base64.urlsafe_b64encode(RAW).decode().rstrip("="), None),
    ],
)
def test_data_uris_and_long_base64_are_taken_out(text: str, media_type: str | None) -> None:
    assert lifted(dumped({"image": text})) == {"image": ("picture", media_type, RAW)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/picture.png?signature=" + "a" * 80,
        "file-abc123",
        STANDARD[:63],
        "data:image/png",
        "data:,hello",
        "data:image/svg+xml;utf8,%3Csvg%3E" + "a" * 300,
        "data:image/png;" + "a=b;" * 70 + f"base64,{STANDARD}",
        "data:" + "x" * 300,
        "中" * 100,
        'a\\b"c/d\n' * 40,
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 40,
    ],
)
def test_other_text_at_a_pictures_place_stays_text(text: str) -> None:
    assert lifted(dumped({"image": text, "n": 1})) == {"image": text, "n": 1}
    assert lifted(json.dumps({"image": text}, ensure_ascii=False).encode()) == {"image": text}


def test_exactly_64_characters_are_a_picture_with_padding_or_without() -> None:
    for raw in (b"x" * 48, b"x" * 47, b"x" * 46):
        text = base64.b64encode(raw).decode()
        assert len(text) == 64
        assert lifted(dumped({"image": text})) == {"image": ("picture", None, raw)}


def test_only_the_named_places_are_looked_at() -> None:
    body = {
        "prompt": PNG,
        "text": STANDARD,
        "images": {"image": PNG},
        "image": [PNG],
        "data": [{"b64_json": PNG, "url": PNG}, PNG],
        "metadata": {"image": PNG, "data": [{"b64_json": PNG}]},
        PNG: 1,
    }
    expected = json.loads(json.dumps(body))
    expected["data"][0]["b64_json"] = ("picture", "image/png", RAW)
    assert lifted(dumped(body)) == expected


def test_a_string_and_a_list_at_one_key_are_two_places() -> None:
    both = Places("image", "image[]", "input.messages[].content[].image", "[].image", "grid[][]")
    assert lifted(dumped({"image": PNG}), places=both) == {"image": ("picture", "image/png", RAW)}
    assert lifted(dumped({"image": ["a", PNG]}), places=both) == {"image": ["a", ("picture", "image/png", RAW)]}
    assert lifted(dumped([{"image": PNG}]), places=both) == [{"image": ("picture", "image/png", RAW)}]
    assert lifted(dumped({"grid": [[PNG], PNG]}), places=both) == {"grid": [[("picture", "image/png", RAW)], PNG]}


@pytest.mark.parametrize("pattern", ["", "a..b", "a[0]", "a.[]", "a[", "a[]b"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="Pattern"):
        Places(pattern)


def test_text_that_looks_like_a_handle_stays_text() -> None:
    forged = {"image": "Lifted(blob=1)", "prompt": "NaN", "x": {"blob": 1, "media_type": "image/png"}}
    found = lifted(dumped({**forged, "images": [PNG]}))
    assert found == {**forged, "images": [("picture", "image/png", RAW)]}


def test_signatures_beside_a_picture_are_never_touched() -> None:
    body = {"data": [{"b64_json": PNG, "thoughtSignature": "QR==" + STANDARD}]}
    found = lifted(dumped(body))
    assert found == {"data": [{"b64_json": ("picture", "image/png", RAW), "thoughtSignature": "QR==" + STANDARD}]}


def test_a_byte_order_mark_is_tolerated() -> None:
    assert lifted(b"\xef\xbb\xbf" + dumped({"image": PNG})) == {"image": ("picture", "image/png", RAW)}


@pytest.mark.parametrize("body", [b"1", b"null", b' "text" ', b"[]", b"{}", b"-0", b"1E2"])
def test_any_json_value_is_a_body(body: bytes) -> None:
    assert lifted(body) == json.loads(body)


def test_unusual_but_legal_text_passes_unchanged() -> None:
    text = "\0 \u202e \u200b e\u0301 \xe9 \U0001f600 \x7f"
    assert lifted(dumped({"prompt": text})) == {"prompt": text}
    assert lifted(json.dumps({"prompt": text}, ensure_ascii=False).encode()) == {"prompt": text}


# ---- refusals


@pytest.mark.parametrize(
    ("body", "kind", "path", "offset"),
    [
        (b"", "syntax", "", 0),
        (b" \n", "syntax", "", 0),
        (b"<html>", "syntax", "", 0),
        (b'{"a":1} x', "syntax", "", 8),
        (b"{'a':1}", "syntax", "", 1),
        (b'{"a":[1,2}}', "syntax", "a", 9),
        (b'{"a":1', "truncated", "a", 6),
        (b'{"a":"b', "truncated", "a", 7),
        (b'{"image":"data:image/png;base64,QUJD', "truncated", "image", 36),
        (b'{"a":{"b":[0,NaN]}}', "number", "a.b[1]", 13),
        (b"-Infinity", "number", "", 1),
        (b'{"a":[1e400]}', "number", "a[0]", None),
        (b'{"size":' + b"1" * 5000 + b"}", "number", "size", None),
        (b'{"a":"\xff"}', "encoding", "", 6),
        (b'{"a":"\xed\xa0\x80"}', "encoding", "", 6),
        (b'{"a":["\\udc00"]}', "encoding", "a[0]", None),
        (b'{"\\ud800":1}', "encoding", "", None),
        (b'{"images":["a","data:x;base64,*"]}', "base64", "images[1]", 15),
        (b'{"data":[{"b64_json":"data:x;base64,QQQQQ"}]}', "base64", "data[0].b64_json", 21),
    ],
)
def test_a_refusal_names_kind_path_and_byte(body: bytes, kind: str, path: str, offset: int | None) -> None:
    error = refusal(body)
    assert (error.kind, error.path, error.offset) == (kind, path, offset)
    assert (f"'{path}'" in str(error)) == bool(path)
    assert (f"byte {offset}" in str(error)) == (offset is not None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (STANDARD + "A", "left over"),
        ("data:;base64,", "nothing of it"),
        ("data:;base64,QQ==QQ==", "padding"),
        ("data:;base64,QU!D", "alphabet"),
        ('data:;base64,QU"D', "an escape"),
        ("data:;base64,QU\\D", "a backslash"),
    ],
)
def test_broken_base64_says_what_is_wrong_with_it(text: str, reason: str) -> None:
    assert reason in refusal(dumped({"image": text})).reason


def test_a_syntax_error_behind_a_picture_is_placed_in_the_body_not_in_the_skeleton() -> None:
    body = b"\xef\xbb\xbf" + dumped({"image": PNG, "n": 1})[:-1] + b" oops}"
    error = refusal(body)
    assert (error.kind, error.offset) == ("syntax", body.index(b"oops"))


def test_strict_keys_refuse_duplicates_wherever_they_are() -> None:
    body = b'{"model":"a","x":[{"n":1,"\\u006e":2}]}'
    error = refusal(body, strict=True)
    assert (error.kind, error.path) == ("duplicate_key", "x[0].n")
    assert lifted(body) == {"model": "a", "x": [{"n": 2}]}


@pytest.mark.parametrize(
    "body",
    [
        f'{{"image":"{PNG}","image":"text"}}',
        f'{{"image":"text","image":"{PNG}"}}',
        f'{{"image":"{PNG}","image":"{PNG}"}}',
        f'{{"data":[{{"b64_json":"{PNG}"}}],"data":[]}}',
    ],
)
def test_a_duplicate_that_would_lose_a_picture_is_always_refused(body: str) -> None:
    assert refusal(body.encode()).kind == "duplicate_key"


def test_a_refused_value_hidden_by_a_duplicate_is_still_refused() -> None:
    assert refusal(b'{"a":1e999,"a":1}').kind == "duplicate_key"


@pytest.mark.parametrize(
    ("limits", "body", "path"),
    [
        (LiftLimits(skeleton=100), dumped({"prompt": "x" * 100}), "prompt"),
        (LiftLimits(blob=len(RAW) - 1), dumped({"image": PNG}), "image"),
        (LiftLimits(total=2 * len(RAW) - 1), dumped({"images": [PNG, PNG]}), "images[1]"),
        (LiftLimits(pictures=1), dumped({"images": [PNG, PNG]}), "images[1]"),
        (LiftLimits(tokens=10), dumped({"a": [1] * 20}), "a[7]"),
    ],
)
def test_each_limit_is_told_as_too_large(limits: LiftLimits, body: bytes, path: str) -> None:
    error = refusal(body, limits)
    assert (error.kind, error.path) == ("too_large", path)


def test_what_just_meets_the_limits_passes() -> None:
    limits = LiftLimits(blob=len(RAW), total=2 * len(RAW), pictures=2, depth=2)
    assert lifted(dumped({"images": [PNG, PNG]}), limits=limits)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused_by_count_never_by_recursion(opening: bytes) -> None:
    assert refusal(opening * 100_000).kind == "too_deep"
    closing = b"]" if opening == b"[" else b"}"
    assert lifted(opening * 64 + b"1" + closing * 64)
    assert refusal(opening * 5000 + b"1" + closing * 5000, LiftLimits(depth=10_000)).kind == "too_deep"


def test_a_huge_text_is_refused_as_soon_as_it_passes_the_limit() -> None:
    lift = Lift(Places("image"), Spool(None))
    lift.feed(b'{"image":"not base64 ')
    with pytest.raises(LiftError) as caught:
        for _ in range(800):
            lift.feed(b"x y " * 16384)
    assert caught.value.kind == "too_large"


def test_after_a_refusal_every_further_call_repeats_it() -> None:
    lift = Lift(Places("image"), Spool(None))
    with pytest.raises(LiftError):
        lift.feed(b"[NaN")
    with pytest.raises(LiftError, match="NaN"):
        lift.feed(b"]")
    with pytest.raises(LiftError, match="NaN"):
        lift.finish()


# ---- what is held


@pytest.mark.parametrize("ending", [b"*", b'"],"n":NaN}', b'"] x}', b'"'])
def test_a_refused_body_leaves_no_blob(tmp_path: Path, ending: bytes) -> None:
    spool = Spool(tmp_path, per_blob=0)
    lift = Lift(Places("images[]"), spool)
    body = f'{{"images":["{PNG}","{PNG}'.encode() + ending
    with pytest.raises(LiftError):
        lift.feed(body)
        lift.finish()
    assert (list(tmp_path.iterdir()), spool.in_memory) == ([], 0)


def test_aborting_lets_go_of_finished_and_unfinished_pictures(spool: Spool) -> None:
    lift = Lift(Places("images[]"), spool)
    lift.feed(f'{{"images":["{PNG}","{PNG}'.encode())
    assert lift.pictures == 1 and spool.in_memory > len(RAW)
    lift.abort()
    assert spool.in_memory == 0


def test_a_scope_owns_what_was_lifted_in_it(spool: Spool) -> None:
    with Scope(spool) as scope:
        lift = Lift(Places("image"), scope)
        lift.feed(dumped({"image": PNG}))
        value = lift.finish()
        assert isinstance(value, dict) and isinstance(value["image"], Lifted)
        assert value["image"].blob.read() == RAW
    assert spool.in_memory == 0


def test_a_forgotten_lift_is_freed_without_the_collector(spool: Spool) -> None:
    gc.disable()
    try:
        lift = Lift(Places("image"), spool)
        lift.feed(f'{{"image":"{PNG}'.encode())
        assert spool.in_memory > 0 and sys.getrefcount(lift) == 2
        del lift
        assert spool.in_memory == 0
    finally:
        gc.enable()
