"""Tasks a vendor took: kept in a file, so that they outlive the process, and as old as the clock makes them."""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from onebrush.sandbox.faults import FaultKind

# Task data lives 24 hours (www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks).
LIFE_S = 24 * 3600


class State(StrEnum):
    """Where a task stands, in the vendor's words."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"


# What the first polls of a task that goes backwards are told.
BACKWARDS = (State.RUNNING, State.PENDING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One accepted piece of work, its outcome made at once and told when it is due.

    Times are unix seconds: PENDING until `starts`, RUNNING until `ends`. `files` are result files by name, or links
    as they are. `told` is what the output says beside them, `failure` a code and a message; `fault` steers its states.
    """

    id: str
    request_id: str
    model: str
    form: str
    prompt: str
    submitted: float
    starts: float
    ends: float
    fault: str = ""
    files: tuple[str, ...] = ()
    refused: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)
    usage: Mapping[str, Any] = field(default_factory=dict)
    failure: Mapping[str, str] = field(default_factory=dict)
    canceled: float | None = None

    def state(self, now: float) -> State:
        """Where it stands by the clock."""
        if self.fault == FaultKind.LOST or now - self.submitted > LIFE_S:
            return State.UNKNOWN
        if self.canceled is not None:
            return State.CANCELED
        if now < self.starts:
            return State.PENDING
        if now < self.ends or self.fault == FaultKind.STUCK:
            return State.RUNNING
        return State.FAILED if self.failure else State.SUCCEEDED


class Tasks:
    """All tasks, in an append-only file: a later line of the same id takes the place of the earlier one."""

    def __init__(self, path: Path, now: float) -> None:
        """Tasks whose time is over by `now` are forgotten."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._tasks = {task.id: task for task in _read(path) if now - task.submitted <= LIFE_S}
        self._polls: Counter[str] = Counter()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            os.write(self._file, b"\n")

    def keep(self, task: Task) -> None:
        """Write a task as it is now and return once it would survive a power cut."""
        line = json.dumps(asdict(task), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock:
            os.write(self._file, line)
            os.fsync(self._file)
            self._tasks[task.id] = task

    def find(self, name: str) -> Task | None:
        """Give a task by id."""
        with self._lock:
            return self._tasks.get(name)

    def newest(self) -> list[Task]:
        """All of them, the newest first."""
        with self._lock:
            return sorted(self._tasks.values(), key=lambda task: task.submitted, reverse=True)

    def polled(self, task: Task, now: float) -> State:
        """Where it stands as one who polls is told."""
        seen = self._polls[task.id]
        self._polls[task.id] += 1
        if task.fault == FaultKind.BACKWARDS and seen < len(BACKWARDS):
            return BACKWARDS[seen]
        return task.state(now)

    def close(self) -> None:
        os.close(self._file)


def _read(path: Path) -> Iterable[Task]:
    names = {known.name for known in fields(Task)}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            entry = json.loads(line)
        except ValueError:
            # The last line of a process that was killed while writing.
            continue
        if isinstance(entry, dict) and entry.keys() == names:
            yield Task(**{**entry, "files": tuple(entry["files"])})
