"""Money: exact against an oracle of fractions, reported where the vendor counted, unknown where nobody knows."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import ModelCard
from onebrush.domain.money import Cost, Money, Price, Unit, UsageRecord
from onebrush.domain.size import Pixels
from onebrush.engine.metering import add, price
from tests.engine.doubles import a_card, a_deployment, a_sandbox

CATALOGUE = Catalogue.load()


def line(unit: Unit, amount: str, **changes: Any) -> Price:
    nano = Fraction(amount) * 10**9
    assert nano.denominator == 1
    return Price(unit=unit, money=Money(nano=int(nano), currency="USD"), **changes)


def per_million(unit: Unit, amount: str, **changes: Any) -> Price:
    return line(unit, str(Decimal(amount) / 1_000_000), **changes)


def priced(*lines: Price) -> ModelCard:
    return a_card(prices=lines)


def square(edge: int, count: int = 1) -> list[Pixels]:
    return [Pixels(width=edge, height=edge)] * count


TOKENS = priced(
    per_million("text_input_token", "5"),
    per_million("image_input_token", "8"),
    per_million("image_output_token", "30"),
)
WITH_TEXT = priced(*TOKENS.prices, per_million("text_output_token", "10"))


def reported(card: ModelCard, references: int = 0, **counts: int) -> str | None:
    cost = price(card, a_deployment(), UsageRecord(**counts), square(1024), references)
    return cost.money.decimal if cost.money and cost.basis == "reported" else None


# By tokens


COUNTS = st.integers(0, 10**9)
NANO = st.integers(0, 10**12)


@given(counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), rates=st.tuples(NANO, NANO, NANO, NANO))
def test_tokens_are_priced_exactly(counts: tuple[int, ...], rates: tuple[int, ...]) -> None:
    units: tuple[Unit, ...] = ("text_input_token", "image_input_token", "image_output_token", "text_output_token")
    card = priced(
        *(Price(unit=unit, money=Money(nano=rate, currency="USD")) for unit, rate in zip(units, rates, strict=True))
    )
    usage = UsageRecord(**{f"{unit}s": count for unit, count in zip(units, counts, strict=True)})

    cost = price(card, a_deployment(), usage, square(1024), 1)

    oracle = sum((Fraction(rate, 10**9) * count for rate, count in zip(rates, counts, strict=True)), Fraction())
    assert (cost.basis, cost.money and Fraction(cost.money.decimal)) == ("reported", oracle)


def test_a_reported_bill_counts_every_kind_of_token() -> None:
    assert reported(TOKENS, 1, text_input_tokens=10, image_input_tokens=100, image_output_tokens=1000) == "0.03085"


def test_no_tokens_cost_nothing_not_the_price_of_a_picture() -> None:
    card = priced(*TOKENS.prices, line("image", "0.04"))

    assert reported(card, text_input_tokens=0, image_input_tokens=0, image_output_tokens=0) == "0"


def test_a_count_the_vendor_left_out_is_what_its_sum_leaves() -> None:
    assert reported(TOKENS, text_input_tokens=10, output_tokens=1000) == "0.03005"
    assert reported(TOKENS, input_tokens=10, output_tokens=1000) == "0.03005"
    assert reported(TOKENS, 1, input_tokens=110, text_input_tokens=10, output_tokens=1000) == "0.03085"
    assert reported(WITH_TEXT, text_input_tokens=0, image_output_tokens=900, output_tokens=1000) == "0.028"


@pytest.mark.parametrize(
    ("card", "references", "counts"),
    [
        (TOKENS, 1, {"input_tokens": 110, "output_tokens": 1000}),
        (TOKENS, 0, {"text_input_tokens": 10}),
        (TOKENS, 0, {"output_tokens": 1000}),
        (WITH_TEXT, 0, {"text_input_tokens": 10, "output_tokens": 1000}),
    ],
)
def test_half_a_bill_is_no_bill(card: ModelCard, references: int, counts: dict[str, int]) -> None:
    cost = price(card, a_deployment(), UsageRecord(**counts), square(1024), references)

    assert cost == Cost(basis="unknown")


def test_without_a_whole_bill_the_price_of_a_picture_serves() -> None:
    card = priced(*TOKENS.prices, line("image", "0.04"))

    for usage in (None, UsageRecord(total_tokens=5), UsageRecord(images=1)):
        cost = price(card, a_deployment(), usage, square(1024, 3), 0)
        assert cost == Cost(basis="computed", money=Money(nano=120_000_000, currency="USD"))


# By picture


def test_an_unknown_price_stays_unknown_never_zero() -> None:
    assert price(priced(), a_deployment(), None, square(1024), 0) == Cost(basis="unknown")
    assert price(TOKENS, a_deployment(), None, square(1024), 0) == Cost(basis="unknown")
    assert price(priced(), a_deployment(), UsageRecord(image_output_tokens=5), square(1024), 0).money is None


@given(amounts=st.lists(NANO, min_size=1, max_size=5), references=st.integers(0, 16), extra=NANO)
def test_pictures_given_are_priced_beside_those_delivered(amounts: list[int], references: int, extra: int) -> None:
    card = priced(
        Price(unit="image", money=Money(nano=amounts[0], currency="CNY")),
        Price(unit="input_image", money=Money(nano=extra, currency="CNY")),
    )

    cost = price(card, a_deployment(), None, square(1024, len(amounts)), references)

    assert cost.money == Money(nano=amounts[0] * len(amounts) + extra * references, currency="CNY")


AREAS = priced(line("image", "0.3", max_area=2_601_123), line("image", "0.6"))
TIERS = priced(line("image", "0.24", tier="4K"), line("image", "0.045", tier="512"), line("image", "0.1", tier="1K"))


@pytest.mark.parametrize(
    ("card", "size", "amount"),
    [
        (AREAS, Pixels(width=1024, height=1024), "0.3"),
        (AREAS, Pixels(width=2_601_123, height=1), "0.3"),
        (AREAS, Pixels(width=2_601_124, height=1), "0.6"),
        (AREAS, Pixels(width=4096, height=4096), "0.6"),
        (TIERS, Pixels(width=632, height=424), "0.045"),
        (TIERS, Pixels(width=1376, height=768), "0.1"),
        (TIERS, Pixels(width=1584, height=672), "0.1"),
        (TIERS, Pixels(width=2048, height=2048), "0.24"),
        (TIERS, Pixels(width=5504, height=3072), "0.24"),
    ],
)
def test_a_picture_costs_what_its_area_or_tier_costs(card: ModelCard, size: Pixels, amount: str) -> None:
    cost = price(card, a_deployment(), None, [size], 0)

    assert cost.money is not None and cost.money.decimal == amount


def test_a_picture_beyond_every_line_is_of_unknown_price() -> None:
    assert price(TIERS, a_deployment(), None, square(9000), 0).basis == "unknown"


def test_each_platform_has_its_own_prices() -> None:
    card = priced(line("image", "0.2", platform="north"), line("image", "0.03", platform="south"))

    south = price(card, a_deployment(platform="south"), None, square(1024), 0)
    assert south.money is not None and south.money.decimal == "0.03"
    assert price(card, a_deployment(platform="west"), None, square(1024), 0).basis == "unknown"


@pytest.mark.parametrize("usage", [None, UsageRecord(text_input_tokens=1, image_output_tokens=1)])
def test_sandbox_money_is_the_models_own_price_and_always_computed(usage: UsageRecord | None) -> None:
    card = priced(*TOKENS.prices, line("image", "0.04"))

    test, live = (price(card, where, usage, square(1024), 0) for where in (a_sandbox(), a_deployment()))

    assert test.basis == "computed"
    assert test.money == live.money


# Sums


def cost(nano: int | None, basis: Any = "computed", currency: str = "USD") -> Cost:
    return Cost(basis="unknown") if nano is None else Cost(basis=basis, money=Money(nano=nano, currency=currency))


def test_a_sum_is_unknown_as_soon_as_one_part_is_and_where_there_is_none() -> None:
    assert add([cost(1), cost(None), cost(2)]) == Cost(basis="unknown")
    assert add([]) == Cost(basis="unknown")


def test_a_sum_is_reported_only_where_every_part_is() -> None:
    assert add([cost(1, "reported"), cost(2, "reported")]) == cost(3, "reported")
    assert add([cost(1, "computed"), cost(2, "reported")]) == cost(3, "computed")
    assert add([cost(1, "reported"), cost(2, "computed")]) == cost(3, "computed")


@given(st.lists(st.integers(0, 10**15), min_size=1))
def test_a_sum_loses_nothing(amounts: list[int]) -> None:
    assert add(map(cost, amounts)).money == Money(nano=sum(amounts), currency="USD")


# The catalogue's rows, against figures of the vendors' pages


@pytest.mark.parametrize(
    ("model", "platform", "edge", "references", "amount"),
    [
        ("doubao-seedream-4-0-250828", "volcengine", 2048, 2, "0.2"),
        ("doubao-seedream-5-0-pro-260628", "volcengine", 1536, 0, "0.3"),
        ("doubao-seedream-5-0-pro-260628", "volcengine", 2048, 0, "0.6"),
        ("qwen-image-plus", "beijing", 1328, 0, "0.2"),
        ("qwen-image-3.0-pro", "beijing", 2048, 2, "0.54"),
        ("qwen-image-3.0-pro", "beijing", 1024, 0, "0.25"),
        ("gemini-3-pro-image", "", 4096, 0, "0.24"),
        ("gemini-2.5-flash-image", "", 1024, 1, "0.039"),
    ],
)
def test_a_real_picture_costs_what_its_vendor_says(
    model: str, platform: str, edge: int, references: int, amount: str
) -> None:
    found = price(CATALOGUE.find(model), a_deployment(platform=platform), None, square(edge), references)

    assert found.money is not None and found.money.decimal == amount
