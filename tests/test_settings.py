"""Settings: which source wins, and what a mistake is told."""

import base64
from pathlib import Path

import pytest

from onebrush.settings import (
    ProviderSettings,
    Settings,
    SettingsError,
    provider_setting,
    read_again,
    read_settings,
    vendor_key,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "onebrush.toml"
    path.write_text('port = 7001\nlink_ttl = 60\n[providers.acme]\nregion = "mars"\napi_key = "filed"\n', "utf-8")
    return path


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read_settings().port == 8000
    assert read_settings(file).port == 7001
    monkeypatch.setenv("ONEBRUSH_PORT", "7002")
    monkeypatch.setenv("ONEBRUSH_DATA", str(tmp_path / "env"))
    assert read_settings(file).port == 7002
    told = read_settings(file, port=7003, data=tmp_path / "told", host=None)
    assert (told.port, told.data, told.host, told.link_ttl) == (7003, tmp_path / "told", "127.0.0.1", 60)


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBRUSH_KEYS", "sk-test-a, sk-b,")
    monkeypatch.setenv("ONEBRUSH_FETCH_PORTS", "8080,8443")
    settings = read_settings()
    assert (settings.keys, settings.fetch_ports) == (["sk-test-a", "sk-b"], [8080, 8443])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "Setting port is 'abc'; it must be a whole number (ONEBRUSH_PORT)."),
        ("PORT", "70000", "Setting port is '70000'; it must be at most 65535 (ONEBRUSH_PORT)."),
        ("LINK_TTL", "0", "Setting link_ttl is '0'; it must be more than 0 (ONEBRUSH_LINK_TTL)."),
        ("ENVELOPE", "x", "Setting envelope is 'x'; it must be one of 'plain' or 'wrapped' (ONEBRUSH_ENVELOPE)."),
        (
            "FETCH_NETWORKS",
            "localhost",
            "Setting fetch_networks is 'localhost'; it must be a network such as 10.0.0.0/8 (ONEBRUSH_FETCH_NETWORKS).",
        ),
        ("FETCH_NETWORKS", "10.0.0.1/8", "Setting fetch_networks is '10.0.0.1/8'; it must be a network such as 10.0."),
        ("FETCH_PORTS", "99999", "Setting fetch_ports is"),
        ("RETENTION", "9" * 21, "Setting retention is"),
        ("HOST", " ", "Setting host is"),
        ("PUBLIC_URL", "http://x/path?q=1", "Setting public_url is"),
        ("SANDBOX_URL", "foo", "Setting sandbox_url is"),
        ("PUBLIC_URL", "ftp://x", "Setting public_url is 'ftp://x'; it must start with http:// or https:// "),
    ],
)
def test_a_mistake_is_a_sentence_that_names_the_setting(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ONEBRUSH_{name}", value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert str(error.value).startswith(said)


def test_an_empty_variable_is_unset_as_compose_files_leave_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "PUBLIC_URL", "KEYS", "DEFAULT_MODEL"):
        monkeypatch.setenv(f"ONEBRUSH_{name}", "")
    settings = read_settings()
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, None)


@pytest.mark.parametrize("address", ["foo", "file:///etc", "http://user:pw@host/v1", "http://host/v1?x=1"])
def test_a_vendors_address_must_be_one(address: str) -> None:
    with pytest.raises(SettingsError, match="ONEBRUSH_ACME_BASE_URL"):
        provider_setting("acme", "base_url", None, {"ONEBRUSH_ACME_BASE_URL": address})


def test_a_vendors_key_with_a_line_break_inside_is_refused() -> None:
    with pytest.raises(SettingsError, match="ACME_KEY"):
        vendor_key(("ACME_KEY",), ProviderSettings(), {"ACME_KEY": "one\ntwo"})


@pytest.mark.parametrize("secret", ["", "short"])
def test_an_empty_or_short_secret_is_refused_and_not_repeated(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBRUSH_SECRET", secret)
    with pytest.raises(SettingsError, match="must have at least 16 characters") as error:
        read_settings()
    assert "'short'" not in str(error.value)


def test_an_unknown_setting_of_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("prt = 1\n", "utf-8")
    with pytest.raises(SettingsError, match="unknown setting 'prt'"):
        read_settings(path)


def test_a_vendors_key_comes_from_its_sdks_variables_first(file: Path) -> None:
    own = read_settings(file).providers["acme"]
    names = ("ACME_KEY", "ACME_API_KEY")
    assert vendor_key(names, own, {"ACME_API_KEY": "second", "ACME_KEY": " "}) == "second"
    assert vendor_key(names, own, {}) == "filed"
    assert vendor_key(names, ProviderSettings(), {}) is None


def test_an_address_comes_only_from_our_own_variable(file: Path) -> None:
    own = read_settings(file).providers["acme"]
    environ = {"ACME_REGION": "venus", "ONEBRUSH_ACME_REGION": "pluto"}
    assert provider_setting("acme", "region", own.region, environ) == "pluto"
    assert provider_setting("acme", "region", own.region, {"ACME_REGION": "venus"}) == "mars"


# Tables of the file


def written(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "written.toml"
    path.write_text(text, "utf-8")
    return read_settings(path)


def test_accounts_and_routes_are_read_with_what_is_usual(tmp_path: Path) -> None:
    settings = written(
        tmp_path,
        """
        deadline = 120
        [deployments.second]
        provider = "acme"
        api_key_env = "SECOND_KEY"
        rate = 90.5
        mode = "task"
        [routes."painter-1"]
        deployments = ["second", "acme"]
        strategy = "weight"
        fallback = ["painter-2"]
        [routes."*"]
        on_refusal = true
        """,
    )

    second, route = settings.deployments["second"], settings.routes["painter-1"]
    assert (second.provider, second.api_key_env, second.rate, second.mode) == ("acme", "SECOND_KEY", 90.5, "task")
    assert (second.concurrency, second.queue, second.weight, second.models) == (64, 1000, 1, ())
    assert (route.deployments, route.strategy, route.fallback) == (("second", "acme"), "weight", ("painter-2",))
    assert (settings.routes["*"].on_refusal, settings.routes["*"].strategy) == (True, "order")
    assert (settings.deadline, settings.task_deadline) == (120.0, 3600.0)
    assert (read_settings().deadline, read_settings().sandbox_mode) == (900.0, "call")


ACCOUNT = '[deployments.second]\nprovider = "acme"\napi_key = "sk-test-example"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ACCOUNT + "weight = 0\n", "Setting deployments.second.weight is '0'; it must be more than 0"),
        (ACCOUNT + "concurrency = 0\n", "Setting deployments.second.concurrency is '0'"),
        (ACCOUNT + "rate = 0\n", "Setting deployments.second.rate is '0'"),
        (ACCOUNT + "rate = inf\n", "Setting deployments.second.rate is 'inf'"),
        (ACCOUNT + "queue = -1\n", "Setting deployments.second.queue is '-1'"),
        (ACCOUNT + 'mode = "wait"\n', "Setting deployments.second.mode is 'wait'; it must be one of 'call' or 'task'"),
        (ACCOUNT + "poll_every = 0\n", "Setting deployments.second.poll_every is '0'"),
        (ACCOUNT + "speed = 1\n", "Setting deployments.second.speed is '1'; it must be left out"),
        (
            ACCOUNT + 'model = ["a"]\n',
            "Setting deployments.second.model; it must be left out: there is no such setting; perhaps models is meant",
        ),
        (
            '[routes."m"]\nfalback = ["a"]\n',
            "Setting routes.m.falback; it must be left out: there is no such setting; p",
        ),
        (
            '[routes."m"]\nfallback = "x"\n',
            'Setting routes.m.fallback is \'x\'; it must be a list, such as ["a", "b"] (',
        ),
        (ACCOUNT + 'models = "x"\n', "Setting deployments.second.models is 'x'; it must be a list, such as ["),
        (
            'fetch_networks = ["10.0.0.0/8", "localhost"]\n',
            "Setting fetch_networks; it must be a network such as 10.0.0.0/8, and 'localhost' is none (",
        ),
        (
            'fetch_networks = ["10.0.0.1/8"]\n',
            "Setting fetch_networks; it must be a network such as 10.0.0.0/8 without ",
        ),
        ("deployments = 3\n", "Setting deployments; it must be a table (ONEBRUSH_DEPLOYMENTS)."),
        (ACCOUNT + 'api_key_env = "KEY"\n', "Setting deployments.second; it must have either api_key or api_key_env"),
        ('[deployments.second]\nprovider = "acme"\n', "Setting deployments.second; it must have either"),
        (
            '[deployments.second]\nprovider = "acme"\napi_key = " "\n',
            "Setting deployments.second; it must have an api_",
        ),
        ('[deployments.second]\napi_key = "sk-test-example"\n', "Setting deployments.second.provider; it must be set"),
        (
            '[deployments.second]\nprovider = "acme"\napi_key_env = "sk-test-example"\n',
            "Setting deployments.second.api_",
        ),
        ('[deployments]\nsecond = "sk-test-example"\n', "Setting deployments.second;"),
        ('[providers]\nacme = "sk-test-example"\n', "Setting providers.acme;"),
        ('[deployments."a b"]\n', "Setting deployments.a b"),
        ('[routes."m"]\nstrategy = "luck"\n', "Setting routes.m.strategy is 'luck'; it must be one of 'order'"),
        ('[routes."m"]\nfallback = ["a", "a"]\n', "Setting routes.m.fallback; it must name each only once"),
        ('[routes."m"]\ndeployments = ["a", "a"]\n', "Setting routes.m.deployments; it must name each only once"),
        ("deadline = 0\n", "Setting deadline is '0'; it must be more than 0"),
        ("task_deadline = -1\n", "Setting task_deadline is '-1'"),
        ('sandbox_mode = "x"\n', "Setting sandbox_mode is 'x'"),
    ],
)
def test_a_mistake_in_a_table_is_a_sentence_without_the_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        written(tmp_path, text)

    assert str(error.value).startswith(said)
    assert "sk-test-example" not in str(error.value)


def test_two_deployments_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        written(tmp_path, ACCOUNT + ACCOUNT)


def test_a_variable_for_a_table_that_is_no_json_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBRUSH_ROUTES", "fastest please")

    with pytest.raises(SettingsError, match="must hold JSON"):
        read_settings()


# Secrets of webhooks


def signing(length: int = 24) -> str:
    return "whsec_" + base64.b64encode(bytes(length)).decode()


def test_a_secret_is_one_or_two_while_it_is_changed_and_not_shown(tmp_path: Path) -> None:
    old, new = signing(24), signing(32)
    settings = written(tmp_path, f'[webhook_secrets]\nmain = "{old}"\nchanging = ["{new}", "{old}"]\n')

    told = {name: [each.get_secret_value() for each in several] for name, several in settings.webhook_secrets.items()}
    assert told == {"main": [old], "changing": [new, old]}
    assert old not in repr(settings)


@pytest.mark.parametrize(
    "said",
    [
        '""',
        '" "',
        '"whsec_"',
        f'"{signing(23)}"',
        f'"{signing(24).removeprefix("whsec_")}"',
        '"whsec_not base64 at all, but long enough"',
        f'"{signing(24)[:-1]}"',
        "[]",
        f'["{signing()}", ""]',
        f'["{signing()}", "{signing(25)}", "{signing(26)}"]',
        "1",
    ],
)
def test_an_empty_or_weak_secret_is_refused_and_not_repeated(said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"webhook_secrets\.main") as error:
        written(tmp_path, f"[webhook_secrets]\nmain = {said}\n")

    assert "whsec_A" not in str(error.value)
    assert "not base64" not in str(error.value)


# Reading again


def test_settings_are_read_again_from_the_same_sources(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_settings(file, host="127.0.0.2")
    file.write_text("port = 7009\nlink_ttl = 61\n", "utf-8")
    monkeypatch.setenv("ONEBRUSH_LINK_TTL", "62")

    again = read_again(first)

    assert (first.port, first.link_ttl) == (7001, 60)
    assert (again.port, again.link_ttl, again.host) == (7009, 62, "127.0.0.2")
    file.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_again(again)
