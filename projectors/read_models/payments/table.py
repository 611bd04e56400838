"""The payments' tables."""

from sqlalchemy import BigInteger, Column, Date, Index, SmallInteger, Table, Text, Uuid

from domain.receivables.resource import LoanPaymentResource
from domain.receivables.state import Payment
from projectors.schema import amount, read_model

metadata = read_model("payments", holds=(Payment, LoanPaymentResource))

PAYMENTS = Table(
    "payments",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("loan_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("reversed_on", Date),
    amount("amount_cents"),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("payments_by_date", "received_on", "position"),
    Index("payments_by_position", "position"),
    Index("payments_by_loan", "loan_id", "received_on", "position"),
)
"""One row a payment; ``position`` is that of its receipt."""

PAYMENT_TOTALS = Table(
    "payment_totals",
    metadata,
    Column("is_reversed", SmallInteger, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("payments"),
    amount("amount_cents"),
)
"""How many payments came in, and what they came to: those that stand, and those reversed (1)."""
