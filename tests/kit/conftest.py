"""What the kit's tests share."""

from pathlib import Path

import pytest

from onebrush.kit.blobs import Spool


@pytest.fixture
def spool() -> Spool:
    return Spool(None)


@pytest.fixture
def disk(tmp_path: Path) -> Spool:
    """A spool that sends everything to files."""
    return Spool(tmp_path / "spool", per_blob=0)
