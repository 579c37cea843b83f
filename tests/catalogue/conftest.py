"""The packaged catalogue, loaded once; and a small file of one's own to break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from onebrush.catalogue.catalogue import Catalogue

SMALL = """
[provider]
name = "small"
title = "Small"
wire = "openai"
auth = "bearer"
key_env = ["SMALL_API_KEY"]

[provider.platforms.""]
base_url = "https://small.example/v1/"
currency = "EUR"

[sizes.square]
kind = "list"
allowed = ["1024x1024"]

[[model]]
id = "small-1"
title = "Small One"
sizes = "square"
"""


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture
def load_small(tmp_path: Path) -> Callable[..., Catalogue]:
    """Load the packaged files and a small provider's, with `more` at its end and `changes` made in it."""

    def load(more: str = "", **changes: str) -> Catalogue:
        text = SMALL + more
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "small.toml"
        path.write_text(text, "utf-8")
        return Catalogue.load(path)

    return load
