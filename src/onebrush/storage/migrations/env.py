"""Alembic's entry: runs the versions on the connection that `storage.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from onebrush.storage.schema import metadata

# render_as_batch: SQLite alters a table by rebuilding it.
# transactional_ddl: SQLite can, though Alembic's default says no; a killed upgrade leaves nothing half done.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
