"""How long interest reserves last."""

from calendar import isleap
from datetime import date
from typing import Literal

import orjson

from domain.access import Right
from domain.loans.state import LIVE
from projectors.read_models.loan_summary.table import LOANS, NOT_DUE
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, counted, heading, whose
from query_api.live_loans import HEADING_EXAMPLE, LIVE_LOANS, LOAN_EXAMPLE, LOAN_SHOWN, MONEY_SHOWN
from query_api.paging import Listing, Stored, where
from runtime.http import Answer, Call, NullableText, Router

router = Router("dashboards")

_RESERVES = """
SELECT coalesce(sum(reserve_loans), 0)::bigint,
       coalesce(sum(interest_reserve_cents) FILTER (WHERE state = ANY(%(live)s)), 0)::bigint,
       coalesce(sum(short_reserves), 0)::bigint
FROM read.loan_totals WHERE builder_user_id = %(whose)s
"""
# A figure for people, to two places; what is posted is never worked out here.
_FLAT_DAYS = (
    "CASE loans.accrual_status WHEN 'ACCRUAL' THEN round(loans.interest_reserve_cents"
    " * CASE loans.day_count WHEN 'ACT_365F' THEN 365 WHEN 'ACT_ACT' THEN {act_act} ELSE 360 END"
    " / nullif(loans.principal_cents * loans.rate, 0), 2)::text END"
)


def _reserves(on: date) -> Listing[Stored]:
    flat_days = _FLAT_DAYS.format(act_act=366 if isleap(on.year) else 365)
    return Listing(
        row=Stored,
        table=LOANS,
        columns={
            "body": f"""json_build_object({LOAN_SHOWN},
    'reserve', {MONEY_SHOWN.format("loans.interest_reserve_cents")},
    'principal', {MONEY_SHOWN.format("loans.principal_cents")},
    'rate', loans.rate::text,
    'flat_days', {flat_days},
    'exhausted_on', nullif(loans.reserve_exhausted_on, '{NOT_DUE}'::date),
    'maturity_date', loans.maturity_on,
    'is_red', loans.reserve_exhausted_on < loans.maturity_on
)::text"""
        },
        sorts={"exhausted_on": (LOANS.c.reserve_exhausted_on, LOANS.c.loan_id)},
    )


class ReservesDashboard(DashboardList):
    """As of when, and which page of the reserves, the first to run out first."""

    sort_by: Literal["exhausted_on"] = "exhausted_on"


@router.get(
    "/dashboards/reserves",
    "get_reserves_dashboard",
    right=Right.LOANS_READ,
    example={
        **HEADING_EXAMPLE,
        "reserves": {"count": 1, "balance": "41576.26"},
        "red": 1,
        "loans": [
            {
                **LOAN_EXAMPLE,
                "reserve": "41576.26",
                "principal": "671923.74",
                "rate": "0.0975",
                "flat_days": NullableText("228.47"),
                "exhausted_on": NullableText("2025-12-03"),
                "maturity_date": "2026-01-15",
                "is_red": True,
            }
        ],
    },
    meta=PAGE,
)
async def get_reserves_dashboard(
    query: ReservesDashboard, call: Call, database: Database
) -> Answer:
    """The interest reserves of live loans: what is left, for how long, and which run out too soon.

    Flat days are the balance over a day's interest on today's principal; on non-accrual, which
    capitalises nothing, there are none. The day of exhaustion is
    simulated with monthly capitalisation and without further draws; it is red before maturity.
    """
    live = [state.value for state in LIVE]
    row = next(iter(await database.tuples(_RESERVES, {"live": live, "whose": whose(call)})), None)
    loans, balance, short = row or (0, 0, 0)
    chosen = where(
        live=(LIVE_LOANS, True),
        held=(
            f"(loans.interest_reserve_cents > 0 OR loans.reserve_exhausted_on < '{NOT_DUE}')",
            True,
        ),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    page = await _reserves(query.on).page(database, query, chosen, loans)
    data = {
        **heading(query.on, call),
        "reserves": counted((loans, balance), "balance"),
        "red": short,
        "loans": [orjson.loads(row.body) for row in page.rows],
    }
    return Answer(data, meta=page.meta)
