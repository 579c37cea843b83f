"""The acceptance recorder with its pictures kept: the same calls, read with what each picture is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance import recorder
from tests.conformance.wire import Sent, read


@contextmanager
def taped() -> Iterator[list[Sent]]:
    """The calls that pass the recorder from here on."""
    calls: list[Sent] = []
    recorders_own = recorder._read

    def keeping(path: str, content_type: str, body: bytes) -> recorder.Sent:
        calls.append(read(path, content_type, body))
        return recorders_own(path, content_type, body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "_read", keeping)
        yield calls
