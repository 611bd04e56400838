"""Users, their refresh tokens, and every attempt to sign in.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = """
CREATE SCHEMA auth;

CREATE TABLE auth.users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) <= 254),
    name text NOT NULL CHECK (length(name) <= 200),
    role text NOT NULL CHECK (role IN (
        'admin', 'acquisitions', 'design', 'entitlement', 'servicing', 'builder', 'auditor')),
    password_hash text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
CREATE UNIQUE INDEX users_email ON auth.users (lower(email));

CREATE TABLE auth.refresh_tokens (
    hash bytea PRIMARY KEY,
    family uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES auth.users (id),
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX refresh_tokens_family ON auth.refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON auth.refresh_tokens (user_id);
CREATE INDEX refresh_tokens_expiry ON auth.refresh_tokens (expires_at);

CREATE TABLE auth.sign_in_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    email text NOT NULL,
    address text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused', 'throttled')),
    user_id uuid
);
CREATE INDEX sign_in_attempts_recent ON auth.sign_in_attempts (email, address, at);

GRANT USAGE ON SCHEMA auth TO drawbridge_command, drawbridge_query;
GRANT SELECT, INSERT, UPDATE ON auth.users, auth.refresh_tokens TO drawbridge_command;
GRANT DELETE ON auth.refresh_tokens TO drawbridge_command;
GRANT SELECT, INSERT ON auth.sign_in_attempts TO drawbridge_command;
-- The query side never sees a password's hash, nor any token's.
GRANT SELECT (id, email, name, role, version, created_at, disabled_at)
    ON auth.users TO drawbridge_query;
"""


def upgrade() -> None:
    """Make the schema."""
    op.execute(_UP)


def downgrade() -> None:
    """Drop it, with everybody in it."""
    op.execute("DROP SCHEMA auth CASCADE")
