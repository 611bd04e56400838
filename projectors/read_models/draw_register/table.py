"""The draws' tables."""

from datetime import date

from sqlalchemy import BigInteger, Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid

from projectors.schema import amount, metadata

NEVER = date(1, 1, 1)
"""Stands where the date of first submission does not matter, because a key has no nulls."""

DRAWS = Table(
    "draws",
    metadata,
    Column("draw_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("loan_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("builder_user_id", Uuid, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("first_submitted_on", Date),
    Column("funded_on", Date),
    amount("net_cents"),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("draws_by_loan", "loan_id", "number", "draw_id"),
    Index("draws_by_period", "period_to", "draw_id"),
    Index("draws_by_net", "net_cents", "draw_id"),
    Index("draws_by_state", "state", "period_to", "draw_id"),
    Index("draws_by_builder", "builder_user_id", "period_to", "draw_id"),
)
"""One row a draw: columns to filter and sort by, ``folded`` its state, ``body`` its JSON."""

DRAW_TOTALS = Table(
    "draw_totals",
    metadata,
    Column("state", Text, primary_key=True),
    Column("builder_user_id", Uuid, primary_key=True),
    Column("first_submitted_on", Date, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("draws"),
    amount("net_cents"),
)
"""Sums over the draws; the date only where a draw is pending, so that they can be aged."""
