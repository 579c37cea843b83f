"""What a generation needs to outlive its process: its ask and outcome, the ledger, webhooks, who works on what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LEFT = "The gateway was stopped in the middle of this; the vendor may have charged for it."
APPENDED_ONLY = "The ledger is only appended to"


def upgrade() -> None:
    """Widen generations and attempts, thin the pictures' indexes, add four tables, close what was left."""
    widen_generations()
    widen_attempts()
    thin_artifacts()
    make_ledger()
    make_idempotency()
    make_deliveries()
    make_processes()
    close_what_was_left()


def downgrade() -> None:
    """Back to the first version; the ledger goes with the tables that came with it."""
    for table in ("processes", "deliveries", "idempotency", "ledger"):
        op.drop_table(table)
    op.drop_index("ix_artifacts_digest", "artifacts")
    op.create_index("ix_artifacts_digest", "artifacts", ["digest"])
    op.create_index("ix_artifacts_location", "artifacts", ["location"])
    for name in ("reply", "task", "terms"):
        op.drop_column("attempts", name)
    for index in ("owner", "key_digest_finished", "key_created_id"):
        op.drop_index(f"ix_generations_{index}", "generations")
    for column in reversed(generation_columns()):
        op.drop_column("generations", column.name)
    op.create_index("ix_generations_key_created", "generations", ["key", "created"])
    op.create_index("ix_generations_finished", "generations", ["finished"])


def generation_columns() -> list[sa.Column[object]]:
    """What is new of a generation."""
    return [
        sa.Column("owner", sa.String(), nullable=False, server_default=""),
        sa.Column("asynchronous", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("ask", sa.String()),
        sa.Column("result", sa.String()),
        sa.Column("digest", sa.String()),
        sa.Column("idempotency", sa.String()),
        sa.Column("origin", sa.String(), nullable=False, server_default=""),
        sa.Column("cancel", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("dropped", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def widen_generations() -> None:
    """Added in place: a table of any size is ready at once."""
    for column in generation_columns():
        op.add_column("generations", column)
    op.drop_index("ix_generations_key_created", "generations")
    op.drop_index("ix_generations_finished", "generations")
    op.create_index("ix_generations_key_created_id", "generations", ["key", "created", "id"])
    op.create_index("ix_generations_key_digest_finished", "generations", ["key", "digest", "finished"])
    op.create_index("ix_generations_owner", "generations", ["owner"], sqlite_where=sa.text("finished IS NULL"))


def widen_attempts() -> None:
    """The vendor's handle, what its answer held, and what taking that in needs."""
    op.add_column("attempts", sa.Column("terms", sa.String(), nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("task", sa.String()))
    op.add_column("attempts", sa.Column("reply", sa.String()))


def thin_artifacts() -> None:
    """A location names its picture's id, and few pictures have a digest: what is not looked up is not indexed."""
    op.drop_index("ix_artifacts_location", "artifacts")
    op.drop_index("ix_artifacts_digest", "artifacts")
    op.create_index("ix_artifacts_digest", "artifacts", ["digest"], sqlite_where=sa.text("digest IS NOT NULL"))


def make_ledger() -> None:
    """One row per move of an attempt's money, for ever."""
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("nano", sa.BigInteger()),
        sa.Column("currency", sa.String()),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("why", sa.String()),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_generation", "ledger", ["generation"])
    # REPLACE deletes without the DELETE trigger; only a number that is there already shows it.
    taken = "WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq)"
    for move, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", taken)):
        refusal = f"BEGIN SELECT RAISE(ABORT, '{APPENDED_ONLY}'); END"
        op.execute(f"CREATE TRIGGER ledger_refuses_{move.lower()} BEFORE {move} ON ledger {when} {refusal}")


def make_idempotency() -> None:
    """One row per Idempotency-Key of a caller's key."""
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "name", name="pk_idempotency"),
    )


def make_deliveries() -> None:
    """One row per webhook."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_deliveries_generation"),
    )
    op.create_index("ix_deliveries_status_due", "deliveries", ["status", "due"])
    op.create_index("ix_deliveries_generation", "deliveries", ["generation"])


def make_processes() -> None:
    """One row per process, with its counter."""
    op.create_table(
        "processes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )


def close_what_was_left() -> None:
    """The first version took nothing up again: what it left may be paid, or bought nothing, and says so now."""
    op.execute(
        f"""INSERT INTO ledger (attempt, generation, "key", test, state, created, basis, why)
        SELECT attempts.id, generations.id, "key", test, 'unresolved', attempts.created, 'unknown', '{LEFT}'
        FROM attempts JOIN generations ON generations.id = attempts.generation
        WHERE finished IS NULL AND ended IS NULL"""
    )
    op.execute(
        f"""UPDATE generations SET status = 'unknown', error = '{LEFT}', finished = created
        WHERE finished IS NULL AND id IN (SELECT generation FROM attempts WHERE ended IS NULL)"""
    )
    op.execute(
        """UPDATE generations SET status = 'failed', error = 'The gateway was stopped; nothing was bought.',
        finished = created WHERE finished IS NULL"""
    )
