"""The durable count of calls, the truth that fault tests compare with."""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One accepted call: who was asked for what, and whether the vendor would charge it."""

    id: str
    time: float
    vendor: str
    model: str
    images: int
    digest: str
    fault: str | None
    paid: bool


class Count:
    """An append-only file of calls; a call is on the disk before its answer leaves.

    A later line of the same id takes the place of the earlier one.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._calls = {call.id: call for call in _read(path)}
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            os.write(self._file, b"\n")

    def add(self, call: Call) -> None:
        """Write one call and return once it would survive a power cut."""
        line = json.dumps(asdict(call), ensure_ascii=False).encode() + b"\n"
        with self._lock:
            os.write(self._file, line)
            os.fsync(self._file)
            self._calls[call.id] = call

    def give_back(self, call_id: str, why: str) -> None:
        """Let a call that was counted as paid be unpaid."""
        with self._lock:
            call = self._calls.get(call_id)
        if call is not None and call.paid:
            self.add(replace(call, paid=False, images=0, fault=why))

    def calls(self, **wanted: str) -> list[Call]:
        """List calls whose named fields read as asked; unknown names match nothing."""
        with self._lock:
            known = list(self._calls.values())
        return [call for call in known if all(_spelled(call, name) == text for name, text in wanted.items())]

    def close(self) -> None:
        os.close(self._file)


def _read(path: Path) -> Iterable[Call]:
    lines = path.read_bytes().splitlines() if path.exists() else []
    names = {field.name for field in fields(Call)}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            # The last line of a process that was killed while writing.
            continue
        if isinstance(entry, dict) and entry.keys() == names:
            yield Call(**entry)


def _spelled(call: Call, name: str) -> str | None:
    value = getattr(call, name, None)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
