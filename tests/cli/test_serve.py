"""What `onebrush serve` says, and how quickly the command line answers at all."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from onebrush.cli.lifespan import Lifespan
from onebrush.cli.server import Server
from onebrush.settings import read_settings
from tests.cli.conftest import KEY, PATIENCE, Ran, Standing, command, serving, shown_keys

HEAVY = ("onebrush.settings", "pydantic", "sqlalchemy", "aiohttp", "starlette", "uvicorn", "PIL", "pyvips")


def test_the_banner_names_address_folder_and_a_request_that_works(home: Path, gateway: Standing) -> None:
    curl = gateway.banner.partition("    curl ")[2].partition("\n\n")[0]
    answer = subprocess.run(["sh", "-c", f"curl -sS {curl}"], capture_output=True, text=True, check=True).stdout
    assert f'"url":"{gateway.url}/v1/images/' in answer
    assert str(home / "gateway") in gateway.banner.replace("~", str(home))


def test_the_first_start_shows_a_key_and_no_migration(tmp_path: Path) -> None:
    words = ("--data", tmp_path / "data")
    with serving(tmp_path, *words) as first:
        assert first.banner.startswith("OneBrush listens on ")
        key = first.banner.partition("shown this once")[2].split("\n\n")[1].strip()
        assert command(tmp_path, "models", "--url", first.url, "--key", key).status == 0
    with serving(tmp_path, *words) as second:
        assert key not in second.banner
        assert '-H "Authorization: Bearer $ONEBRUSH_KEY"' in second.banner


def test_a_live_key_of_the_operators_stands_in_no_log(tmp_path: Path) -> None:
    with serving(tmp_path, ONEBRUSH_KEYS=f"sk-example-live,{KEY}") as gateway:
        assert "sk-example-live" not in gateway.banner
        assert KEY in gateway.banner


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = command(tmp_path, "serve", "--port", str(port))
    assert ran.status == 1
    advice = 'Choose another port: onebrush serve --port 9000, or make run ARGS="--port 9000".'
    assert ran.said == f"onebrush: cannot listen on 127.0.0.1:{port}: Address already in use. {advice}\n"


def test_a_host_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    ran = command(tmp_path, "serve", "--host", "192.0.2.1")
    assert (ran.status, ran.out) == (1, "")
    assert ran.said == "onebrush: cannot listen on 192.0.2.1:8000: Cannot assign requested address. " + (
        "Choose another --host.\n"
    )


def test_a_setting_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    ran = command(tmp_path, "serve", ONEBRUSH_LINK_TTL="never")
    assert ran.status == 2
    assert "ONEBRUSH_LINK_TTL" in the_only_sentence(ran)


def the_only_sentence(ran: Ran) -> str:
    """What was said, where it is one plain sentence and nothing else."""
    assert ran.out == ""
    [line] = ran.said.splitlines()
    assert line.startswith("onebrush: ")
    return line


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"ARK_API_KEY": "x", "ONEBRUSH_ARK_REGION": "mars"}, "has no region 'mars'. Known: volcengine, byteplus"),
        ({"ONEBRUSH_CATALOGUE": "nowhere.toml"}, "nowhere.toml"),
        ({"ONEBRUSH_DATA": "file/data"}, "The data folder file/data cannot be made: Not a directory. Set --data."),
    ],
)
def test_a_start_that_the_settings_forbid_is_one_sentence(tmp_path: Path, told: dict[str, str], sentence: str) -> None:
    (tmp_path / "file").write_text("")
    ran = command(tmp_path, "serve", "--port", "0", **told)
    assert ran.status == 2
    assert sentence in the_only_sentence(ran)


@pytest.mark.parametrize("name", ["onebrush.db", "secret"])
def test_a_data_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "data" / name).mkdir(parents=True)
    ran = command(tmp_path, "serve", "--port", "0", "--data", tmp_path / "data")
    assert ran.status == 1
    assert the_only_sentence(ran)


def test_a_variable_that_nothing_reads_is_told_with_what_is_meant(tmp_path: Path) -> None:
    told = {"ONEBRUSH_PROT": "1", "ONEBRUSH_ARK_API_KEY": "x", "ONEBRUSH_OPENAI_REGIN": "y"}
    read = {"ONEBRUSH_ARK_REGION": "byteplus", "ONEBRUSH_URL": "", "onebrush_log_level": "info"}
    ran = command(tmp_path, "keys", "list", **told, **read)
    assert ran.status == 0
    assert ran.said.splitlines() == [
        "onebrush: ONEBRUSH_ARK_API_KEY is set, but nothing reads it. Is ARK_API_KEY meant?",
        "onebrush: ONEBRUSH_OPENAI_REGIN is set, but nothing reads it. Is ONEBRUSH_OPENAI_REGION meant?",
        "onebrush: ONEBRUSH_PROT is set, but nothing reads it. Is ONEBRUSH_PORT meant?",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_goodbye_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as gateway:
        gateway.process.send_signal(number)
        assert gateway.process.wait(PATIENCE) == 0
    assert gateway.farewell.splitlines()[-1] == "Stopped."


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_begins_to_stop_and_any_second_stops_at_once(
    second: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("onebrush.cli.server.os._exit", ended.append)
    server = Server(Lifespan(read_settings(None)), listening=lambda: None)
    server.handle_exit(signal.SIGTERM, None)
    assert (server.should_exit, ended) == (True, [])
    server.handle_exit(second, None)
    assert ended == [128 + second]


def test_with_a_vendor_the_live_request_of_the_banner_works(selling: Standing) -> None:
    keys = shown_keys(selling.banner)
    assert sorted(keys) == ["live", "test"]
    test, live = [part.split("\n\n")[0] for part in selling.banner.split("    curl ")[1:]]
    assert (keys["test"] in test, keys["live"] in live) == (True, True)
    answers = [
        subprocess.run(["sh", "-c", f"curl -sS {curl}"], capture_output=True, text=True, check=True).stdout
        for curl in (test, live)
    ]
    said = [json.loads(answer)["onebrush"] for answer in answers]
    assert [(own["test"], own["model"]) for own in said] == [
        (True, "doubao-seedream-4-0-250828"),
        (False, "gemini-nano-banana-2.1"),
    ]


def test_a_live_request_is_printed_for_who_can_make_it(tmp_path: Path) -> None:
    told = {"OPENAI_API_KEY": "x"}
    with serving(tmp_path, ONEBRUSH_KEYS=KEY, **told) as gateway:
        assert "Try it live" not in gateway.banner
    with serving(tmp_path, ONEBRUSH_KEYS="sk-example-live", **told) as gateway:
        assert re.findall(r"Try it.*?[(:]", gateway.banner) == ["Try it live ("]
        assert "sk-example-live" not in gateway.banner


def test_help_needs_nothing_heavy(home: Path) -> None:
    said = f"import sys, onebrush.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", said], cwd=home, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    assert "generate" in command(home, "--help").out
