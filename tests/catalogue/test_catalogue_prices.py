"""Prices are exact, name their platform, and are absent where nobody knows them."""

from collections.abc import Callable

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.money import Price

# id, unit, platform, bound (tier or area), price as the vendor writes it, currency, unverified
IMAGES = [
    ("gemini-2.5-flash-image", "image", "", None, "0.039", "USD", False),
    ("gemini-nano-banana-2.1", "image", "", "1K", "0.0336", "USD", False),
    ("gemini-nano-banana-2.1", "image", "", "2K", "0.0504", "USD", False),
    ("gemini-nano-banana-2.1", "image", "", "4K", "0.113", "USD", True),
    ("gemini-3.1-flash-image", "image", "", "512", "0.045", "USD", False),
    ("gemini-3-pro-image", "image", "", "2K", "0.134", "USD", False),
    ("gemini-3-pro-image-preview", "image", "", "4K", "0.24", "USD", False),
    ("doubao-seedream-3-0-t2i-250415", "image", "byteplus", None, "0.03", "USD", False),
    ("doubao-seedream-4-0-250828", "image", "volcengine", None, "0.2", "CNY", False),
    ("doubao-seedream-4-0-250828", "image", "byteplus", None, "0.03", "USD", False),
    ("doubao-seedream-4-5-251128", "image", "volcengine", None, "0.25", "CNY", False),
    ("doubao-seedream-5-0-260128", "image", "volcengine", None, "0.22", "CNY", True),
    ("doubao-seedream-5-0-pro-260628", "image", "volcengine", 2_601_123, "0.3", "CNY", False),
    ("doubao-seedream-5-0-pro-260628", "image", "volcengine", None, "0.6", "CNY", False),
    ("doubao-seedream-5-0-pro-260628", "image", "byteplus", 2_601_123, "0.045", "USD", True),
    ("doubao-seedream-5-0-flash-260915", "image", "volcengine", None, "0.12", "CNY", False),
    ("doubao-seedream-5-5-261028", "input_image", "byteplus", None, "0.008", "USD", True),
    ("doubao-seedream-5-5-261028", "image", "byteplus", "2K", "0.035", "USD", True),
    ("qwen-image-3.0-pro", "image", "beijing", 2_250_000, "0.25", "CNY", False),
    ("qwen-image-3.0-pro", "image", "beijing", None, "0.5", "CNY", False),
    ("qwen-image-3.0-pro", "input_image", "beijing", None, "0.02", "CNY", False),
    ("qwen-image-3.0", "image", "singapore", None, "0.03", "USD", True),
    ("qwen-image-2.0-pro-2026-06-22", "image", "singapore", None, "0.075", "USD", True),
    ("qwen-image-plus", "image", "beijing", None, "0.2", "CNY", False),
    ("qwen-image-edit-plus", "image", "singapore", None, "0.03", "USD", True),
]
# id, unit, nano-dollars for one token
TOKENS = [
    ("gpt-image-2", "text_input_token", 5_000),
    ("gpt-image-2", "image_input_token", 8_000),
    ("gpt-image-2.6-flare", "image_output_token", 30_000),
    ("gpt-image-1.5", "image_output_token", 32_000),
    ("gpt-image-1.5", "text_output_token", 10_000),
    ("gpt-image-1-mini", "text_input_token", 2_000),
    ("gpt-image-1-mini", "image_input_token", 2_500),
    ("gpt-image-1-mini", "image_output_token", 8_000),
    ("gemini-3-pro-image", "image_output_token", 120_000),
    ("gemini-3-pro-image", "text_output_token", 12_000),
    ("gemini-2.5-flash-image", "text_input_token", 300),
    ("gemini-3.1-flash-lite-image", "text_input_token", 250),
]
UNKNOWN = [
    "dall-e-3",
    "doubao-seededit-3-0-i2i-250628",
    "qwen-image-2.1-pro",
    "qwen-image-edit",
    "z-image-turbo",
]


def lines(catalogue: Catalogue, name: str, unit: str, platform: str = "") -> list[Price]:
    card = catalogue.find(name)
    return [line for line in card.prices if (line.unit, line.platform) == (unit, platform)]


@pytest.mark.parametrize(("name", "unit", "platform", "bound", "amount", "currency", "unverified"), IMAGES)
def test_prices_by_picture(
    catalogue: Catalogue,
    name: str,
    unit: str,
    platform: str,
    bound: str | int | None,
    amount: str,
    currency: str,
    unverified: bool,
) -> None:
    line = next(line for line in lines(catalogue, name, unit, platform) if bound == (line.tier or line.max_area))
    assert (line.money.decimal, line.money.currency, line.unverified) == (amount, currency, unverified)


@pytest.mark.parametrize(("name", "unit", "nano"), TOKENS)
def test_prices_by_token(catalogue: Catalogue, name: str, unit: str, nano: int) -> None:
    (line,) = lines(catalogue, name, unit)
    assert (line.money.nano, line.money.currency) == (nano, "USD")


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_price_is_absent(catalogue: Catalogue, name: str) -> None:
    assert catalogue.find(name).prices == ()


def test_a_platform_without_known_prices_has_none(catalogue: Catalogue) -> None:
    assert lines(catalogue, "doubao-seedream-3-0-t2i-250415", "image", "volcengine") == []
    assert lines(catalogue, "doubao-seedream-5-5-261028", "image", "volcengine") == []
    assert lines(catalogue, "qwen-image-3.0-pro", "image", "singapore") == []


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ('amount = "0.0000000001"', "price '0.0000000001' is finer than a billionth of the currency"),
        ('per_million = "0.0001"', "price '0.0001' is finer than a billionth of the currency"),
        ('amount = "cheap"', "'cheap' is no amount of money"),
        ('amount = "NaN"', "a price is 0 to 1000000, not 'NaN'"),
        ('amount = "-1"', "a price is 0 to 1000000, not '-1'"),
        ('amount = "1e999999"', "a price is 0 to 1000000, not '1e999999'"),
        ("amount = 0.039", "Expected `str | null`, got `float`"),
        ('amount = "1", per_million = "1"', "a price has either amount or per_million"),
        ('amount = "1", platform = "mars"', "price for platform 'mars', which small has not"),
        ('amount = "1", unit = "joke"', "Invalid enum value 'joke'"),
        ('amount = "1", color = "red"', "unknown field `color`"),
    ],
)
def test_a_price_that_cannot_be_is_refused(load_small: Callable[..., Catalogue], price: str, said: str) -> None:
    unit = "" if "unit" in price else 'unit = "image", '
    with pytest.raises(CatalogueError) as refused:
        load_small(f"price = [{{ {unit}{price} }}]")
    assert str(refused.value).startswith("small.toml, model 'small-1': ")
    assert said in str(refused.value)


def test_a_price_takes_the_currency_of_its_platform_or_its_own(load_small: Callable[..., Catalogue]) -> None:
    more = 'price = [{ unit = "image", amount = "1" }, { unit = "input_image", amount = "2", currency = "JPY" }]'
    prices = load_small(more).find("small-1").prices
    assert [(line.money.nano, line.money.currency) for line in prices] == [
        (1_000_000_000, "EUR"),
        (2_000_000_000, "JPY"),
    ]
