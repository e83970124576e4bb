"""What Alembic runs: the revisions, on the connection that `migrate` handed over, inside its transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # a migration that fails, or is killed, leaves nothing behind
)
context.run_migrations()
