"""Alembic's way in: `watcher.store.schema.upgrade` hands over the connection, in whose transaction all of it runs.

A new migration is a file `versions/NNNN_what.py` (script.py.mako is its shape) and its number as `schema.HEAD`. What
ALTER TABLE cannot do on SQLite, `op.batch_alter_table` can.
"""

from alembic import context

from watcher.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
