"""The journal's SQL: each statement one string, so that the driver prepares it once."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from onebrush.domain.generation import Attempt, Generation
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery

KEY_STANDS = 24 * 3600  # seconds for which an Idempotency-Key stands for its generation


def _columns(kind: type) -> list[str]:
    # Columns are named as the fields; a test holds the schema to it.
    return [field.name for field in fields(kind)]


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _insert(table: str, names: list[str]) -> str:
    return f'INSERT INTO "{table}" ({_quoted(names)}) VALUES ({", ".join("?" * len(names))})'


def _sets(names: list[str]) -> str:
    return ", ".join(f'"{name}"=?' for name in names)


# What an outcome may change of a record. The rest is settled when it begins, or is told by changes of its own
# (`owner`, `cancel`, `dropped`): the copy that the engine holds may be older than the row.
_OUTCOME = ["status", "finished", "model", "provider", "error", "cost_nano", "currency", "basis", "result"]
_FINISHABLE = """"id"=? AND ("owner"=? AND "finished" IS NULL OR "status"='unknown' AND ?<>'unknown')"""

INSERT_GENERATION = _insert("generations", _columns(Generation))
FINISH_GENERATION = f'UPDATE "generations" SET {_sets(_OUTCOME)} WHERE {_FINISHABLE}'
FINISH_AND_CLEAR = f'UPDATE "generations" SET {_sets(_OUTCOME)}, "ask"=NULL WHERE {_FINISHABLE}'
CLAIM = 'UPDATE "generations" SET "owner"=? WHERE "id"=? AND "owner"=? AND "finished" IS NULL'
# A row that says so already is not written again: it carries the ask, which may be long.
RUN = """UPDATE "generations" SET "status"='running'
    WHERE "id"=? AND "owner"=? AND "finished" IS NULL AND "cancel"=0 AND "status"<>'running'"""
LEASE = 'SELECT "cancel" FROM "generations" WHERE "id"=? AND "owner"=? AND "finished" IS NULL'
COLLECT = """UPDATE "generations" SET "status"='collecting'
    WHERE "id"=? AND "finished" IS NULL AND "status"<>'collecting'"""
CANCEL = 'UPDATE "generations" SET "cancel"=1 WHERE "id"=? AND "finished" IS NULL'
DROP = 'UPDATE "generations" SET "dropped"=1 WHERE "id"=?'
UNFINISHED = 'SELECT 1 FROM "generations" WHERE "id"=? AND "finished" IS NULL'

# More of a generation than whoever took it over could have: a process that was paused in the middle of its calls.
AMEND = f"""UPDATE "generations" SET {_sets(_OUTCOME)} WHERE "id"=? AND "status"='partial'
    AND (SELECT count(*) FROM "artifacts" WHERE "generation"="generations"."id")<?"""
LAST_STATE = 'SELECT "state" FROM "ledger" WHERE "generation"=? AND "attempt"=? ORDER BY "seq" DESC LIMIT 1'

INSERT_ATTEMPT = _insert("attempts", _columns(Attempt))
KEEP_TASK = 'UPDATE "attempts" SET "task"=? WHERE "id"=?'
KEEP_REPLY = 'UPDATE "attempts" SET "reply"=? WHERE "id"=? AND "generation"=?'
END_ATTEMPT = 'UPDATE "attempts" SET "ended"=? WHERE "id"=?'
# Its reply was kept to be taken in, which is done. That of an unresolved one is what its operator goes by.
FORGET_REPLY = 'UPDATE "attempts" SET "reply"=NULL WHERE "id"=?'

INSERT_ENTRY = _insert("ledger", _columns(LedgerEntry))
INSERT_ARTIFACT = _insert("artifacts", _columns(Artifact))
INSERT_NEW_ARTIFACT = INSERT_ARTIFACT.replace("INSERT INTO", "INSERT OR IGNORE INTO")
DELETE_ARTIFACT = 'DELETE FROM "artifacts" WHERE "id"=?'

# One statement: two that ask for the key at once cannot both be given it.
TAKE_KEY = f"""{_insert("idempotency", ["key", "name", "generation", "created"])}
    ON CONFLICT ("key", "name") DO UPDATE SET "generation"=excluded."generation", "created"=excluded."created"
    WHERE "idempotency"."created" < excluded."created" - {KEY_STANDS}
    OR NOT EXISTS (
        SELECT 1 FROM "generations" AS "standing"
        WHERE "standing"."id"="idempotency"."generation" AND (
            "standing"."status" NOT IN ('failed', 'canceled')
            OR EXISTS (
                SELECT 1 FROM "ledger" WHERE "generation"="standing"."id" AND "state" IN ('settled', 'unresolved')
            )
        )
    )"""
KEY_HOLDER = 'SELECT "generation" FROM "idempotency" WHERE "key"=? AND "name"=?'

# The telling of a generation that was forgotten meanwhile is not taken up again.
_DELIVERY = _columns(Delivery)
KEEP_DELIVERY = f"""INSERT INTO "deliveries" ({_quoted(_DELIVERY)}) SELECT {", ".join("?" * len(_DELIVERY))}
    WHERE EXISTS (SELECT 1 FROM "generations" WHERE "id"=?)
    ON CONFLICT ("id") DO UPDATE SET {", ".join(f'"{name}"=excluded."{name}"' for name in _DELIVERY[1:])}"""

# All that hangs on a generation, then itself. The ledger stays.
FORGET_GENERATION = [
    'DELETE FROM "deliveries" WHERE "generation"=?',
    'DELETE FROM "artifacts" WHERE "generation"=?',
    'DELETE FROM "attempts" WHERE "generation"=?',
    """DELETE FROM "idempotency" WHERE "generation"=?1
    AND ("key", "name") IN (SELECT "key", "idempotency" FROM "generations" WHERE "id"=?1)""",
    'DELETE FROM "generations" WHERE "id"=?',
]

BEAT = 'INSERT INTO "processes" ("id", "count") VALUES (?, ?) ON CONFLICT ("id") DO UPDATE SET "count"=excluded."count"'
FORGET_PROCESS = """DELETE FROM "processes" WHERE "id"=?
    AND NOT EXISTS (SELECT 1 FROM "generations" WHERE "owner"="processes"."id" AND "finished" IS NULL)"""

# Each gives the values of a row in the order of the columns above.
generation_row = attrgetter(*_columns(Generation))
outcome_row = attrgetter(*_OUTCOME)
attempt_row = attrgetter(*_columns(Attempt))
entry_row = attrgetter(*_columns(LedgerEntry))
artifact_row = attrgetter(*_columns(Artifact))
delivery_row = attrgetter(*_columns(Delivery))
