"""`onebrush sandbox` alone: how to reach each vendor, and what may keep it from listening."""

from __future__ import annotations

import re
import socket
import subprocess
import urllib.request
from pathlib import Path

from tests.cli.conftest import COMMAND, Standing, command, environment, standing


def test_it_tells_where_each_vendor_is_the_key_and_the_count(vendors: Standing) -> None:
    url = vendors.url
    lines = vendors.banner.splitlines()
    assert lines[0] == f"sandbox listening on {url}"
    told = dict(re.findall(r"(?m)^(\w+) {2,}(.+)$", vendors.banner))
    assert told["OpenAI"] == f"{url}/openai/v1"
    assert told["Gemini"] == f"{url}/gemini/v1beta"
    assert told["Ark"] == f"{url}/ark/api/v3"
    assert told["DashScope"] == f"{url}/dashscope/api/v1"
    assert told["Key"] == "sandbox"
    with urllib.request.urlopen(told["Calls"].removeprefix("GET "), timeout=30) as answer:
        assert b'"paid"' in answer.read()


def test_it_keeps_its_things_in_the_data_folder(tmp_path: Path) -> None:
    with standing(tmp_path, "sandbox", "--port", "0", ONEBRUSH_DATA=str(tmp_path / "kept")) as sandbox:
        assert f"Kept in    {tmp_path / 'kept' / 'sandbox-alone'}\n" in sandbox.banner
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_beside_a_parent_it_says_no_more_than_where_it_listens(tmp_path: Path) -> None:
    words = [*COMMAND, "sandbox", "--port", "0", "--data", str(tmp_path), "--stop-with-parent"]
    with subprocess.Popen(
        words, env=environment(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        rest, _ = run.communicate("")
    assert first.startswith("sandbox listening on http://127.0.0.1:")
    assert (rest, run.returncode) == ("", 0)


def test_a_taken_port_and_a_folder_that_is_none_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = command(tmp_path, "sandbox", "--port", port)
    assert (ran.status, "Address already in use. Choose another --port" in ran.said) == (1, True)
    ran = command(tmp_path, "sandbox", "--port", "0", "--data", tmp_path / "file")
    assert (ran.status, len(ran.said.splitlines())) == (2, 1)
