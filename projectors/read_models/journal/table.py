"""The journal's tables."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, SmallInteger, Table, Text, Uuid

from projectors.schema import amount, read_model

metadata = read_model("journal")

JOURNAL_LINES = Table(
    "journal_lines",
    metadata,
    Column("position", BigInteger, primary_key=True),
    Column("line_number", SmallInteger, primary_key=True),
    Column("loan_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("account", Text, nullable=False),
    amount("debit_cents"),
    amount("credit_cents"),
    Column("effective_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("journal_lines_by_loan", "loan_id", "position", "line_number"),
    Index("journal_lines_by_date", "effective_on", "position", "line_number"),
    Index("journal_lines_by_account", "account", "position", "line_number"),
)
"""One row a posting."""

LOAN_BALANCES = Table(
    "loan_balances",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("account", Text, primary_key=True),
    amount("lines"),
    amount("debit_cents"),
    amount("credit_cents"),
)
"""What each account of each loan has been debited and credited."""
