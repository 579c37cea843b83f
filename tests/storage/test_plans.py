"""How SQLite finds the rows: by an index, however many there are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from onebrush.engine.ports import (
    Beat,
    Change,
    ClaimGeneration,
    ForgetArtifacts,
    ForgetGeneration,
    ForgetProcess,
    KeepDelivery,
    KeepReply,
    KeepTask,
    MarkDropped,
    RequestCancel,
    Wanted,
)
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.database import database_url, open_engine
from onebrush.storage.journal import SqliteJournal
from onebrush.storage.records import Records
from onebrush.storage.sqlite import open_for_writing
from tests.storage.values import NOW, artifact, begin, delivery, entry, finish, send

pytestmark = pytest.mark.anyio

TABLES = "generations|attempts|artifacts|ledger|idempotency|deliveries|standing"
# The unfinished ones alone are in this index: to go through it is to go through the work in hand.
FULL_SCAN = re.compile(rf"SCAN ({TABLES})(?! USING (COVERING )?INDEX ix_generations_owner)")

READS: dict[str, Callable[[Records, ArtifactRows], Coroutine[Any, Any, object]]] = {
    "get": lambda records, _: records.get("gen_a"),
    "attempts": lambda records, _: records.attempts("gen_a"),
    "entries": lambda records, _: records.entries("gen_a"),
    "artifacts": lambda records, _: records.artifacts("gen_a"),
    "page": lambda records, _: records.page(Wanted(key="key_a")),
    "filtered page": lambda records, _: records.page(
        Wanted(key="key_a", status="failed", model="m", created_from=1, created_to=NOW, before="gen_a")
    ),
    "by_idempotency": lambda records, _: records.by_idempotency("key_a", "order-7", NOW),
    "by_digest": lambda records, _: records.by_digest("key_a", "d1", NOW),
    "owned": lambda records, _: records.owned(["proc_a", "proc_b"]),
    "open_replies": lambda records, _: records.open_replies(),
    "due": lambda records, _: records.due(NOW, 10),
    "delivery_of": lambda records, _: records.delivery_of("gen_a"),
    "picture": lambda _, artifacts: artifacts.get("img_abcd"),
    "expired": lambda _, artifacts: artifacts.expired(NOW, 10),
    "recorded": lambda _, artifacts: artifacts.recorded(["ab/img_abcd.png"]),
    "opaque_of": lambda _, artifacts: artifacts.opaque_of("d1", "key_a", "acme/m1"),
}

CHANGES: list[tuple[Change, ...]] = [
    (begin("gen_a", entry(), idempotency="order-7"),),
    (ClaimGeneration(generation="gen_a", owner="proc_b", former="proc_a"),),
    (send(owner="proc_b", ended={"att_x": "It was refused"}, entries=(entry(),)),),
    (send("att_b", owner="proc_b"),),
    (KeepTask(attempt="att_a", task="task-1"), KeepReply(attempt="att_a", generation="gen_a", reply="{}")),
    (RequestCancel(generation="gen_a"), MarkDropped(generation="gen_a"), Beat(process="proc_a", count=1)),
    (replace(finish("gen_a", artifact(), owner="proc_b", attempts={"att_a": "It came"}), delivery=delivery()),),
    (KeepDelivery(delivery=delivery(tries=1)), ForgetArtifacts(ids=("img_abcd",))),
    (ForgetProcess(process="proc_a"), ForgetGeneration(generation="gen_a")),
]


def plan(path: Path, statement: str, values: Any = ()) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.parametrize("name", READS)
async def test_a_read_never_goes_through_a_whole_table(database: Path, journal: SqliteJournal, name: str) -> None:
    await journal.commit(begin("gen_a"))
    engine = open_engine(database_url(database))
    asked = listened(engine)
    await READS[name](Records(engine), ArtifactRows(engine))
    engine.dispose()
    plans = [step for statement, values in asked for step in plan(database, statement, values)]
    assert plans
    assert [step for step in plans if FULL_SCAN.search(step)] == []


def listened(engine: Engine) -> list[tuple[str, Any]]:
    """Every statement that the engine sends from now on, with its values."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    return asked


async def test_a_list_is_read_in_its_order_without_sorting(database: Path, journal: SqliteJournal) -> None:
    await journal.commit(begin("gen_a"))
    engine = open_engine(database_url(database))
    asked = listened(engine)
    await Records(engine).page(Wanted(key="key_a", before="gen_a"))
    engine.dispose()
    (steps,) = [plan(database, *each) for each in asked if "ORDER BY" in each[0]]
    assert steps == ["SEARCH generations USING INDEX ix_generations_key_created_id (key=? AND (created,id)<(?,?))"]


async def test_no_value_of_a_caller_is_part_of_a_statement(database: Path) -> None:
    engine = open_engine(database_url(database))
    records, asked = Records(engine), listened(engine)
    hostile = "x' OR '1'='1"
    await records.page(Wanted(key=hostile, status=hostile, model=hostile, before=hostile))
    await records.page(Wanted(key=hostile, status=hostile, model=hostile))
    await records.by_idempotency(hostile, hostile, 0)
    await records.by_digest(hostile, hostile, 0)
    await records.get(hostile)
    engine.dispose()
    assert len([values for _, values in asked if hostile in values]) == 5
    assert [statement for statement, _ in asked if "OR '1'" in statement] == []


async def test_no_change_goes_through_a_whole_table(database: Path) -> None:
    statements: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = open_for_writing(path)
        connection.set_trace_callback(statements.append)
        return connection

    journal = SqliteJournal(database, connect=traced)
    await journal.start()
    for changes in CHANGES:
        await journal.commit(*changes)
    await journal.close()
    written = [each for each in statements if each.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "SELECT"))]
    assert len(written) > 25
    assert [(each, step) for each in written for step in plan(database, each) if FULL_SCAN.search(step)] == []
