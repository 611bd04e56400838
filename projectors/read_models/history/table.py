"""The history's tables."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid

from domain.events.resource import EventResource
from projectors.schema import amount, read_model

metadata = read_model("history", holds=(EventResource,))

HISTORY = Table(
    "history",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("loan_id", Uuid, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("history_by_loan", "loan_id", "position"),
    Index("history_by_stream", "stream_id", "position"),
)
"""One row an event, as JSON shows it."""

HISTORY_COUNTS = Table(
    "history_counts",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    amount("events"),
)
"""How many events each loan's history has: its own, its draws', its months' and its quotes'."""
