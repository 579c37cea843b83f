"""Generations, their attempts and pictures, and caller keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first four tables."""
    make_generations()
    make_attempts()
    make_artifacts()
    make_api_keys()


def downgrade() -> None:
    """Back to an empty database."""
    for table in ("api_keys", "artifacts", "attempts", "generations"):
        op.drop_table(table)


def make_generations() -> None:
    """One row per ask."""
    op.create_table(
        "generations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("finished", sa.BigInteger()),
        sa.Column("provider", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("cost_nano", sa.BigInteger()),
        sa.Column("currency", sa.String()),
        sa.Column("basis", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
    )
    op.create_index("ix_generations_key_created", "generations", ["key", "created"])
    op.create_index("ix_generations_finished", "generations", ["finished"])


def make_attempts() -> None:
    """One row per call that may be paid."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("deployment", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_attempts_generation"),
    )
    op.create_index("ix_attempts_generation", "attempts", ["generation"])


def make_artifacts() -> None:
    """One row per stored picture."""
    op.create_table(
        "artifacts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("deployment", sa.String()),
        sa.Column("digest", sa.String()),
        sa.Column("opaque", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_artifacts"),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_artifacts_generation"),
    )
    op.create_index("ix_artifacts_generation", "artifacts", ["generation"])
    op.create_index("ix_artifacts_expires", "artifacts", ["expires"])
    op.create_index("ix_artifacts_location", "artifacts", ["location"])
    op.create_index("ix_artifacts_digest", "artifacts", ["digest"])


def make_api_keys() -> None:
    """One row per caller key, which itself is not in it."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
