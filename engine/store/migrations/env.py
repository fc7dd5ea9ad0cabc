"""Run by alembic: hands it the connection that `engine.store.schema` has opened."""

from alembic import context

from engine.store.schema import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables(),
    compare_server_default=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
