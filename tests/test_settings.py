"""Settings: which source wins, and what a mistake is told."""

from pathlib import Path

import pytest

from onebrush.settings import ProviderSettings, SettingsError, provider_setting, read_settings, vendor_key


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
        ("FETCH_NETWORKS", "foo", "Setting fetch_networks is"),
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
