"""Values: money that is exact, statuses that end, the tree of errors as it is drawn, requests and their views."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.domain import errors
from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import OneBrushError
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability, ModelCard
from onebrush.domain.money import Money
from onebrush.domain.request import GenerationRequest, Operation
from onebrush.domain.size import Pixels, SizeRule
from onebrush.domain.turn import Image, Text, Turn
from onebrush.kit.blobs import Spool


@given(st.integers(0, 10**24))
def test_money_is_written_as_the_decimal_it_is(nano: int) -> None:
    text = Money(nano=nano, currency="USD").decimal

    assert Decimal(text).scaleb(9) == nano
    assert re.fullmatch(r"0|[1-9][0-9]*|[0-9]+\.[0-9]*[1-9]", text)


@pytest.mark.parametrize(
    ("nano", "text"), [(0, "0"), (1, "0.000000001"), (39_000_000, "0.039"), (10**10, "10"), (1_500_000_000, "1.5")]
)
def test_money_has_no_needless_zeros(nano: int, text: str) -> None:
    assert Money(nano=nano, currency="USD").decimal == text


def test_money_of_two_currencies_is_never_added() -> None:
    assert Money(nano=1, currency="USD") + Money(nano=2, currency="USD") == Money(nano=3, currency="USD")
    with pytest.raises(ValueError, match="USD and CNY"):
        Money(nano=1, currency="USD") + Money(nano=2, currency="CNY")


def test_what_still_runs_is_not_finished() -> None:
    running = {status for status in GenerationStatus if not status.finished}

    assert running == {GenerationStatus.QUEUED, GenerationStatus.RUNNING, GenerationStatus.COLLECTING}


def descendants(kind: type[OneBrushError]) -> set[type[OneBrushError]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


def test_every_error_is_drawn_with_its_status_and_code() -> None:
    drawn = re.findall(r"[├└]── (\w+) +(\d{3})  (\w+)", errors.__doc__ or "")

    made = {(kind.__name__, str(kind.status), kind.code) for kind in descendants(OneBrushError) - {OneBrushError}}
    assert {line for line in made if getattr(errors, line[0], None)} == set(drawn)


def test_a_credential_never_shows() -> None:
    deployment = Deployment(id="a", provider="a", wire="a", base_url="http://a", credential="sk-test-example")

    assert "sk-test-example" not in repr(deployment)


def test_a_requests_prompt_and_pictures_are_views_of_its_turns() -> None:
    one, two = (Image(source=f"https://pictures.example/{name}.png", param=name) for name in ("one", "two"))
    request = GenerationRequest(
        model="m",
        turns=(
            Turn(role="user", parts=(Text(text="a house"), one)),
            Turn(role="model", parts=(two, Text(text="here"))),
            Turn(role="user", parts=(Text(text="snow"), Text(text="on it"))),
        ),
    )

    assert (request.prompt, request.images, request.is_conversation) == ("snow\non it", (one, two), True)
    assert request.operation is Operation.EDIT
    assert GenerationRequest(model="m", turns=request.turns[2:]).operation is Operation.GENERATE


def test_a_link_has_no_bytes_until_it_is_fetched() -> None:
    blob = Spool(None).from_bytes(b"picture")

    assert Image(source=blob, param="image").blob is blob
    with pytest.raises(TypeError, match="image"):
        _ = Image(source="https://pictures.example/one.png", param="image").blob


def test_a_wide_and_a_tall_picture_are_equally_far_from_a_square() -> None:
    assert Pixels(width=200, height=100).log_ratio == -Pixels(width=100, height=200).log_ratio


def test_a_platform_without_an_id_of_its_own_is_sent_the_common_one() -> None:
    card = ModelCard(
        id="m", provider="p", title="M", capability=Capability(), size=SizeRule(kind="none"), upstream={"a": "m-a"}
    )

    assert (card.upstream_id("a"), card.upstream_id("b")) == ("m-a", "m")
