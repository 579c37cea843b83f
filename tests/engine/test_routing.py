"""Routing: who is served by whom, test and live apart, and what becomes of models at their life's end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.errors import ModelNotFound, ProviderNotConfigured
from onebrush.domain.model import Status
from onebrush.engine.routing import Router
from tests.engine.doubles import LIVE_KEY, TEST_KEY, TODAY, a_card, a_deployment, a_sandbox, by_code, shelf

NEW = a_card("new")
OLD = a_card("old", status=Status.RETIRED, successor="new")
DYING = a_card("dying", status=Status.DEPRECATED, shutdown_date=date(2026, 12, 1), successor="new")
FOREIGN = a_card("foreign", provider="other")
LIVE = a_deployment()


def router(*, live: bool = True, serves_retired: bool = True, **changes: Any) -> Router:
    settings: dict[str, Any] = {
        "cards": shelf(NEW, OLD, DYING, FOREIGN),
        "live": {"acme": (LIVE,)} if live else {},
        "test": {name: a_sandbox(name, serves_retired=serves_retired) for name in ("acme", "other")},
        "setting_for": {"acme": "ACME_API_KEY", "other": "OTHER_API_KEY or OTHER_KEY"},
    }
    return Router(**{**settings, **changes})


# Ruling 21


@pytest.mark.parametrize(
    ("key", "live", "test"),
    [(TEST_KEY, True, True), (TEST_KEY, False, True), (LIVE_KEY, True, False), (LIVE_KEY, False, True)],
)
def test_the_sandbox_serves_test_keys_always_and_live_keys_only_where_no_vendor_is_configured(
    key: Any, live: bool, test: bool
) -> None:
    choice = router(live=live).choose("new", key, TODAY)

    assert choice.deployment.test is test
    assert (choice.asked, choice.card, choice.warnings) == (NEW, NEW, ())


def test_a_live_key_never_falls_to_the_sandbox_for_want_of_a_credential() -> None:
    with pytest.raises(ProviderNotConfigured) as refused:
        router().choose("foreign", LIVE_KEY, TODAY)

    assert (refused.value.status, refused.value.code) == (503, "provider_not_configured")
    assert "OTHER_API_KEY or OTHER_KEY" in refused.value.message
    assert router().choose("foreign", TEST_KEY, TODAY).deployment.test


def test_a_provider_listed_without_a_deployment_counts_as_not_configured() -> None:
    assert router(live=False).uses_sandbox(LIVE_KEY)
    assert Router(cards=shelf(NEW), live={"acme": ()}, test={}, setting_for={}).uses_sandbox(LIVE_KEY)


# The life of an id


def test_a_retired_model_is_served_by_its_successor_with_a_warning() -> None:
    choice = router().choose("old", LIVE_KEY, TODAY)

    assert (choice.asked, choice.card, choice.deployment) == (OLD, NEW, LIVE)
    warning = by_code(choice.warnings)["model_substituted"]
    assert (warning.param, warning.asked, warning.sent) == ("model", "old", "new")


def test_with_serve_retired_off_it_is_a_404_naming_the_successor() -> None:
    with pytest.raises(ModelNotFound, match="'new'") as refused:
        router(serve_retired=False).choose("old", LIVE_KEY, TODAY)
    assert (refused.value.status, refused.value.code, refused.value.param) == (404, "model_not_found", "model")


def test_a_model_is_retired_on_its_last_day_not_before() -> None:
    assert router().choose("dying", LIVE_KEY, date(2026, 11, 30)).card is DYING
    assert router().choose("dying", LIVE_KEY, date(2026, 12, 1)).card is NEW


def test_the_sandbox_serves_the_retired_as_themselves() -> None:
    for off in (False, True):
        choice = router(serve_retired=off).choose("old", TEST_KEY, TODAY)
        assert (choice.card, choice.warnings) == (OLD, ())


def test_a_sandbox_that_refuses_the_retired_never_lends_a_test_key_a_live_deployment() -> None:
    choice = router(serves_retired=False).choose("old", TEST_KEY, TODAY)

    assert choice.card is NEW
    assert choice.deployment.test


def test_a_retired_model_without_successor_is_a_404() -> None:
    alone = a_card("alone", status=Status.RETIRED)

    with pytest.raises(ModelNotFound):
        router(cards=shelf(alone)).choose("alone", LIVE_KEY, TODAY)


# What the vendor itself says is gone


def test_a_model_the_vendor_no_longer_knows_is_served_by_its_successor() -> None:
    choice = router().choose("dying", LIVE_KEY, TODAY)

    instead = router().substitute(choice, TODAY)

    assert instead is not None
    assert (instead.asked, instead.card, instead.deployment) == (DYING, NEW, LIVE)
    assert list(by_code(instead.warnings)) == ["model_substituted"]


def test_nothing_is_substituted_where_that_is_off_or_there_is_none_or_the_sandbox_serves_all() -> None:
    off, on = router(serve_retired=False), router()

    assert off.substitute(off.choose("dying", LIVE_KEY, TODAY), TODAY) is None
    assert on.substitute(on.choose("new", LIVE_KEY, TODAY), TODAY) is None
    assert on.substitute(on.choose("dying", TEST_KEY, TODAY), TODAY) is None


# The catalogue's own rows, on a day of the clock


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("gpt-image-1", "gpt-image-2"),
        ("dall-e-3", "gpt-image-2"),
        ("gemini-3-pro-image-preview", "gemini-3-pro-image"),
        ("gemini-3.1-flash-image-preview", "gemini-3.1-flash-image"),
        ("gpt-image-1-mini", "gpt-image-1-mini"),
        ("qwen-image-plus", "qwen-image-plus"),
        ("nano-banana", "gemini-2.5-flash-image"),
        ("nano-banana-pro", "gemini-3-pro-image"),
        ("seedream-4.0-base", "doubao-seedream-4-0-250828"),
    ],
)
def test_the_contracts_ids_are_served_as_it_says(name: str, served: str) -> None:
    catalogue = Catalogue.load()
    live = {provider: (a_deployment(provider),) for provider in catalogue.providers}
    real = Router(cards=catalogue, live=live, test={}, setting_for={})

    choice = real.choose(name, LIVE_KEY, TODAY)

    assert choice.card.id == served
    assert bool(choice.warnings) is (catalogue.find(name).id != served)
