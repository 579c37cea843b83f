"""Which answer shape a caller gets, and the origin its links stand on."""

from __future__ import annotations

from typing import Any

import pytest

from onebrush.api.envelope import envelope_of
from onebrush.api.errors import error_headers
from onebrush.api.origin import Origin
from onebrush.domain.errors import (
    Canceled,
    InvalidRequest,
    KeyReused,
    ModerationBlocked,
    NoImage,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    StorageUnavailable,
    Unavailable,
)
from onebrush.wires.openai.render import Envelope
from tests.api.asking import scope

WRAPPED = "/wrapped/v1/images/generations"


@pytest.mark.parametrize(
    ("asked", "default", "shape"),
    [
        ({}, "plain", "plain"),
        ({}, "wrapped", "wrapped"),
        ({"query": "envelope=wrapped"}, "plain", "wrapped"),
        ({"query": "envelope=plain"}, "wrapped", "plain"),
        ({"x_response_envelope": "wrapped"}, "plain", "wrapped"),
        ({"x_response_envelope": " Wrapped "}, "plain", "wrapped"),
        ({"x_response_envelope": "plain", "query": "envelope=wrapped"}, "plain", "plain"),
        ({"x_response_envelope": "wrapped", "query": "envelope=plain"}, "plain", "wrapped"),
        ({"path": WRAPPED, "x_response_envelope": "plain", "query": "envelope=plain"}, "plain", "wrapped"),
        ({"x_response_envelope": "boxed", "query": "envelope=wrapped"}, "plain", "wrapped"),
        ({"query": "envelope=boxed"}, "wrapped", "wrapped"),
        ({"path": "/wrappedv1/images"}, "plain", "plain"),
    ],
)
def test_base_path_goes_before_header_before_query_before_default(
    asked: dict[str, Any], default: Envelope, shape: Envelope
) -> None:
    assert envelope_of(scope(**asked), default) == shape


# Origins


@pytest.mark.parametrize("host", ["gate.example", "gate.example:8080", "127.0.0.1:8000", "[::1]:8000", "a_b.example"])
def test_links_stand_on_the_origin_a_request_came_by(host: str) -> None:
    assert Origin().of(scope(host=host)) == f"http://{host}"


def test_the_operators_public_url_goes_before_any_host() -> None:
    assert Origin(public_url="https://pictures.example").of(scope(host="evil.example")) == "https://pictures.example"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example#", "evil.example?", "evil.example/path", "user@evil.example", "evil.example\\", "a b", "", "a\nb",
        "evil.example:99999999", "evil.example:80:80", "[::1", "evil.example\r\nx: y", "<script>", '"', "%2e",
        "a" * 300, "gate.example:", "evil.example,gate.example", "\x00", "é.example",
    ],
)  # fmt: skip
def test_a_host_that_is_no_plain_host_never_becomes_part_of_a_link(host: str) -> None:
    assert Origin().of(scope(host=host)) == "http://127.0.0.1:8000"


def test_without_a_host_the_servers_own_address_stands_in() -> None:
    assert Origin().of(scope()) == "http://127.0.0.1:8000"


# Headers of errors


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ProviderTimeout("x"), "false"),
        (NoImage("x"), "false"),
        (ModerationBlocked("x"), "false"),
        (Unavailable("x"), None),
        (Unavailable("x", retry=True), "true"),
        (InvalidRequest("x", retry=False), "false"),
        (KeyReused("x"), "false"),
        (Canceled("x"), "false"),
    ],
)
def test_an_sdk_is_told_whether_to_try_again(error: Any, told: str | None) -> None:
    assert error_headers(error, None).get("x-should-retry") == told


def test_an_error_carries_the_requests_id_and_a_wait_of_less_than_a_minute() -> None:
    told = error_headers(RateLimited("x", retry_after=600), "gen_1")

    assert (told["x-request-id"], told["retry-after"]) == ("gen_1", "59")


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (RateLimited("x"), True),
        (Unavailable("x"), True),
        (StorageUnavailable("x"), True),
        (Unavailable("x", retry=False), False),
        (ProviderError("x", retry=False), False),
        (NoImage("x"), False),
        (KeyReused("x"), False),
        (Canceled("x"), False),
        (InvalidRequest("x"), False),
    ],
)
def test_what_an_sdk_tries_again_by_itself_says_when(error: Any, waits: bool) -> None:
    assert ("retry-after" in error_headers(error, None)) is waits
