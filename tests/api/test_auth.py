"""One extractor of credentials: four equal headers, one key, never one in the query."""

from __future__ import annotations

import pytest

from onebrush.api.auth import authenticate
from onebrush.domain.errors import InvalidKey, InvalidRequest
from tests.api.asking import KEY, Ring, headers

HEADERS = {
    "authorization": "Bearer sk-test-example",
    "api_key": "sk-test-example",
    "x_api_key": "sk-test-example",
    "x_goog_api_key": "sk-test-example",
}


@pytest.mark.parametrize("name", HEADERS)
def test_four_headers_are_equal(name: str) -> None:
    assert authenticate(headers(**{name: HEADERS[name]}), b"", Ring()) is KEY


def test_a_headers_case_and_a_schemes_case_do_not_matter() -> None:
    sent = [(b"Authorization", b"bearer  sk-test-example ")]

    assert authenticate(sent, b"", Ring()) is KEY


def test_one_key_in_several_headers_is_one_key() -> None:
    assert authenticate(headers(**HEADERS), b"", Ring()) is KEY


@pytest.mark.parametrize("name", ["api_key", "x_api_key", "x_goog_api_key"])
def test_two_different_keys_are_refused_before_either_is_looked_up(name: str) -> None:
    ring = Ring()

    with pytest.raises(InvalidRequest) as refused:
        authenticate(headers(authorization="Bearer sk-test-example", **{name: "sk-test-other"}), b"", ring)

    assert (refused.value.status, ring.asked) == (400, [])


def test_two_authorization_headers_that_differ_are_refused() -> None:
    sent = [*headers(authorization="Bearer sk-test-example"), *headers(authorization="Bearer sk-test-other")]

    with pytest.raises(InvalidRequest):
        authenticate(sent, b"", Ring())


@pytest.mark.parametrize("query", [b"key=sk-test-example", b"a=1&key=", b"%6bey=sk-test-example", b"key=a&key=b"])
def test_a_key_in_the_query_is_a_401_saying_where_it_belongs_even_beside_a_good_one(query: bytes) -> None:
    ring = Ring()

    with pytest.raises(InvalidKey, match="header") as refused:
        authenticate(headers(**HEADERS), query, ring)

    assert (refused.value.status, ring.asked) == (401, [])
    assert "sk-test" not in refused.value.message


@pytest.mark.parametrize("query", [b"monkey=1", b"keys=1", b"envelope=wrapped", b""])
def test_other_words_in_the_query_are_no_keys(query: bytes) -> None:
    assert authenticate(headers(**HEADERS), query, Ring()) is KEY


@pytest.mark.parametrize(
    "sent",
    [{}, {"authorization": ""}, {"authorization": "Basic c2s="}, {"authorization": "Bearer"}, {"x_api_key": " "}],
)
def test_without_a_key_it_is_a_401(sent: dict[str, str]) -> None:
    with pytest.raises(InvalidKey, match="No API key"):
        authenticate(headers(**sent), b"", Ring())


@pytest.mark.parametrize("secret", ["sk-unknown", "' OR 1=1 --", "sk-test-example\x00", "é" * 50, "x" * 100_000])
def test_an_unknown_key_is_a_401_that_does_not_repeat_it(secret: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        authenticate(headers(authorization=f"Bearer {secret}"), b"", Ring())

    assert (refused.value.status, refused.value.code, refused.value.retry) == (401, "invalid_api_key", False)
    assert secret not in refused.value.message
