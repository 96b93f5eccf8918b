"""How the migrations are run: on the connection that the store hands over, all together or not at all."""

from __future__ import annotations

from alembic import context

from litmus.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
