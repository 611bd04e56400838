"""The payoff quotes' table."""

from sqlalchemy import BigInteger, Column, Date, Index, Table, Text, Uuid

from domain.payoff.resource import PayoffQuoteResource
from projectors.schema import read_model

metadata = read_model("payoff_quotes", holds=(PayoffQuoteResource,))

PAYOFF_QUOTES = Table(
    "payoff_quotes",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("loan_id", Uuid, nullable=False),
    Column("quote_id", Uuid, nullable=False),
    Column("payoff_on", Date, nullable=False),
    Column("body", Text, nullable=False),
    Index("payoff_quotes_by_loan", "loan_id", "position"),
)
"""One row a quote, as JSON shows it."""
