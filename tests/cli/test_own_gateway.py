"""A gateway for one call: a picture on a machine where nothing runs, and nothing left running."""

from __future__ import annotations

from pathlib import Path

import pytest

from onebrush.cli.client import Client
from onebrush.cli.failures import CommandFailed, WrongUsage
from onebrush.cli.generate import Wish, generate
from onebrush.cli.local import own_gateway, own_key
from onebrush.settings import Settings, read_settings


def folder(tmp_path: Path, **more: str) -> Settings:
    return read_settings(None, data=tmp_path / "data", **more)


def test_it_draws_with_a_key_of_its_own_and_is_gone_afterwards(tmp_path: Path) -> None:
    with own_gateway(folder(tmp_path, public_url="https://pictures.example.com")) as visit:
        assert visit.client.greets()
        answer = visit.client.generate({"model": visit.model, "prompt": "a cat", "size": "1024x1024"})
        assert answer["onebrush"]["test"] is True
        assert visit.client.picture(answer["data"][0]).startswith(b"\xff\xd8\xff")
    assert not visit.client.greets()


def test_a_prompt_alone_gives_a_picture_where_no_gateway_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("onebrush.cli.generate.USUAL_URL", "http://127.0.0.1:1")
    wish = Wish(prompt="a cat", size="1024x1024", out=tmp_path / "pictures")
    assert generate(wish, folder(tmp_path)) == 0
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.name == "a-cat.jpg"
    assert capsys.readouterr().out.startswith(f"{picture}  1024x1024  image/jpeg  ")


def test_its_key_is_the_same_for_a_folder_and_differs_between_folders(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other")
    assert own_key(one, live=False) == own_key(one, live=False) != own_key(other, live=False)
    assert own_key(one, live=False).startswith("sk-test-")
    assert not own_key(one, live=True).startswith("sk-test-")


def test_with_a_vendors_key_it_buys_there_and_asks_a_model_that_is_sold_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "not-a-key")
    with own_gateway(folder(tmp_path)) as visit:
        assert (visit.buys_from, visit.model) == (("gemini",), "gemini-nano-banana-2.1")
    with own_gateway(folder(tmp_path), key="sk-test-example") as visit:
        assert visit.buys_from == ()


def test_a_gateway_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(CommandFailed, match="data"), own_gateway(folder(tmp_path)):
        pass


def test_a_region_that_there_is_not_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "not-a-key")
    monkeypatch.setenv("ONEBRUSH_ARK_REGION", "mars")
    with pytest.raises(WrongUsage, match="no region 'mars'"), own_gateway(folder(tmp_path)):
        pass


def test_nothing_at_an_address_is_no_gateway() -> None:
    assert not Client(url="http://127.0.0.1:1").greets()
