"""Epochs: the identities a store has had, and after which position each began.

Beside each stands the timeline that PostgreSQL was on, which it changes whenever it was restored to
a point in time or failed over. So a restore after which nobody began an epoch shows.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A managed database may keep its log to itself: then the timeline is unknown, and no more than that.
_UP = """
CREATE FUNCTION ledger.timeline() RETURNS integer LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

CREATE TABLE ledger.epochs (
    epoch uuid PRIMARY KEY,
    began_after bigint NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    timeline integer DEFAULT ledger.timeline(),
    reason text NOT NULL
);
INSERT INTO ledger.epochs (epoch, began_after, reason) SELECT epoch, 0, 'made' FROM ledger.store;
GRANT SELECT ON ledger.epochs TO drawbridge_command, drawbridge_projector, drawbridge_query;
"""

_DOWN = """
DROP TABLE ledger.epochs;
DROP FUNCTION ledger.timeline();
"""


def upgrade() -> None:
    """Keep the store's identities."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Forget all but the present one."""
    op.get_bind().exec_driver_sql(_DOWN)
