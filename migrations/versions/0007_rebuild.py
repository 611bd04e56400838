"""Rebuild: the version of a read model before the last rebuild, kept for going back to it.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UP = """
CREATE SCHEMA read_previous;
GRANT USAGE ON SCHEMA read_previous TO drawbridge_projector, drawbridge_query;
"""

_DOWN = "DROP SCHEMA read_previous CASCADE"


def upgrade() -> None:
    """Make the schema of previous versions."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Drop it with what it holds."""
    op.get_bind().exec_driver_sql(_DOWN)
