"""`onebrush demo`: a picture of each family, an edit, and a sheet worth showing."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.cli.conftest import command

FILES = {
    "cottage.png": (1376, 768),
    "cottage-in-oil.png": (1376, 768),
    "fox.jpg": (2048, 2048),
    "balloon.png": (1024, 1536),
    "bookshop.png": (1664, 928),
}


def test_it_saves_a_picture_of_each_family_an_edit_and_a_sheet(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "fox.jpg").write_text("of an earlier demo")
    # A vendor's key in the environment must not make a demo cost money: this one would be refused.
    ran = command(tmp_path, "demo", "--out", tmp_path / "demo", GEMINI_API_KEY="not-a-key", ARK_API_KEY="not-a-key")
    assert ran.status == 0, ran.said
    found = {path.name: Image.open(path).size for path in (tmp_path / "demo").iterdir()}
    sheet = found.pop("contact-sheet.jpg")
    assert found == FILES
    assert sheet[0] == 1600
    assert (tmp_path / "demo" / "contact-sheet.jpg").stat().st_size <= 1_000_000
    for name, (width, height) in FILES.items():
        line = next(line for line in ran.lines if line.startswith(f"{name} "))
        assert f" {width}x{height} " in line
        assert " USD " in line or " CNY " in line
        assert len(line) <= 80
    assert ran.lines[-1].endswith(f"contact sheet: {tmp_path / 'demo' / 'contact-sheet.jpg'}")
