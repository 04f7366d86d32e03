"""Runs the versions of a schema over the connection that the store passes in."""

from alembic import context

asked = context.config.attributes
context.configure(connection=asked["connection"], version_table=asked["version_table"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
