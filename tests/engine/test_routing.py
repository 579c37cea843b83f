"""Routing: who is served by whom, in which order, test and live apart, and what becomes of models at their end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.deployment import Deployment, Route
from onebrush.domain.errors import ModelNotFound, ProviderNotConfigured
from onebrush.domain.model import Status
from onebrush.domain.money import Cost, Money
from onebrush.engine.routing import Choice, Router
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


# Several deployments

EAST, WEST, NORTH = (a_deployment(id=name) for name in ("east", "west", "north"))
ELSEWHERE = a_deployment("other", id="elsewhere")
PLAIN = {"acme": (EAST, WEST, NORTH), "other": (ELSEWHERE,)}


def routed(routes: dict[str, Route] | None = None, **changes: Any) -> Router:
    settings: dict[str, Any] = {
        "cards": shelf(NEW, OLD, DYING, FOREIGN),
        "live": PLAIN,
        "test": {name: a_sandbox(name) for name in ("acme", "other")},
        "setting_for": {"acme": "ACME_API_KEY", "other": "OTHER_API_KEY"},
    }
    return Router(routes=routes or {}, **{**settings, **changes})


def where(choices: Sequence[Choice]) -> list[str]:
    return [choice.deployment.id for choice in choices]


def test_without_a_route_every_deployment_of_the_provider_is_asked_as_configured() -> None:
    choices = routed().choices("new", LIVE_KEY, TODAY)

    assert where(choices) == ["east", "west", "north"]
    assert all((each.asked, each.card, each.warnings, each.instead) == (NEW, NEW, (), False) for each in choices)
    assert routed().choose("new", LIVE_KEY, TODAY) == choices[0]


def test_a_route_names_its_deployments_and_means_no_others() -> None:
    chosen = routed({"new": Route(deployments=("north", "east"))})

    assert where(chosen.choices("new", LIVE_KEY, TODAY)) == ["north", "east"]
    assert where(chosen.choices("dying", LIVE_KEY, TODAY)) == ["east", "west", "north"]


def test_a_route_whose_deployments_have_no_key_is_not_served_by_another_account() -> None:
    with pytest.raises(ProviderNotConfigured, match="bought at south only") as refused:
        routed({"new": Route(deployments=("south",))}).choices("new", LIVE_KEY, TODAY)

    assert refused.value.retry is False


def test_a_deployment_of_a_few_models_sells_no_others() -> None:
    live = {"acme": (a_deployment(id="special", models=("dying",)), EAST)}

    assert where(routed(live=live).choices("new", LIVE_KEY, TODAY)) == ["east"]
    assert where(routed(live=live).choices("dying", LIVE_KEY, TODAY)) == ["special", "east"]
    with pytest.raises(ProviderNotConfigured, match="serves model 'new'"):
        routed(live={"acme": live["acme"][:1]}).choices("new", LIVE_KEY, TODAY)


def test_the_route_for_any_model_holds_where_there_is_no_other() -> None:
    chosen = routed({"*": Route(fallback=("foreign",)), "dying": Route()})

    assert where(chosen.choices("new", LIVE_KEY, TODAY))[-1] == "elsewhere"
    assert where(chosen.choices("dying", LIVE_KEY, TODAY)) == ["east", "west", "north"]


def test_a_successor_goes_by_its_own_route_else_by_that_of_the_model_it_replaces() -> None:
    old, new = Route(deployments=("west",), strategy="fastest"), Route(deployments=("north",), strategy="weight")

    assert where(routed({"old": old, "new": new}).choices("old", LIVE_KEY, TODAY)) == ["north"]
    assert where(routed({"old": old}).choices("old", LIVE_KEY, TODAY)) == ["west"]
    assert routed({"old": old, "new": new}).strategy_of("old") == "weight"
    assert routed({"old": old}).strategy_of("old") == "fastest"
    assert routed({"dying": old, "new": new}).strategy_of("dying") == "fastest"
    assert routed({"new": new}).strategy_of("dying", date(2027, 1, 1)) == "weight"
    assert routed({"*": Route(strategy="cheapest")}).strategy_of("foreign") == "cheapest"


# Strategies


def test_by_weight_each_comes_first_as_often_as_its_share_says() -> None:
    heavy, light = a_deployment(id="heavy", weight=3), a_deployment(id="light", weight=1)
    chosen = routed({"new": Route(strategy="weight")}, live={"acme": (light, heavy)}, draw=random.Random(7).random)

    firsts = Counter(where(chosen.choices("new", LIVE_KEY, TODAY))[0] for _ in range(4000))

    assert 2850 < firsts["heavy"] < 3150
    assert len(chosen.choices("new", LIVE_KEY, TODAY)) == 2


def timed(seconds: dict[str, float | None], draw: Callable[[], float]) -> Router:
    def latency(deployment: Deployment, model: str) -> float | None:
        assert model == "new"
        return seconds[deployment.id]

    return routed({"new": Route(strategy="fastest")}, latency=latency, draw=draw)


def test_the_fastest_comes_first_and_before_it_whom_nobody_has_measured() -> None:
    never = timed({"east": 30.0, "west": 10.0, "north": 20.0}, lambda: 0.99)
    assert where(never.choices("new", LIVE_KEY, TODAY)) == ["west", "north", "east"]

    some = timed({"east": 30.0, "west": 10.0, "north": None}, lambda: 0.99)
    assert where(some.choices("new", LIVE_KEY, TODAY)) == ["north", "west", "east"]


def test_now_and_then_a_slower_one_is_tried_as_it_may_be_faster_by_now() -> None:
    lots = random.Random(3)
    chosen = timed({"east": 30.0, "west": 10.0, "north": 20.0}, lots.random)

    firsts = Counter(where(chosen.choices("new", LIVE_KEY, TODAY))[0] for _ in range(2000))

    assert set(firsts) == {"west", "north", "east"}
    assert 60 < firsts["north"] + firsts["east"] < 140


def costing(**amounts: tuple[int, str] | None) -> Callable[[Choice], Cost]:
    def cost(choice: Choice) -> Cost:
        amount = amounts[choice.deployment.id]
        return (
            Cost(basis="computed", money=Money(nano=amount[0], currency=amount[1])) if amount else Cost(basis="unknown")
        )

    return cost


def test_the_cheapest_comes_first_and_what_cannot_be_compared_last_in_its_order() -> None:
    chosen = routed()
    choices = chosen.choices("new", LIVE_KEY, TODAY)

    known = chosen.cheapest_first(choices, costing(east=(9, "USD"), west=(3, "USD"), north=(5, "USD")))
    mixed = chosen.cheapest_first(choices, costing(east=(9, "USD"), west=(1, "CNY"), north=(5, "USD")))
    unknown = chosen.cheapest_first(choices, costing(east=None, west=None, north=(5, "USD")))

    assert where(known) == ["west", "north", "east"]
    assert where(mixed) == ["north", "east", "west"]
    assert where(unknown) == ["north", "east", "west"]


def test_a_cheaper_model_does_not_come_before_the_one_that_was_asked_for() -> None:
    chosen = routed({"new": Route(strategy="cheapest", fallback=("foreign",))})
    choices = chosen.choices("new", LIVE_KEY, TODAY)

    cost = costing(east=(9, "USD"), west=(8, "USD"), north=(7, "USD"), elsewhere=(1, "USD"))

    assert where(chosen.cheapest_first(choices, cost)) == ["north", "west", "east", "elsewhere"]


# Fallbacks


def test_a_route_falls_back_to_other_models_after_all_its_own_deployments_with_a_warning() -> None:
    choices = routed({"new": Route(fallback=("foreign", "dying"))}).choices("new", LIVE_KEY, TODAY)

    assert where(choices) == ["east", "west", "north", "elsewhere", "east", "west", "north"]
    assert [each.card.id for each in choices] == ["new"] * 3 + ["foreign"] + ["dying"] * 3
    assert [each.instead for each in choices] == [False] * 3 + [True] * 4
    assert all(each.asked is NEW for each in choices)
    warning = by_code(choices[3].warnings)["model_fell_back"]
    assert (warning.param, warning.asked, warning.sent, warning.stage) == ("model", "new", "foreign", "request")
    assert "'new' could not serve" in warning.message


@pytest.mark.parametrize("opted", [True, False])
def test_only_a_route_that_says_so_turns_to_them_on_a_refusal(opted: bool) -> None:
    choices = routed({"new": Route(fallback=("foreign",), on_refusal=opted)}).choices("new", LIVE_KEY, TODAY)

    assert [each.on_refusal for each in choices] == [False, False, False, opted]


def test_a_fallback_goes_by_its_own_deployments_but_not_by_its_own_fallbacks() -> None:
    routes = {"new": Route(fallback=("dying",)), "dying": Route(deployments=("west",), fallback=("foreign",))}

    assert where(routed(routes).choices("new", LIVE_KEY, TODAY)) == ["east", "west", "north", "west"]


def test_a_fallback_that_cannot_be_had_is_left_out() -> None:
    alone = a_card("alone", status=Status.RETIRED)
    routes = {"new": Route(fallback=("alone", "foreign"))}
    chosen = routed(routes, live={"acme": (EAST,)}, cards=shelf(NEW, FOREIGN, alone))

    assert where(chosen.choices("new", LIVE_KEY, TODAY)) == ["east"]


def test_a_retired_fallback_is_its_successor_and_each_model_is_turned_to_once() -> None:
    chosen = routed({"foreign": Route(fallback=("old", "new", "foreign"))})
    choices = chosen.choices("foreign", LIVE_KEY, TODAY)

    assert [each.card.id for each in choices] == ["foreign", "new", "new", "new"]
    assert [list(by_code(each.warnings)) for each in choices] == [[]] + [["model_fell_back"]] * 3
    assert choices[1].warnings[0].sent == "new"


def test_a_fallback_does_not_stand_in_for_a_key_that_is_missing() -> None:
    with pytest.raises(ProviderNotConfigured):
        routed({"foreign": Route(fallback=("new",))}, live={"acme": (EAST,)}).choices("foreign", LIVE_KEY, TODAY)


def test_test_keys_fall_back_within_the_sandbox() -> None:
    chosen = routed({"new": Route(deployments=("west",), fallback=("foreign",))})

    assert where(chosen.choices("new", TEST_KEY, TODAY)) == ["sandbox-acme", "sandbox-other"]


# What changes under way


def test_other_tables_hold_for_later_calls_and_leave_choices_as_they_are() -> None:
    chosen = routed()
    before = chosen.choices("new", LIVE_KEY, TODAY)

    chosen.swap(
        live={"acme": (WEST,)},
        test={"acme": a_sandbox()},
        routes={"*": Route(strategy="weight")},
        setting_for={"acme": "ACME_API_KEY", "other": "ANOTHER_KEY"},
    )

    assert where(before) == ["east", "west", "north"]
    assert where(chosen.choices("new", LIVE_KEY, TODAY)) == ["west"]
    assert chosen.strategy_of("new") == "weight"
    with pytest.raises(ProviderNotConfigured, match="ANOTHER_KEY"):
        chosen.choices("foreign", LIVE_KEY, TODAY)


def test_a_deployment_is_found_by_its_id_as_long_as_it_is_there() -> None:
    chosen = routed()

    assert chosen.deployment("elsewhere") is ELSEWHERE
    assert chosen.deployment("sandbox-acme") == a_sandbox()
    assert chosen.deployment("gone") is None


def test_the_successor_is_bought_at_the_account_where_the_model_was_gone_if_it_sells_it() -> None:
    chosen = routed()
    choice = chosen.choices("dying", LIVE_KEY, TODAY)[1]
    instead = chosen.substitute(choice, TODAY)
    assert instead is not None
    assert (instead.card, instead.deployment) == (NEW, WEST)

    narrow = routed({"new": Route(deployments=("north",))}).substitute(choice, TODAY)
    assert narrow is not None
    assert narrow.deployment == NORTH
    assert routed({"new": Route(deployments=("south",))}).substitute(choice, TODAY) is None


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
