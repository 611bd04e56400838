"""Epochs: the identities a store has had, and after which position each began.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE ledger.epochs (
    epoch uuid PRIMARY KEY,
    began_after bigint NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL
);
INSERT INTO ledger.epochs (epoch, began_after, reason) SELECT epoch, 0, 'made' FROM ledger.store;
GRANT SELECT ON ledger.epochs TO drawbridge_command, drawbridge_projector, drawbridge_query;
"""

_DOWN = "DROP TABLE ledger.epochs"


def upgrade() -> None:
    """Keep the store's identities."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Forget all but the present one."""
    op.get_bind().exec_driver_sql(_DOWN)
