"""F-17, for SQLite: another process holds the database; short waits are waited out, long ones buy nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.world import BOUGHT, Asking, label_in

HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
database.execute("ROLLBACK")
"""


@contextmanager
def held(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process has the database; it lets go at the end of the block, or of its input."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield holder
    finally:
        let_go(holder)


def let_go(holder: subprocess.Popen[str]) -> None:
    """The database is free again."""
    if holder.stdin and not holder.stdin.closed:
        holder.stdin.close()
    holder.wait(10)


def patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """For how long a caller waits for the lock."""
    monkeypatch.setattr(
        "onebrush.storage.journal.SqliteJournal.__init__.__kwdefaults__",
        {
            **_defaults(),
            "patience": seconds,
        },
    )


def _defaults() -> dict[str, object]:
    from onebrush.storage.journal import SqliteJournal

    return dict(SqliteJournal.__init__.__kwdefaults__ or {})


def test_a_short_lock_is_waited_out(inner: InnerWorld, long: bool) -> None:
    with inner.serving() as server, ThreadPoolExecutor(6) as crowd:
        with held(inner.data / "onebrush.db"):
            asked = [crowd.submit(inner.outcome, server) for _ in range(6)]
            time.sleep(4.0 if long else 1.0)
            assert inner.calls() == []
        came = [one.result() for one in asked]
    assert [one.answer.status for one in came] == [200] * 6
    assert [one.money for one in came] == [BOUGHT] * 6
    assert inner.verdict().wrong == {}


def test_a_long_lock_buys_nothing(inner: InnerWorld, long: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not long:
        patience(monkeypatch, 0.5)
    with inner.serving() as server:
        with held(inner.data / "onebrush.db"), ThreadPoolExecutor(6) as crowd:
            answers = list(crowd.map(lambda _: inner.ask(server), range(6)))
            assert [answer.status for answer in answers] == [503] * 6
            assert {answer.json()["error"]["code"] for answer in answers} == {"storage_unavailable"}
            if long:
                time.sleep(55)
        inner.wait_terminal()
        assert inner.calls() == []
        assert inner.outcome(server).money == BOUGHT
    assert inner.verdict().wrong == {}


def test_an_outcome_waits_for_the_lock_and_is_not_lost(
    inner: InnerWorld, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not long:
        patience(monkeypatch, 0.5)
    inner.proxy.script = scripts.delayed(0.7)
    bodies = [inner.body(family) for family in ("openai", "dashscope", "gemini")]
    with inner.serving() as server:
        asking = [Asking(server, body, Idempotency_Key=label_in(body)) for body in bodies]
        inner.proxy.until(lambda: len(inner.calls()) == len(bodies))
        with held(inner.data / "onebrush.db"):
            inner.proxy.until(lambda: all(call.over for call in inner.calls()))
            time.sleep(20.0 if long else 1.5)
        answers = [one.done() for one in asking]
        inner.wait_terminal()
        for answer in answers:
            assert answer is not None
            assert answer.status == 200
            assert inner.money(answer.headers["x-request-id"]) == BOUGHT
    assert inner.verdict().wrong == {}
