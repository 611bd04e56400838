"""The read tables of servicing: what is owed, what was paid, how budgets burn and draws wait.

Read tables hold nothing of their own, so those that change are made anew and their checkpoints
forgotten: the projectors fill them again from the ledger, as does ``drawbridge projections rebuild
--all``, at more speed. So it is with the histories, whose events are counted now.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW = """
CREATE TABLE read.loans (
    loan_id uuid NOT NULL,
    partition smallint NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    project_name text NOT NULL,
    borrower_id uuid NOT NULL,
    borrower_name text NOT NULL,
    builder_user_id uuid NOT NULL,
    rate numeric NOT NULL,
    day_count text NOT NULL,
    accrual_status text NOT NULL,
    closed_on date,
    maturity_on date NOT NULL,
    extensions_left smallint NOT NULL,
    commitment_cents bigint NOT NULL,
    principal_cents bigint NOT NULL,
    undisbursed_cents bigint NOT NULL,
    reserved_cents bigint NOT NULL,
    available_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    interest_reserve_cents bigint NOT NULL,
    accrued_interest_cents bigint NOT NULL,
    fees_due_cents bigint NOT NULL,
    exposure_cents bigint NOT NULL,
    deficiency_cents bigint NOT NULL,
    past_due_cents bigint NOT NULL,
    past_due_on date NOT NULL,
    reserve_exhausted_on date NOT NULL,
    percent_complete numeric NOT NULL,
    last_funded_on date,
    last_inspected_on date,
    oldest_estimate_on date,
    open_month date,
    period text,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (loan_id)
);
CREATE INDEX loans_by_borrower ON read.loans (borrower_id, number, loan_id);
CREATE INDEX loans_by_builder ON read.loans (builder_user_id, number, loan_id);
CREATE INDEX loans_by_commitment ON read.loans (commitment_cents, loan_id);
CREATE INDEX loans_by_deficiency ON read.loans (deficiency_cents, loan_id);
CREATE INDEX loans_by_dues ON read.loans (past_due_on, loan_id);
CREATE INDEX loans_by_maturity ON read.loans (maturity_on, loan_id);
CREATE INDEX loans_by_number ON read.loans (number, loan_id);
CREATE INDEX loans_by_principal ON read.loans (principal_cents, loan_id);
CREATE INDEX loans_by_project ON read.loans (project_name, loan_id);
CREATE INDEX loans_by_state ON read.loans (state, number, loan_id);
CREATE INDEX loans_live_by_maturity ON read.loans (maturity_on, loan_id)
    WHERE state IN ('ACTIVE', 'MATURED', 'DEFAULT');
CREATE INDEX loans_live_by_reserve ON read.loans (reserve_exhausted_on, loan_id)
    WHERE state IN ('ACTIVE', 'MATURED', 'DEFAULT');

CREATE TABLE read.loan_totals (
    builder_user_id uuid NOT NULL,
    state text NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    commitment_cents bigint NOT NULL,
    principal_cents bigint NOT NULL,
    undisbursed_cents bigint NOT NULL,
    reserved_cents bigint NOT NULL,
    available_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    interest_reserve_cents bigint NOT NULL,
    accrued_interest_cents bigint NOT NULL,
    fees_due_cents bigint NOT NULL,
    exposure_cents bigint NOT NULL,
    deficiency_cents bigint NOT NULL,
    deficient_loans bigint NOT NULL,
    nonaccrual_loans bigint NOT NULL,
    nonaccrual_cents bigint NOT NULL,
    reserve_loans bigint NOT NULL,
    short_reserves bigint NOT NULL,
    PRIMARY KEY (builder_user_id, state, partition)
);

CREATE TABLE read.loan_dues (
    builder_user_id uuid NOT NULL,
    maturity_on date NOT NULL,
    past_due_on date NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    commitment_cents bigint NOT NULL,
    principal_cents bigint NOT NULL,
    past_due_cents bigint NOT NULL,
    PRIMARY KEY (builder_user_id, maturity_on, past_due_on, partition)
);

CREATE TABLE read.loan_exposures (
    borrower_id uuid NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    exposure_cents bigint NOT NULL,
    PRIMARY KEY (borrower_id, partition)
);

CREATE TABLE read.loan_staleness (
    builder_user_id uuid NOT NULL,
    kind text NOT NULL,
    last_on date NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    PRIMARY KEY (builder_user_id, kind, last_on, partition)
);

CREATE TABLE read.budgets (
    loan_id uuid NOT NULL,
    partition smallint NOT NULL,
    builder_user_id uuid NOT NULL,
    is_live boolean NOT NULL,
    paid_off_by uuid,
    contingency_base_cents bigint NOT NULL,
    contingency_cover numeric NOT NULL,
    is_thin boolean NOT NULL,
    overfunded_lines smallint NOT NULL,
    is_flagged boolean NOT NULL,
    categories text NOT NULL,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (loan_id)
);
CREATE INDEX budgets_by_builder ON read.budgets (builder_user_id, contingency_cover, loan_id);
CREATE INDEX budgets_flagged_by_cover ON read.budgets (contingency_cover, loan_id)
    WHERE is_live AND is_flagged;
CREATE INDEX budgets_live_by_cover ON read.budgets (contingency_cover, loan_id)
    WHERE is_live;

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
    accepted_rate numeric,
    inspected_on date,
    is_overfunded boolean NOT NULL,
    PRIMARY KEY (loan_id, line_id)
);
CREATE INDEX budget_lines_by_code ON read.budget_lines (code, loan_id);

CREATE TABLE read.budget_totals (
    builder_user_id uuid NOT NULL,
    category text NOT NULL,
    partition smallint NOT NULL,
    lines bigint NOT NULL,
    budget_cents bigint NOT NULL,
    gross_cents bigint NOT NULL,
    retainage_cents bigint NOT NULL,
    overfunded_lines bigint NOT NULL,
    PRIMARY KEY (builder_user_id, category, partition)
);

CREATE TABLE read.budget_flags (
    builder_user_id uuid NOT NULL,
    partition smallint NOT NULL,
    loans bigint NOT NULL,
    flagged bigint NOT NULL,
    overfunded bigint NOT NULL,
    thin_contingency bigint NOT NULL,
    PRIMARY KEY (builder_user_id, partition)
);

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
    returned_on date,
    funded_on date,
    net_cents bigint NOT NULL,
    times_returned integer NOT NULL,
    returned_days integer NOT NULL,
    returned_business_days integer NOT NULL,
    borrower_days integer,
    borrower_business_days integer,
    lender_days integer,
    lender_business_days integer,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (draw_id)
);
CREATE INDEX draws_by_builder ON read.draws (builder_user_id, period_to, draw_id);
CREATE INDEX draws_by_loan ON read.draws (loan_id, number, draw_id);
CREATE INDEX draws_by_net ON read.draws (net_cents, draw_id);
CREATE INDEX draws_by_period ON read.draws (period_to, draw_id);
CREATE INDEX draws_by_state ON read.draws (state, period_to, draw_id);
CREATE INDEX draws_by_submission ON read.draws (first_submitted_on, draw_id)
    WHERE state IN ('SUBMITTED', 'IN_REVIEW', 'RETURNED', 'APPROVED', 'FUNDING');

CREATE TABLE read.draw_totals (
    builder_user_id uuid NOT NULL,
    state text NOT NULL,
    first_submitted_on date NOT NULL,
    partition smallint NOT NULL,
    draws bigint NOT NULL,
    net_cents bigint NOT NULL,
    never_returned bigint NOT NULL,
    PRIMARY KEY (builder_user_id, state, first_submitted_on, partition)
);

CREATE TABLE read.draw_turnaround (
    funded_on date NOT NULL,
    clock text NOT NULL,
    days integer NOT NULL,
    partition smallint NOT NULL,
    draws bigint NOT NULL,
    PRIMARY KEY (funded_on, clock, days, partition)
);

CREATE TABLE read.history_counts (
    loan_id uuid NOT NULL,
    events bigint NOT NULL,
    PRIMARY KEY (loan_id)
);

CREATE TABLE read.payments (
    payment_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    received_on date NOT NULL,
    reversed_on date,
    amount_cents bigint NOT NULL,
    folded text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (payment_id, loan_id)
);
CREATE INDEX payments_by_date ON read.payments (received_on, position);
CREATE INDEX payments_by_loan ON read.payments (loan_id, received_on, position);
CREATE INDEX payments_by_position ON read.payments (position);

CREATE TABLE read.payment_totals (
    is_reversed smallint NOT NULL,
    partition smallint NOT NULL,
    payments bigint NOT NULL,
    amount_cents bigint NOT NULL,
    PRIMARY KEY (is_reversed, partition)
);

CREATE TABLE read.payoff_quotes (
    position bigint NOT NULL,
    loan_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    payoff_on date NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (position)
);
CREATE INDEX payoff_quotes_by_loan ON read.payoff_quotes (loan_id, position);
"""

_OLD = """
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
"""

_TABLES_NEW = (
    "loans",
    "loan_totals",
    "loan_dues",
    "loan_exposures",
    "loan_staleness",
    "budgets",
    "budget_lines",
    "budget_totals",
    "budget_flags",
    "draws",
    "draw_totals",
    "draw_turnaround",
    "history_counts",
    "payments",
    "payment_totals",
    "payoff_quotes",
)
_TABLES_OLD = ("loans", "loan_totals", "budgets", "budget_lines", "draws", "draw_totals")
_REFILLED = (
    "'loan_summary', 'budget_lines', 'draw_register', 'history', 'payments', 'payoff_quotes'"
)


def upgrade() -> None:
    """Make the tables of this version."""
    _replace(_TABLES_OLD, _NEW, _TABLES_NEW)


def downgrade() -> None:
    """Make those of the version before."""
    _replace(_TABLES_NEW, _OLD, _TABLES_OLD)


def _replace(old: tuple[str, ...], statements: str, new: tuple[str, ...]) -> None:
    op.execute("DROP TABLE " + ", ".join(f"read.{name}" for name in old))
    op.execute(statements)
    made = ", ".join(f"read.{name}" for name in new)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {made} TO drawbridge_projector")
    op.execute(f"GRANT SELECT ON {made} TO drawbridge_query")
    op.execute("TRUNCATE read.history")
    op.execute(f"DELETE FROM read.checkpoints WHERE projection IN ({_REFILLED})")  # noqa: S608  # names of this module
