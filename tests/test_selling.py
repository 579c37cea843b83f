"""Who sells, as the settings say: accounts and routes checked at the start, and taken anew by a reload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from onebrush.bootstrap.accounts import live_deployments, routes_of
from onebrush.bootstrap.selling import Market
from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.deployment import Deployment, Route
from onebrush.domain.key import ApiKey, Mode
from onebrush.settings import Settings, SettingsError, read_settings

CATALOGUE = Catalogue.load()
SANDBOX = "http://127.0.0.1:9"
TODAY = date(2026, 11, 20)
LIVE, TEST = ApiKey(id="key_live", mode=Mode.LIVE), ApiKey(id="key_test", mode=Mode.TEST)
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

TWO = """
[deployments.second]
provider = "openai"
api_key_env = "SECOND_KEY"
"""


class File:
    """A settings file that a test writes again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def says(self, text: str) -> Settings:
        self.path.write_text(text, "utf-8")
        return read_settings(self.path)

    def market(self, text: str, **environ: str) -> Market:
        return Market(self.says(text), CATALOGUE, SANDBOX, environ)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "onebrush.toml")


def ids(market: Market, model: str = "gpt-image-2", key: ApiKey = LIVE) -> list[str]:
    return [choice.deployment.id for choice in market.router.choices(model, key, TODAY)]


def sold(settings: Settings, **environ: str) -> Mapping[str, tuple[Deployment, ...]]:
    return {name: tuple(several) for name, several in live_deployments(CATALOGUE, settings, environ).items()}


# Deployments


def test_a_providers_own_account_comes_first_then_the_others_as_they_stand_in_the_file(file: File) -> None:
    text = TWO + '[deployments.third]\nprovider = "openai"\napi_key = "sk-test-example"\n'

    live = sold(file.says(text), OPENAI_API_KEY="one", SECOND_KEY="two", ARK_API_KEY="three")

    assert {name: [each.id for each in several] for name, several in live.items()} == {
        "openai": ["openai", "second", "third"],
        "ark": ["ark"],
    }
    assert [each.credential for each in live["openai"]] == ["one", "two", "sk-test-example"]


def test_a_deployment_has_what_the_file_says_of_it(file: File) -> None:
    text = """
    [providers.dashscope]
    rate = 60
    [deployments.here]
    provider = "dashscope"
    api_key = "sk-test-example"
    region = "singapore"
    timeout = 100
    concurrency = 5
    rate = 120
    queue = 7
    weight = 3
    mode = "task"
    poll_every = 1.5
    models = ["qwen-image-2.0"]
    [deployments.there]
    provider = "dashscope"
    api_key = "sk-test-example"
    base_url = "http://127.0.0.1:8/api/v1/"
    """

    own, here, there = sold(file.says(text), DASHSCOPE_API_KEY="one")["dashscope"]

    assert (own.id, own.rate, own.mode, own.models) == ("dashscope", 60.0, "call", ())
    assert here == Deployment(
        id="here",
        provider="dashscope",
        wire="dashscope",
        base_url="https://dashscope-intl.aliyuncs.com/api/v1",
        credential="sk-test-example",
        platform="singapore",
        timeout=100.0,
        concurrency=5,
        rate=120.0,
        queue=7,
        weight=3,
        mode="task",
        poll_every=1.5,
        models=("qwen-image-2.0",),
    )
    assert (there.base_url, there.platform) == ("http://127.0.0.1:8/api/v1", "beijing")


def test_one_whose_variable_is_not_set_is_not_there_and_the_log_says_so(file: File) -> None:
    settings = file.says(TWO)

    with capture_logs() as logs:
        live = sold(settings, SECOND_KEY=" ")

    assert live == {}
    assert [(each["deployment"], each["variable"]) for each in logs] == [("second", "SECOND_KEY")]


def account(more: str = "", provider: str = "openai", name: str = "second") -> str:
    return f'[deployments.{name}]\nprovider = "{provider}"\napi_key = "sk-test-example"\n{more}\n'


def route(more: str, name: str = "gpt-image-2") -> str:
    return f'[routes."{name}"]\n{more}\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[providers.acme]\n", r"\[providers.acme\] names no known provider. Known: openai, "),
        (account(provider="acme"), "names provider 'acme', which is not known. Known: openai, "),
        (account(name="openai"), "has the name of a provider"),
        (account(name="sandbox-openai"), "the sandbox's own"),
        (account('region = "mars"'), "has no region 'mars'"),
        (account('models = ["gpt-image-99"]'), r"\[deployments.second\] models: No model 'gpt-image-99'. Nearest: "),
        (account('models = ["qwen-image-2.0"]'), "which provider 'dashscope' sells, not 'openai'"),
        (route('strategy = "weight"', "gpt-image-99"), r'\[routes."gpt-image-99"\]: No model'),
        (route('deployments = ["third"]'), "names deployment 'third', which is not known. Known: openai, "),
        (route('deployments = ["ark"]'), "names deployment 'ark', which does not sell 'gpt-image-2'"),
        (account('models = ["gpt-image-2.5"]') + route('deployments = ["second"]'), "No model|does not sell"),
        (route('fallback = ["gpt-image-99"]'), "fallback: No model"),
        (route('fallback = ["gpt-image-2"]'), "falls back to itself"),
        (route('deployments = ["openai"]', "*"), "is for every model"),
        (route("", "nano-banana") + route("", "gemini-2.5-flash-image"), "is a second route for model"),
    ],
)
def test_what_is_not_known_or_makes_no_sense_ends_the_start(text: str, said: str, file: File) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        file.market(text)

    assert "sk-test-example" not in str(error.value)


def test_routes_are_kept_by_the_models_id_whatever_name_they_were_given(file: File) -> None:
    text = route('deployments = ["gemini"]\nstrategy = "fastest"', "nano-banana") + route(
        'fallback = ["nano-banana", "gemini-2.5-flash-image", "gpt-image-2"]\non_refusal = true', "*"
    )

    assert routes_of(CATALOGUE, file.says(text)) == {
        "gemini-2.5-flash-image": Route(deployments=("gemini",), strategy="fastest"),
        "*": Route(fallback=("gemini-2.5-flash-image", "gpt-image-2"), on_refusal=True),
    }


def test_the_sandbox_is_asked_for_tasks_where_the_settings_say_so(file: File) -> None:
    asked = file.market('sandbox_mode = "task"\n').router.choose("qwen-image-2.0", TEST, TODAY).deployment

    assert (asked.mode, asked.poll_every, asked.test) == ("task", 0.2, True)
    assert file.market("").router.choose("qwen-image-2.0", TEST, TODAY).deployment.mode == "call"


# Reload


def test_a_reload_takes_accounts_routes_deadlines_and_secrets(file: File) -> None:
    market = file.market("", OPENAI_API_KEY="one", SECOND_KEY="two")
    router, before = market.router, market.router.choices("gpt-image-2", LIVE, TODAY)
    assert (ids(market), market.deadline, market.webhook_secrets) == (["openai"], 900.0, {})

    file.says(
        "deadline = 60\ntask_deadline = 120\n"
        + TWO
        + route('deployments = ["second", "openai"]')
        + f'[webhook_secrets]\nmain = "{SECRET}"\n[providers.openai]\nconcurrency = 2\n'
    )
    market.reload()

    assert market.router is router
    assert ids(market) == ["second", "openai"]
    assert market.router.choices("gpt-image-2", LIVE, TODAY)[1].deployment.concurrency == 2
    assert (market.deadline, market.task_deadline) == (60.0, 120.0)
    assert market.webhook_secrets == {"main": (SECRET,)}
    assert [choice.deployment.concurrency for choice in before] == [64]  # under way: as it was


@pytest.mark.parametrize(
    "text",
    ["deadline = 0\n", "no toml", account(provider="acme"), route('deployments = ["third"]'), "nonsense = 1\n"],
)
def test_a_file_that_cannot_be_used_is_logged_and_changes_nothing(text: str, file: File) -> None:
    market = file.market("deadline = 70\n" + TWO, OPENAI_API_KEY="one", SECOND_KEY="two")
    file.path.write_text(text, "utf-8")

    with capture_logs() as logs:
        market.reload()

    assert [each["log_level"] for each in logs] == ["error"]
    assert (ids(market), market.deadline) == (["openai", "second"], 70.0)


def test_a_file_that_is_gone_changes_nothing(file: File) -> None:
    market = file.market(TWO, SECOND_KEY="two")
    file.path.unlink()

    market.reload()

    assert ids(market) == ["second"]


def test_a_reload_never_hands_live_keys_to_the_sandbox(file: File) -> None:
    market = file.market(TWO, SECOND_KEY="two")
    file.says("")

    with capture_logs() as logs:
        market.reload()

    assert ids(market) == ["second"]
    assert "the sandbox would serve live keys" in logs[-1]["reason"]


def test_settings_that_wait_for_the_next_start_are_named_and_not_taken(file: File) -> None:
    market = file.market(TWO, SECOND_KEY="two")
    file.says('port = 9001\nsandbox_mode = "task"\nsecret = "sixteen characters"\ndeadline = 5\n' + TWO)

    with capture_logs() as logs:
        market.reload()

    assert market.deadline == 5.0
    assert market.router.choose("qwen-image-2.0", TEST, TODAY).deployment.mode == "call"
    [warned] = [each for each in logs if each["log_level"] == "warning"]
    assert sorted(warned["settings"]) == ["port", "sandbox_mode", "secret"]
    assert "sixteen characters" not in str(logs)


def test_a_second_reload_compares_with_what_runs(file: File) -> None:
    market = file.market("port = 9001\n" + TWO, SECOND_KEY="two")

    with capture_logs() as logs:
        market.reload()
        market.reload()

    assert [each["log_level"] for each in logs] == ["info", "info"]
