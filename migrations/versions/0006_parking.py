"""Parking: events that a projection could not apply, and those of the same loan behind them.

``read.checkpoints.parked`` counts the parked events of a projection's partition on the row whose
lock fences that partition, so a partition without any needs no look-up. ``generation`` counts, on
the same row, how often anything else than following changed the rows: a retry, a rebuild.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE read.checkpoints DROP COLUMN stopped_reason;
ALTER TABLE read.checkpoints
    ADD COLUMN parked integer NOT NULL DEFAULT 0,
    ADD COLUMN generation integer NOT NULL DEFAULT 0;

CREATE TABLE read.parked (
    projection text NOT NULL,
    position bigint NOT NULL,
    partition smallint NOT NULL,
    partition_key uuid NOT NULL,
    stream_id uuid NOT NULL,
    type text NOT NULL,
    reason text,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, position)
);
CREATE INDEX parked_by_key ON read.parked (projection, partition_key, position);

CREATE TABLE read.skipped (
    projection text NOT NULL,
    position bigint NOT NULL,
    partition smallint NOT NULL,
    partition_key uuid NOT NULL,
    stream_id uuid NOT NULL,
    type text NOT NULL,
    error text NOT NULL,
    reason text NOT NULL,
    skipped_by text NOT NULL,
    skipped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, position)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON read.parked, read.skipped TO drawbridge_projector;
GRANT SELECT ON read.parked, read.skipped TO drawbridge_query;
"""

_DOWN = """
DROP TABLE read.skipped;
DROP TABLE read.parked;
ALTER TABLE read.checkpoints DROP COLUMN generation, DROP COLUMN parked;
ALTER TABLE read.checkpoints ADD COLUMN stopped_reason text;
"""


def upgrade() -> None:
    """Make room for parked events and for the audit of skips; nothing stops any more."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Drop both; what was parked is lost to its read model, so rebuild it."""
    op.get_bind().exec_driver_sql(_DOWN)
