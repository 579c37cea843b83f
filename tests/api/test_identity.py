"""By what a request is known again: everything that means something in it, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.api.identity import MOST_AT_ONCE, digest_of, idempotency_key, identity_of
from onebrush.domain.errors import InvalidRequest
from onebrush.engine.identity import Identity
from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.lift import Lifted
from tests.api.asking import headers

SPOOL = Spool(None)


def a_picture(data: bytes) -> Lifted:
    return Lifted(SPOOL.from_bytes(data))


LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
PICTURES = st.binary(max_size=40).map(a_picture)
VALUES = st.recursive(
    LEAF | PICTURES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
BODIES = st.dictionaries(st.text(max_size=4), VALUES, min_size=1, max_size=4)


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with the members of every object in another order, pictures as other blobs."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    return a_picture(value.blob.read()) if isinstance(value, Lifted) else value


@given(body=BODIES, chance=st.randoms(use_true_random=False))
def test_the_order_of_members_and_where_bytes_lie_mean_nothing(body: dict[str, Any], chance: random.Random) -> None:
    assert digest_of(shuffled(body, chance)) == digest_of(body)


@given(body=BODIES, other=VALUES, place=st.integers(0, 3))
def test_any_other_value_is_another_request(body: dict[str, Any], other: Any, place: int) -> None:
    name = list(body)[place % len(body)]
    changed = {**body, name: other}

    assert (digest_of(changed) == digest_of(body)) == (plain(changed) == plain(body))


def plain(value: Any) -> Any:
    """A value to compare with: true is not 1, 1.0 is not 1, pictures are their bytes."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return ("picture", value.blob.read()) if isinstance(value, Lifted) else repr(value)


@given(data=st.binary(min_size=1, max_size=2000), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_bit_of_one_picture_is_another_request(data: bytes, place: int, bit: int) -> None:
    other = bytearray(data)
    other[place % len(data)] ^= 1 << bit

    assert digest_of({"image": a_picture(bytes(other))}) != digest_of({"image": a_picture(data)})


def test_pictures_count_by_their_places() -> None:
    one, two = a_picture(b"one"), a_picture(b"two")

    assert digest_of({"images": [one, two]}) != digest_of({"images": [two, one]})
    assert digest_of({"image": one, "mask": two}) != digest_of({"image": two, "mask": one})


def test_no_text_is_taken_for_a_picture() -> None:
    shown = digest_of({"image": a_picture(b"one")})
    texts = ["<one>", "one", digest_of("one"), f"<{digest_of('one')}>"]

    assert shown not in {digest_of({"image": text}) for text in texts}


# Requests


async def identity(body: object, path: str = "generations", own: Any = None, **sent: str) -> Identity:
    return await identity_of(path, body, headers(**sent), own or {})


BODY = {"model": "painter", "prompt": "a cat"}


@pytest.mark.anyio
async def test_what_its_path_and_the_gateways_own_headers_say_belongs_to_a_request() -> None:
    strict, loose = {"X-OneBrush-Strict": ("true",)}, {"X-OneBrush-Strict": ("false",)}
    digests = [
        (await identity(BODY)).digest,
        (await identity(BODY, path="edits")).digest,
        (await identity(BODY, own=strict)).digest,
        (await identity(BODY, own=loose)).digest,
    ]

    assert len(set(digests)) == 4
    assert (await identity(BODY, own={"X-OneBrush-Strict": (" True ",)})).digest == digests[2]


@pytest.mark.anyio
async def test_how_it_wants_to_be_answered_does_not() -> None:
    told = await identity(BODY, prefer="wait=5", x_response_envelope="wrapped", idempotency_key="a", user_agent="b")

    assert told.digest == (await identity(BODY)).digest


@pytest.mark.anyio
async def test_a_large_picture_is_hashed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    large = SPOOL.from_bytes(bytes(range(256)) * (8 * MOST_AT_ONCE // 256))
    expected = digest_of(["generations", {}, {"image": Lifted(large)}])

    def refuse(*_: object) -> bytes:
        raise AssertionError("the whole picture was read at once")

    monkeypatch.setattr(Blob, "read", refuse)
    assert (await identity({"image": Lifted(large)})).digest == expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("count", "retried"), [("0", False), ("1", True), ("10", True), ("", False), ("-1", False), ("\xb2", False)]
)
async def test_an_sdks_retry_is_known_by_its_count(count: str, retried: bool) -> None:
    assert (await identity(BODY, x_stainless_retry_count=count)).retried is retried
    assert (await identity(BODY)).retried is False


# Idempotency keys


@pytest.mark.parametrize("name", ["a", "a b", '"8e03978e"', "x" * 255, "~!@#$%^&*()"])
def test_a_key_is_any_printable_text(name: str) -> None:
    assert idempotency_key(headers(idempotency_key=f" {name} ")) == name
    assert idempotency_key([(b"Idempotency-Key", name.encode())] * 2) == name


def test_without_the_header_there_is_none() -> None:
    assert idempotency_key(headers(x_idempotency_key="a")) is None


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 256, "é", "a\tb", "a\x00b", "a\x7f", "日本".encode().decode("latin-1")]
)
def test_any_other_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        idempotency_key(headers(idempotency_key=name))

    assert (refused.value.code, refused.value.param) == ("invalid_value", "Idempotency-Key")


def test_two_different_ones_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        idempotency_key([(b"idempotency-key", b"a"), (b"Idempotency-Key", b"b")])
