"""Alembic's way in: `watcher.store.schema.upgrade` hands over the connection, in whose transaction all of it runs.

A new migration is a file `versions/NNNN_what.py` (script.py.mako is its shape) and its number as `schema.HEAD`.
"""

from alembic import context

from watcher.store.tables import metadata

# SQLite's ALTER TABLE cannot change a column: batch mode makes the table anew.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
