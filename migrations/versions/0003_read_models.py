"""The read side: checkpoints, and the tables of the first read models.

Everything here can be dropped and filled again from the ledger by ``drawbridge projections
rebuild --all``. ``read_next`` is where a rebuild prepares tables before they take their place.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = """
CREATE SCHEMA read;
CREATE SCHEMA read_next;

CREATE TABLE read.checkpoints (
    projection text NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    kafka_offset bigint NOT NULL,
    store_epoch uuid NOT NULL,
    stopped_reason text,
    PRIMARY KEY (projection, partition)
);

CREATE TABLE read.loans (
    loan_id uuid NOT NULL,
    partition smallint NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    project_name text NOT NULL,
    borrower_name text NOT NULL,
    builder_user_id uuid NOT NULL,
    rate numeric NOT NULL,
    maturity_on date NOT NULL,
    commitment_cents bigint NOT NULL,
    principal_cents bigint NOT NULL,
    undisbursed_cents bigint NOT NULL,
    reserved_cents bigint NOT NULL,
    available_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    exposure_cents bigint NOT NULL,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (loan_id)
);
CREATE INDEX loans_by_builder ON read.loans (builder_user_id, number, loan_id);
CREATE INDEX loans_by_commitment ON read.loans (commitment_cents, loan_id);
CREATE INDEX loans_by_maturity ON read.loans (maturity_on, loan_id);
CREATE INDEX loans_by_number ON read.loans (number, loan_id);
CREATE INDEX loans_by_principal ON read.loans (principal_cents, loan_id);
CREATE INDEX loans_by_project ON read.loans (project_name, loan_id);
CREATE INDEX loans_by_state ON read.loans (state, number, loan_id);

CREATE TABLE read.loan_totals (
    state text NOT NULL,
    builder_user_id uuid NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    commitment_cents bigint NOT NULL,
    principal_cents bigint NOT NULL,
    undisbursed_cents bigint NOT NULL,
    reserved_cents bigint NOT NULL,
    available_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    exposure_cents bigint NOT NULL,
    PRIMARY KEY (state, builder_user_id, partition)
);

CREATE TABLE read.budgets (
    loan_id uuid NOT NULL,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (loan_id)
);

CREATE TABLE read.budget_lines (
    loan_id uuid NOT NULL,
    line_id uuid NOT NULL,
    line_number smallint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    budget_cents bigint NOT NULL,
    gross_cents bigint NOT NULL,
    funded_cents bigint NOT NULL,
    reserved_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    unbilled_cents bigint NOT NULL,
    PRIMARY KEY (loan_id, line_id)
);
CREATE INDEX budget_lines_by_code ON read.budget_lines (code, loan_id);

CREATE TABLE read.draws (
    draw_id uuid NOT NULL,
    partition smallint NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    loan_id uuid NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    kind text NOT NULL,
    builder_user_id uuid NOT NULL,
    period_to date NOT NULL,
    first_submitted_on date,
    funded_on date,
    net_cents bigint NOT NULL,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (draw_id)
);
CREATE INDEX draws_by_builder ON read.draws (builder_user_id, period_to, draw_id);
CREATE INDEX draws_by_loan ON read.draws (loan_id, number, draw_id);
CREATE INDEX draws_by_net ON read.draws (net_cents, draw_id);
CREATE INDEX draws_by_period ON read.draws (period_to, draw_id);
CREATE INDEX draws_by_state ON read.draws (state, period_to, draw_id);

CREATE TABLE read.draw_totals (
    state text NOT NULL,
    builder_user_id uuid NOT NULL,
    first_submitted_on date NOT NULL,
    partition smallint NOT NULL,
    draws bigint NOT NULL,
    net_cents bigint NOT NULL,
    PRIMARY KEY (state, builder_user_id, first_submitted_on, partition)
);

CREATE TABLE read.journal_lines (
    position bigint NOT NULL,
    line_number smallint NOT NULL,
    loan_id uuid NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    account text NOT NULL,
    debit_cents bigint NOT NULL,
    credit_cents bigint NOT NULL,
    effective_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (position, line_number)
);
CREATE INDEX journal_lines_by_account ON read.journal_lines (account, position, line_number);
CREATE INDEX journal_lines_by_date ON read.journal_lines (effective_on, position, line_number);
CREATE INDEX journal_lines_by_loan ON read.journal_lines (loan_id, position, line_number);

CREATE TABLE read.loan_balances (
    loan_id uuid NOT NULL,
    account text NOT NULL,
    lines bigint NOT NULL,
    debit_cents bigint NOT NULL,
    credit_cents bigint NOT NULL,
    PRIMARY KEY (loan_id, account)
);

CREATE TABLE read.account_totals (
    account text NOT NULL,
    partition smallint NOT NULL,
    lines bigint NOT NULL,
    debit_cents bigint NOT NULL,
    credit_cents bigint NOT NULL,
    PRIMARY KEY (account, partition)
);

CREATE TABLE read.history (
    position bigint NOT NULL,
    loan_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (position)
);
CREATE INDEX history_by_loan ON read.history (loan_id, position);
CREATE INDEX history_by_stream ON read.history (stream_id, position);

GRANT USAGE ON SCHEMA read TO drawbridge_projector, drawbridge_query;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA read TO drawbridge_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA read TO drawbridge_query;
"""

_DOWN = """
DROP SCHEMA read_next CASCADE;
DROP SCHEMA read CASCADE;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
