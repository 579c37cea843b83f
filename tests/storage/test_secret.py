"""The gateway's secret: made once, kept private, never empty."""

import stat
from pathlib import Path

import pytest

from onebrush.storage.secret import derived, made_secret


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = made_secret(path)
    assert len(first) >= 32
    assert made_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"short"])
def test_an_empty_or_short_secret_stops_the_start(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="too short"):
        made_secret(path)


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derived(b"s" * 32, "links") != derived(b"s" * 32, "caller-keys")
    assert derived(b"s" * 32, "links") != derived(b"t" * 32, "links")
