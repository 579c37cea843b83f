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
    Index("ix_generations_key_created", "key", "created"),
    Index("ix_generations_finished", "finished"),
)

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
    Index("ix_attempts_generation", "generation"),
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
    Index("ix_artifacts_location", "location"),
    Index("ix_artifacts_digest", "digest"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("mode", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
)
