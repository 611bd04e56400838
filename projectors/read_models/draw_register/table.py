"""The draws' tables."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from domain.draws.resource import DrawResource
from domain.draws.state import WAITING, Draw, DrawState
from projectors.schema import amount, one_of, read_model

metadata = read_model("draw_register", holds=(Draw, DrawResource))

NEVER = date(1, 1, 1)
"""Stands where the date of first submission does not matter, because a key has no nulls."""

IS_WAITING = one_of("state", DrawState, WAITING)
"""That somebody has to do something; as text, so that an index can be partial."""

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
    Column("returned_on", Date),
    Column("funded_on", Date),
    amount("net_cents"),
    Column("times_returned", Integer, nullable=False),
    Column("returned_days", Integer, nullable=False),
    Column("returned_business_days", Integer, nullable=False),
    Column("borrower_days", Integer),
    Column("borrower_business_days", Integer),
    Column("lender_days", Integer),
    Column("lender_business_days", Integer),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("draws_by_loan", "loan_id", "number", "draw_id"),
    Index("draws_by_period", "period_to", "draw_id"),
    Index("draws_by_net", "net_cents", "draw_id"),
    Index("draws_by_state", "state", "period_to", "draw_id"),
    Index("draws_by_builder", "builder_user_id", "period_to", "draw_id"),
    Index(
        "draws_by_submission", "first_submitted_on", "draw_id", postgresql_where=text(IS_WAITING)
    ),
)
"""One row a draw: columns to filter and sort by, ``folded`` its state, ``body`` its JSON.

``returned_on`` is set while the builder has it back, the days returned are those before that. The
clocks run from first submission to funding: the borrower's counts the time it was returned, the
lender's does not. They are set once it is funded.
"""

DRAW_TOTALS = Table(
    "draw_totals",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("first_submitted_on", Date, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("draws"),
    amount("net_cents"),
    amount("never_returned"),
)
"""Sums over the draws of each builder, and of `EVERYBODY`; the date only while a draw waits."""

DRAW_TURNAROUND = Table(
    "draw_turnaround",
    metadata,
    Column("funded_on", Date, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("draws"),
)
"""How many funded draws took how many days, by each clock, and were returned how often."""
