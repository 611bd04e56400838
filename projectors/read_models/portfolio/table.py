"""The portfolio's accounts."""

from sqlalchemy import Column, SmallInteger, Table, Text

from projectors.schema import amount, read_model

metadata = read_model("portfolio")

ACCOUNT_TOTALS = Table(
    "account_totals",
    metadata,
    Column("account", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("lines"),
    amount("debit_cents"),
    amount("credit_cents"),
)
"""What each account was debited and credited over all loans, by partition."""
