"""The loans' tables."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from projectors.schema import amount, metadata

LOANS = Table(
    "loans",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("project_name", Text, nullable=False),
    Column("borrower_name", Text, nullable=False),
    Column("builder_user_id", Uuid, nullable=False),
    Column("rate", Numeric, nullable=False),
    Column("maturity_on", Date, nullable=False),
    amount("commitment_cents"),
    amount("principal_cents"),
    amount("undisbursed_cents"),
    amount("reserved_cents"),
    amount("available_cents"),
    amount("retainage_cents"),
    amount("exposure_cents"),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("loans_by_number", "number", "loan_id"),
    Index("loans_by_project", "project_name", "loan_id"),
    Index("loans_by_commitment", "commitment_cents", "loan_id"),
    Index("loans_by_principal", "principal_cents", "loan_id"),
    Index("loans_by_maturity", "maturity_on", "loan_id"),
    Index("loans_by_state", "state", "number", "loan_id"),
    Index("loans_by_builder", "builder_user_id", "number", "loan_id"),
)
"""One row a loan: columns to filter and sort by, ``folded`` its state, ``body`` its JSON."""

LOAN_TOTALS = Table(
    "loan_totals",
    metadata,
    Column("state", Text, primary_key=True),
    Column("builder_user_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans"),
    amount("commitment_cents"),
    amount("principal_cents"),
    amount("undisbursed_cents"),
    amount("reserved_cents"),
    amount("available_cents"),
    amount("retainage_cents"),
    amount("exposure_cents"),
)
"""Sums over the loans, kept by partition so that writers do not contend."""
