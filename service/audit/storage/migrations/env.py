"""What alembic runs: the steps that are missing, on the connection and in the transaction that the caller holds."""

from alembic import context

from service.audit.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
