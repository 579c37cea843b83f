"""`onebrush batch`: a file of requests in, picture files and a row for each out; it goes on where it was stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onebrush.cli.batch_absence import Absence
from onebrush.cli.batch_asking import Asker
from onebrush.cli.batch_crew import Crew, interruptible
from onebrush.cli.batch_lines import BatchFile, Line
from onebrush.cli.batch_record import RESULTS, Record, Standing, open_record
from onebrush.cli.batch_rehearsal import rehearse
from onebrush.cli.batch_tally import Tally, Tell, shown
from onebrush.cli.client import Json
from onebrush.cli.failures import CommandFailed, WrongUsage
from onebrush.cli.generate import gateway_for
from onebrush.cli.local import Visit

if TYPE_CHECKING:
    from onebrush.settings import Settings

INTERRUPTED = 130
LOOK = "Look at GET /v1/images/generations{0}; to ask all the same, put it into a file of its own."
STALE = "it was sent more than 23 hours ago and its answer never came: asked again, it may be bought again. "
UNKNOWN = "Nobody knows what came of it, and it is not asked again: it may have been bought. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed; None where it was not said."""

    file: Path
    out: Path | None = None
    concurrency: int = 8
    dry_run: bool = False
    url: str | None = None
    key: str | None = None

    @property
    def folder(self) -> Path:
        """Where results go."""
        return self.out or self.file.with_suffix("")


def batch(wish: Wish, settings: Settings) -> int:
    """Ask for every line that has no pictures yet; the exit status. Raises CommandFailed."""
    if wish.concurrency < 1:
        raise WrongUsage("--concurrency must be at least 1.")
    if wish.folder == wish.file:
        raise WrongUsage(f"{wish.file} would be file and folder at once; say --out.")
    file = BatchFile(wish.file)
    of = file.check()
    with gateway_for(wish.url, wish.key, settings) as visit:
        if wish.dry_run:
            return rehearse(visit.client, file, of, Crew(wish.concurrency))
        with open_record(wish.folder) as record:
            return Run(wish, visit, file, record, of).status()


class Run:
    """One go at a batch."""

    def __init__(self, wish: Wish, visit: Visit, file: BatchFile, record: Record, of: int) -> None:
        self._wish, self._file, self._record = wish, file, record
        self._crew = Crew(wish.concurrency)
        self._tell: Tell = print
        absence = Absence(lambda words: self._tell(words))
        self._asker = Asker(client=visit.client, pause=self._crew.pause, look=self._crew.look, absence=absence)
        self._tally = Tally(of=of)
        self._open = 0
        self._interrupted = False

    def status(self) -> int:
        """Work, and tell what came of it."""
        failure = self._work()
        self._sum_up()
        if isinstance(failure, KeyboardInterrupt):
            # At once: what is under way is as safe as after any other end of the process.
            sys.stdout.flush()
            os._exit(INTERRUPTED)
        if failure is not None:
            raise failure
        if self._interrupted:
            return INTERRUPTED
        return 0 if self._tally.done == self._tally.of else 1

    def _work(self) -> CommandFailed | KeyboardInterrupt | None:
        with shown(self._tally, f"Asking for {self._wish.file.name}") as self._tell:
            try:
                with interruptible(self._crew, self._tell_waiting):
                    self._crew.run(self._to_ask(), self._one)
            except (CommandFailed, KeyboardInterrupt) as failure:
                return failure
        return None

    def _to_ask(self) -> Iterator[Line]:
        """Lines without an outcome that stands; the others are counted."""
        for line in self._file.lines():
            standing, row = self._record.standing(line), self._record.row(line)
            if standing is Standing.ASK:
                yield line
            elif standing is Standing.STALE:
                self._tally.add({"status": "unknown"})
                self._tell(f"{line.name}: {STALE}{LOOK.format('')}")
            elif row is not None:
                self._tally.add(row)
                self._tell_failure(line, row)

    def _one(self, line: Line) -> None:
        key = self._record.key(line)
        self._record.mark_sent(line)
        row = self._record.keep(line, self._asker.outcome(line, key, self._record.folder))
        self._tally.add(row)
        self._open += bool(row.get("again"))
        self._tell_failure(line, row)

    # Telling

    def _tell_failure(self, line: Line, row: Json) -> None:
        if row["status"] == "failed":
            self._tell(f"{line.name}: {row['error']['message']}")
        elif row["status"] == "unknown":
            where = f"/{row['id']}" if row.get("id") else ""
            self._tell(f"{line.name}: {row['error']['message']} {UNKNOWN}{LOOK.format(where)}")
        elif row["status"] == "partial":
            self._tell(f"{line.name}: only a part of its pictures came")

    def _tell_waiting(self) -> None:
        self._interrupted = True
        number = self._crew.under_way
        what = "a line that is" if number == 1 else f"{number} lines that are"
        self._tell(f"Waiting for {what} under way; press Ctrl-C again to leave at once.")

    def _sum_up(self) -> None:
        tally = self._tally
        print(f"{tally.words()}: {self._record.folder / RESULTS}")
        if self._open or tally.ended < tally.of:
            print("The same command goes on with the rest.", flush=True)
