"""The tables. Columns are named as the fields of the domain's values, so a row is a value spelled out."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
)

# Every constraint has a name: SQLite can only alter a table by rebuilding it, which needs them.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)

generations = Table(
    "generations",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("model", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("request", String, nullable=False),
    Column("finished", BigInteger),
    Column("provider", String),
    Column("error", String),
    Column("cost_nano", BigInteger),
    Column("currency", String),
    Column("basis", String, nullable=False),
    Column("owner", String, nullable=False, server_default=""),
    Column("asynchronous", Boolean, nullable=False, server_default=false()),
    Column("ask", String),
    Column("result", String),
    Column("digest", String),
    Column("idempotency", String),
    Column("origin", String, nullable=False, server_default=""),
    Column("cancel", Boolean, nullable=False, server_default=false()),
    Column("dropped", Boolean, nullable=False, server_default=false()),
    Index("ix_generations_key_created_id", "key", "created", "id"),
    Index("ix_generations_key_digest_finished", "key", "digest", "finished"),
)
# Only what is unfinished is looked for by its owner: the index stays as small as the work in hand.
Index("ix_generations_owner", generations.c.owner, sqlite_where=generations.c.finished.is_(None))

attempts = Table(
    "attempts",
    metadata,
    Column("id", String, primary_key=True),
    Column("generation", ForeignKey("generations.id"), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("deployment", String, nullable=False),
    Column("model", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ended", String),
    Column("terms", String, nullable=False, server_default=""),
    Column("task", String),
    Column("reply", String),
    Index("ix_attempts_generation", "generation"),
)

# No foreign keys: what money was spent on may be forgotten, that it was spent may not. Triggers, made by the
# migration, refuse to change or delete a row.
ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("attempt", String, nullable=False),
    Column("generation", String, nullable=False),
    Column("key", String, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("nano", BigInteger),
    Column("currency", String),
    Column("basis", String, nullable=False),
    Column("why", String),
    Index("ix_ledger_generation", "generation"),
    sqlite_autoincrement=True,
)

# Who has an Idempotency-Key of a caller's key now; the generation is the latest one that took it.
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("generation", String, nullable=False),
    Column("created", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("generation", ForeignKey("generations.id"), nullable=False),
    Column("url", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("said", String),
    Index("ix_deliveries_status_due", "status", "due"),
    Index("ix_deliveries_generation", "generation"),
)

processes = Table(
    "processes",
    metadata,
    Column("id", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", String, primary_key=True),
    Column("generation", ForeignKey("generations.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("index", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("location", String, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("expires", BigInteger),
    Column("once", Boolean, nullable=False),
    Column("deployment", String),
    Column("digest", String),
    Column("opaque", String),
    Index("ix_artifacts_generation", "generation"),
    Index("ix_artifacts_expires", "expires"),
)
# Most pictures have no digest, and are not in its index.
Index("ix_artifacts_digest", artifacts.c.digest, sqlite_where=artifacts.c.digest.is_not(None))

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("mode", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
)
