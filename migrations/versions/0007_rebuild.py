"""Rebuild: what is under way, and the version of a read model from before the last one.

``read_next`` holds a rebuild until it takes its place, ``read_verify`` a replay that is only
compared. Each has its identity, its chunks of loans and the positions of its tables in tables of
its own, so that who comes after a kill can go on. ``read_previous`` keeps the version before the
last rebuild, with all that stood beside it; ``read_aside`` is where a table is while two change
places, and empty at any other time.

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
CREATE SCHEMA read_verify;
CREATE SCHEMA read_aside;

CREATE TABLE read_next.work (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    projections text[] NOT NULL,
    store_epoch uuid NOT NULL,
    code text NOT NULL,
    tables text NOT NULL,
    with_skipped boolean NOT NULL,
    targets jsonb NOT NULL,
    phase text NOT NULL,
    failure jsonb
);

CREATE TABLE read_next.chunks (
    number integer PRIMARY KEY,
    first_key uuid NOT NULL,
    last_key uuid NOT NULL,
    events bigint NOT NULL,
    events_read bigint
);

CREATE TABLE read_next.checkpoints (
    projection text NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (projection, partition)
);

CREATE TABLE read_verify.work (LIKE read_next.work INCLUDING ALL);
CREATE TABLE read_verify.chunks (LIKE read_next.chunks INCLUDING ALL);
CREATE TABLE read_verify.checkpoints (LIKE read_next.checkpoints INCLUDING ALL);

CREATE TABLE read_previous.checkpoints (LIKE read.checkpoints INCLUDING ALL);
CREATE TABLE read_previous.parked (LIKE read.parked INCLUDING ALL);
CREATE TABLE read_previous.skipped (LIKE read.skipped INCLUDING ALL);

GRANT USAGE ON SCHEMA read_previous TO drawbridge_projector, drawbridge_query;
"""

_DOWN = """
DROP SCHEMA read_aside CASCADE;
DROP SCHEMA read_verify CASCADE;
DROP SCHEMA read_previous CASCADE;
DROP TABLE read_next.checkpoints, read_next.chunks, read_next.work;
"""


def upgrade() -> None:
    """Make the schemas and what a rebuild keeps of itself."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Drop them with what they hold."""
    op.get_bind().exec_driver_sql(_DOWN)
