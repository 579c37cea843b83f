"""How far a batch is: lines counted, money added up, told in words and shown while it goes on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic
from typing import Any

from onebrush.cli.waiting import LINE_EVERY_SECONDS

DRAWN_EVERY_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class Tally:
    """Lines by what came of them.

    `unknown` counts those of which nobody knows what came, `unpriced` those whose cost nobody knows. `money` is
    currency -> amount.
    """

    of: int
    done: int = 0
    failed: int = 0
    unknown: int = 0
    unpriced: int = 0
    test: bool = False
    money: dict[str, Decimal] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ended(self) -> int:
        """Lines of which something is told."""
        return self.done + self.failed + self.unknown

    def add(self, row: Mapping[str, Any]) -> None:
        """Count an outcome. A line with only a part of its pictures has failed, and cost something."""
        with self.lock:
            if row["status"] == "succeeded":
                self.done += 1
            elif row["status"] == "unknown":
                self.unknown += 1
            else:
                self.failed += 1
            if row.get("cost") is not None:
                self._pay(row["cost"], test=bool(row.get("test")))

    def _pay(self, cost: Mapping[str, Any], *, test: bool) -> None:
        self.test = self.test or test
        if "amount" in cost:
            currency = cost["currency"]
            self.money[currency] = self.money.get(currency, Decimal()) + Decimal(cost["amount"])
        else:
            self.unpriced += 1

    def money_words(self) -> str:
        """`1.2 CNY + 0.04 USD`, and what is known of the rest."""
        known = " + ".join(f"{amount.normalize():f} {currency}" for currency, amount in sorted([*self.money.items()]))
        lines = "a line" if self.unpriced == 1 else f"{self.unpriced} lines"
        unknown = f"{lines} at unknown cost" if self.unpriced else ""
        play = " (sandbox, nothing is charged)" if self.test and known else ""
        return ", ".join(part for part in (f"{known}{play}", unknown) if part) or "nothing bought"

    def words(self) -> str:
        """In one line."""
        unknown = f"{self.unknown} unknown, " if self.unknown else ""
        return f"{self.done} of {self.of} done, {self.failed} failed, {unknown}{self.money_words()}"


Tell = Callable[[str], None]


@contextmanager
def shown(tally: Tally, what: str) -> Iterator[Tell]:
    """Show on standard error how far it is, until the block ends; what is given tells a sentence beside it."""
    with _bar(tally, what) if sys.stderr.isatty() else _lines(tally, what) as tell:
        yield tell


@contextmanager
def _bar(tally: Tally, what: str) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(what, total=tally.of, words="")
        with _now_and_then(
            DRAWN_EVERY_SECONDS,
            lambda: progress.update(bar, completed=tally.ended, words=tally.words()),
        ):
            yield lambda words: console.print(words, markup=False, soft_wrap=True)


@contextmanager
def _lines(tally: Tally, what: str) -> Iterator[Tell]:
    def tell(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    begun = monotonic()
    tell(f"{what} …")
    with _now_and_then(LINE_EVERY_SECONDS, lambda: tell(f"{tally.words()}, {monotonic() - begun:.0f} s")):
        yield tell


@contextmanager
def _now_and_then(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
