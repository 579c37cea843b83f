"""What a batch's folder remembers: which lines were sent, and what came of each, so that it can go on after anything.

`results.jsonl` has a row for each outcome, the last one of a line counts; `.batch.jsonl` has the run's id and a row for
each line before it is sent. Both only grow, and a row is on the disk before anything depends on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from onebrush.cli.batch_lines import Line
from onebrush.cli.client import Json
from onebrush.cli.failures import CommandFailed, os_words
from onebrush.cli.saving import PART

RESULTS = "results.jsonl"
SENT = ".batch.jsonl"
# A gateway knows an Idempotency-Key for 24 h; what is asked again must reach it well before.
KEY_SECONDS = 23 * 3600
_NEEDED = ("status", "id", "again", "error", "cost", "test", "finished")


class Standing(Enum):
    """What is to be done with a line: ask, nothing any more, nothing that would help, or nothing that is safe."""

    ASK = "ask"
    DONE = "done"
    NEVER = "never"
    STALE = "stale"


@dataclass(slots=True, kw_only=True)
class _Known:
    """Of a line: what came of it last, and since when it may be under way."""

    row: Json | None = None
    sent: float | None = None


class Record:
    """The folder of one run, held by one process."""

    def __init__(self, folder: Path, results: BinaryIO, sent: BinaryIO, clock: Callable[[], float]) -> None:
        """Reads what is there. The files are open for reading and appending."""
        self.folder = folder
        self._results, self._sent, self._clock = results, sent, clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self.run = self._read()

    def _read(self) -> str:
        for row in _rows(self._results):
            if "status" in row:
                self._known[str(row.get("idempotency_key"))] = _Known(row=_needed(row))
        run = ""
        for row in _rows(self._sent):
            run = run or str(row.get("run", ""))
            if "sent" in row:
                self._note(str(row.get("idempotency_key")), float(row["sent"]))
        if not run:
            run = secrets.token_hex(16)
            _append(self._sent, {"run": run})
        return run

    def _note(self, key: str, sent: float) -> None:
        """Sent, and not known to have ended without a purchase since: of several times the first counts."""
        known = self._known.setdefault(key, _Known())
        over = known.row.get("finished", 0) if known.row and _bought_nothing(known.row) else 0
        if known.sent is None and sent > over:
            known.sent = sent

    def key(self, line: Line) -> str:
        """The Idempotency-Key of a line: the same in every repetition of this run, another in every other run."""
        name = json.dumps([self.run, line.custom_id or line.number, line.digest])
        return f"batch-{hashlib.sha256(name.encode()).hexdigest()[:48]}"

    def standing(self, line: Line) -> Standing:
        """What is to be done with it."""
        known = self._known.get(self.key(line), _Known())
        if known.row is not None and known.row["status"] in ("succeeded", "partial"):
            return Standing.DONE
        if known.row is not None and not known.row.get("again"):
            return Standing.NEVER
        if known.sent is not None and self._clock() - known.sent > KEY_SECONDS:
            return Standing.STALE
        return Standing.ASK

    def row(self, line: Line) -> Json | None:
        """What came of it last."""
        return self._known.get(self.key(line), _Known()).row

    def mark_sent(self, line: Line) -> None:
        """It is about to be sent. Durable on return. Raises CommandFailed."""
        key = self.key(line)
        with self._lock:
            known = self._known.setdefault(key, _Known())
            if known.sent is None:
                known.sent = self._clock()
                told: Json = {"line": line.number, "custom_id": line.custom_id}
                self._write(self._sent, {**told, "idempotency_key": key, "sent": known.sent})

    def keep(self, line: Line, outcome: Json) -> Json:
        """Its outcome: `status` (succeeded, partial, failed, unknown), and of a failed one `again`: ask again later.

        Durable on return. Raises CommandFailed.
        """
        key = self.key(line)
        told: Json = {"custom_id": line.custom_id, "line": line.number, **outcome}
        row = {**told, "idempotency_key": key, "finished": self._clock()}
        with self._lock:
            self._write(self._results, row)
            known = self._known.setdefault(key, _Known())
            known.row = _needed(row)
            if _bought_nothing(row):
                known.sent = None
        return row

    def _write(self, file: BinaryIO, row: Json) -> None:
        try:
            _append(file, row)
        except OSError as error:
            raise CommandFailed(f"{self.folder} cannot be written to: {os_words(error)}.") from error


@contextmanager
def open_record(folder: Path, clock: Callable[[], float] = time.time) -> Iterator[Record]:
    """The record of a folder, made where there is none. Raises CommandFailed, also where another process holds it."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            results, sent = (stack.enter_context((folder / name).open("a+b")) for name in (RESULTS, SENT))
            fcntl.flock(sent, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sweep(folder)
            record = Record(folder, results, sent, clock)
        except BlockingIOError as error:
            raise CommandFailed(
                f"Another batch is at work in {folder}; wait for it, or choose another --out."
            ) from error
        except OSError as error:
            raise CommandFailed(f"{folder} cannot be used: {os_words(error)}. Choose another --out.") from error
        yield record


def _sweep(folder: Path) -> None:
    """What was being written when a process died is of no use."""
    for part in folder.glob(f".*{PART}"):
        with suppress(FileNotFoundError):
            part.unlink()


def _needed(row: Json) -> Json:
    """What is held of a row: a batch may have very many."""
    return {name: row[name] for name in _NEEDED if row.get(name) is not None}


def _bought_nothing(row: Json) -> bool:
    """Whether an outcome says for sure that its vendor was paid nothing: then its key stands for nothing any more."""
    http = (row.get("error") or {}).get("http")
    return row["status"] == "failed" and http is not None and (http < 500 or http == 503)


def _rows(file: BinaryIO) -> Iterator[Json]:
    """Whole rows; a last one that was cut short never counted, and the next begins a line of its own."""
    file.seek(0)
    text = b"\n"
    for text in file:
        with suppress(ValueError):
            row = json.loads(text)
            if isinstance(row, dict):
                yield row
    if not text.endswith(b"\n"):
        file.write(b"\n")


def _append(file: BinaryIO, row: Json) -> None:
    file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    file.flush()
    os.fsync(file.fileno())
