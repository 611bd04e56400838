"""The loans' tables."""

from collections.abc import Mapping
from datetime import date
from typing import Any

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
    text,
)

from domain.defaults.events import AccrualStatus
from domain.interest.forecast import is_red
from domain.interest.period import AccrualPeriod
from domain.loans.resource import LoanResource
from domain.loans.state import LIVE, Loan, LoanState
from projectors.schema import amount, one_of, read_model

metadata = read_model("loan_summary", version="1.1", holds=(Loan, AccrualPeriod, LoanResource))

NOT_DUE = date(9999, 12, 31)
"""Stands where nothing is owed or a reserve lasts for good, because a key has no nulls."""

IS_LIVE = one_of("state", LoanState, LIVE)
"""The states in which a commitment binds; as text, so that an index can be partial."""

_LIVE_ONLY = text(IS_LIVE)

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
    Column("borrower_id", Uuid, nullable=False),
    Column("borrower_name", Text, nullable=False),
    Column("builder_user_id", Uuid, nullable=False),
    Column("rate", Numeric, nullable=False),
    Column("day_count", Text, nullable=False),
    Column("accrual_status", Text, nullable=False),
    Column("closed_on", Date),
    Column("maturity_on", Date, nullable=False),
    Column("extensions_left", SmallInteger, nullable=False),
    amount("commitment_cents"),
    amount("principal_cents"),
    amount("undisbursed_cents"),
    amount("reserved_cents"),
    amount("available_cents"),
    amount("retainage_cents"),
    amount("interest_reserve_cents"),
    amount("accrued_interest_cents"),
    amount("fees_due_cents"),
    amount("exposure_cents"),
    amount("deficiency_cents"),
    amount("interest_billed_cents"),
    Column("past_due_on", Date, nullable=False),
    Column("reserve_exhausted_on", Date, nullable=False),
    Column("percent_complete", Numeric, nullable=False),
    Column("last_funded_on", Date),
    Column("last_inspected_on", Date),
    Column("oldest_estimate_on", Date),
    Column("open_month", Date),
    Column("period", Text),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("loans_by_number", "number", "loan_id"),
    Index("loans_by_project", "project_name", "loan_id"),
    Index("loans_by_commitment", "commitment_cents", "loan_id"),
    Index("loans_by_principal", "principal_cents", "loan_id"),
    Index("loans_by_maturity", "maturity_on", "loan_id"),
    Index("loans_by_deficiency", "deficiency_cents", "loan_id"),
    Index("loans_by_dues", "past_due_on", "loan_id"),
    Index("loans_by_state", "state", "number", "loan_id"),
    Index("loans_by_builder", "builder_user_id", "number", "loan_id"),
    Index("loans_by_borrower", "borrower_id", "number", "loan_id"),
    Index("loans_live_by_maturity", "maturity_on", "loan_id", postgresql_where=_LIVE_ONLY),
    Index("loans_live_by_reserve", "reserve_exhausted_on", "loan_id", postgresql_where=_LIVE_ONLY),
)
"""One row a loan: columns to filter and sort by, ``folded`` its state, ``body`` its JSON.

``past_due_on`` is the date of its oldest unpaid obligation, whether past or to come, and `NOT_DUE`
when nothing is owed; ``interest_billed_cents`` the interest billed and unpaid, due or not yet, less
unapplied cash, and so without a date that it is looked at from.
``period`` is the state of its open month's interest.
"""


def is_live(row: Mapping[str, Any]) -> bool:
    """Whether a row is of a live loan."""
    return row["state"] in LIVE


def _is_stopped(row: Mapping[str, Any]) -> bool:
    return is_live(row) and row["accrual_status"] == AccrualStatus.NONACCRUAL


def _has_reserve(row: Mapping[str, Any]) -> bool:
    held = row["interest_reserve_cents"] > 0 or row["reserve_exhausted_on"] < NOT_DUE
    return is_live(row) and held


def _is_short(row: Mapping[str, Any]) -> bool:
    return is_live(row) and is_red(row["reserve_exhausted_on"], row["maturity_on"])


LOAN_TOTALS = Table(
    "loan_totals",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans", lambda _: 1),
    amount("commitment_cents"),
    amount("principal_cents"),
    amount("undisbursed_cents"),
    amount("reserved_cents"),
    amount("available_cents"),
    amount("retainage_cents"),
    amount("interest_reserve_cents"),
    amount("accrued_interest_cents"),
    amount("fees_due_cents"),
    amount("exposure_cents"),
    amount("deficiency_cents"),
    amount("deficient_loans", lambda row: int(row["deficiency_cents"] > 0)),
    amount("nonaccrual_loans", lambda row: int(_is_stopped(row))),
    amount("nonaccrual_cents", lambda row: row["principal_cents"] if _is_stopped(row) else 0),
    amount("reserve_loans", lambda row: int(_has_reserve(row))),
    amount("short_reserves", lambda row: int(_is_short(row))),
)
"""Sums over each builder's loans and `EVERYBODY`'s, by partition so that writers do not contend."""

LOAN_DUES = Table(
    "loan_dues",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("maturity_on", Date, primary_key=True),
    Column("past_due_on", Date, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans", lambda _: 1),
    amount("commitment_cents"),
    amount("principal_cents"),
    amount("interest_billed_cents"),
)
"""Sums over live loans by when they mature and when the oldest of what they owe fell due."""

LOAN_EXPOSURES = Table(
    "loan_exposures",
    metadata,
    Column("borrower_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans"),
    amount("exposure_cents"),
)
"""What each borrower's live loans come to."""

LOAN_STALENESS = Table(
    "loan_staleness",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("last_on", Date, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans"),
)
"""How many live loans were last inspected, funded or estimated on each date.

A loan to which it never happened counts from its closing.
"""
