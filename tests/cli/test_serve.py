"""What `onebrush serve` says, and how quickly the command line answers at all."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import KEY, Standing, command, serving

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
    assert ran.said == f"onebrush: cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --port.\n"


def test_a_setting_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    ran = command(tmp_path, "serve", ONEBRUSH_LINK_TTL="never")
    assert ran.status == 2
    assert "'link_ttl'" in ran.said


def test_help_needs_nothing_heavy(home: Path) -> None:
    said = f"import sys, onebrush.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", said], cwd=home, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    assert "generate" in command(home, "--help").out
