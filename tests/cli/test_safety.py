"""Settings that a gateway must not start with, each refused in one sentence, and those that are only remarked on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onebrush.cli.failures import WrongUsage
from onebrush.cli.safety import is_loopback, longest_wait, looked_over
from onebrush.settings import Settings, read_settings
from tests.cli.conftest import KEY, command
from tests.cli.test_serve import the_only_sentence

LONG = "sk-test-q7Rk2vXw9LmZ"
OPEN = "0.0.0.0"


def settings(tmp_path: Path, **said: Any) -> Settings:
    return read_settings(None, data=tmp_path / "data", **said)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.7", False),
        ("gateway.internal", False),
    ],
)
def test_only_an_address_that_is_this_machines_alone_is_loopback(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_the_defaults_are_safe(tmp_path: Path) -> None:
    assert settings(tmp_path).host == "127.0.0.1"
    assert looked_over(settings(tmp_path), {}) == []


@pytest.mark.parametrize("key", ["sk-short", "sk-test-1234567", KEY, "sk-test-demo-demo-demo", "sk-$ONEBRUSH_KEY-here"])
def test_a_key_that_can_be_guessed_stays_on_this_machine(tmp_path: Path, key: str) -> None:
    with pytest.raises(WrongUsage, match=r"^0\.0\.0\.0 is open to other machines, and fixed key 2 .*guessed") as caught:
        looked_over(settings(tmp_path, host=OPEN, keys=[LONG, key]), {})
    assert key not in str(caught.value)
    assert looked_over(settings(tmp_path, keys=[LONG, key]), {}) == []


def test_a_key_that_cannot_be_guessed_may_go_anywhere(tmp_path: Path) -> None:
    assert looked_over(settings(tmp_path, host=OPEN, keys=[LONG]), {}) == []
    assert looked_over(settings(tmp_path, host=OPEN), {}) == []


def test_a_secret_of_a_manual_would_make_links_forgeable(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="secret is one of a manual's: links could be forged"):
        looked_over(settings(tmp_path, host=OPEN, secret="changeme-changeme"), {})


@pytest.mark.parametrize(
    ("key", "why"),
    [("", "is empty"), (" ", "is empty"), ("sk-a b", "holds .* no header"), ("ключ", "holds .* no header")],
)
def test_a_key_that_nobody_can_send_or_anybody_sends_is_refused_everywhere(tmp_path: Path, key: str, why: str) -> None:
    with pytest.raises(WrongUsage, match=f"^Fixed key 1 {why}"):
        looked_over(settings(tmp_path, keys=[key]), {})


def test_a_drain_is_no_longer_than_the_server_waits(tmp_path: Path) -> None:
    most = longest_wait(settings(tmp_path).deadline)
    assert looked_over(settings(tmp_path, drain=most), {}) == []
    with pytest.raises(WrongUsage, match="ends after 930 s in any case, 30 s more than deadline"):
        looked_over(settings(tmp_path, drain=most + 1), {})
    assert looked_over(settings(tmp_path, drain=most + 1, deadline=1000), {}) == []


@pytest.mark.parametrize(
    ("said", "environ", "name"),
    [
        ({"sandbox_url": "http://127.0.0.1:8000"}, {}, "sandbox_url"),
        ({"providers": {"openai": {"base_url": "http://localhost:8000/v1"}}}, {}, r"base_url of \[providers.openai\]"),
        (
            {"deployments": {"mine": {"provider": "openai", "api_key": "x", "base_url": "http://[::1]:8000/v1"}}},
            {},
            r"base_url of \[deployments.mine\]",
        ),
        ({}, {"ONEBRUSH_OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}, "ONEBRUSH_OPENAI_BASE_URL"),
        ({"host": "192.0.2.7"}, {"ONEBRUSH_ARK_BASE_URL": "http://192.0.2.7:8000/v1"}, "ONEBRUSH_ARK_BASE_URL"),
    ],
)
def test_a_gateway_does_not_buy_from_itself(
    tmp_path: Path, said: dict[str, Any], environ: dict[str, str], name: str
) -> None:
    with pytest.raises(WrongUsage, match=f"^Setting {name} is http.*ask itself without end"):
        looked_over(settings(tmp_path, **said), environ)
    assert looked_over(settings(tmp_path, port=9000, **said), environ) == []


def test_an_address_without_a_sensible_port_is_not_ours_to_judge(tmp_path: Path) -> None:
    assert looked_over(settings(tmp_path), {"ONEBRUSH_OPENAI_BASE_URL": "http://127.0.0.1:99999"}) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"public_url": "http://pictures.example.com"}, "unencrypted"),
        ({"retention": 60, "link_ttl": 3600}, "before their time"),
        ({"deadline": 60, "providers": {"ark": {"timeout": 90}}}, "A call of ark may take 90 s"),
        ({"sandbox_url": "http://127.0.0.1:9100", "sandbox_link_life": 5.0}, "sandbox_link_life has no effect"),
    ],
)
def test_what_is_only_unwise_is_remarked_on(tmp_path: Path, said: dict[str, Any], sentence: str) -> None:
    [remark] = looked_over(settings(tmp_path, **said), {})
    assert sentence in remark


@pytest.mark.parametrize("url", ["https://pictures.example.com", "http://127.0.0.1:9000"])
def test_links_that_are_safe_are_no_news(tmp_path: Path, url: str) -> None:
    assert looked_over(settings(tmp_path, public_url=url, retention=0), {}) == []


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"ONEBRUSH_HOST": OPEN, "ONEBRUSH_KEYS": KEY}, "fixed key 1 has fewer than 16 characters"),
        ({"ONEBRUSH_HOST": OPEN, "ONEBRUSH_KEYS": f"{KEY}-two"}, "fixed key 1 is one of a manual's"),
        ({"ONEBRUSH_DRAIN": "931"}, "lower drain (ONEBRUSH_DRAIN)"),
        ({"ONEBRUSH_DATA": "/proc"}, "The data folder /proc cannot be written to: "),
        ({"ONEBRUSH_SECRET": ""}, "Setting secret is empty"),
        ({"ONEBRUSH_SECRET": "short"}, "at least 16 characters"),
        ({"ONEBRUSH_SANDBOX_URL": "http://127.0.0.1:8123", "ONEBRUSH_PORT": "8123"}, "ask itself without end"),
    ],
)
def test_an_unsafe_start_is_one_sentence_and_status_two(tmp_path: Path, told: dict[str, str], sentence: str) -> None:
    ran = command(tmp_path, "serve", **told)
    assert ran.status == 2
    assert sentence in the_only_sentence(ran)
