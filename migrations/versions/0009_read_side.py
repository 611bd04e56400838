"""The read side is handed over to the code, which makes, changes and drops its tables from here on.

A role owns it that nobody logs in as, and the processes' roles write and read by its leave. No row
is touched: ``drawbridge projections apply`` finds the tables as they stand, and where they are what
the code declares, projectors go on with them. The steps that made them stay as they are, for they
are what databases in use have run; so a new database comes to this step with the same tables, only
empty, and ends where those end.

Going down takes the tables back as they then stand. Where the code has changed one since, the
release before it has to rebuild it.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As with the roles of the first step: it belongs to the cluster, and is never dropped.
_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'drawbridge_read_owner') THEN
        BEGIN
            CREATE ROLE drawbridge_read_owner NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- A migration of another database made it a moment ago.
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            GRANT drawbridge_read_owner TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
END
$$;
"""

# Temporary tables are tables, too: of the processes, none makes any.
_RIGHTS = """
DO $$
BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO drawbridge_read_owner', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
GRANT USAGE ON SCHEMA ledger TO drawbridge_read_owner;
GRANT SELECT ON ledger.events, ledger.store, ledger.head TO drawbridge_read_owner;
"""

_NO_RIGHTS = """
REVOKE SELECT ON ledger.events, ledger.store, ledger.head FROM drawbridge_read_owner;
REVOKE USAGE ON SCHEMA ledger FROM drawbridge_read_owner;
DO $$
BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
    EXECUTE format('REVOKE CREATE ON DATABASE %I FROM drawbridge_read_owner', current_database());
END
$$;
"""

_HAND_OVER = """
DO $$
DECLARE
    owned record;
BEGIN
    FOR owned IN SELECT nspname FROM pg_namespace WHERE nspname IN {schemas} LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO {to}', owned.nspname);
    END LOOP;
    FOR owned IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN {schemas} LOOP
        EXECUTE format('ALTER TABLE %I.%I OWNER TO {to}', owned.schemaname, owned.tablename);
    END LOOP;
END
$$;
"""
# Whoever reads is waited for, and everybody else waits behind: rather fail, and be run again.
_WAIT = "SET LOCAL lock_timeout = '5s'"
_SCHEMAS = "('read', 'read_next', 'read_previous', 'read_verify', 'read_aside')"

# What only the code knows of goes, and what tables that are made from now on would be given.
_FORGET = """
ALTER DEFAULT PRIVILEGES FOR ROLE drawbridge_read_owner
    REVOKE ALL ON TABLES FROM drawbridge_projector, drawbridge_query;
DROP TABLE IF EXISTS read.models, read_previous.models;
"""


def upgrade() -> None:
    """Give the read side its owner."""
    for statement in (_WAIT, _ROLE, _RIGHTS, _hand_over("drawbridge_read_owner")):
        op.execute(statement)


def downgrade() -> None:
    """Give it back to whoever migrates."""
    for statement in (_WAIT, _FORGET, _hand_over("CURRENT_USER"), _NO_RIGHTS):
        op.execute(statement)


def _hand_over(to: str) -> str:
    return _HAND_OVER.format(schemas=_SCHEMAS, to=to)
