"""An index of the loans that were closed, for those who walk all of them.

Close of business visits every loan once a day; without this it would read the whole log to find
them. A store as large as that is not migrated by this step: nothing was released before it, and a
plain index, made in the transaction of the other steps, is all or nothing as they are.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "CREATE INDEX events_loans_closed ON ledger.events (position) INCLUDE (stream_id)"
        " WHERE type = 'loan.closed'"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX ledger.events_loans_closed")
