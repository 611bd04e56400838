"""The budgets' tables."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text, Uuid

from projectors.schema import amount, metadata

BUDGETS = Table(
    "budgets",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""One row a loan: ``folded`` its budget, ``body`` its JSON."""

BUDGET_LINES = Table(
    "budget_lines",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("line_id", Uuid, primary_key=True),
    Column("line_number", SmallInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    amount("budget_cents"),
    amount("gross_cents"),
    amount("funded_cents"),
    amount("reserved_cents"),
    amount("retainage_cents"),
    amount("unbilled_cents"),
    Index("budget_lines_by_code", "code", "loan_id"),
)
"""One row a line, for figures across loans."""
