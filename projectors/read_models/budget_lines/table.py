"""The budgets' tables."""

from decimal import Decimal

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from domain.budgets.resource import BudgetResource
from domain.budgets.state import Budget
from projectors.schema import amount, read_model

metadata = read_model("budget_lines", holds=(Budget, BudgetResource))

NO_COVER = Decimal(9999)
"""Stands where there is no contingency or no hard cost left, because a key has no nulls."""

BUDGETS = Table(
    "budgets",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("builder_user_id", Uuid, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("paid_off_by", Uuid),
    amount("contingency_base_cents"),
    Column("contingency_cover", Numeric, nullable=False),
    Column("is_thin", Boolean, nullable=False),
    Column("overfunded_lines", SmallInteger, nullable=False),
    Column("is_flagged", Boolean, nullable=False),
    Column("categories", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(
        "budgets_live_by_cover", "contingency_cover", "loan_id", postgresql_where=text("is_live")
    ),
    Index(
        "budgets_flagged_by_cover",
        "contingency_cover",
        "loan_id",
        postgresql_where=text("is_live AND is_flagged"),
    ),
    Index("budgets_by_builder", "builder_user_id", "contingency_cover", "loan_id"),
)
"""One row a loan: ``folded`` its budget, ``body`` its JSON, ``categories`` its sums by category.

``contingency_base_cents`` is the contingency as originated and as change orders changed it;
reallocations take from it.
"""

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
    Column("accepted_rate", Numeric),
    Column("inspected_on", Date),
    Column("is_overfunded", Boolean, nullable=False),
    Index("budget_lines_by_code", "code", "loan_id"),
)
"""One row a line, for figures across loans."""

BUDGET_TOTALS = Table(
    "budget_totals",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("lines"),
    amount("budget_cents"),
    amount("gross_cents"),
    amount("retainage_cents"),
    amount("overfunded_lines"),
)
"""Sums over the lines of live loans by category."""

BUDGET_FLAGS = Table(
    "budget_flags",
    metadata,
    Column("builder_user_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    amount("loans"),
    amount("flagged"),
    amount("overfunded"),
    amount("thin_contingency"),
)
"""How many budgets of live loans there are, and how many raise which flag."""
