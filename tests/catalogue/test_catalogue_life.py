"""The life of an id: what is retired or deprecated on a day, and who takes over."""

from collections.abc import Callable
from datetime import date

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import Status

TODAY = date(2026, 11, 22)

RETIRED = {
    "gemini-3-pro-image-preview": "gemini-3-pro-image",
    "gemini-3.1-flash-image-preview": "gemini-3.1-flash-image",
    "gemini-2.5-flash-image-preview": "gemini-2.5-flash-image",
    "gpt-image-1": "gpt-image-2",
    "dall-e-2": "gpt-image-2",
    "dall-e-3": "gpt-image-2",
    "imagen-4.0-generate-001": "gemini-nano-banana-2.1",
}
DEPRECATED = {
    "gpt-image-1-mini": "gpt-image-2",
    "gpt-image-1.5": "gpt-image-2.6-sunburst",
    "chatgpt-image-latest": "gpt-image-2.6-sunburst",
    "gemini-2.5-flash-image": "gemini-nano-banana-2.1",
    "gemini-3.1-flash-image": "gemini-nano-banana-2.1",
    "doubao-seedream-3-0-t2i-250415": "doubao-seedream-4-0-250828",
    "doubao-seededit-3-0-i2i-250628": "doubao-seedream-4-0-250828",
    "doubao-seedream-4-5-251128": "doubao-seedream-5-0-pro-260628",
    "doubao-seedream-5-0-260128": "doubao-seedream-5-0-pro-260628",
    "qwen-image": "qwen-image-2.0",
    "qwen-image-plus": "qwen-image-2.0",
    "qwen-image-max": "qwen-image-2.0-pro",
    "qwen-image-edit": "qwen-image-2.0",
    "qwen-image-edit-plus": "qwen-image-2.0",
    "qwen-image-edit-max": "qwen-image-2.0-pro",
}


def status(catalogue: Catalogue, name: str, today: date) -> Status:
    card = catalogue.get(name)
    assert card
    return catalogue.status_on(card, today)


@pytest.mark.parametrize(
    ("name", "expected", "successor"),
    [
        *((name, Status.RETIRED, after) for name, after in RETIRED.items()),
        *((name, Status.DEPRECATED, after) for name, after in DEPRECATED.items()),
    ],
)
def test_the_table_of_lives_holds(catalogue: Catalogue, name: str, expected: Status, successor: str) -> None:
    card = catalogue.get(name)
    assert card
    after = catalogue.successor(card, TODAY)
    assert (catalogue.status_on(card, TODAY), after and after.id) == (expected, successor)
    assert catalogue.successor(card) == after


def test_everything_else_is_active(catalogue: Catalogue) -> None:
    dated = ("qwen-image-max-", "qwen-image-plus-", "qwen-image-edit-", "gpt-image-1.5-", "imagen-")
    others = [
        card
        for card in catalogue.cards
        if card.id not in RETIRED and card.id not in DEPRECATED and not card.id.startswith(dated)
    ]
    assert len(others) > 30
    assert {catalogue.status_on(card, TODAY) for card in others} == {Status.ACTIVE}


@pytest.mark.parametrize("name", ["gpt-image-1.5", "gpt-image-1.5-2025-12-16", "gpt-image-1-mini"])
def test_a_shutdown_date_retires_on_its_day(catalogue: Catalogue, name: str) -> None:
    assert status(catalogue, name, date(2026, 11, 30)) is Status.DEPRECATED
    assert status(catalogue, name, date(2026, 12, 1)) is Status.RETIRED
    assert status(catalogue, name, date(2031, 1, 1)) is Status.RETIRED


def test_a_clock_that_is_behind_revives_nothing(catalogue: Catalogue) -> None:
    assert status(catalogue, "gpt-image-1", date(2020, 1, 1)) is Status.RETIRED


@pytest.mark.parametrize("name", ["doubao-seedream-4-5-251128", "qwen-image-plus", "gemini-2.5-flash-image"])
def test_what_only_third_parties_date_is_never_retired_by_the_clock(catalogue: Catalogue, name: str) -> None:
    assert status(catalogue, name, date(2040, 1, 1)) is Status.DEPRECATED


def test_a_retired_successor_is_passed_over(load_small: Callable[..., Catalogue]) -> None:
    more = """
        [[model]]
        id = "small-0"
        title = "Small Zero"
        sizes = "square"
        status = "deprecated"
        shutdown_date = 2027-01-01
        successor = "small-1"

        [[model]]
        id = "smallest"
        title = "Smallest"
        sizes = "square"
        status = "retired"
        successor = "small-0"
    """
    catalogue = load_small(more)
    card = catalogue.find("smallest")
    before, after = (catalogue.successor(card, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert before and before.id == "small-0"
    assert after and after.id == "small-1"


@pytest.mark.parametrize(
    ("name", "editing", "drawing"),
    [
        ("doubao-seedream-3-0-t2i-250415", "doubao-seedream-4-0-250828", "doubao-seedream-4-0-250828"),
        ("qwen-image-plus", "qwen-image-2.0", "qwen-image-2.0"),
        ("qwen-image-edit-plus", "qwen-image-2.0", "qwen-image-2.0"),
        ("z-image-turbo", "qwen-image-3.0-pro", "qwen-image-3.0-pro"),
        ("dall-e-3", "gpt-image-2", "gpt-image-2"),
    ],
)
def test_another_model_is_named_for_what_one_cannot(
    catalogue: Catalogue, name: str, editing: str, drawing: str
) -> None:
    card = catalogue.find(name)
    assert (catalogue.edit_model_near(card), catalogue.t2i_model_near(card)) == (editing, drawing)


def test_no_model_is_named_where_the_provider_has_none(load_small: Callable[..., Catalogue]) -> None:
    catalogue = load_small()
    assert catalogue.edit_model_near(catalogue.find("small-1")) is None


def test_the_listing_has_active_models_first_and_only_served_ones(catalogue: Catalogue) -> None:
    listed = catalogue.listing(TODAY)
    assert all(card.served for card in listed)
    assert [card.id for card in listed if card.provider == "openai"] == [
        "gpt-image-2.6-sunburst",
        "gpt-image-2.6-flare",
        "gpt-image-2.5-sunburst",
        "gpt-image-2.5-sunburst-2026-09-08",
        "gpt-image-2.5-flare",
        "gpt-image-2.5-flare-2026-09-08",
        "gpt-image-2",
        "gpt-image-2-2026-04-21",
        "gpt-image-1.5",
        "gpt-image-1.5-2025-12-16",
        "chatgpt-image-latest",
        "gpt-image-1-mini",
        "gpt-image-1",
        "dall-e-3",
        "dall-e-2",
    ]
