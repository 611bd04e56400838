"""What Alembic runs: all steps in one transaction, on the connection that `migrations` hands it.

Whoever writes a revision may also call ``alembic -c migrations/alembic.ini``, which hands over
nothing: then it is the database of ``DRAWBRIDGE_DATABASE_URL``.
"""

from alembic import context
from sqlalchemy import Connection, create_engine

from migrations import sqlalchemy_url
from runtime.settings import Settings


def run(connection: Connection) -> None:
    """Run the steps that were asked for: all of them or none."""
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(sqlalchemy_url(Settings().database_url)).connect() as opened:
        run(opened)
