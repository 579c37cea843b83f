"""`onebrush keys`: a key made on the command line opens the gateway's doors after its start."""

from __future__ import annotations

import time
from pathlib import Path

from onebrush.cli.client import Client
from onebrush.cli.failures import CommandFailed
from tests.cli.conftest import PATIENCE, command, serving


def test_a_made_key_is_shown_once_and_works_after_a_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = command(tmp_path, "keys", "create", "--data", data)
    secret = made.lines[0]
    assert (made.status, secret[:8]) == (0, "sk-test-")
    assert "reaches only the sandbox" in made.out
    with serving(tmp_path, "--data", data) as gateway:
        assert "shown this once" not in gateway.banner
        listed = command(tmp_path, "models", "--url", gateway.url, "--key", secret)
    assert (listed.status, "gpt-image-2" in listed.out) == (0, True)


def test_a_gateway_that_runs_takes_a_new_key(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(tmp_path, "--data", data) as gateway:
        made = command(tmp_path, "keys", "create", "--data", data)
        assert "takes it within a second or two" in made.out
        client = Client(url=gateway.url, key=made.lines[0])
        patience = time.monotonic() + PATIENCE
        while not taken(client) and time.monotonic() < patience:
            time.sleep(0.2)
        assert taken(client)


def taken(client: Client) -> bool:
    try:
        return bool(client.model_ids())
    except CommandFailed:
        return False


def test_a_live_key_says_whom_it_reaches(tmp_path: Path) -> None:
    words = ("keys", "create", "--live", "--data", tmp_path)
    assert "reaches the sandbox until a vendor's key is set" in command(tmp_path, *words).out
    assert "buys from gemini, ark." in command(tmp_path, *words, ARK_API_KEY="x", GOOGLE_API_KEY="y").out


def test_the_list_shows_mode_and_beginning_and_no_secret(tmp_path: Path) -> None:
    made = [command(tmp_path, "keys", "create", *live, "--data", tmp_path) for live in ([], ["--live"])]
    secrets = [ran.lines[0] for ran in made]
    ran = command(tmp_path, "keys", "list", "--data", tmp_path)
    rows = [line.split() for line in ran.lines if line.strip().startswith("key_")]
    shown = {(row[1], row[2].rstrip("…")) for row in rows}
    assert shown == {("test", secrets[0][:12]), ("live", secrets[1][:7])}
    assert not any(secret in ran.out for secret in secrets)


def test_a_folder_without_keys_says_so_and_stays_untouched(tmp_path: Path) -> None:
    ran = command(tmp_path, "keys", "list", "--data", tmp_path / "none")
    assert (ran.status, ran.out.startswith("No keys in ")) == (0, True)
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = command(tmp_path, "keys", "create", "--data", tmp_path / "file" / "data")
    assert ran.status == 2
    assert ran.said.startswith("onebrush: The data folder ")
