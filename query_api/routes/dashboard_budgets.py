"""How fast budgets burn, whether the work keeps pace, and what is left to cover surprises."""

from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from domain.access import Right
from domain.loans.example import LOAN
from projectors.read_models.budget_lines.table import BUDGETS, NO_COVER
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, heading, money, ratio, whose
from query_api.paging import Listing, Stored, where
from runtime.http import Answer, Call, NullableText, Router

router = Router("dashboards")

OVERFUNDED_POINTS_MAX = 5
COVER_MIN = "1"

_TOTALS = """
SELECT category, sum(lines)::bigint, sum(budget_cents)::bigint, sum(gross_cents)::bigint,
       sum(retainage_cents)::bigint, sum(overfunded_lines)::bigint
FROM read.budget_totals WHERE builder_user_id = %(whose)s GROUP BY category ORDER BY category
"""
_FLAGS = """
SELECT coalesce(sum(loans), 0)::bigint, coalesce(sum(flagged), 0)::bigint,
       coalesce(sum(overfunded), 0)::bigint, coalesce(sum(thin_contingency), 0)::bigint
FROM read.budget_flags WHERE builder_user_id = %(whose)s
"""
_MONEY = "to_char({} / 100.0, 'FM99999999999990.00')"
_POINTS = "round((l.gross_cents::numeric / nullif(l.budget_cents, 0) - l.accepted_rate) * 100, 2)"
_LINES = f"""(
    SELECT json_agg(json_build_object(
        'line_id', l.line_id,
        'code', l.code,
        'name', l.name,
        'category', l.category,
        'budget', {_MONEY.format("l.budget_cents")},
        'gross', {_MONEY.format("l.gross_cents")},
        'burn', round(l.gross_cents::numeric / nullif(l.budget_cents, 0), 4)::text,
        'physical', round(l.accepted_rate, 4)::text,
        'inspected_on', l.inspected_on,
        'overfunding_points', {_POINTS}::text,
        'is_overfunded', l.is_overfunded
    ) ORDER BY l.line_number) FROM read.budget_lines AS l WHERE l.loan_id = budgets.loan_id
)"""  # noqa: S608  # constants of this module
_LISTING = Listing(
    row=Stored,
    table=BUDGETS,
    joined="JOIN read.loans USING (loan_id)",
    columns={
        "body": f"""json_build_object(
    'loan_id', budgets.loan_id,
    'number', loans.number,
    'project_name', loans.project_name,
    'contingency_cover', round(nullif(budgets.contingency_cover, {NO_COVER}), 4)::text,
    'overfunded_lines', budgets.overfunded_lines,
    'is_flagged', budgets.is_flagged,
    'lines', {_LINES}
)::text"""
    },
    sorts={"contingency_cover": (BUDGETS.c.contingency_cover, BUDGETS.c.loan_id)},
)

_EXAMPLE: dict[str, Any] = {
    "as_of": "2025-05-01",
    "as_of_position": 42,
    "lag_events": 0,
    "by_category": [
        {
            "category": "HARD",
            "lines": 4,
            "budget": "780000.00",
            "gross": "645000.00",
            "retainage": "46500.00",
            "burn": "0.8269",
            "overfunded_lines": 1,
        }
    ],
    "budgets": 1,
    "flagged": 1,
    "overfunded": 1,
    "thin_contingency": 0,
    "overfunded_points_max": OVERFUNDED_POINTS_MAX,
    "contingency_cover_min": COVER_MIN,
    "loans": [
        {
            "loan_id": str(LOAN.id),
            "number": "L-000001",
            "project_name": "Maple Street 14",
            "contingency_cover": NullableText("5.7778"),
            "overfunded_lines": 1,
            "is_flagged": True,
            "lines": [
                {
                    "line_id": str(LOAN.lines[0].line_id),
                    "code": "FRAMING",
                    "name": "Framing",
                    "category": "HARD",
                    "budget": "240000.00",
                    "gross": "240000.00",
                    "burn": NullableText("1.0000"),
                    "physical": NullableText("0.9400"),
                    "inspected_on": NullableText("2025-04-10"),
                    "overfunding_points": NullableText("6.00"),
                    "is_overfunded": True,
                }
            ],
        }
    ],
}


class BudgetDashboard(DashboardList):
    """As of when, and which page of the budgets, the thinnest contingency first."""

    sort_by: Literal["contingency_cover"] = "contingency_cover"
    flagged: bool | None = Field(default=None, description="Only those with a flag, or without.")
    loan_id: UUID | None = None


@router.get(
    "/dashboards/budget-burn",
    "get_budget_burn_dashboard",
    right=Right.LOANS_READ,
    example=_EXAMPLE,
    meta=PAGE,
)
async def get_budget_burn_dashboard(
    query: BudgetDashboard, call: Call, database: Database
) -> Answer:
    """Budgets of live loans: how much of each line is billed, and how much of it is in place.

    Burn is billed over budget. A line is overfunded when that is over five points ahead of what the
    last accepted inspection found. Contingency cover is the part of the contingency left over the
    part of the hard cost left; below one it is thin.
    """
    given = {"whose": whose(call)}
    totals = await database.tuples(_TOTALS, given)
    loans, flagged, overfunded, thin = next(iter(await database.tuples(_FLAGS, given)), None) or (
        0,
        0,
        0,
        0,
    )
    chosen = where(
        live=("budgets.is_live", True),
        flagged=("budgets.is_flagged", query.flagged or None),
        unflagged=("NOT budgets.is_flagged", True if query.flagged is False else None),
        loan=("budgets.loan_id = %(loan)s", query.loan_id),
        owner=("budgets.builder_user_id = %(owner)s", call.owner_id),
    )
    total = {None: loans, True: flagged, False: loans - flagged}[query.flagged]
    page = await _LISTING.page(database, query, chosen, total)
    if query.loan_id is not None:
        page.meta.update(total=len(page.rows), total_pages=len(page.rows))
    data = {
        **heading(query.on, call),
        "by_category": [_category(*row) for row in totals],
        "budgets": loans,
        "flagged": flagged,
        "overfunded": overfunded,
        "thin_contingency": thin,
        "overfunded_points_max": OVERFUNDED_POINTS_MAX,
        "contingency_cover_min": COVER_MIN,
        "loans": [orjson.loads(row.body) for row in page.rows],
    }
    return Answer(data, meta=page.meta)


def _category(
    category: str, lines: int, budget: int, gross: int, retainage: int, overfunded: int
) -> dict[str, Any]:
    return {
        "category": category,
        "lines": lines,
        **money({"budget": budget, "gross": gross, "retainage": retainage}),
        "burn": ratio(gross, budget),
        "overfunded_lines": overfunded,
    }
